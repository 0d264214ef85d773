"""The desk's record of what is offered; what is public of it is a document in the register."""

from typing import Any

from django.contrib.postgres.fields import ArrayField, DateRangeField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from credentials.querysets import (
    AccreditationApplicationQuerySet,
    AccreditationQuerySet,
    AmendmentQuerySet,
    ApplicationQuerySet,
    CredentialQuerySet,
    RevisionQuerySet,
)
from providers.models import Provider
from registry.models import Case, User


class Credential(models.Model):
    """A full qualification, part qualification or micro-credential: its identity and the dates of its life."""

    class Kind(models.TextChoices):
        QUALIFICATION = "qualification", _("qualification")
        PART_QUALIFICATION = "part_qualification", _("part qualification")
        MICRO_CREDENTIAL = "micro_credential", _("micro-credential")

    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    number = models.CharField(_("register number"), max_length=20, unique=True, null=True, blank=True)
    developer = models.ForeignKey(
        Provider, on_delete=models.PROTECT, null=True, blank=True, related_name="developed", verbose_name=_("developer")
    )
    awarding_body = models.ForeignKey(
        Provider,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="awarded",
        verbose_name=_("awarding body"),
        help_text=_("Unknown only for an imported entry, which lists that as a gap."),
    )
    joint_awarding_bodies = ArrayField(
        models.CharField(max_length=20), verbose_name=_("joint awarding bodies"), default=list, blank=True,
        help_text=_("Numbers of the providers that award it together with the lead."),
    )  # fmt: skip
    partners = models.JSONField(
        default=list, blank=True,
        help_text=_("Who else is named, in which role and from when until when: a local partner, a body that has left."),
    )  # fmt: skip
    listed_on = models.DateField(_("listed on"), null=True, blank=True)
    last_new_enrolment = models.DateField(_("last day to start"), null=True, blank=True)
    last_award = models.DateField(_("last day for awards"), null=True, blank=True)
    expiring_from = models.DateField(_("expiring from"), null=True, blank=True)
    expiry_end = models.DateField(_("last day"), null=True, blank=True)
    closed_undated = models.BooleanField(_("closed, on a day that nobody knows"), default=False)
    suspensions = ArrayField(DateRangeField(), default=list, blank=True)
    review_period_months = models.IntegerField(_("months between reviews"), null=True, blank=True)
    review_due = models.DateField(_("next review"), null=True, blank=True)
    replaces = models.JSONField(
        default=list, blank=True,
        help_text=_("Each entry that it replaces: its number, whether it is equivalent, and a note for the transition."),
    )  # fmt: skip
    replaced_by = models.JSONField(default=list, blank=True)
    transition = models.JSONField(
        default=dict,
        blank=True,
        help_text=_("What holders and learners keep, and by when they must finish, by language."),
    )
    source = models.CharField(max_length=60, null=True, blank=True)
    source_id = models.CharField(max_length=200, null=True, blank=True)
    source_url = models.TextField(null=True, blank=True)
    source_facts = models.JSONField(default=dict, blank=True)
    identifiers = models.JSONField(default=list, blank=True)
    gaps = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    decisions = models.JSONField(
        default=list,
        blank=True,
        help_text=_("The decisions that its public record names, older registers' among them."),
    )
    import_digest = models.BinaryField(null=True, help_text=_("Of the row that the last import read for it."))
    import_serial = models.BigIntegerField(null=True, help_text=_("The change that an import wrote last for it."))

    objects = CredentialQuerySet.as_manager()

    class Meta:
        verbose_name = _("credential")
        verbose_name_plural = _("credentials")
        constraints = [models.UniqueConstraint(fields=["source", "source_id"], name="credential_source")]

    def __str__(self) -> str:
        return self.number or f"({self.pk})"


class StackingLink(models.Model):
    """That a public credential may lead to another: what its revision says, in rows, for asking the other way round.

    The words of it (credits recognised, groups) are the revision's; `credentials.stacking` keeps the rows in step, and
    lets no circle in.
    """

    credential = models.ForeignKey(Credential, on_delete=models.CASCADE, related_name="leads_to")
    target = models.ForeignKey(Credential, on_delete=models.CASCADE, related_name="reached_from")
    relation = models.CharField(max_length=20)

    class Meta:
        verbose_name = _("stacking link")
        verbose_name_plural = _("stacking links")
        constraints = [
            models.UniqueConstraint(fields=["credential", "target", "relation"], name="stacking_link_once"),
            models.CheckConstraint(name="never_part_of_itself", condition=~models.Q(credential=models.F("target"))),
        ]

    def __str__(self) -> str:
        return f"{self.credential_id} {self.relation} {self.target_id}"


