"""How often one address, or one key, may ask. The count lives in the cache; with the cache away everybody passes."""

from typing import Any

from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle


class ReadThrottle(SimpleRateThrottle):
    """Anonymous readers share the rate of their address."""

    scope = "read"

    def get_cache_key(self, request: Request, view: Any) -> str | None:
        return None if request.auth else self.cache_format % {"scope": self.scope, "ident": self.get_ident(request)}


class KeyThrottle(SimpleRateThrottle):
    """A key has a rate of its own, which is higher."""

    scope = "key"

    def get_cache_key(self, request: Request, view: Any) -> str | None:
        return self.cache_format % {"scope": self.scope, "ident": request.auth.pk} if request.auth else None
