"""Keeps a handful of child processes running: restarts what dies, and stops everything in order."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

GRACE = 3.0  # seconds that a child has to end by itself
LONGEST_PAUSE = 10.0


@dataclass
class Child:
    """A process to keep alive. `spawn` starts it; it is started again after it dies, ever more slowly if it keeps dying."""

    name: str
    spawn: Callable[[], subprocess.Popen]
    process: subprocess.Popen | None = None
    pause: float = 0.25
    started: float = 0.0
    due: float = field(default=0.0)

    def start(self) -> None:
        self.process, self.started = self.spawn(), time.monotonic()

    def revive(self, say: Callable[[str], None]) -> None:
        """Start the child again if it has died and its pause is over."""
        if self.process is None or self.process.poll() is None:
            return
        now = time.monotonic()
        if not self.due:
            self.pause = 0.25 if now - self.started > 30 else min(self.pause * 2, LONGEST_PAUSE)
            self.due = now + self.pause
            say(f"{self.name} ended with {self.process.returncode}; starting it again")
        elif now >= self.due:
            self.due = 0.0
            self.start()


class Supervisor:
    """Children in the order of starting; `run` returns once a stop was asked for."""

    def __init__(self, say: Callable[[str], None]):
        self.children: list[Child] = []
        self.say = say
        self.stopping = threading.Event()
        for wanted in (signal.SIGINT, signal.SIGTERM):
            signal.signal(wanted, lambda *_: self.stopping.set())

    def add(self, name: str, spawn: Callable[[], subprocess.Popen], *, start: bool = True) -> None:
        child = Child(name, spawn)
        self.children.append(child)
        if start:
            child.start()

    def adopt(self, name: str, process: subprocess.Popen, spawn: Callable[[], subprocess.Popen]) -> None:
        """Watch a process that runs already."""
        self.children.append(Child(name, spawn, process, started=time.monotonic()))

    def revive(self) -> None:
        for child in self.children:
            if not self.stopping.is_set():
                child.revive(self.say)

    def run(self) -> None:
        while not self.stopping.wait(0.2):
            self.revive()

    def stop(self, names: set[str]) -> None:
        """Ask these children to end, all at once; what has not ended after the grace is killed with its whole group."""
        alive = [c.process for c in self.children if c.name in names and c.process and c.process.poll() is None]
        for process in alive:
            process.send_signal(signal.SIGTERM)
        until = time.monotonic() + GRACE
        for process in alive:
            try:
                process.wait(max(0.05, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                kill_group(process)


def kill_group(process: subprocess.Popen) -> None:
    """End a child and its own children: each child leads a session of its own."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        process.kill()
    process.wait()
