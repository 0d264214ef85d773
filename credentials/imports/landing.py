"""Rows that may land, batch by batch: each published in a transaction of its own, here or in a process of its own."""

from collections.abc import Sequence
from datetime import datetime

from django.db import DataError, IntegrityError, transaction

from credentials.imports import rows, staging
from credentials.imports.batch import Batch, Importing
from credentials.imports.entries import Credentials, Providers
from credentials.imports.report import Tally
from credentials.imports.rows import Row
from credentials.imports.staging import Stretch
from registry.errors import RegisterError


class Landing(Importing):
    """Lands the batches of one import."""

    def refuses(self, row: Row) -> bool:
        """Whether the row may not land: then it has been reported, or is skipped because its source does not publish it."""
        if problems := rows.problems(row, self.version):
            for column, reason in problems:
                self.report.reject(row.line, column, reason)
            return True
        if rows.skipped(row):
            word = row.values["status"][:60]
            self.report.skip(row.line, "status", f"Its source has not published it: {word!r}.")
            return True
        return False

    def land(self, stretch: Stretch) -> None:
        """One batch of one kind: checked, then published in a transaction of its own."""
        batch = [(row, digest) for row, digest in staging.rows_of(stretch) if not self.refuses(row)]
        if batch:
            self._land(Providers if stretch.provider else Credentials, batch, known=stretch.known)

    def _land(self, how: type[Batch], batch: Sequence[tuple[Row, bytes]], *, known: bool) -> None:
        made = how(self, batch, known)
        try:
            with transaction.atomic():
                made.run()
                # A rehearsal gives each batch back at once: the journal is never held for longer than by an import.
                transaction.set_rollback(self.dry_run)
        except (DataError, IntegrityError, RegisterError) as error:
            # One row that the database refuses must not take its neighbours along: halve until it stands alone.
            if len(batch) == 1 and known:
                reason = str(error).splitlines()[0]
                self.report.reject(batch[0][0].line, "", f"The register refuses this row: {reason}")
                return
            # Whatever was known when the rows were staged, some may have landed meanwhile.
            middle = (len(batch) + 1) // 2
            for half in filter(None, (batch[:middle], batch[middle:])):
                self._land(how, half, known=True)
        else:
            made.count()
            if not self.dry_run:
                self.bodies |= made.bodies


_elsewhere: Landing | None = None


def landed_elsewhere(stretch: Stretch, *, run_id: int, now: datetime, dry_run: bool) -> Tally:
    """Land one batch in a process of its own, which remembers awarding bodies from one batch to the next."""
    global _elsewhere
    if _elsewhere is None or _elsewhere.run_id != run_id:
        _elsewhere = Landing(Tally(), run_id, now, dry_run)
    _elsewhere.report = Tally()
    _elsewhere.land(stretch)
    return _elsewhere.report
