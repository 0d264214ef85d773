"""An export of a register imported again: its whole history as JSON Lines, or its current rows as CSV.

A history restores numbers, revisions, dates and hashes exactly, and goes into an empty register or one that holds its
beginning. Rows restore what is current: under their numbers, as listings or revisions of today. Both make the desk's
records, so that officers go on working. Either may be interrupted at any point and run again.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
from django.db import DataError, IntegrityError, transaction

from credentials.imports import documents, exported_rows
from credentials.imports.batch import was_imported
from credentials.imports.desk import Desk
from credentials.imports.documents import BadDocument, Made
from credentials.imports.exported_rows import ExportedRows, RowsRestore
from credentials.imports.reading import ImportRefused
from credentials.imports.report import Report
from registry import audit, restoring
from registry.errors import Conflict
from registry.journal import BATCH
from registry.restoring import BadChange

HISTORY, ROWS = "history", "rows"
# A longer line is no change: no document of a register comes near it.
LONGEST_LINE = 16_000_000
# Enough of a first line to see that it is no object, and to hold any header.
GLANCE = 65_536
Progress = Callable[[int], None]


def recognises(path: Path, encoding: str) -> str | None:
    """Which kind of an export of a register the file is; None where it is none."""
    with path.open(encoding=encoding, errors="replace") as file:
        line = ""
        while not line.strip():
            if not (line := file.readline(GLANCE)):
                return None
        if len(line) == GLANCE and line.startswith("{"):
            line += file.readline(LONGEST_LINE)
    try:
        first = orjson.loads(line)
    except orjson.JSONDecodeError:
        return ROWS if exported_rows.is_header(line) else None
    return HISTORY if isinstance(first, dict) and {"serial", "hash", "document"} <= first.keys() else None


def restore(
    path: Path, encoding: str, kind: str, report: Report, *, dry_run: bool, now: datetime, progress: Progress
) -> None:
    """Bring an export into the register, in batches of one transaction each; what cannot be taken is reported.

    `progress` hears after each batch how many bytes of the file are done. Raises ImportRefused for a history that is not
    the one of this register, and for rows that lack columns; nothing of those has landed.
    """
    if kind == HISTORY:
        _HistoryRestore(path, encoding, report, dry_run, now, progress).run()
    else:
        RowsRestore(ExportedRows(path, encoding), report, dry_run, now, progress).run()


@dataclass(frozen=True, slots=True)
class _Landing:
    """A change that follows, on its line, and what its document makes at the desk; None where it has no document."""

    line: int
    change: Mapping[str, Any]
    made: Made | None


class _Broken(Exception):
    """A line that cannot be restored: what comes after it cannot follow, so that the restore ends here."""

    def __init__(self, line: int, field: str, reason: str):
        self.line, self.field, self.reason = line, field, reason


class _HistoryRestore:
    def __init__(
        self, path: Path, encoding: str, report: Report, dry_run: bool, now: datetime, progress: Progress
    ):  # fmt: skip
        self.path, self.encoding, self.report = path, encoding, report
        self.dry_run, self.now, self.progress = dry_run, now, progress
        self.done = 0

    def run(self) -> None:
        """Pass over what the journal holds, and land the rest in order; stop at the first line that does not follow."""
        self.withdrawn = restoring.withdrawals(self._withdrawals())
        self.serial, self.previous = restoring.head()
        self.held, self.passed = self.serial, {}
        batch: list[_Landing] = []
        try:
            for line, said in self._lines():
                self.report.read += 1
                serial = said.get("serial")
                if isinstance(serial, int) and serial <= self.held == self.serial:
                    self._pass(serial, said)
                    continue
                self._compare()
                self._begins_here(serial)
                batch.append(self._follow(line, said))
                if len(batch) == BATCH:
                    full, batch = batch, []
                    self._land(full)
            self._compare()
        except _Broken as broken:
            self._compare()
            if self._landed(batch):
                reason = f"{broken.reason} The restore ends here: what comes after cannot follow."
                self.report.reject(broken.line, broken.field, reason)
        else:
            self._landed(batch)
        self.report.flush()

    # -- reading -------------------------------------------------------------------------------------------------------

    def _lines(self) -> Iterator[tuple[int, Mapping[str, Any]]]:
        for line, text in self._texts():
            if len(text) >= LONGEST_LINE:
                raise _Broken(line, "", f"The line is longer than {LONGEST_LINE:,} characters.")
            try:
                said = orjson.loads(text)
            except orjson.JSONDecodeError as error:
                raise _Broken(line, "", f"This is not JSON: {error.msg} at character {error.pos + 1}.") from None
            if not isinstance(said, dict):
                raise _Broken(line, "", "Each line is one JSON object.")
            yield line, said

    def _texts(self) -> Iterator[tuple[int, str]]:
        """The lines that say something, with their numbers."""
        errors = "surrogateescape" if self.encoding.startswith("utf-8") else "strict"
        try:
            with self.path.open(encoding=self.encoding, errors=errors) as file:
                number = 0
                while text := file.readline(LONGEST_LINE):
                    number += 1
                    if number % BATCH == 0:
                        self.done = file.buffer.tell()
                    if text.strip():
                        yield number, text
        except UnicodeDecodeError:
            raise ImportRefused(f"{self.path.name} begins as {self.encoding} and is not: it is cut off.") from None

    def _withdrawals(self) -> Iterator[Mapping[str, Any]]:
        """The lines that withdraw a listing: what they withdraw has no document from its first change on."""
        for _, text in self._texts():
            if '"withdrawn"' in text and len(text) < LONGEST_LINE:
                try:
                    said = orjson.loads(text)
                except orjson.JSONDecodeError:
                    continue
                if isinstance(said, dict):
                    yield said

    # -- what the journal holds ----------------------------------------------------------------------------------------

    def _pass(self, serial: int, said: Mapping[str, Any]) -> None:
        self.passed[serial] = said.get("hash")
        self.report.unchanged += 1
        if len(self.passed) >= BATCH:
            self._compare()
            self.report.flush()
            self.progress(self.done)

    def _compare(self) -> None:
        """Raise ImportRefused where the journal holds other changes than the lines that were passed over."""
        differs = restoring.first_difference(self.passed) if self.passed else None
        if differs is not None:
            raise ImportRefused(
                f"{self.path.name} is the history of another register: the change of serial {differs} is not the one here."
            )
        self.passed = {}

    def _begins_here(self, serial: Any) -> None:
        """Raise ImportRefused where the first line that the journal does not hold is not the one after its last."""
        first = self.serial == self.held and self.report.unchanged == 0
        if first and isinstance(serial, int) and serial != self.held + 1:
            raise ImportRefused(
                f"{self.path.name} begins at serial {serial} and does not continue this register, which is at {self.held}."
            )

    # -- landing -------------------------------------------------------------------------------------------------------

    def _follow(self, line: int, said: Mapping[str, Any]) -> _Landing:
        try:
            change = restoring.follow(said, serial=self.serial, previous=self.previous, withdrawn=self.withdrawn)
            made = documents.read(said["document"]) if said["document"] is not None else None
        except BadChange as bad:
            raise _Broken(line, bad.field, str(bad)) from None
        except BadDocument as bad:
            raise _Broken(line, "document", f"Change {said['serial']}: {bad}") from None
        self.serial, self.previous = change["serial"], change["hash"]
        return _Landing(line, change, made)

    def _landed(self, batch: Sequence[_Landing]) -> bool:
        """Whether the last changes have landed; where one of them cannot, that one has been reported."""
        try:
            self._land(batch)
        except _Broken as broken:
            self.report.reject(broken.line, broken.field, broken.reason)
            return False
        return True

    def _land(self, batch: Sequence[_Landing]) -> None:
        """Land changes in one transaction. One that the database refuses must not take along those before it."""
        if not batch:
            return
        try:
            if not self.dry_run:
                with transaction.atomic():
                    self._write(batch)
        except (DataError, IntegrityError) as error:
            if len(batch) == 1:
                raise _Broken(
                    batch[0].line, "", f"The register refuses this change: {str(error).splitlines()[0]}"
                ) from None
            middle = len(batch) // 2
            self._land(batch[:middle])
            self._land(batch[middle:])
            return
        except Conflict:
            raise ImportRefused(
                f"The register was written to during the restore: it no longer continues at serial "
                f"{batch[0].change['serial']} of {self.path.name}."
            ) from None
        self._count(batch)

    def _write(self, batch: Sequence[_Landing]) -> None:
        desk = Desk([landing.made for landing in batch if landing.made])
        restoring.restore_changes([landing.change for landing in batch], withdrawn=self.withdrawn)
        for landing in batch:
            if landing.made:
                # What an officer decided after an import stays decided: a row of the source does not undo it here either.
                serial = landing.change["serial"] if was_imported(landing.change) else None
                desk.fill(landing.made, revision=landing.made.revision, serial=serial)
        desk.save()
        details = {
            "import": self.report.run.pk, "changes": len(batch),
            "first": batch[0].change["serial"], "last": batch[-1].change["serial"],
        }  # fmt: skip
        audit.record("register:history:restored", details=details, now=self.now)

    def _count(self, batch: Sequence[_Landing]) -> None:
        listed = sum(landing.change["action"] == "listed" for landing in batch)
        self.report.created += listed
        self.report.updated += len(batch) - listed
        if self.dry_run:
            # What would change is in the file itself: a rehearsal names the entries.
            for landing in batch:
                title = landing.made.title if landing.made else ""
                self.report.differs(landing.line, landing.change["number"], title, {})
        self.report.flush()
        self.progress(self.done)
