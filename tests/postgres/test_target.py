"""The connection to a database that is in use: it only reads, is bounded, and never shows its address."""

import pytest

from midflight.adapters.shadow.server import Lockdown, ShadowServer, find_server
from midflight.adapters.target.connection import Bounds, QueryError, open_target
from midflight.errors import SettingsError, ToolError

pytestmark = pytest.mark.postgres
QUICK = Bounds(connect=2, statement=0.3, lock=0.2, whole=20)


@pytest.fixture
def url(server, database):
    database.execute("CREATE TABLE users (id bigint PRIMARY KEY); INSERT INTO users SELECT generate_series(1, 5)")
    return server.dsn(database.info.dbname)


def test_a_query_gives_its_columns_and_its_rows(url):
    with open_target(url) as target:
        answer = target.ask("SELECT id, id * 10 AS tenfold FROM users ORDER BY id LIMIT 2")
    assert (answer.columns, answer.rows, answer.more) == (("id", "tenfold"), ((1, 10), (2, 20)), False)


def test_more_rows_than_asked_for_are_not_read_but_said_to_be_there(url):
    with open_target(url) as target:
        answer = target.ask("SELECT id FROM users", most=3)
    assert (len(answer.rows), answer.more) == (3, True)


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM users",
        "SELECT 1; DELETE FROM users",
        "WITH gone AS (DELETE FROM users RETURNING 1) SELECT * FROM gone",
        "SELECT set_config('transaction_read_only', 'off', true)",
        "SELECT nextval('counter')",
    ],
)
def test_nothing_is_written_whatever_is_asked(url, database, sql):
    database.execute("CREATE SEQUENCE counter")
    with open_target(url) as target, pytest.raises(QueryError):
        target.ask(sql)
    assert database.execute("SELECT count(*) FROM users").fetchone() == (5,)
    assert database.execute("SELECT is_called FROM counter").fetchone() == (False,)


def test_a_query_that_fails_leaves_the_next_one_its_answer(url):
    with open_target(url, QUICK) as target:
        with pytest.raises(QueryError, match=r"longer than 0\.3 seconds"):
            target.ask("SELECT pg_sleep(5)")
        assert target.ask("SELECT 1").rows == ((1,),)


def test_a_lock_that_another_session_holds_ends_the_query_in_time(url, database, server):
    with server.connect(database.info.dbname) as other, other.transaction():
        other.execute("LOCK TABLE users IN ACCESS EXCLUSIVE MODE")
        with open_target(url, QUICK) as target, pytest.raises(QueryError, match="lock that another session holds"):
            target.ask("SELECT * FROM users")


def test_a_login_without_rights_is_told_so(url, database, server):
    database.execute("CREATE ROLE nobody_special LOGIN")
    dsn = server.dsn(database.info.dbname, user="nobody_special")
    try:
        with open_target(dsn) as target, pytest.raises(QueryError, match="may not read it"):
            target.ask("SELECT * FROM users")
    finally:
        database.execute("DROP ROLE nobody_special")


def test_a_session_that_is_ended_in_the_middle_is_an_error_of_the_tool(url, database):
    with open_target(url) as target:
        target.ask("SELECT 1")
        database.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'midflight'")
        with pytest.raises(ToolError, match="lost in the middle"):
            target.ask("SELECT 1")


def test_a_run_that_takes_too_long_is_cut_off(url):
    with open_target(url, Bounds(statement=30, whole=0.5)) as target, pytest.raises(ToolError, match="lost"):
        target.ask("SELECT pg_sleep(20)")


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ("host=/nonexistent-hidden-place user=u dbname=d", "Nothing listens there"),
        ("postgresql://tom:hunter2@127.0.0.1:1/shop", "Nothing listens there"),
        ("postgresql://tom:hunter2@host.invalid/shop", "host name is not known"),
    ],
)
def test_a_server_that_is_not_there_is_told_without_its_address(wrong, says):
    with pytest.raises(ToolError, match=says) as told, open_target(wrong, QUICK):
        pass
    shown = repr(told.value) + str(told.value) + repr(told.value.__cause__)
    assert not any(word in shown for word in ("hunter2", "tom", "hidden-place", "127.0.0.1", "host.invalid", "shop"))


def test_a_database_that_is_not_there_is_told_without_its_name(server):
    with pytest.raises(ToolError, match="no database of that name") as told, open_target(server.dsn("secret_name")):
        pass
    assert "secret_name" not in str(told.value)


def test_a_text_that_is_no_address_is_a_wrong_setting():
    with pytest.raises(SettingsError, match="database_url") as told, open_target("hunter2 is no address"):
        pass
    assert "hunter2" not in str(told.value)


def test_a_wrong_password_is_told_without_any_of_it():
    binaries = find_server()
    if binaries is None:
        pytest.skip("no Postgres server")
    with ShadowServer(binaries, lockdown=Lockdown("keeper", "right-one")) as closed:
        wrong = f"{closed.dsn(user='keeper')} password=wrong-one"
        with pytest.raises(ToolError, match="It refuses the login") as told, open_target(wrong, QUICK):
            pass
        with open_target(f"{closed.dsn(user='keeper')} password=right-one", QUICK) as target:
            assert target.ask("SELECT 1").rows == ((1,),)
    assert not any(word in str(told.value) for word in ("wrong-one", "keeper"))
