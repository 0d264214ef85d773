from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CredentialsConfig(AppConfig):
    name = "credentials"
    verbose_name = _("Credentials")

    def ready(self) -> None:
        from credentials import cases
        from credentials.services import consistency
        from registry import daily

        cases.register()
        daily.register(
            daily.Step(
                "consistency", _("interim consistency reports whose time is over"), consistency.propose_final_ratings
            )
        )
