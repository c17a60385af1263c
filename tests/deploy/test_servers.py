import os
import shutil
import signal
import subprocess
import sys

import psycopg
import pytest
import redis

from deploy.embedded.binaries import (
    OLDEST_POSTGRES,
    postgres_major,
    postgres_programs,
    valkey_program,
)
from deploy.embedded.problems import OtherVersion
from deploy.embedded.servers import Postgres, Valkey
from deploy.embedded.state import MAX_SOCKET_FOLDER, free_port
from marketplace.connectors.postgres import PostgresConfig, PostgresConnector
from tests.deploy.processes import all_gone

PASSWORD = "provisioner-of-this-test"


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return tmp_path_factory.mktemp("pg")


@pytest.fixture(scope="module")
def postgres(base):
    server = Postgres(base, tcp_port=free_port(), provisioner_password=PASSWORD)
    server.start()
    server.wait()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def warehouse(postgres):
    """A warehouse as the demo makes it: a base table, and a view for the role that ana is in."""
    with psycopg.connect(postgres.warehouse_admin_dsn, autocommit=True) as admin:
        admin.execute("CREATE SCHEMA flights")
        admin.execute("CREATE TABLE flights.delays AS SELECT 7 AS minutes")
    with provisioner(postgres) as c:
        c.execute("CREATE SCHEMA published")
        c.execute("GRANT USAGE, CREATE ON SCHEMA published TO emporion_publisher")
        c.execute("CREATE ROLE reader NOLOGIN")
        c.execute("CREATE ROLE ana LOGIN PASSWORD 'hers'")
        c.execute("GRANT reader TO ana WITH INHERIT TRUE, SET FALSE")
        c.execute("GRANT USAGE ON SCHEMA published TO reader")
        c.execute("SET ROLE emporion_publisher")
        c.execute("CREATE VIEW published.delays AS SELECT * FROM flights.delays")
        c.execute("GRANT SELECT ON published.delays TO reader")
    return postgres


def tcp(postgres, role, password=None, database="warehouse"):
    return psycopg.connect(
        host="127.0.0.1",
        port=postgres.tcp_port,
        user=role,
        password=password,
        dbname=database,
        autocommit=True,
    )


def provisioner(postgres):
    return tcp(postgres, "emporion_provisioner", PASSWORD)


def test_the_application_reaches_its_own_database_over_the_socket(postgres):
    with psycopg.connect(postgres.url) as c:
        assert c.execute("SELECT current_user, current_database()").fetchone() == (
            "emporion",
            "emporion",
        )


def test_the_application_may_make_the_extensions_it_needs(postgres):
    with psycopg.connect(postgres.url) as c:
        for name in ("pg_trgm", "unaccent", "btree_gist"):
            c.execute(f"CREATE EXTENSION IF NOT EXISTS {name}")
        made = {name for (name,) in c.execute("SELECT extname FROM pg_extension").fetchall()}
        c.rollback()

    assert {"pg_trgm", "unaccent", "btree_gist"} <= made


def test_the_settings_that_the_application_counts_on_are_there(postgres):
    with psycopg.connect(postgres.url) as c:
        shown = {
            name: c.execute(f"SHOW {name}").fetchone()[0]
            for name in ("max_connections", "fsync", "server_encoding", "timezone")
        }

    assert shown == {
        "max_connections": "200",
        "fsync": "on",
        "server_encoding": "UTF8",
        "timezone": "UTC",
    }


@pytest.mark.parametrize(
    ("role", "database"),
    [("emporion", "emporion"), ("emporion", "warehouse"), ("emporion_super", "warehouse")],
)
def test_nobody_reaches_the_application_or_the_superuser_over_tcp(postgres, role, database):
    with pytest.raises(psycopg.OperationalError, match="rejects connection"):
        tcp(postgres, role, "any", database)


def test_a_consumer_reads_the_published_view_and_nothing_else(warehouse):
    with tcp(warehouse, "ana", "hers") as c:
        assert c.execute("SELECT * FROM published.delays").fetchall() == [(7,)]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            c.execute("SELECT * FROM flights.delays")


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TEMP TABLE mine (a int)",
        "CREATE SCHEMA mine",
        "CREATE TABLE public.mine (a int)",
        "SELECT lo_create(0)",
        "SELECT pg_notify('anybody', 'much')",
        "SET ROLE reader",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT * FROM pg_authid",
    ],
)
def test_a_consumer_leaves_nothing_behind_and_looks_nowhere_else(warehouse, statement):
    with tcp(warehouse, "ana", "hers") as c, pytest.raises(psycopg.errors.InsufficientPrivilege):
        c.execute(statement)