class Revision(models.Model):
    """Dated content of a credential. `number` counts 1, 2, 3 once public; a draft has none yet.

    From its decision on it never alters: one that takes effect later waits with its `effective_from` and no number, and
    a trigger (migration 0003) refuses any change to one that waits or is public. A typo that was corrected makes a row
    of the same number, with the next `correction`.
    """

    CONTENT: tuple[str, ...]

    credential = models.ForeignKey(Credential, on_delete=models.PROTECT, related_name="revisions")
    number = models.IntegerField(null=True, blank=True)
    correction = models.IntegerField(default=0)
    effective_from = models.DateField(_("effective from"), null=True, blank=True)
    title = models.TextField(_("title"), blank=True)
    language = models.CharField(_("language"), max_length=20, default="en")
    titles = models.JSONField(default=dict, blank=True)
    alternative_titles = models.JSONField(default=list, blank=True)
    purpose = models.JSONField(default=dict, blank=True)
    learning_outcomes = models.JSONField(default=list, blank=True)
    level = models.CharField(_("level"), max_length=20, null=True, blank=True)
    level_native = models.CharField(max_length=200, null=True, blank=True)
    credits = models.DecimalField(_("credits"), max_digits=8, decimal_places=2, null=True, blank=True)
    notional_hours = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True)
    fields = models.JSONField(default=list, blank=True)
    languages = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    delivery_modes = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    assessment = models.JSONField(default=dict, blank=True)
    entry_requirements = models.JSONField(default=dict, blank=True)
    details = models.JSONField(
        default=dict,
        blank=True,
        help_text=_("The fields of `registry.content.dictionary` without a column, by name."),
    )

    objects = RevisionQuerySet.as_manager()

    class Meta:
        verbose_name = _("revision")
        verbose_name_plural = _("revisions")
        constraints = [
            models.UniqueConstraint(fields=["credential", "number", "correction"], name="revision_number"),
        ]

    def __str__(self) -> str:
        return self.title

    def copied(self, **other: Any) -> "Revision":
        """An unsaved revision of the same credential that says the same, with no number and no day of its own yet."""
        said = {name: getattr(self, name) for name in ("credential_id", *self.CONTENT)}
        return Revision(**said | other)


# What a revision says: every column but those of its identity and its day.
Revision.CONTENT = tuple(
    field.attname
    for field in Revision._meta.concrete_fields
    if field.attname not in ("id", "credential_id", "number", "correction", "effective_from")
)


class Accreditation(models.Model):
    """This provider may deliver this credential, from one day to another, at these sites, in these modes."""

    credential = models.ForeignKey(Credential, on_delete=models.PROTECT, related_name="accreditations")
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="accreditations")
    number = models.CharField(_("register number"), max_length=20, unique=True, null=True, blank=True)
    accredited_from = models.DateField()
    accredited_until = models.DateField(null=True, blank=True)
    withdrawn_on = models.DateField(null=True, blank=True)
    suspensions = ArrayField(DateRangeField(), default=list, blank=True)
    sites = ArrayField(models.CharField(max_length=300), default=list, blank=True)
    delivery_modes = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    languages = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    conditions = models.JSONField(
        default=list, blank=True, help_text=_("Each condition: its text, its days, by when it is due, when it was met.")
    )
    jointly_with = ArrayField(
        models.CharField(max_length=20), default=list, blank=True,
        help_text=_("Numbers of the providers that deliver together with this one, under this accreditation."),
    )  # fmt: skip

    objects = AccreditationQuerySet.as_manager()

    class Meta:
        verbose_name = _("accreditation")
        verbose_name_plural = _("accreditations")

    def __str__(self) -> str:
        return self.number or f"({self.pk})"


