from django.conf import settings
from django.core.management.base import BaseCommand

from credentials.demo.load import load


class Command(BaseCommand):
    help = "Load the demo register and its accounts, once."

    def handle(self, **options):
        if load(settings.NQR_HOME):
            self.stdout.write("the demo register has been loaded")
