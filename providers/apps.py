from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProvidersConfig(AppConfig):
    name = "providers"
    verbose_name = _("Providers")

    def ready(self) -> None:
        from providers import agenda, cases, cases_returns, cases_sanctions
        from providers.services import keep_clocks, open_returns, propose_lapses, take_down
        from registry import daily

        cases.register()
        cases_sanctions.register()
        cases_returns.register()
        agenda.register()
        daily.register(daily.Step("take_down_actions", _("statutory actions past their time on the page"), take_down))
        daily.register(daily.Step("keep_clocks", _("clocks of bodies that are suspended, or go on"), keep_clocks))
        daily.register(
            daily.Step("propose_registration_lapses", _("registrations that may have lapsed"), propose_lapses)
        )
        daily.register(daily.Step("returns", _("returns of providers whose period has ended"), open_returns))
