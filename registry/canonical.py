"""The one way in which the register turns a record into bytes, so that a hash of it means something for ever."""

import hashlib
from typing import Any

import orjson


def canonical(record: Any) -> bytes:
    """`record` as UTF-8 JSON with sorted keys and no spaces; the very bytes that are hashed are the ones kept."""
    return orjson.dumps(record, option=orjson.OPT_SORT_KEYS)


def chained(previous: bytes, record: bytes) -> bytes:
    """The SHA-256 that ties `record` to everything recorded before it."""
    return hashlib.sha256(previous + record).digest()


# What the first record of a chain follows.
GENESIS = bytes(32)