class Application(models.Model):
    """What an applicant asks for: this content listed and approved, and mostly to be accredited to deliver it.

    Of a full qualification in two stages (domain 1.11) the first one is about the need for it alone; the content is
    written once its development was approved, and then listed and approved under the same reference.
    """

    case = models.OneToOneField(Case, on_delete=models.PROTECT, primary_key=True, related_name="application")
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="applications")
    revision = models.OneToOneField(Revision, on_delete=models.PROTECT, related_name="application")
    need_statement = models.TextField(_("evidence of need"), blank=True)
    duplication_statement = models.TextField(_("duplication statement"), blank=True)
    stakeholder_statement = models.TextField(_("stakeholders"), blank=True)
    sites = ArrayField(models.CharField(max_length=300), default=list, blank=True)
    wants_accreditation = models.BooleanField(
        _("accreditation is applied for too"), default=True,
        help_text=_("A standard-setting body, or who does not mean to deliver, applies for listing and approval alone."),
    )  # fmt: skip

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        verbose_name = _("application")
        verbose_name_plural = _("applications")

    def __str__(self) -> str:
        return self.case.reference


class AccreditationApplication(models.Model):
    """A provider asks to deliver an entry that is on the register: where, how, in which languages, and for how long.

    `begins_on` left empty is the day on which the decision takes effect.
    """

    case = models.OneToOneField(
        Case, on_delete=models.PROTECT, primary_key=True, related_name="accreditation_application"
    )
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="accreditation_applications")
    credential = models.ForeignKey(
        Credential, on_delete=models.PROTECT, related_name="accreditation_applications", verbose_name=_("credential")
    )
    sites = ArrayField(models.CharField(max_length=300), default=list, blank=True)
    delivery_modes = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    languages = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    begins_on = models.DateField(_("from"), null=True, blank=True)
    ends_on = models.DateField(_("until"), null=True, blank=True)
    capability_statement = models.TextField(_("capability to deliver"), blank=True)

    objects = AccreditationApplicationQuerySet.as_manager()

    class Meta:
        verbose_name = _("application for accreditation")
        verbose_name_plural = _("applications for accreditation")

    def __str__(self) -> str:
        return self.case.reference


class Amendment(models.Model):
    """What is proposed to change of an entry: its content, its dates, what it replaces. One case decides all of it.

    `category` is one of the profile's (NZQA: A to D, domain 1.11). Where it makes a replacement, `revision` is the draft
    of the new entry, and `credential` the one that it replaces.

    An officer drafts it, or the body that awards or develops the entry proposes it: the kind of its case tells which.

    An officer drafts it, or the body that awards or develops the entry proposes it: the kind of its case says which.
    """

    case = models.OneToOneField(Case, on_delete=models.PROTECT, primary_key=True, related_name="amendment")
    credential = models.ForeignKey(
        Credential, on_delete=models.PROTECT, related_name="amendments", verbose_name=_("credential")
    )
    revision = models.OneToOneField(Revision, on_delete=models.PROTECT, related_name="amendment")
    based_on = models.IntegerField(_("based on revision"))
    category = models.CharField(_("category"), max_length=10, blank=True)
    category_reason = models.TextField(_("why another category than the proposed one"), blank=True)
    entry = models.JSONField(
        default=dict, blank=True, help_text=_("What is proposed of the entry itself: its dates, joint awarding bodies.")
    )
    equivalence = models.CharField(_("equivalence"), max_length=20, blank=True)
    transition_note = models.JSONField(_("note for the transition"), default=dict, blank=True)
    teach_out = models.TextField(
        _("teach-out plan"), blank=True, help_text=_("How those who have started are taught to the end. Not public.")
    )

    objects = AmendmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("amendment")
        verbose_name_plural = _("amendments")

    def __str__(self) -> str:
        return self.case.reference

    @property
    def base(self) -> Revision:
        """The public revision that the draft was made from, as it was last corrected."""
        return self.credential.revisions.public().filter(number=self.based_on).last()


class ImportRun(models.Model):
    """One run of an import or a rehearsal of one: what was read, and what became of it."""

    class Outcome(models.TextChoices):
        RUNNING = "running", _("running")
        FINISHED = "finished", _("finished")
        REFUSED = "refused", _("refused")
        INTERRUPTED = "interrupted", _("interrupted")

    file_name = models.CharField(_("file"), max_length=300)
    sha256 = models.CharField(max_length=64, blank=True)
    encoding = models.CharField(_("encoding"), max_length=20, blank=True)
    dry_run = models.BooleanField(_("rehearsal"), default=False)
    outcome = models.CharField(_("outcome"), max_length=20, choices=Outcome.choices, default=Outcome.RUNNING)
    started_at = models.DateTimeField(_("started"))
    ended_at = models.DateTimeField(_("ended"), null=True)
    read = models.BigIntegerField(_("read"), default=0)
    created = models.BigIntegerField(_("created"), default=0)
    updated = models.BigIntegerField(_("updated"), default=0)
    unchanged = models.BigIntegerField(_("unchanged"), default=0)
    merged = models.BigIntegerField(_("merged"), default=0)
    skipped = models.BigIntegerField(_("skipped"), default=0)
    refused_rows = models.BigIntegerField(_("rejected"), default=0)
    tidied = models.JSONField(
        default=dict, blank=True, help_text=_("How many texts had spaces collapsed or letters composed, by column.")
    )

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.file_name} {timezone.localtime(self.started_at):%Y-%m-%d %H:%M}"


