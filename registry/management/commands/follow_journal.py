import signal
from threading import Event

from django.core.management.base import BaseCommand, CommandError

from registry.search import follower


class Command(BaseCommand):
    help = "Keep this host's search index in step with the journal."

    def add_arguments(self, parser):
        parser.add_argument("--rebuild", action="store_true", help="build the index anew first, beside the old one")
        parser.add_argument("--once", action="store_true", help="catch up and end, instead of following on")

    def handle(self, *, rebuild: bool, once: bool, **options):
        stop = Event()
        for wanted in (signal.SIGINT, signal.SIGTERM):
            signal.signal(wanted, lambda *_: stop.set())
        try:
            if rebuild:
                self.stdout.write(f"rebuilt up to serial {follower.rebuild()}")
            if once:
                self.stdout.write(f"in step with serial {follower.catch_up()}")
                return
            follower.follow(stop, pause=stop.wait)
        except follower.IndexBusy as busy:
            raise CommandError(str(busy)) from None
