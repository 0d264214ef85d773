import sys
from datetime import date

from django.core.management.base import BaseCommand, CommandError

from registry import daily
from registry.framework import current


def day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CommandError(f"--on {text}: is not a date such as 2026-01-31.") from None


class Command(BaseCommand):
    help = "Do what has come due by today in the authority's time zone; beat runs it too."

    def add_arguments(self, parser):
        parser.add_argument("--on", type=day, metavar="YYYY-MM-DD", help="as if that day had come: for rehearsals")

    def handle(self, *, on: date | None, **options):
        if on and on > current.today() and sys.stdin.isatty():
            self.stdout.write(f"{on} has not come: what waits until then becomes public now. For rehearsals alone.")
            if input("Type yes to go on: ").strip() != "yes":
                raise CommandError("Nothing was done.")
        try:
            done = daily.run(on)
        except ExceptionGroup as failed:
            raise CommandError("; ".join(str(error) for error in failed.exceptions)) from None
        self.stdout.write(f"{on or current.today()}")
        for step in daily.every():
            self.stdout.write(f"  {done[step.name]:>7,}  {step.label}")