def test_a_consumer_does_not_get_into_the_applications_database(warehouse):
    with pytest.raises(psycopg.OperationalError, match="rejects connection"):
        tcp(warehouse, "ana", "hers", "emporion")


def test_a_wrong_password_is_refused(warehouse):
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        tcp(warehouse, "ana", "wrong")


def test_the_provisioner_reads_no_base_table_without_becoming_the_publisher(warehouse):
    with provisioner(warehouse) as c:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            c.execute("SELECT * FROM flights.delays")
        c.execute("SET ROLE emporion_publisher")
        assert c.execute("SELECT * FROM flights.delays").fetchall() == [(7,)]


def test_the_provisioner_is_no_superuser_and_makes_none(warehouse):
    with provisioner(warehouse) as c:
        assert c.execute(
            "SELECT rolsuper, rolcreatedb, rolcreaterole, rolbypassrls, rolreplication"
            " FROM pg_roles WHERE rolname = current_user",
        ).fetchone() == (False, False, True, False, False)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            c.execute("CREATE ROLE root SUPERUSER")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            c.execute("GRANT emporion_super TO emporion_provisioner")


def test_the_provisioner_ends_the_sessions_of_a_consumer(warehouse):
    with tcp(warehouse, "ana", "hers") as hers, provisioner(warehouse) as c:
        ended = c.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = 'ana'",
        ).fetchall()

        assert ended == [(True,)]
        with pytest.raises(psycopg.OperationalError):
            hers.execute("SELECT 1")


def test_the_connector_finds_the_credential_neither_too_weak_nor_too_strong(warehouse):
    connector = PostgresConnector(
        PostgresConfig(
            host="127.0.0.1",
            port=warehouse.tcp_port,
            database="warehouse",
            user="emporion_provisioner",
            password=PASSWORD,
            env="test",
            lab_secret="a secret of this test only",
        ),
    )

    connector.prepare()

    assert connector.check() == []
    connector.close()


def test_the_password_is_stored_hashed_and_never_logged(postgres):
    with psycopg.connect(postgres.warehouse_admin_dsn) as c:
        stored = c.execute(
            "SELECT rolpassword FROM pg_authid WHERE rolname = 'emporion_provisioner'",
        ).fetchone()[0]

    assert stored.startswith("SCRAM-SHA-256$")
    assert PASSWORD not in postgres.child.log.read_text()


def test_the_environment_names_both_databases(postgres):
    port = postgres.tcp_port

    assert postgres.environment() == {
        "DATABASE_URL": f"postgresql://emporion@/emporion?host={postgres.sockets}&port={port}",
        "WAREHOUSE_HOST": "127.0.0.1",
        "WAREHOUSE_PORT": str(port),
        "WAREHOUSE_DB": "warehouse",
        "WAREHOUSE_USER": "emporion_provisioner",
        "WAREHOUSE_PASSWORD": PASSWORD,
        "EMPORION_WAREHOUSE_ADMIN_DSN": (
            f"postgresql://emporion_super@/warehouse?host={postgres.sockets}&port={port}"
        ),
    }


@pytest.fixture
def throwaway(tmp_path):
    server = Postgres(tmp_path, tcp_port=None, provisioner_password=PASSWORD, throwaway=True)
    yield server
    server.stop()


def test_what_was_written_is_there_after_a_restart_and_a_kill(throwaway):
    throwaway.start()
    throwaway.wait()
    with psycopg.connect(throwaway.url, autocommit=True) as c:
        c.execute("CREATE TABLE kept AS SELECT 1 AS a")
    throwaway.stop()
    throwaway.start()
    throwaway.wait()
    throwaway.child.process.kill()
    throwaway.child.process.wait()
    throwaway.start()
    throwaway.wait()

    with psycopg.connect(throwaway.url) as c:
        assert c.execute("SELECT a FROM kept").fetchall() == [(1,)]


