"""What is the same for every batch of an import: what is known of its rows, how they are published, what it was worth."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import connection

from credentials import damage
from credentials.imports.report import Tally
from credentials.imports.rows import Row
from credentials.models import TextRepair
from providers.models import Provider
from registry import audit, copying, journal
from registry.framework import current
from registry.journal import Publication, Published

IMPORTED = "Imported from "
REASON = IMPORTED + "{source}."


@dataclass
class Importing:
    """One import as its batches see it. What it remembers of awarding bodies is committed, so that it stays true."""

    report: Tally
    run_id: int
    now: datetime
    dry_run: bool = False
    bodies: dict[tuple[str, str], Provider] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.today = current.today(self.now)
        self.version = current.version_on(self.today)


def was_imported(change: Mapping[str, Any]) -> bool:
    """Whether a change is an import's own, or the repair of a text that it brought."""
    return change["reason"].startswith(IMPORTED) or change["action"] == "corrected"


class Batch:
    """What is the same for providers and credentials: which rows are new, what was published, and what it is worth."""

    def __init__(self, landing: Importing, batch: Sequence[tuple[Row, bytes]], known: bool = True):
        self.landing, self.now, self.today = landing, landing.now, landing.today
        self.batch, self.may_be_known = batch, known
        self.bodies: dict[tuple[str, str], Provider] = {}
        self.published: list[Published] = []
        self.repairs: list[tuple[int, TextRepair]] = []
        self.refused: list[tuple[int, str]] = []
        self.tidied: list[tuple[str, str]] = []
        self.fresh = 0

    def run(self) -> None:
        raise NotImplementedError

    def count(self) -> None:
        """Tell the report what the batch did, once its transaction has ended."""
        report = self.landing.report
        for line, reason in self.refused:
            report.reject(line, "source_id", reason)
        for column, kind in self.tidied:
            report.tidy(column, kind)
        changed = sum(p.serial is not None for p in self.published)
        report.created += self.fresh
        report.updated += changed - self.fresh
        report.unchanged += len(self.published) - changed
        if self.landing.dry_run:
            for (row, _), published in zip(self.batch, self.published, strict=True):
                self._difference(row, published)

    def _difference(self, row: Row, published: Published) -> None:
        if published.serial is None:
            return
        before, after = published.before, published.document
        fields = {
            name: [before.get(name), after.get(name)] for name in journal.changed_fields(before, after)
        } if before else {}  # fmt: skip
        number = published.number if before else None
        self.landing.report.differs(row.line, number, row.values["title"], fields)

    # -- rows that the register knows ----------------------------------------------------------------------------------

    def known(self) -> dict[tuple[str, str], Any]:
        """The desk's records of these rows, locked; rows whose entry the register has meanwhile altered are left out."""
        if not self.may_be_known:
            return {}
        found = self.find([row.key for row, _ in self.batch])
        moved = self._moved_on([self.identity(record) for record in found.values()])
        kept = []
        for row, digest in self.batch:
            record = found.get(row.key)
            if reason := record and (moved.get(self.identity(record).number) or self._other_kind(row, record)):
                self.refused.append((row.line, reason))
            else:
                kept.append((row, digest))
        self.batch = kept
        if found:
            self._settled = {
                (r.number, r.field, r.before): r
                for r in TextRepair.objects.filter(
                    number__in=[self.identity(record).number for record in found.values()]
                )
            }
        return found

    def find(self, keys: list[tuple[str, str]]) -> dict[tuple[str, str], Any]:
        raise NotImplementedError

    def identity(self, record: Any) -> Any:
        raise NotImplementedError

    def _other_kind(self, row: Row, record: Any) -> str | None:
        return None

    @staticmethod
    def _moved_on(records: Iterable[Any]) -> dict[str, str]:
        """The entries that a decision or an officer has altered since they were imported: a row does not undo that."""
        serials = {r.number: r.import_serial for r in records if r.import_serial is not None}
        if not serials:
            return {}
        with connection.cursor() as cursor:
            cursor.execute(
                "select distinct on (number) number, serial, action from registry_change "
                "where number = any(%s) and action <> 'status' order by number, serial desc",
                [list(serials)],
            )
            last = cursor.fetchall()
        return {
            number: (
                f"{number} was withdrawn from the register."
                if action == "withdrawn"
                else f"{number} was altered at the register after its import: an officer decides what of this row holds."
            )
            for number, serial, action in last
            if serial > serials[number]
        }

    # -- texts ---------------------------------------------------------------------------------------------------------

    _settled: Mapping[tuple[str, str, str], TextRepair] = {}

    def text(self, raw: str, column: str, number: str | None, index: int, name: str) -> str:
        """A text as it lands: tidied, as an officer has repaired it before, or as it is with what is wrong with it noted."""
        text, kinds = damage.tidy(raw)
        for kind in kinds:
            self.tidied.append((column, kind))
        if raw.isascii() and not kinds and "?" not in raw:
            return text
        if (accepted := self._settled.get((number, name, text))) and accepted.standing == TextRepair.Standing.ACCEPTED:
            return accepted.after
        if name == "title" and kinds and (number, name, raw) not in self._settled:
            self._note(index, name, kinds[0], raw, text, TextRepair.Standing.TIDIED)
        if (number, name, text) not in self._settled:
            for found in damage.found(text):
                self._note(index, name, found.kind, text, found.suggestion, TextRepair.Standing.OFFERED)
        return text

    def _note(self, index: int, name: str, kind: str, before: str, after: str, standing: str) -> None:
        self.repairs.append(
            (
                index,
                TextRepair(field=name, kind=kind, before=before, after=after, standing=standing, offered_at=self.now),
            )
        )

    # -- publishing ----------------------------------------------------------------------------------------------------

    def publish(self, documents: Iterable[tuple[dict[str, Any], str, date | None]]) -> None:
        """Publish what the batch has filled in, and note its repairs under the numbers that were given.

        A new entry takes effect on its original date; a change of one that is listed already, today.
        """
        publications = [
            Publication(
                document=document, reason=REASON.format(source=source),
                effective_from=min(since, self.today) if since and document["number"] is None else self.today,
                decision_number=next((d["number"] for d in document["decisions"]), None),
            )
            for document, source, since in documents
        ]  # fmt: skip
        self.published = journal.publish_many(publications, now=self.now)
        for index, repair in self.repairs:
            repair.number = self.published[index].number
        copying.insert([repair for _, repair in self.repairs])
        serials = [p.serial for p in self.published if p.serial]
        if serials:
            details = {
                "import": self.landing.run_id, "rows": len(self.published), "changed": len(serials),
                "first": serials[0], "last": serials[-1],
            }  # fmt: skip
            audit.record("register:rows:imported", details=details, now=self.now)
