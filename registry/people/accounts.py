"""How people come in: accounts are made by the authority or by a provider's signatory, never by a stranger."""

from allauth.account.adapter import DefaultAccountAdapter
from django.urls import reverse


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request) -> bool:
        return False

    def get_login_redirect_url(self, request) -> str:
        """Staff land at the desk, providers in the portal."""
        return reverse("admin:index") if request.user.is_staff else reverse("portal:dashboard")
