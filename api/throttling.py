"""How often one address may ask. The count lives in the cache; with the cache away everybody passes."""

from rest_framework.throttling import AnonRateThrottle


class ReadThrottle(AnonRateThrottle):
    scope = "read"
