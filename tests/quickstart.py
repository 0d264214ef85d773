"""Starts the register as a new user would, for tests that drive it from outside."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener

ROOT = Path(__file__).resolve().parent.parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass
class Answer:
    status: int
    url: str
    body: bytes
    headers: Any

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Browser:
    """A person without JavaScript: keeps cookies, follows redirects, sends the forms that pages offer."""

    def __init__(self, base: str):
        self.base = base
        self.opener = build_opener(HTTPCookieProcessor(CookieJar()))

    def get(self, path: str) -> Answer:
        return self._send(Request(self._url(path)))

    def post(self, path: str, data: dict[str, Any], *, page: str | None = None) -> Answer:
        """Send a form, with the CSRF token of the page that holds it."""
        return self.send(path, data, self.token(page or path))

    def token(self, page: str) -> str:
        """The CSRF token of a page's form."""
        return re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.get(page).text)[1]

    def send(self, path: str, data: dict[str, Any], token: str) -> Answer:
        """Send a form whose page has been read already."""
        body = urlencode({**data, "csrfmiddlewaretoken": token}, doseq=True).encode()
        return self._send(Request(self._url(path), body, {"Referer": self._url(path)}))

    def upload(self, path: str, data: dict[str, str], name: str, content: bytes, *, page: str) -> Answer:
        token = self.token(page)
        edge = "----------------nqr"
        parts = [
            f'--{edge}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
            for key, value in {**data, "csrfmiddlewaretoken": token}.items()
        ]
        parts.append(
            f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
            f"Content-Type: text/plain\r\n\r\n".encode()
            + content
            + f"\r\n--{edge}--\r\n".encode()
        )
        headers = {"Content-Type": f"multipart/form-data; boundary={edge}", "Referer": self._url(path)}
        return self._send(Request(self._url(path), b"".join(parts), headers))

    def sign_in(self, account: dict[str, str]) -> "Browser":
        answer = self.post("/accounts/login/", {"login": account["username"], "password": account["password"]})
        assert "/accounts/login/" not in answer.url, f"{account['username']} could not sign in"
        return self

    def _url(self, path: str) -> str:
        return path if path.startswith("http") else self.base + path

    def _send(self, request: Request) -> Answer:
        try:
            with self.opener.open(request, timeout=30) as response:
                return Answer(response.status, response.url, response.read(), response.headers)
        except HTTPError as error:
            return Answer(error.code, error.url, error.read(), error.headers)


@dataclass
class Running:
    """A quickstart that has said READY."""

    home: Path
    port: int
    process: subprocess.Popen
    output: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def accounts(self) -> list[dict[str, str]]:
        return json.loads((self.home / "demo-accounts.json").read_text())["accounts"]

    def account(self, role: str, number: int = 0) -> dict[str, str]:
        return [a for a in self.accounts if a["role"] == role][number]

    def browser(self, role: str | None = None, number: int = 0) -> Browser:
        browser = Browser(self.url)
        return browser.sign_in(self.account(role, number)) if role else browser

    def children(self) -> dict[int, str]:
        """Every process below the supervisor, with its command line."""
        found = {}
        for folder in Path("/proc").iterdir():
            if not folder.name.isdigit():
                continue
            try:
                status = (folder / "stat").read_text().rpartition(")")[2].split()
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
            except OSError:
                continue
            if int(status[1]) == self.process.pid and status[0] != "Z":
                found[int(folder.name)] = command
        return found

    def child(self, words: str) -> int:
        return next(pid for pid, command in self.children().items() if words in command)

    def stop(self, how: signal.Signals = signal.SIGINT) -> float:
        """Stop it; the seconds that it took."""
        started = time.monotonic()
        if self.process.poll() is None:
            self.process.send_signal(how)
        self.process.wait(30)
        return time.monotonic() - started


def start(home: Path, *, port: int | None = None, wait: bool = True) -> Running:
    """Type the command, with nothing of the test's own services in its environment."""
    port = port or free_port()
    kept = {
        k: v
        for k, v in os.environ.items()
        if not k.startswith(("DATABASE_", "REDIS_", "NQR_", "SECRET_", "PYTEST_", "DJANGO_"))
    }
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "manage.py"), "quickstart", "--port", str(port)],
        env=kept | {"NQR_HOME": str(home)}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        start_new_session=True, cwd=ROOT,
    )  # fmt: skip
    running = Running(home, port, process)
    if wait:
        wait_ready(running)
    return running


def wait_ready(running: Running, seconds: float = 120) -> None:
    until = time.monotonic() + seconds
    for line in running.process.stdout:
        running.output.append(line)
        if line.startswith("READY") or time.monotonic() > until:
            break
    assert running.output[-1].startswith("READY"), "".join(running.output[-15:])
    # What follows is read away, so that a full pipe never stops the register.
    import threading

    threading.Thread(target=lambda: running.output.extend(running.process.stdout), daemon=True).start()


def eventually(condition, seconds: float = 10.0, pause: float = 0.05):
    """The first true answer within the time; an assertion with the last one otherwise."""
    until, last = time.monotonic() + seconds, None
    while time.monotonic() < until:
        try:
            last = condition()
            if last:
                return last
        except (OSError, AssertionError, StopIteration, KeyError, IndexError, json.JSONDecodeError) as error:
            last = error
        time.sleep(pause)
    raise AssertionError(f"not within {seconds} s: {last!r}")
