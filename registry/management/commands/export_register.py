from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from registry import exports


class Command(BaseCommand):
    help = "Write everything that is public as files with checksums: the history (JSON Lines), what is current (CSV)."

    def add_arguments(self, parser):
        parser.add_argument(
            "--out",
            type=Path,
            metavar="DIR",
            help="the folder to write into; without it, the one that anybody may download from",
        )

    def handle(self, *, out: Path | None, **options):
        out = out or exports.published_folder()
        try:
            files = exports.export(out)
        except exports.ExportError as error:
            raise CommandError(str(error)) from None
        for file in files:
            self.stdout.write(f"{file.name}: {file.rows:,} rows, {file.bytes:,} bytes, sha256 {file.sha256}")
        self.stdout.write(f"{out / exports.MANIFEST} names them, up to serial {files[0].serial}")
