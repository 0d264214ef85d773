"""What the application's database role may do, granted by the owner after every migration (design 4.3)."""

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import Group
from django.db import connections, models

from registry.people.models import STAFF_ROLES

# Rows that are evidence: the role may add them and read them, and nothing else.
APPEND_ONLY = (
    "change", "event", "judgement", "recommendation", "decision", "part", "waiver", "duplicatecheck", "submission", "fee",
    "requestitem", "answer", "message", "decisiondraft", "condition", "conditionmet", "letter",
    "exemption", "steprun",
)  # fmt: skip
# Written once and then kept in step by the journal, or moved by the workflow, but never removed.
NEVER_DELETED = ("entry", "case", "notice", "delegation", "reconsideration")
# Written once; afterwards these columns alone are filled in, and nothing is removed.
FILLED_IN = {
    "calendaraddress": ("revoked_at",),
    "evidence": ("removed_at", "scan", "scan_detail", "scanned_at"),
    "informationrequest": ("closed_at", "closed_as"),
    "interest": ("ended_on",),
    "panel": ("minutes", "met_on", "closed_at"),
    "panelmember": ("present",),
    "release": ("released_at", "called_off"),
}


def after_migrate(app_config, using: str, **kwargs) -> None:
    """Once all apps are migrated: grant the application's role its rights, and make the staff groups."""
    if app_config.label != _last_app():
        return
    for name in STAFF_ROLES:
        Group.objects.using(using).get_or_create(name=name)
    role, owner = settings.DATABASES["default"]["USER"], connections[using].settings_dict["USER"]
    if not role or role == owner:
        return
    _grant(using, connections[using].ops.quote_name(role))


def _grant(using: str, role: str) -> None:
    table = _tables().__getitem__
    with connections[using].cursor() as cursor:
        cursor.execute(f"grant usage on schema public to {role}")
        cursor.execute(f"revoke create on schema public from {role}")
        cursor.execute(f"grant select, insert, update, delete on all tables in schema public to {role}")
        cursor.execute(f"grant usage, select on all sequences in schema public to {role}")
        for name in APPEND_ONLY:
            cursor.execute(f"revoke update, delete, truncate on {table(name)} from {role}")
        for name in NEVER_DELETED:
            cursor.execute(f"revoke delete, truncate on {table(name)} from {role}")
        for name, columns in FILLED_IN.items():
            cursor.execute(f"revoke update, delete, truncate on {table(name)} from {role}")
            cursor.execute(f"grant update ({', '.join(columns)}) on {table(name)} to {role}")
        cursor.execute(f"revoke insert, update, delete on django_migrations from {role}")


def _tables() -> dict[str, str]:
    found: dict[str, type[models.Model]] = {m._meta.model_name: m for m in apps.get_app_config("registry").get_models()}
    return {name: model._meta.db_table for name, model in found.items()}


def _last_app() -> str:
    """Signals come app by app, in the order of INSTALLED_APPS; the last one with models ends the migration."""
    return [config.label for config in apps.get_app_configs() if config.models_module is not None][-1]
