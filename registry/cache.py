"""A cache whose loss is a miss: with the broker's server away, throttles let everybody through (design 4.6)."""

import logging
from typing import Any

from django.core.cache.backends.redis import RedisCache
from redis import Redis
from redis.exceptions import RedisError

log = logging.getLogger(__name__)


class FailOpenRedisCache(RedisCache):
    def count(self, key: str, seconds: int, now: float) -> float | None:
        """One more of this key: about how many there were in the last so many seconds; None with the cache away.

        What was counted in the span before counts as far as that span reaches into them. In one round trip, however many
        there are.
        """
        span, into = divmod(now, seconds)
        present, before = (self.make_and_validate_key(f"{key}:{int(span) - back}") for back in (0, 1))
        try:
            asked = self._server().pipeline(transaction=False)
            asked.set(present, 0, ex=2 * seconds, nx=True).incr(present).get(before)
            _, counted, earlier = asked.execute()
        except (RedisError, OSError) as error:
            log.warning("The cache is away: %s", error)
            return None
        return counted + int(earlier or 0) * (1 - into / seconds)

    def _server(self) -> Redis:
        """The server that counts. Made once: to make a client takes longer than to ask it."""
        if self._counting is None:
            self._counting = self._cache.get_client(None, write=True)
        return self._counting

    _counting: Redis | None = None

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        try:
            return super().get(key, default, version)
        except (RedisError, OSError) as error:
            log.warning("The cache is away: %s", error)
            return default

    def set(self, *args: Any, **kwargs: Any) -> None:
        try:
            super().set(*args, **kwargs)
        except (RedisError, OSError) as error:
            log.warning("The cache is away: %s", error)
