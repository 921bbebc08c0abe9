"""A server that is up already, as a job's service container is, stands in for one here."""

from contextlib import closing

import pytest

from midflight.adapters.shadow.choice import Wanted, prove_all
from midflight.adapters.shadow.given_server import why_not
from midflight.adapters.shadow.server import GivenServer, ShadowServer
from midflight.errors import ToolError
from midflight.plan.options import PlanOptions
from midflight.plan.rollback import plan_rollback
from support.shadow_runs import context_of, proven

pytestmark = pytest.mark.postgres
SCHEMA = "CREATE TABLE projects (id int PRIMARY KEY); CREATE ROLE reporting; GRANT SELECT ON projects TO reporting;"
CHANGE = "ALTER TABLE projects ADD COLUMN title text;"
STATE = b"""SELECT array_agg(datname::text || coalesce(array_length(datacl, 1), 0) ORDER BY datname),
  (SELECT array_agg(concat_ws(' ', oid, rolname, rolsuper, rolcreaterole, rolpassword) ORDER BY oid) FROM pg_authid),
  has_database_privilege('pg_monitor', 'postgres', 'CONNECT'), has_database_privilege('pg_monitor', 'app', 'TEMPORARY')
  FROM pg_database"""


@pytest.fixture
def given(server):
    """A fresh server with an empty database and a login called `postgres`, as the official image makes it."""
    with ShadowServer(server._binaries) as fresh:  # noqa: SLF001 - the server that the fixture has found
        with closing(fresh.connect()) as root:
            root.execute(b"CREATE DATABASE app")
            root.execute(b"ALTER ROLE postgres PASSWORD 'hunter2'")
            root.execute(b"CREATE ROLE team SUPERUSER")
            root.execute(b"GRANT CONNECT, TEMPORARY ON DATABASE app, postgres TO PUBLIC")
            root.execute(b"GRANT CONNECT ON DATABASE template1 TO PUBLIC")
        yield fresh


def url(fresh, database="app"):
    return f"postgresql://postgres:hunter2@/{database}?host={fresh.home}"


def state(fresh):
    with closing(fresh.connect()) as root:
        return root.execute(STATE).fetchall()


def test_a_change_is_tried_on_the_server_that_was_given_and_nothing_of_it_stays(given):
    before = state(given)
    proof = proven(GivenServer(url(given)), SCHEMA, CHANGE, rows=20)

    assert (proof.applied, proof.reason, proof.server_version) == (True, "", given.version)
    assert proof.rollback.grade.value == "restored"
    assert state(given) == before
    assert why_not(GivenServer(url(given))) == ""


def test_the_server_is_put_back_where_the_change_fails(given):
    before = state(given)
    proof = proven(GivenServer(url(given)), SCHEMA, "ALTER TABLE missing ADD COLUMN title text;")

    assert "missing" in proof.reason
    assert state(given) == before


def test_a_change_does_not_get_at_the_login_or_its_rights(given):
    proof = proven(GivenServer(url(given)), SCHEMA, "COPY projects FROM PROGRAM 'echo 1';")

    assert "needs rights that the shadow database gives to nobody" in proof.reason


def test_a_change_that_writes_without_end_is_stopped(given):
    endless = "CREATE TABLE much AS SELECT repeat(md5(i::text), 40) AS filler FROM generate_series(1, 100000000) i;"
    proof = proven(GivenServer(url(given)), SCHEMA, endless)

    assert "was stopped" in proof.reason or "fails on the shadow database" in proof.reason
    assert why_not(GivenServer(url(given))) == ""


def test_a_database_with_a_table_is_refused(given):
    with closing(given.connect("app")) as connection:
        connection.execute(b"CREATE TABLE orders (id int)")

    assert why_not(GivenServer(url(given))) == (
        "`shadow_database_url` is refused: its database is not empty: 1 tables, routines or types are in it"
    )


def test_extensions_that_the_image_has_made_are_no_contents(given):
    with closing(given.connect("app")) as connection:
        extensions = {name for (name,) in connection.execute(b"SELECT name FROM pg_available_extensions").fetchall()}
        if "pg_trgm" in extensions:
            connection.execute(b"CREATE EXTENSION pg_trgm")

    assert why_not(GivenServer(url(given))) == ""


def test_a_server_that_somebody_else_is_connected_to_is_refused(given):
    with closing(given.connect("app")):
        assert why_not(GivenServer(url(given))) == (
            "`shadow_database_url` is refused: 1 other sessions are connected to it"
        )


@pytest.mark.parametrize("address", ["postgresql://postgres:hunter2@/none?host={home}", "postgresql://a:hunter2@["])
def test_why_a_server_cannot_be_used_tells_nothing_of_its_address(given, address):
    told = why_not(GivenServer(address.format(home=given.home)))

    assert "shadow_database_url" in told
    assert "hunter2" not in told
    assert str(given.home) not in told
    assert "hunter2" not in repr(GivenServer(address))


def test_a_required_server_that_is_refused_fails_the_job(given):
    context = context_of(SCHEMA, CHANGE)
    wanted = Wanted("required", given=GivenServer("postgresql://postgres@db.acme.com/app"))

    with pytest.raises(ToolError, match="neither this machine nor in a private network"):
        prove_all([context], plan_rollback([context], [], PlanOptions()), wanted)
