"""PostgreSQL and Valkey from packages: anywhere, for anybody, and again after a crash."""

import os
import signal

import psycopg
import pytest

from registry.embedded import EmbeddedError, Services, read_services


@pytest.fixture
def home(tmp_path):
    return tmp_path / "a home with a space"


def test_the_application_role_has_no_ddl_and_the_owner_may_install_btree_gist(home):
    with Services(home, durable=False) as services:
        application = psycopg.connect(services.urls["DATABASE_URL"])
        with application, pytest.raises(psycopg.errors.InsufficientPrivilege):
            application.execute("create table mine ()")
        with psycopg.connect(services.owner_url) as owner:
            owner.execute("create extension btree_gist")
            assert owner.execute("select rolsuper from pg_roles where rolname = current_user").fetchone() == (False,)
            locale = "select datlocprovider, datlocale from pg_database where datname = 'nqr'"
            assert owner.execute(locale).fetchone() == ("b", "C.UTF-8")


def test_a_second_start_finds_the_data_of_the_first(home):
    with Services(home) as services, psycopg.connect(services.owner_url) as owner:
        owner.execute("create table kept (n int)")
    with Services(home) as services, psycopg.connect(services.owner_url) as owner:
        assert owner.execute("select count(*) from kept").fetchone() == (0,)


def test_a_killed_server_comes_back_with_its_data(home):
    with Services(home) as services:
        with psycopg.connect(services.owner_url) as owner:
            owner.execute("create table kept as select generate_series(1, 1000)")
        os.kill(services.processes["postgres"].pid, signal.SIGKILL)
        services.processes["postgres"].wait()
        services.start_one("postgres")
        services._wait_postgres()
        with psycopg.connect(services.owner_url) as owner:
            assert owner.execute("select count(*) from kept").fetchone() == (1000,)


def test_an_interrupted_first_start_is_begun_anew(home):
    with Services(home, durable=False) as services:
        data = services.data
    (data / "initialised").unlink()
    with Services(home, durable=False) as services, psycopg.connect(services.owner_url) as owner:
        assert owner.execute("select 1").fetchone() == (1,)


def test_addresses_are_left_for_neighbours_without_the_owners(home):
    with Services(home, durable=False) as services:
        assert read_services(home) == services.urls
        assert set(read_services(home)) == {"DATABASE_URL", "REDIS_URL"}
        assert (home / "owner.json").stat().st_mode & 0o777 == 0o600
    assert read_services(home) == {}


def test_a_home_in_use_is_said_in_one_sentence(home):
    with Services(home, durable=False), pytest.raises(EmbeddedError, match="Another register is running"):
        Services(home).start()


def test_a_home_that_is_a_file_is_said_in_one_sentence(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(EmbeddedError, match="is not a folder"):
        Services(tmp_path / "file").start()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_said_in_one_sentence(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(EmbeddedError, match="cannot be written"):
        Services(tmp_path / "home").start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_home_of_somebody_else_is_said_in_one_sentence(home):
    home.mkdir()
    os.chown(home, 65534, 65534)
    with pytest.raises(EmbeddedError, match=r"belongs to \w+: run this as"):
        Services(home).start()


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user runs the servers under their own account")
def test_under_root_the_servers_run_as_an_account_that_exists_and_nothing_else_is_opened(home):
    home.mkdir(mode=0o700)
    with Services(home, durable=False) as services:
        assert os.stat(f"/proc/{services.processes['postgres'].pid}").st_uid not in (0,)
    assert home.stat().st_mode & 0o777 == 0o700
