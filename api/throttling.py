"""How often one address, or one key, may ask. The count lives in the cache; with the cache away everybody passes."""

import time
from typing import Any

from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle


class _Counted(SimpleRateThrottle):
    """Requests are counted in each span of the rate by one number, so that a busy address costs no more than an idle one."""

    def allow_request(self, request: Request, view: Any) -> bool:
        key = self.get_cache_key(request, view)
        if key is None or self.rate is None:
            return True
        self._counted = cache.count(key, self.duration, time.time())
        return self._counted is None or self._counted <= self.num_requests

    def wait(self) -> float:
        """Seconds after which about as many have gone by as are too many now."""
        return max(1.0, self.duration * min(1.0, (self._counted - self.num_requests) / self._counted))


class ReadThrottle(_Counted):
    """Anonymous readers share the rate of their address."""

    scope = "read"

    def get_cache_key(self, request: Request, view: Any) -> str | None:
        return None if request.auth else self.cache_format % {"scope": self.scope, "ident": self.get_ident(request)}


class KeyThrottle(_Counted):
    """A key has a rate of its own, which is higher."""

    scope = "key"

    def get_cache_key(self, request: Request, view: Any) -> str | None:
        return self.cache_format % {"scope": self.scope, "ident": request.auth.pk} if request.auth else None
