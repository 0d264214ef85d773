"""While PostgreSQL cannot be reached: what this process knows of it, and how long a public read waits for it.

Public pages and API reads go on from this host's index (design section 3), so a visitor must not wait for a server that
does not answer: a public read gives up within seconds, and what one of them has found out the next ones of this process
need not find out again. Officers and providers, who write, always try.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import InterfaceError, OperationalError, connection

REMEMBERED = 2.0  # seconds for which a failure is believed, and nobody tries again
CONNECTING = 2  # seconds that a public read waits for a connection; psycopg knows no shorter wait
CHECKING = 2.0  # seconds that a connection which was open already may take to say that it is alive
ANSWERING = 20  # seconds that a statement of a public read may take
RETRY_AFTER = 30  # seconds after which whoever could not be answered may ask again

# Django's errors that may mean that the server is away; `is_away` tells whether one does.
ERRORS = (OperationalError, InterfaceError)
# What PostgreSQL says when it stops, crashes, starts, or has no connection left; and of a statement that took too long.
_SQLSTATES = ("57P", "08", "53300", "57014")

T = TypeVar("T")
log = logging.getLogger(__name__)


class Away(OperationalError):
    """What was asked is known to the register's database alone, and that cannot be reached. `number`: of which entry."""

    def __init__(self, number: str = ""):
        super().__init__("The register's database cannot be reached.")
        self.number = number


class Memory:
    """Whether the server could be reached when this process last tried, and when that was."""

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock = clock
        self._failed: float | None = None
        self._answered = float("-inf")
        # After a failure one request at a time tries; the others do not queue up behind it.
        self._trying = threading.Lock()

    def failed(self) -> None:
        if self._failed is None:
            log.warning("The database cannot be reached: public reads go on from the index.")
        self._failed = self._clock()

    def answered(self) -> None:
        if self._failed is not None:
            log.warning("The database answers again.")
        self._failed, self._answered = None, self._clock()

    @property
    def is_away(self) -> bool:
        """The last try failed, however long ago it was."""
        return self._failed is not None

    @property
    def is_fresh(self) -> bool:
        """The last try was so short a time ago that its outcome is believed."""
        last = self._answered if self._failed is None else self._failed
        return self._clock() - last < REMEMBERED

    @contextmanager
    def trying(self) -> Iterator[bool]:
        """Whether to try now: not while a failure is remembered, and not beside somebody who tries already."""
        if not self.is_away:
            yield True
        elif self.is_fresh or not self._trying.acquire(blocking=False):
            yield False
        else:
            try:
                yield True
            finally:
                self._trying.release()


memory = Memory()


@dataclass
class Reading:
    """One public read. `away`: it has found the database away, so what it shows may be old."""

    away: bool = False


_reading: ContextVar[Reading | None] = ContextVar("reading", default=None)


@contextmanager
def public_read(in_doubt: Callable[[], bool] = bool) -> Iterator[Reading]:
    """What is asked of the database in this block is given up early; whether it is away, the block's Reading tells.

    It is looked for where there is a reason to doubt it, the last try failed or `in_doubt` says so: a page from the index
    alone would not notice.
    """
    reading = Reading()
    token = _reading.set(reading)
    try:
        if memory.is_away or (not memory.is_fresh and in_doubt()):
            reading.away = _look()
        yield reading
    finally:
        _reading.reset(token)


def reading() -> Reading | None:
    """The public read that goes on in this thread, if one does."""
    return _reading.get()


def _look() -> bool:
    """Whether the database is away: by what is remembered, else by trying."""
    if not memory.is_fresh:
        try:
            if connection.connection is None or (not connection.in_atomic_block and not connection.is_usable()):
                connection.close()
                connection.ensure_connection()
            memory.answered()
        except ERRORS as error:
            if not is_away(error):
                raise
    return memory.is_away


def is_away(error: BaseException | None) -> bool:
    """Whether this error says that the server cannot be reached, or did not answer in time; not that it refused."""
    if isinstance(error, Away | InterfaceError):
        return True
    if not isinstance(error, OperationalError):
        return False
    state = getattr(error.__cause__, "sqlstate", None)
    return state is None or state.startswith(_SQLSTATES)


def noticed(error: Exception) -> None:
    """To be called with what was caught: it is remembered that the database is away. Another error is raised again."""
    if not is_away(error):
        raise error
    if not isinstance(error, Away) and not memory.is_away:
        memory.failed()
    if now := _reading.get():
        now.away = True
    if not connection.in_atomic_block:
        connection.close()


def unless_away(read: Callable[..., T], *arguments: Any) -> T | None:
    """What is read, or None while the database is away: for a part of a page that may be missing."""
    try:
        return read(*arguments)
    except ERRORS as error:
        noticed(error)
        return None