class ImportProblem(models.Model):
    """A row that an import did not take, and why: the line it began on, the column, the rule in words.

    One that is `left_out` is sound: its source does not publish it, or it was merged into another of the same id.
    """

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="problems")
    line = models.BigIntegerField(_("line"))
    field = models.CharField(_("column"), max_length=60, blank=True)
    reason = models.TextField(_("reason"))
    left_out = models.BooleanField(_("left out"), default=False)

    class Meta:
        verbose_name = _("problem of an import")
        verbose_name_plural = _("problems of imports")
        ordering = ["run", "line", "field"]
        indexes = [models.Index(fields=["run", "line", "field"], name="import_problem_line")]

    def __str__(self) -> str:
        return f"{self.line} {self.field}: {self.reason}"


class ImportDifference(models.Model):
    """What a rehearsal found that the import would list or change: before and after, field by field."""

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="differences")
    line = models.BigIntegerField(_("line"))
    number = models.CharField(_("register number"), max_length=20, null=True)
    title = models.TextField(_("title"))
    fields = models.JSONField(default=dict, help_text=_("Each field that would change, as [before, after]."))

    class Meta:
        verbose_name = _("difference that an import would make")
        verbose_name_plural = _("differences that an import would make")
        ordering = ["run", "line"]
        indexes = [models.Index(fields=["run", "line"], name="import_difference_line")]

    def __str__(self) -> str:
        return f"{self.line} {self.title}"


class StagedRow(models.Model):
    """A row of the one import that runs, on its way into the register. Scratch: unlogged, and emptied by each run."""

    line = models.BigIntegerField(primary_key=True)
    provider = models.BooleanField()
    source = models.TextField()
    source_id = models.TextField()
    digest = models.BinaryField()
    content = models.TextField(help_text=_("The row's values as JSON, in the order of the columns."))

    class Meta:
        verbose_name = _("staged row")
        verbose_name_plural = _("staged rows")

    def __str__(self) -> str:
        return f"{self.line} {self.source} {self.source_id}"


class TextRepair(models.Model):
    """A text that arrived damaged: what is wrong with it, and what it should perhaps say. An officer settles it."""

    class Kind(models.TextChoices):
        SPACES = "spaces", _("spaces trimmed or collapsed")
        COMPOSED = "composed", _("letters composed (NFC)")
        DOUBLE_ENCODED = "double_encoded", _("double-encoded")
        LOST_LETTERS = "lost_letters", _("letters lost to “?”")
        LOOK_ALIKES = "look_alikes", _("letters of another script")

    class Standing(models.TextChoices):
        TIDIED = "tidied", _("tidied on import")
        OFFERED = "offered", _("waits for an officer")
        ACCEPTED = "accepted", _("accepted")
        DISMISSED = "dismissed", _("dismissed: the text is right")

    number = models.CharField(_("register number"), max_length=20)
    field = models.CharField(_("field"), max_length=40)
    kind = models.CharField(_("what is wrong"), max_length=20, choices=Kind.choices)
    before = models.TextField(_("as the source wrote it"))
    after = models.TextField(_("suggestion"), blank=True)
    standing = models.CharField(_("standing"), max_length=20, choices=Standing.choices, default=Standing.OFFERED)
    offered_at = models.DateTimeField(_("found"))
    settled_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("settled by")
    )
    settled_at = models.DateTimeField(_("settled"), null=True)

    class Meta:
        verbose_name = _("text repair")
        verbose_name_plural = _("text repairs")
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["number"], name="text_repair_number"),
            models.Index(fields=["standing", "kind"], name="text_repair_queue"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.field}: {self.before[:60]}"
