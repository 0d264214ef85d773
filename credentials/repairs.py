"""Damaged texts settled by an officer: a suggestion accepted, as it is or mended further, or dismissed.

A repair alters no fact: it is published as a correction, which makes no new revision and no new review date. That a
single officer may do it is the exception to four eyes for the correction of a typo: each act leaves an exemption, and who
did it is in the event.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as _noop

from credentials import damage, publishing
from credentials.models import Revision, TextRepair
from providers import publishing as provider_publishing
from providers.models import Provider
from registry import audit, copying, journal
from registry.errors import Conflict, NotAllowed, RegisterError
from registry.framework import current
from registry.journal import BATCH, Publication
from registry.models import Exemption, User
from registry.people import roles

Standing, Kind = TextRepair.Standing, TextRepair.Kind
ROLE = "registrar"
LONGEST = 1_000
DELEGATION = _noop("Registrars are delegated to settle texts that arrived damaged.")


def may_settle(user: User) -> bool:
    return ROLE in roles.staff_roles(user)


def suggest_lost_letters(*, now: datetime | None = None) -> int:
    """Look for the words that lost their letters among those of the register; how many suggestions were found."""
    waiting = TextRepair.objects.filter(kind=Kind.LOST_LETTERS, standing=Standing.OFFERED, after="")
    if not waiting.exists():
        return 0
    known, made = damage.vocabulary(_words_beyond_ascii()), []
    for repair in waiting.iterator(chunk_size=BATCH):
        repair.after = damage.restored(repair.before, known)
        if repair.after:
            made.append(repair)
    copying.update(made, ["after"])
    return len(made)


def _words_beyond_ascii() -> list[tuple[str, int]]:
    """The words of all titles that hold other letters than those of ASCII, with how often each stands there."""
    with connection.cursor() as cursor:
        cursor.execute(
            r"select word, count(*) from registry_entry, regexp_split_to_table(title, '[^[:alpha:]]+') as word "
            r"where title ~ '[^\x01-\x7f]' and word ~ '[^\x01-\x7f]' group by word"
        )
        return cursor.fetchall()


def accept(*, repair_ids: Sequence[int], by: User, text: str | None = None, now: datetime | None = None) -> int:
    """Publish what these repairs suggest, in batches; how many entries were corrected.

    `text` replaces the suggestion of a single repair. Raises NotAllowed for anybody but a registrar, and RegisterError
    for a repair without a suggestion; a repair that has been settled meanwhile, or whose entry no longer says what it
    said, is a Conflict.
    """
    _check(by)
    now = now or timezone.now()
    corrected = 0
    for start in range(0, len(repair_ids), BATCH):
        with transaction.atomic():
            repairs = _locked(repair_ids[start : start + BATCH])
            for repair in repairs:
                _give(repair, text)
            if start == 0:
                _exempt(len(repair_ids), by=by, now=now)
            corrected += _correct(repairs, by=by, now=now)
            _settle(repairs, Standing.ACCEPTED, by=by, now=now)
    return corrected


def _exempt(count: int, *, by: User, now: datetime) -> None:
    """Keep what allows one person to do it: once for each act, however many batches it takes."""
    Exemption.objects.create(
        ground=Exemption.Ground.CORRECTION, instrument=DELEGATION, about=f"repairs of {count} damaged texts",
        completed_by=by, role=ROLE, recorded_at=now,
    )  # fmt: skip


def dismiss(*, repair_ids: Sequence[int], by: User, now: datetime | None = None) -> None:
    """These texts are right as they are: they are not offered again. Raises as `accept` does."""
    _check(by)
    for start in range(0, len(repair_ids), BATCH):
        with transaction.atomic():
            _settle(_locked(repair_ids[start : start + BATCH]), Standing.DISMISSED, by=by, now=now or timezone.now())


def _check(by: User) -> None:
    if not may_settle(by):
        raise NotAllowed(_("Only a registrar settles repairs of texts."))


def _locked(repair_ids: Iterable[int]) -> list[TextRepair]:
    repairs = list(TextRepair.objects.select_for_update().filter(pk__in=repair_ids).order_by("pk"))
    for repair in repairs:
        if repair.standing != Standing.OFFERED:
            raise Conflict(
                _("The repair of %(number)s has been settled already: %(standing)s.")
                % {"number": repair.number, "standing": repair.get_standing_display()}
            )
    return repairs


def _give(repair: TextRepair, text: str | None) -> None:
    repair.after = " ".join((repair.after if text is None else text).split())
    if not repair.after:
        raise RegisterError(
            _("%(number)s: nobody has said yet what “%(text)s” should be.")
            % {"number": repair.number, "text": repair.before}
        )
    if len(repair.after) > LONGEST:
        raise RegisterError(_("%(number)s: the text is longer than 1,000 characters.") % {"number": repair.number})


def _settle(repairs: Iterable[TextRepair], standing: str, *, by: User, now: datetime) -> None:
    repairs = list(repairs)
    for repair in repairs:
        repair.standing, repair.settled_by, repair.settled_at = standing, by, now
    copying.update(repairs, ["standing", "after", "settled_by", "settled_at"])
    if repairs:
        details = {"repairs": [repair.pk for repair in repairs], "numbers": sorted({r.number for r in repairs})}
        audit.record(f"register:text:{standing}", by=by, role=ROLE, details=details, now=now)


def _correct(repairs: Sequence[TextRepair], *, by: User, now: datetime) -> int:
    """Put the repaired texts into the desk's records and publish each record once, as corrected."""
    numbers = {repair.number for repair in repairs}
    providers = {p.number: p for p in Provider.objects.select_for_update().filter(number__in=numbers)}
    revisions = {
        r.credential.number: r
        for r in Revision.objects.public()
        .select_for_update(of=("self", "credential"))
        .filter(credential__number__in=numbers)
        .select_related("credential__awarding_body", "credential__developer")
    }
    for repair in repairs:
        record = providers.get(repair.number) or revisions.get(repair.number)
        if record is None or not _replace(record, repair.field, repair.before, repair.after):
            raise Conflict(
                _("%(number)s no longer says “%(text)s”.") % {"number": repair.number, "text": repair.before}
            )
    today = current.today(now)
    documents = [provider_publishing.document(p) for p in providers.values()]
    documents += [publishing.credential_document(r.credential, r) for r in revisions.values()]
    published = journal.publish_many(
        [
            Publication(document=d, effective_from=today, action="corrected", reason=_("A damaged text was repaired."))
            for d in documents
        ],
        now=now,
    )
    desk = [*providers.values(), *(r.credential for r in revisions.values())]
    for record, landed in zip(desk, published, strict=True):
        # The correction is the import's own affair: a later row of the source still speaks for this entry.
        if record.import_serial is not None and landed.serial:
            record.import_serial = landed.serial
    copying.update(list(providers.values()), ["title", "titles", "other_names", "import_serial"])
    # A public revision never alters: its corrected words are a row of their own.
    copying.insert(
        [
            r.copied(number=r.number, correction=r.correction + 1, effective_from=r.effective_from)
            for r in revisions.values()
        ]
    )
    copying.update([r.credential for r in revisions.values()], ["import_serial"])
    return sum(landed.serial is not None for landed in published)


def _replace(record: Provider | Revision, field: str, before: str, after: str) -> bool:
    """Write the repaired text over the damaged one; False where the record does not hold it."""
    if field == "title":
        if record.title != before:
            return False
        record.title = after
        record.titles = {language: after if text == before else text for language, text in record.titles.items()}
        return True
    if field == "other_names":
        held = before in record.other_names
        record.other_names = [after if name == before else name for name in record.other_names]
        return held
    held = any(other["text"] == before for other in record.alternative_titles)
    record.alternative_titles = [o | {"text": after} if o["text"] == before else o for o in record.alternative_titles]
    return held
