"""Systems sign in with `Authorization: Bearer KEY`. Reading needs none; a wrong key is said, not ignored."""

from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from registry import outage
from registry.models import ApiKey


class KeyAuthentication(BaseAuthentication):
    """`request.auth` is the key; there is no user: a key acts for its organisation."""

    def authenticate(self, request: Request) -> tuple[None, ApiKey] | None:
        scheme, _, given = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        try:
            key = ApiKey.known(given.decode("latin-1").strip())
        except outage.ERRORS as error:
            if not outage.reading():
                raise
            outage.noticed(error)
            return None  # whose key it is cannot be told now, and whoever reads needs none
        if key is None:
            raise AuthenticationFailed("This key is not known, or has been revoked.")
        return None, key

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"
