from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProvidersConfig(AppConfig):
    name = "providers"
    verbose_name = _("Providers")

    def ready(self) -> None:
        from providers import cases
        from providers.services import take_down
        from registry import daily

        cases.register()
        daily.register(daily.Step("take_down_actions", _("statutory actions past their time on the page"), take_down))
