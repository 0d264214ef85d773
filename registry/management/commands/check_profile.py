"""Which entries of the register would not fit a version of a profile. It reads, reports, and changes nothing."""

from collections import Counter
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import IO, Any

import orjson
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from registry.errors import Violation
from registry.framework import current, rules
from registry.framework.law import ProfileError, Version
from registry.framework.profile import load
from registry.framework.published import facts
from registry.models import Entry

CHUNK = 2_000


class Command(BaseCommand):
    help = "Report which entries of the register would not fit a profile's version. Nothing is changed."

    def create_parser(self, *args: Any, **kwargs: Any):
        # `--version` is the law's here; Django's own of that name would be in the way.
        return super().create_parser(*args, conflict_handler="resolve", **kwargs)

    def add_arguments(self, parser):
        parser.add_argument("--profile", default=settings.NQR_PROFILE, help="its code; the register's own unless told")
        parser.add_argument("--version", dest="law", metavar="ID", help="of that profile; unless told, today's")
        parser.add_argument("--report", type=Path, help="a JSON file: number, rule, field, value and message of each")

    def handle(self, *, profile: str, law: str | None, report: Path | None, **options: Any) -> None:
        try:
            found = load(profile)
            version = found.version(law) if law else found.version_on(current.today())
        except ProfileError as error:
            raise CommandError(str(error)) from None
        try:
            opened = report.open("wb") if report else nullcontext()
        except OSError as error:
            raise CommandError(f"The report cannot be written to {report}: {error.strerror}.") from None
        with opened as file:
            counts, read, unfit = self.judge(version, file, head={"profile": profile, "version": version.id})
        self.stdout.write(f"{profile} {version.id}: {read:,} entries, {read - unfit:,} fit, {unfit:,} do not.")
        for (rule, severity), count in sorted(counts.items(), key=lambda each: (-each[1], each[0])):
            self.stdout.write(f"  {count:>9,}  {rule} ({severity})")

    def judge(
        self, version: Version, file: IO[bytes] | None, *, head: dict[str, Any]
    ) -> tuple[Counter[tuple[str, str]], int, int]:
        """Each entry once, in order of its number. What is found is written as it is found, not kept."""
        counts: Counter[tuple[str, str]] = Counter()
        read = unfit = 0
        if file:
            file.write(orjson.dumps(head)[:-1] + b',"found":[')
        for number, broken in misfits(version):
            read += 1
            for violation in broken:
                if file:
                    file.write(b",\n" if counts else b"\n")
                    file.write(orjson.dumps(_row(number, violation)))
                counts[violation.rule, violation.severity] += 1
            unfit += any(v.severity == "error" for v in broken)
        if file:
            rules_broken = {rule: count for (rule, _), count in sorted(counts.items())}
            file.write(b"\n]," + orjson.dumps({"read": read, "unfit": unfit, "rules": rules_broken})[1:])
        return counts, read, unfit


def misfits(version: Version) -> Iterator[tuple[str, list[Violation]]]:
    """Every credential on the register with the rules of publication that it breaks, none for one that fits."""
    day = current.today()
    entries = Entry.objects.credentials().readable().order_by("number").values_list("number", "kind", "document")
    for number, kind, document in entries.iterator(chunk_size=CHUNK):
        record = facts(orjson.loads(bytes(document)), day)
        yield number, rules.check(record, kind=kind, stage="publish", version=version)


def _row(number: str, violation: Violation) -> dict[str, Any]:
    return {
        "number": number, "rule": violation.rule, "severity": violation.severity, "field": violation.field,
        "value": violation.found, "message": violation.message,
    }  # fmt: skip
