"""A migration that means harm costs at most its bound and a line in the report, and leaves nothing behind."""

import signal
import subprocess
import sys
import time

import pytest

from midflight.adapters.shadow.server import find_server
from support.shadow_runs import ALONE, WRAPPED, proven, watched

pytestmark = pytest.mark.postgres

SCHEMA = "CREATE TABLE items (id int PRIMARY KEY, name text);"
RIGHTS = "needs rights that the shadow database gives to nobody"

STOPPED = {
    "an endless loop": ("DO $$ BEGIN LOOP END LOOP; END $$;", "(57014)"),
    "an endless loop that catches what would stop it": (
        (
            "SET statement_timeout = 0; DO $$ BEGIN "
            "LOOP BEGIN PERFORM 1; EXCEPTION WHEN OTHERS OR query_canceled THEN NULL; END; END LOOP; END $$;"
        ),
        "did not end within 2 s",
    ),
    "its own timeout": ("SET statement_timeout = 0; SELECT pg_sleep(3600);", "did not end within 2 s"),
    "ten gigabytes of rows": (
        "SET statement_timeout = 0; CREATE TABLE big AS SELECT repeat('x', 1000) FROM generate_series(1, 10000000);",
        "(53400)",
    ),
    "ten gigabytes of answers": ("SELECT repeat('x', 1000) FROM generate_series(1, 10000000);", "(53400)"),
    "ten gigabytes of rows one by one": (
        (
            "DO $$ BEGIN CREATE TABLE big (t text); ALTER TABLE big ALTER t SET STORAGE EXTERNAL;"
            " LOOP INSERT INTO big VALUES (repeat('x', 1000000)); END LOOP; END $$;"
        ),
        "wrote more than 64 MB",
    ),
    "ten gigabytes in one value": (
        "DO $$ DECLARE t text := repeat('x', 100000000); BEGIN LOOP t := t || t; END LOOP; END $$;",
        "20240102000000_b.sql:1` ",
    ),
    "a lock and a long sleep": ("LOCK TABLE items; SELECT pg_sleep(3600);", "(57014)"),
    "the end of its own session": ("SELECT pg_terminate_backend(pg_backend_pid());", "its connection was ended"),
    "the end of all sessions": ("SELECT pg_terminate_backend(pid) FROM pg_stat_activity;", ""),
    "a stream of notices": (
        "DO $$ BEGIN LOOP RAISE NOTICE '%', repeat('x', 10000); END LOOP; END $$;",
        "(57014)",
    ),
    "a program": ("COPY items TO PROGRAM 'touch /tmp/owned';", RIGHTS),
    "a program that answers": ("COPY items (name) FROM PROGRAM 'env';", RIGHTS),
    "a file": ("SELECT pg_read_file('/etc/passwd');", RIGHTS),
    "a file by COPY": ("COPY items (name) FROM '/etc/passwd';", RIGHTS),
    "a large object from a file": ("SELECT lo_import('/etc/passwd');", RIGHTS),
    "rows from its client": ("COPY items FROM STDIN;", "copies rows over the connection"),
    "a way to other servers": ("CREATE EXTENSION dblink;", RIGHTS),
    "a language of programs": ("CREATE FUNCTION f() RETURNS int LANGUAGE c AS 'libc', 'system';", RIGHTS),
    "a bomb of processes": (
        "CREATE EXTENSION plpython3u; DO $$ import os\nwhile True: os.fork() $$ LANGUAGE plpython3u;",
        "plpython3u",
    ),
    "the role that it had before": (
        "RESET ROLE; RESET SESSION AUTHORIZATION; ALTER ROLE postgres SUPERUSER;",
        "(42501)",
    ),
    "messages without end": (
        "DO $$ BEGIN LOOP PERFORM pg_notify('c', repeat('x', 7000)); END LOOP; END $$;",
        "(57014)",
    ),
    "a superuser": ("ALTER ROLE postgres SUPERUSER;", "must be superuser"),
    "a new superuser": ("CREATE ROLE mine SUPERUSER;", "(42501)"),
    "the rights of programs": ("GRANT pg_execute_server_program TO postgres;", "(42501)"),
    "another role": ("SET SESSION AUTHORIZATION midflight_shadow;", "(42501)"),
    "a limit of the server": ("SET temp_file_limit = -1;", RIGHTS),
    "the cluster's own database": ("ALTER DATABASE postgres OWNER TO postgres;", "(42501)"),
    "a statement that ends the transaction of others": ("COMMIT; SELECT 1 / 0;", "division by zero (22012)"),
}


