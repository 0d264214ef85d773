import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from credentials import imports

SHOWN = 20
COUNTS = ("read", "created", "updated", "unchanged", "merged", "skipped")


class Command(BaseCommand):
    help = "Load legacy rows (CSV or JSON Lines) through the profile's import rules; bad rows are reported, good ones land."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="change nothing; report what would happen")
        parser.add_argument("--report", type=Path, metavar="OUT.json", help="write the whole report here")

    def handle(self, *, file: Path, dry_run: bool, report: Path | None, **options):
        try:
            found = imports.run(file, dry_run=dry_run)
        except imports.ImportRefused as refusal:
            raise CommandError(str(refusal)) from None
        if report:
            report.write_text(json.dumps(found.as_dict(), indent=1, ensure_ascii=False), encoding="utf-8")
        told = found.as_dict()
        counts = ", ".join(f"{name} {told[name]:,}" for name in COUNTS)
        self.stdout.write(f"{file.name} is written in {found.encoding}")
        self.stdout.write(f"{'would be: ' if dry_run else ''}{counts}, rejected {len(found.rejected):,}")
        for row in found.rejected[:SHOWN]:
            self.stdout.write(f"  line {row['line']}, {row['field'] or 'row'}: {row['reason']}")
        if len(found.rejected) > SHOWN:
            self.stdout.write(f"  and {len(found.rejected) - SHOWN:,} more; --report FILE writes them all")
