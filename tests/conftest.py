"""Real PostgreSQL and Valkey for every test: a throw-away cluster, a template database, and a clone for each worker.

The application's role cannot create databases, and the journal refuses TRUNCATE. So the owner migrates one template;
each worker gets a clone of it, where a test's work is rolled back; and a test that must commit gets a clone of its own.
With DATABASE_URL and DATABASE_OWNER_URL set, that server is used instead.
"""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TEMPLATE = "nqr_test_template"
_services = None


def pytest_configure(config):
    """Start the services once, in the process that hands out the tests; its workers inherit the addresses."""
    global _services
    if not hasattr(config, "workerinput"):
        home = Path(tempfile.mkdtemp(prefix="nqr-test-"))
        home.chmod(0o755)
        os.environ["NQR_TEST_HOME"] = str(home)
        if "DATABASE_URL" not in os.environ:
            from registry.embedded import Services

            _services = Services(home / "services", durable=False).start()
            os.environ.update(_services.urls | {"DATABASE_OWNER_URL": _services.owner_url})
        os.environ.setdefault("SECRET_KEY", "of the tests alone, and of no register")
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    os.environ["NQR_HOME"] = str(Path(os.environ["NQR_TEST_HOME"]) / worker)
    from hypothesis import HealthCheck, settings

    # How fast examples are made tells how busy the machine is, and nothing of the register.
    busy = [HealthCheck.too_slow]
    settings.register_profile("register", deadline=None, max_examples=60, suppress_health_check=busy)
    settings.load_profile("register")


def pytest_unconfigure(config):
    if not hasattr(config, "workerinput"):
        if _services:
            _services.stop()
        shutil.rmtree(os.environ.get("NQR_TEST_HOME", ""), ignore_errors=True)


# What takes longest, most of it in waiting, begins first: a file is run by one worker, and the last one is waited for.
FIRST = ("test_quickstart.py", "browser/", "test_outage.py")


def pytest_collection_modifyitems(items) -> None:
    def place(item) -> int:
        path = item.path.relative_to(ROOT / "tests").as_posix()
        return next((n for n, name in enumerate(FIRST) if path.startswith(name)), len(FIRST))

    items.sort(key=place)


def pytest_terminal_summary(terminalreporter):
    """How far the state machines have walked."""
    walked: dict[str, int] = {}
    for report in terminalreporter.stats.get("passed", []):
        steps = dict(report.user_properties).get("steps")
        if report.when == "call" and steps:
            file = report.nodeid.partition("::")[0]
            walked[file] = walked.get(file, 0) + steps
    for file, steps in sorted(walked.items()):
        terminalreporter.write_line(f"{file}: {steps} steps through transition tables")


def owner():
    """The owner's own connection to the server, outside any transaction."""
    return owner_of("postgres")


@contextmanager
def owner_of(name: str):
    """The owner's own connection to one database."""
    import psycopg

    from registry.settings import DATABASES

    options = DATABASES["owner"]
    with psycopg.connect(
        dbname=name, user=options["USER"], password=options["PASSWORD"] or None, host=options["HOST"],
        port=options["PORT"] or None, autocommit=True,
    ) as connection:  # fmt: skip
        yield connection


def point_at(name: str) -> None:
    """Every connection of this process uses that database from now on."""
    from django.db import connections

    for connection in connections.all():
        connection.close()
        connection.settings_dict["NAME"] = name


def _make_template() -> None:
    """The first worker to come migrates the template; the others wait for it."""
    home = Path(os.environ["NQR_TEST_HOME"])
    with open(home / "template.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (home / "template.done").exists():
            return
        with owner() as connection:
            connection.execute(f'drop database if exists "{TEMPLATE}" with (force)')
            connection.execute(f'create database "{TEMPLATE}"')
        environment = os.environ | {
            name: _at(os.environ[name], TEMPLATE) for name in ("DATABASE_URL", "DATABASE_OWNER_URL")
        }
        subprocess.run([sys.executable, ROOT / "manage.py", "migrate", "--verbosity", "0"], check=True, env=environment)
        (home / "template.done").touch()


def _at(url: str, name: str) -> str:
    head, _, query = url.partition("?")
    return f"{head.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")


def at_this_test(options: dict) -> str:
    """The address of the database that a connection's settings name, for a process of its own."""
    return _at(os.environ["DATABASE_URL"], options["NAME"])


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker):
    """A clone of the migrated template for this worker, dropped at the end."""
    _make_template()
    mine = f"nqr_test_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    with django_db_blocker.unblock():
        clone(mine)
        point_at(mine)
        yield
        point_at("postgres")
        drop(mine)


def clone(name: str) -> None:
    with owner() as connection:
        connection.execute(f'drop database if exists "{name}" with (force)')
        connection.execute(f'create database "{name}" template "{TEMPLATE}" strategy file_copy')


def drop(name: str) -> None:
    """Drop a database. While the server's own vacuum is in it the owner may not end that: it is over in a moment."""
    import psycopg

    with owner() as connection:
        for patience in range(20, -1, -1):
            try:
                connection.execute(f'drop database if exists "{name}" with (force)')
                return
            except psycopg.errors.InsufficientPrivilege:
                if not patience:
                    raise
                time.sleep(0.5)


@pytest.fixture
def committing_db(django_db_setup, django_db_blocker, request):
    """A database of this test's own: what it commits is there for other connections, and gone afterwards."""
    from django.db import connection

    with django_db_blocker.unblock():
        mine = connection.settings_dict["NAME"]
        name = f"{mine}_{abs(hash(request.node.nodeid)) % 10**8}"
        clone(name)
        point_at(name)
        try:
            yield name
        finally:
            point_at(mine)
            drop(name)


@pytest.fixture
def second_connection(committing_db):
    """Opens more connections as the application's role to this test's own database; they are closed afterwards."""
    import psycopg
    from django.db import connection

    opened = []

    def open_one() -> "psycopg.Connection":
        options = connection.settings_dict
        opened.append(
            psycopg.connect(
                dbname=options["NAME"], user=options["USER"], password=options["PASSWORD"] or None,
                host=options["HOST"], port=options["PORT"] or None,
            )
        )  # fmt: skip
        return opened[-1]

    yield open_one
    for each in opened:
        each.close()


@pytest.fixture(autouse=True)
def _own_surroundings(settings, tmp_path):
    """Each test's search index, files and language are its own."""
    from django.utils import translation

    from registry.search import query

    translation.activate(settings.LANGUAGE_CODE)  # whatever page the test before has read
    settings.SEARCH_INDEX_DIR = tmp_path / "index"
    settings.MEDIA_ROOT = tmp_path / "evidence"
    query.forget()


@pytest.fixture
def shared() -> Path:
    """The folder of real data beside the project, which a checkout need not have."""
    folder = ROOT.parent / "shared"
    if not (folder / "data" / "records.csv").exists():
        pytest.skip("the folder of real register rows is not beside this checkout")
    return folder


def pytest_generate_tests(metafunc) -> None:
    """What is tried of a transition table is tried in each of the states of its subject."""
    if metafunc.cls is not None and hasattr(metafunc.cls, "subject") and "state" in metafunc.fixturenames:
        metafunc.parametrize("state", metafunc.cls.subject.states)