@pytest.fixture(scope="module")
def binaries(server):
    return find_server(str(server._binaries.directory))  # noqa: SLF001 - the server that the fixture has found


@pytest.mark.parametrize("name", STOPPED)
def test_a_hostile_migration_ends_within_its_bound_and_leaves_nothing(name, binaries, monkeypatch):
    sql, says = STOPPED[name]
    with watched(monkeypatch):
        proof = proven(binaries, SCHEMA, sql)
    assert not proof.applied
    assert says in proof.reason


def test_the_settings_of_the_server_stay(binaries):
    proof = proven(binaries, SCHEMA, "ALTER SYSTEM SET shared_preload_libraries = 'x';", folder=ALONE)
    assert RIGHTS in proof.reason


def test_a_hostile_rollback_ends_within_its_bound_and_leaves_nothing(binaries, monkeypatch):
    down = "SET statement_timeout = 0; SELECT pg_sleep(3600);"
    with watched(monkeypatch):
        proof = proven(binaries, SCHEMA, "CREATE TABLE more (id int);", down=down, folder=ALONE)
    assert proof.applied
    (judged,) = proof.downs
    assert "did not end within 2 s" in judged.restored.reason


def test_nothing_stays_when_we_are_killed(server, monkeypatch):
    program = (
        "import os, signal, sys; from pathlib import Path; from midflight.adapters.shadow import server as postgres; "
        "postgres.MEMORY = Path(sys.argv[1]); postgres.ROOM = 0; "
        "server = postgres.ShadowServer(postgres.find_server(sys.argv[2])).__enter__(); "
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    found = server._binaries  # noqa: SLF001 - the server that the fixture has found
    with watched(monkeypatch) as folder:
        ended = subprocess.run([sys.executable, "-c", program, str(folder), str(found.directory)], check=False)
        assert ended.returncode == -signal.SIGKILL
        for _ in range(200):
            if not list(folder.iterdir()):
                break
            time.sleep(0.05)


def test_a_function_of_the_change_never_runs_as_the_superuser(binaries, monkeypatch):
    schema = """
CREATE FUNCTION watch() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER seen ON ddl_command_end EXECUTE FUNCTION watch();
"""
    migration = """
CREATE OR REPLACE FUNCTION watch() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN IF (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN COPY (SELECT 1) TO '/tmp/owned'; END IF; END
$$;
CREATE FUNCTION public.lies(name, text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN IF (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN RAISE 'superuser'; END IF; RETURN true; END
$$;
CREATE OPERATOR public.!~ (LEFTARG = name, RIGHTARG = text, FUNCTION = public.lies);
ALTER ROLE postgres SET search_path = public, pg_catalog;
"""
    with watched(monkeypatch):
        proof = proven(binaries, schema, migration)
    assert proof.applied


@pytest.mark.parametrize("folder", [WRAPPED, ALONE])
def test_a_catalog_of_the_change_s_own_does_not_hide_what_is_left(folder, binaries):
    migration = "CREATE TEMP TABLE pg_class AS SELECT * FROM pg_catalog.pg_class; CREATE TABLE left_behind (id int);"
    proof = proven(binaries, SCHEMA, migration, folder=folder)
    assert proof.applied
    again = proven(binaries, SCHEMA, migration, folder=ALONE, down="SELECT 1; SELECT 2;")
    assert "table `public.left_behind` is left behind" in again.rollback.differences
