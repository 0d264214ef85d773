"""Connections that give up: a server that stands still answers nothing, and refuses nothing either."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from django.db.backends.postgresql.psycopg_any import IsolationLevel
from psycopg.errors import _WaitTimeout

from registry import outage

_limit: ContextVar[float | None] = ContextVar("limit", default=None)


@contextmanager
def limit(seconds: float) -> Iterator[None]:
    """No answer of the server is waited for longer than this, in this block."""
    token = _limit.set(seconds)
    try:
        yield
    finally:
        _limit.reset(token)


class Connection(psycopg.Connection):
    """A connection whose public reads wait only so long. The server's own limit ends a long statement; a server that
    does not answer at all, a stopped machine for one, is noticed by nobody but whoever waits."""

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        own = _limit.get() or (outage.ANSWERING + outage.CHECKING if outage.reading() else None)
        if timeout is not None or own is None:
            return super().wait(gen, interval, timeout)
        try:
            return super().wait(gen, interval, own)
        except _WaitTimeout:
            self.pgconn.finish()
            outage.memory.failed()
            raise psycopg.OperationalError(f"The database has not answered within {own:.0f} s.") from None


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection:
        public = outage.reading() is not None
        if not public:
            return self._connected(conn_params)
        with outage.memory.trying() as may_try:
            if not may_try:
                raise psycopg.OperationalError("The database was away a moment ago.")
            connection = self._connected(conn_params | {"connect_timeout": outage.CONNECTING})
            connection.autocommit = True
            connection.execute(_statement_limit())
            return connection

    def _connected(self, conn_params: dict[str, Any]) -> Connection:
        self.isolation_level = IsolationLevel.READ_COMMITTED
        try:
            connection = Connection.connect(**conn_params)
        except psycopg.OperationalError:
            outage.memory.failed()
            raise
        outage.memory.answered()
        return connection

    def is_usable(self) -> bool:
        """Django asks this before the first statement of each request: the question sets the statement limit too."""
        if self.connection is None or (outage.memory.is_away and outage.memory.is_fresh):
            return False
        try:
            with limit(outage.CHECKING):
                self.connection.execute(_statement_limit())
        except psycopg.Error:
            return False
        outage.memory.answered()
        return True


def _statement_limit() -> str:
    """Statements of public reads may take so long; others what the database's own settings say."""
    return f"set statement_timeout = {outage.ANSWERING * 1000}" if outage.reading() else "reset statement_timeout"
