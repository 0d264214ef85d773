"""The register's own wiring."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core import checks
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class RegistryConfig(AppConfig):
    name = "registry"
    verbose_name = _("Register")

    def ready(self) -> None:
        from registry import grants
        from registry.casework import aggregates
        from registry.casework.agenda import own

        # The settings have read the profile strictly. What is left needs a calendar of the world, which takes a tenth of
        # a second to load: it is asked for when the register is migrated, and not by every process that starts.
        _bring_daily_steps()
        _bring_own_kinds()
        own.register()
        aggregates.register()
        checks.register(holidays_are_known, checks.Tags.database)
        post_migrate.connect(grants.after_migrate, dispatch_uid="registry.grants")


def _bring_daily_steps() -> None:
    """What the register does each day: publish what is due, journal what dates do, remind, escalate, propose lapses."""
    from registry import daily, journal
    from registry.casework.services import asking, releasing, reminding, reporting
    from registry.following import subscriptions, telling

    daily.register(daily.Step("release", _("decisions that become public"), releasing.release_due))
    daily.register(daily.Step("status", _("changes of status by date"), journal.turn))
    daily.register(daily.Step("remind", _("reminders of what is still to be answered"), asking.remind))
    daily.register(
        daily.Step("propose_lapses", _("cases that may lapse, put before an officer"), asking.propose_lapses)
    )
    daily.register(
        daily.Step(
            "conditions", _("conditions that fall due, and those that are overdue"), reminding.remind_of_conditions
        )
    )
    daily.register(
        daily.Step("reports", _("reminders of reports that are due"), reporting.remind_of_reports, last=True)
    )
    daily.register(
        daily.Step(
            "late_reports", _("reports that have become later, told to people"), reporting.escalate_reports, last=True
        )
    )
    daily.register(
        daily.Step("subscriptions", _("mails about what changed, to those who follow it"), telling.tell, last=True)
    )
    daily.register(
        daily.Step("forget_subscriptions", _("subscriptions that are over, forgotten"), subscriptions.forget, last=True)
    )


def _bring_own_kinds() -> None:
    """The kinds of case that the register itself brings: what is wrong with a record, and a decision looked at again."""
    from registry.casework import problems
    from registry.casework.reconsideration import kind

    problems.register()
    kind.register()


def holidays_are_known(databases: Sequence[str] | None = None, **_: Any) -> list[checks.CheckMessage]:
    """Refuse a profile whose public holidays nobody knows."""
    from registry.framework import calendar, current
    from registry.framework.law import ProfileError

    if not databases:
        return []
    try:
        calendar.validate(current.profile())
    except ProfileError as error:
        return [checks.Error(str(error), id="registry.E001")]
    return []
