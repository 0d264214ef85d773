"""Each import with what it found, and the texts that arrived damaged."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from registry.models import User


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
