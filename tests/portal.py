"""The portal as somebody uses it who is signed in."""

from django.http import HttpResponse
from django.test import Client

from registry.models import Case, User

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def page_of(case: Case, user: User | None = None) -> str:
    """The words of the case's page, as its signatory sees it unless another is named."""
    response = signed_in(user or case.signatory).get(f"/portal/cases/{case.reference}/")
    assert response.status_code == 200
    return response.content.decode()


def post(case: Case, act: str, user: User | None = None, **data) -> HttpResponse:
    return signed_in(user or case.signatory).post(f"/portal/cases/{case.reference}/{act}/", data)


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)
