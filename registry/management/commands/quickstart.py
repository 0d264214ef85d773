"""The whole register in one command, to try it: services, demo register, web, worker, beat and follower."""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from registry.embedded import EmbeddedError, Services, ends_with_parent, read_secret
from registry.supervisor import Supervisor

MANAGE = settings.BASE_DIR / "manage.py"


class Command(BaseCommand):
    help = "Start PostgreSQL, Valkey, the demo register, worker, beat, follower and web; Ctrl-C stops everything."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
        parser.add_argument("--port", type=int, default=8000, help="port to listen on (8000)")

    def handle(self, *, host: str, port: int, **options):
        self.host, self.port, self.home = host, port, settings.NQR_HOME
        _port_is_free(host, port)
        supervisor = Supervisor(self.say)
        self.services = services = Services(self.home)
        try:
            self.say(f"starting PostgreSQL and Valkey in {self.home}")
            services.start()
            for private in ("evidence", "mail"):
                (self.home / private).mkdir(mode=0o700, exist_ok=True)
        except EmbeddedError as error:
            raise CommandError(str(error)) from None
        try:
            self._run(supervisor, services)
        finally:
            supervisor.stop({"web", "worker", "beat", "follower"})
            services.stop()
            self.say("stopped")

    def say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()

    def _run(self, supervisor: Supervisor, services: Services) -> None:
        for name in ("postgres", "valkey"):
            supervisor.adopt(name, services.processes[name], lambda name=name: self._restart(name))
        self.environment = _environment(self.home, services)
        steps = [
            ("migrating the database", ["migrate", "--verbosity", "0"], {"DATABASE_OWNER_URL": services.owner_url}),
            ("loading the demo register", ["load_demo"], {}),
            ("building the search index", ["follow_journal", "--once"], {}),
        ]
        # Compressed, and under names that a browser may keep: nothing of it needs the database, so it goes on beside.
        static = self._manage("collectstatic", "--noinput", "--verbosity", "0")
        for text, arguments, extra in steps:
            self.say(text)
            if not self._step(supervisor, self._spawn([sys.executable, str(MANAGE), *arguments], extra), arguments[0]):
                static.kill()
                return
        if not self._step(supervisor, static, "collectstatic"):
            return
        supervisor.add("follower", lambda: self._manage("follow_journal"))
        supervisor.add("web", self._web)
        supervisor.add("worker", lambda: self._celery("worker", "--pool=threads", "--concurrency=2"))
        beat = str(self.home / "beat")
        supervisor.add("beat", lambda: self._celery("beat", f"--schedule={beat}"))
        threading.Thread(target=self._announce, args=[supervisor], daemon=True).start()
        supervisor.run()
        self.say("stopping")

    def _step(self, supervisor: Supervisor, process: subprocess.Popen, name: str) -> bool:
        """Wait for the end of one command; False where a stop was asked for meanwhile."""
        while process.poll() is None:
            if supervisor.stopping.wait(0.05):
                process.terminate()
                process.wait()
                return False
        if process.returncode:
            raise CommandError(f"`manage.py {name}` failed; what it wrote above says why.")
        return True

    def _announce(self, supervisor: Supervisor) -> None:
        base = f"http://{'127.0.0.1' if self.host == '0.0.0.0' else self.host}:{self.port}"  # noqa: S104 only read
        while not supervisor.stopping.wait(0.1):
            if _answers(f"{base}/healthz") and _answers(f"{base}/search"):
                self._show_accounts()
                self.say(f"READY http://localhost:{self.port}/")
                return

    def _show_accounts(self) -> None:
        path = self.home / "demo-accounts.json"
        accounts = json.loads(path.read_text())
        self.say(f"\nDemo accounts (kept in {path}):")
        for account in accounts["accounts"]:
            number = account["provider"] or ""
            self.say(f"  {account['role']:<15} {account['username']:<38} {account['password']}  {number}")
        self.say(f"  API key of {accounts['api_key']['provider']}: {accounts['api_key']['key']}\n")

    def _restart(self, name: str) -> subprocess.Popen:
        self.services.start_one(name)
        return self.services.processes[name]

    def _manage(self, *arguments: str) -> subprocess.Popen:
        return self._spawn([sys.executable, str(MANAGE), *arguments])

    def _celery(self, *arguments: str) -> subprocess.Popen:
        return self._spawn(
            [sys.executable, "-m", "celery", "--quiet", "-A", "registry", *arguments, "--loglevel=warning"]
        )

    def _web(self) -> subprocess.Popen:
        return self._spawn(
            [
                sys.executable, "-m", "granian", "--interface", "wsgi", "--host", self.host, "--port", str(self.port),
                "--workers", "2", "--blocking-threads", "2", "--respawn-failed-workers", "--no-ws",
                "--workers-kill-timeout", "2", "--log-level", "warning", "registry.wsgi:application",
            ]
        )  # fmt: skip

    def _spawn(self, arguments: list[str], extra: dict[str, str] | None = None) -> subprocess.Popen:
        return subprocess.Popen(
            arguments, env=self.environment | (extra or {}), cwd=settings.BASE_DIR, stdin=subprocess.DEVNULL,
            preexec_fn=ends_with_parent(signal.SIGTERM),
        )  # fmt: skip


def _environment(home: Path, services: Services) -> dict[str, str]:
    """What the children know: the application's addresses and the secret key, never the owner's address."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("DATABASE_", "REDIS_"))}
    # Celery warns of root and of its own shutdown on the terminal of somebody who only tries the register.
    return kept | services.urls | {
        "NQR_HOME": str(home), "STATIC_ROOT": str(home / "static"), "SECRET_KEY": _secret_key(home),
        "PYTHONUNBUFFERED": "1", "C_FORCE_ROOT": "1",
        "PYTHONWARNINGS": "ignore:You're running the worker with superuser",
        # Letters are written into the home, where they can be read.
        "EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend",
    }  # fmt: skip


def _secret_key(home: Path) -> str:
    """Made once for this home, so that sessions outlive a restart."""
    if not read_secret(home):
        with open(os.open(home / "secret-key", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(50))
    return read_secret(home)


def _port_is_free(host: str, port: int) -> None:
    """Raise CommandError, in one sentence, where the port cannot be listened on."""
    try:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except PermissionError:
        raise CommandError(f"Port {port} is reserved for the system: choose one above 1023 with --port.") from None
    except (OSError, OverflowError):
        raise CommandError(f"Port {port} on {host} is in use or not to be had: choose another with --port.") from None


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as response:  # noqa: S310 our own address
            return response.status == 200
    except (urllib.error.URLError, OSError):
        return False
