#!/usr/bin/env python3
"""The register's command line: `python manage.py help` lists what it can do."""

import os
import sys
from pathlib import Path

# These need no database, or start one of their own.
WITHOUT_SERVICES = {
    "check", "collectstatic", "compilemessages", "diagrams", "help", "makemessages", "makemigrations", "quickstart",
    "spectacular", "version", "--help", "-h", "--version",
}  # fmt: skip


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "registry.settings")
    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    given = os.environ.get("DATABASE_URL") or os.environ.get("DATABASE_URL_FILE")
    if given or command in WITHOUT_SERVICES or "--help" in sys.argv or "-h" in sys.argv:
        run()
        return
    from registry.embedded import EmbeddedError, joined_or_started

    home = Path(os.environ.get("NQR_HOME") or Path(__file__).resolve().parent / "var")
    try:
        with joined_or_started(home) as services:
            os.environ.update(services if command == "migrate" else _without_owner(services))
            run()
    except EmbeddedError as error:
        sys.exit(str(error))


def _without_owner(services: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in services.items() if name != "DATABASE_OWNER_URL"}


def run() -> None:
    from django.core.management import execute_from_command_line
    from django.db.utils import ProgrammingError

    try:
        execute_from_command_line(sys.argv)
    except ProgrammingError as error:
        if type(error.__cause__).__name__ not in ("UndefinedTable", "UndefinedColumn"):
            raise
        sys.exit("The database is not that of this version of the register: run `manage.py migrate` first.")


if __name__ == "__main__":
    main()
