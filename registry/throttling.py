"""How often one address may ask. The count lives in the cache; with the cache away everybody passes."""

from math import ceil
from typing import Any

from django.http import HttpRequest
from rest_framework.throttling import SimpleRateThrottle


class AddressThrottle(SimpleRateThrottle):
    """Whoever asks from one network address shares its rate; `counted` names what is counted together."""

    counted: str

    def get_cache_key(self, request: HttpRequest, view: Any) -> str:
        return self.cache_format % {"scope": self.counted, "ident": self.get_ident(request)}

    def retry_after(self) -> int:
        """Whole seconds after which one that was refused may ask again, at least one (RFC 9110, section 10.2.3)."""
        return max(1, ceil(self.wait() or self.duration))
