from django.core.management.base import BaseCommand, CommandError

from registry import journal
from registry.verification import differences


class Command(BaseCommand):
    help = "Recompute the hash chains and compare entries and search index with the journal."

    def handle(self, **options):
        found = 0
        for difference in differences():
            found += 1
            self.stderr.write(difference)
        if found:
            raise CommandError(f"{found} differences; the register does not agree with its journal.")
        self.stdout.write(f"Everything agrees, up to serial {journal.head()}.")
