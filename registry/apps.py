"""The register's own wiring."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class RegistryConfig(AppConfig):
    name = "registry"
    verbose_name = _("Register")

    def ready(self) -> None:
        from registry import grants
        from registry.framework import calendar, current

        calendar.validate(current.profile())
        post_migrate.connect(grants.after_migrate, dispatch_uid="registry.grants")
