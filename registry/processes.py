"""Work done side by side in processes of this register's own, each with its own connection to the database."""

import gc
import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context


class WorkerLost(Exception):
    """A process of the pool has died; what it had committed stays."""


@contextmanager
def pool(jobs: int) -> Iterator[ProcessPoolExecutor]:
    """`jobs` processes that are ready for work on the register, ended with the block.

    Spawned, not forked: a copy of this process would hold its connection to the database, and end it when it ends.
    Raises WorkerLost where one of them dies.
    """
    workers = ProcessPoolExecutor(jobs, get_context("spawn"), _start, (os.getpid(),))
    try:
        yield workers
    except BrokenProcessPool:
        raise WorkerLost("A process that worked on the register has died.") from None
    finally:
        workers.shutdown(cancel_futures=True)


def seldom_collect() -> None:
    """For work that makes and drops many objects without circles: looking for circles would take a tenth of it."""
    gc.freeze()
    gc.set_threshold(200_000, 20, 20)


def _start(parent: int) -> None:
    import django

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever began the work is interrupted, and ends its processes
    threading.Thread(target=_end_with, args=[parent], daemon=True).start()
    django.setup()
    seldom_collect()


def _end_with(parent: int) -> None:
    """Nobody is left to work for once the parent was killed: what is not committed is given back."""
    while os.getppid() == parent:
        time.sleep(0.2)
    os._exit(1)