def test_without_a_port_nothing_listens_on_tcp(throwaway):
    throwaway.start()
    throwaway.wait()

    with psycopg.connect(throwaway.url) as c:
        assert c.execute("SHOW listen_addresses").fetchone() == ("",)
    assert "WAREHOUSE_HOST" not in throwaway.environment()


def test_data_of_another_major_version_is_refused_and_left_alone(throwaway):
    throwaway.data.mkdir(mode=0o700)
    (throwaway.data / "PG_VERSION").write_text("15\n")

    with pytest.raises(OtherVersion, match=r"written by PostgreSQL 15, .*pg_dumpall.*restore"):
        throwaway.start()

    assert not throwaway.child.alive
    assert [path.name for path in throwaway.data.iterdir()] == ["PG_VERSION"]


def test_the_lock_file_of_a_server_long_gone_does_not_hinder(throwaway):
    throwaway.start()
    throwaway.wait()
    throwaway.stop()
    stranger = os.getpid()  # alive, but no PostgreSQL
    (throwaway.data / "postmaster.pid").write_text(f"{stranger}\n{throwaway.data}\n")

    throwaway.start()
    throwaway.wait()

    assert throwaway.child.alive


def test_a_start_waits_for_the_server_before_it_that_is_still_stopping(throwaway):
    throwaway.start()
    throwaway.wait()
    before = throwaway.child.process
    before.send_signal(signal.SIGTERM)  # "smart": it stops as soon as nobody is connected

    throwaway.start()
    throwaway.wait()

    assert before.wait(10) == 0
    assert throwaway.child.alive


def test_a_checkout_with_a_very_long_path_works(tmp_path):
    far = tmp_path / ("deep" * (MAX_SOCKET_FOLDER // 4))
    server = Postgres(far, tcp_port=None, provisioner_password=PASSWORD, throwaway=True)
    valkey = Valkey(far, sockets=server.sockets)
    try:
        server.start()
        valkey.start()
        server.wait()
        valkey.wait()

        assert server.child.alive
        assert valkey.child.alive
        assert not str(server.sockets).startswith(str(tmp_path))
    finally:
        valkey.stop()
        server.stop()
        shutil.rmtree(server.sockets)


def test_valkey_keeps_its_messages_over_a_restart_and_drops_none_for_room(tmp_path):
    server = Valkey(tmp_path)
    try:
        server.start()
        server.wait()
        with redis.Redis(unix_socket_path=str(server.socket)) as client:
            client.lpush("grants", "work")
        server.stop()
        server.start()
        server.wait()
        with redis.Redis(unix_socket_path=str(server.socket)) as client:
            assert client.lrange("grants", 0, -1) == [b"work"]
            assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
            assert client.config_get("port") == {"port": "0"}
        assert server.url == f"redis+socket://{server.socket}"
        assert server.socket.stat().st_mode & 0o777 == 0o700
    finally:
        server.stop()


def test_the_servers_end_with_a_process_that_is_killed(tmp_path):
    code = (
        "import pathlib, sys, time\n"
        "from deploy.embedded.servers import Postgres, Valkey\n"
        f"base = pathlib.Path({str(tmp_path)!r})\n"
        "p = Postgres(base, tcp_port=None, provisioner_password='x', throwaway=True)\n"
        "v = Valkey(base)\n"
        "p.start(); v.start(); p.wait(); v.wait()\n"
        "print(p.child.pid, v.child.pid, flush=True); time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as owner:
        pids = [int(pid) for pid in owner.stdout.readline().split()]
        owner.kill()
        owner.wait(10)

    assert all_gone(pids, seconds=10)


def test_an_override_names_the_programs(monkeypatch, tmp_path):
    monkeypatch.setenv("EMPORION_PG_BIN", str(tmp_path))
    monkeypatch.setenv("EMPORION_VALKEY_BIN", str(tmp_path / "valkey"))

    assert postgres_programs() == tmp_path
    assert valkey_program() == tmp_path / "valkey"


def test_the_version_of_a_server_is_asked_of_the_server(tmp_path):
    (tmp_path / "postgres").write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 13.4'\n")
    (tmp_path / "postgres").chmod(0o755)

    assert postgres_major(tmp_path) == 13 < OLDEST_POSTGRES


def test_a_server_that_does_not_run_has_no_version(tmp_path):
    (tmp_path / "postgres").write_text("not a program")

    assert postgres_major(tmp_path) == 0
    assert postgres_major(tmp_path / "nowhere") == 0
