"""How often one address may send a public form, or ask what is costly.

The count lives in the cache; with the cache away everybody passes.
"""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from rest_framework.throttling import SimpleRateThrottle


class SendThrottle(SimpleRateThrottle):
    """Whoever sends from one address shares its rate (`PUBLIC_FORM_RATE`), over all the forms."""

    scope = "send"

    def get_rate(self) -> str:
        return settings.PUBLIC_FORM_RATE

    def get_cache_key(self, request: HttpRequest, view: Any) -> str:
        return self.cache_format % {"scope": self.scope, "ident": self.get_ident(request)}


class BatchThrottle(SendThrottle):
    """What is asked with a whole table is counted for itself, at the same rate."""

    scope = "batch"


class PastThrottle(SendThrottle):
    """Searches of a past day for which the whole journal must be read (`PUBLIC_PAST_RATE`)."""

    scope = "past"

    def get_rate(self) -> str:
        return settings.PUBLIC_PAST_RATE
