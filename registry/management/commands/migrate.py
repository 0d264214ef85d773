from django.conf import settings
from django.core.management.commands.migrate import Command as Migrate


class Command(Migrate):
    """Django's `migrate`, as the database's owner where its address is known: the application's role has no DDL."""

    def add_arguments(self, parser):
        super().add_arguments(parser)
        if "owner" in settings.DATABASES:
            parser.set_defaults(database="owner")
