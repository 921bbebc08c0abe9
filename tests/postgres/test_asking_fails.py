"""Every way in which a database cannot be asked: gate and watch say why, within their time, and write nothing."""

import shutil
import socket
from contextlib import closing, contextmanager

import pytest
from click.testing import CliRunner

from midflight.adapters.shadow.server import Lockdown, ShadowServer, find_server
from midflight.adapters.target.connection import Bounds, open_target
from midflight.cli import cli
from midflight.errors import ToolError
from support.broken_lines import NOW, OVER, Dropping, Encrypting, make_certificate
from support.repositories import make_repository

pytestmark = pytest.mark.postgres
SECRET = "hunter2-and-more"  # noqa: S105 - nobody's
FIRST = "20251101000000"
TABLE = "CREATE TABLE projects (id bigint PRIMARY KEY, title text);\n"
HISTORY = (
    "CREATE SCHEMA supabase_migrations; "
    "CREATE TABLE supabase_migrations.schema_migrations (version text PRIMARY KEY, statements text[], name text);"
    f"INSERT INTO supabase_migrations.schema_migrations (version) VALUES ('{FIRST}');"
)
FILES = {
    ".github/midflight.yml": (
        "monitoring:\n  queries:\n"
        "    - {purpose: Untitled, sql: SELECT id FROM projects WHERE title IS NULL, kind: orphaned-rows}\n"
    ),
    f"supabase/migrations/{FIRST}_projects.sql": TABLE,
    "src/a.ts": "await supabase.from('projects').select('id');\n",
}
COMMANDS = ("gate", "watch")


@pytest.fixture
def folder(tmp_path):
    return make_repository(tmp_path / "app", FILES)


def ask(command, folder, url):
    return CliRunner().invoke(cli, [command, "--repo", str(folder)], env={"DATABASE_URL": url})


def told(ran):
    """What was said of a run that has no answer: it is never a go, and shows nothing of the address."""
    assert isinstance(ran.exception, ToolError), ran.output
    said = ran.exception.sentence
    assert (ran.exit_code, ran.output) == (1, "")
    assert not any(word in said for word in (SECRET, "keeper", "tom"))
    return said


@pytest.mark.parametrize("command", COMMANDS)
def test_with_the_right_address_there_is_an_answer(command, folder, server, database):
    database.execute(TABLE + HISTORY)
    assert ask(command, folder, server.dsn(database.info.dbname)).exit_code == 0


def test_a_wrong_password_is_told_and_the_login_is_not(folder):
    binaries = find_server()
    if binaries is None:
        pytest.skip("no Postgres server")
    with ShadowServer(binaries, lockdown=Lockdown("keeper", "right-one")) as closed:
        address = f"host={closed.home} dbname=postgres user=keeper password={SECRET}"
        for command in COMMANDS:
            said = told(ask(command, folder, address))
            assert "It refuses the login." in said
            assert said.endswith("Check `database_url`.")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_server_that_is_down_is_told(command, folder):
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    said = told(ask(command, folder, f"postgresql://tom:{SECRET}@127.0.0.1:{port}/shop"))
    assert "Nothing listens there." in said


def test_a_server_that_never_answers_is_given_up():
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        address = f"postgresql://tom:{SECRET}@127.0.0.1:{silent.getsockname()[1]}/shop?sslmode=disable"
        with pytest.raises(ToolError, match=r"It did not answer in time\."), open_target(address, Bounds(connect=2)):
            pass


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("most", [400, 1000])
def test_a_line_that_is_cut_in_the_middle_is_told(command, folder, server, database, most):
    database.execute(TABLE + HISTORY)
    with closing(server.connect(database.info.dbname)) as connection:
        path = f"{connection.info.host}/.s.PGSQL.{connection.info.port}"
        user = connection.info.user
    with closing(Dropping(path, most)) as proxy:
        said = told(
            ask(
                command,
                folder,
                f"host=127.0.0.1 port={proxy.port} sslmode=disable dbname={database.info.dbname} user={user}",
            )
        )
    assert "lost in the middle" in said or "could not be reached" in said


@contextmanager
def encrypted(tmp_path, name, valid, trusted="own"):
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed")
    key, cert = make_certificate(openssl, tmp_path / "own", name, valid)
    roots = {"own": cert}
    if trusted == "another":
        roots["another"] = make_certificate(openssl, tmp_path / "another", name, NOW)[1]
    with closing(Encrypting(key, cert)) as listening:
        yield (
            f"host=localhost hostaddr=127.0.0.1 port={listening.port} dbname=shop user=tom password={SECRET} "
            f"sslmode=verify-full sslrootcert={roots[trusted]}"
        )


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("name", "valid", "trusted"),
    [
        pytest.param("localhost", OVER, "own", id="expired"),
        pytest.param("localhost", NOW, "another", id="untrusted"),
        pytest.param("db.example", NOW, "own", id="of-another-host"),
    ],
)
def test_a_certificate_that_does_not_hold_is_told_and_no_password_is_sent(
    command, folder, tmp_path, name, valid, trusted
):
    with encrypted(tmp_path, name, valid, trusted) as url:
        said = told(ask(command, folder, url))
    assert "the certificate or `sslmode` does not fit" in said


def test_a_lock_on_the_history_is_told_and_leaves_it_as_it_was(folder, server, database):
    database.execute(TABLE + HISTORY)
    with closing(server.connect(database.info.dbname)) as other, other.transaction():
        other.execute("LOCK TABLE supabase_migrations.schema_migrations IN ACCESS EXCLUSIVE MODE")
        said = told(ask("gate", folder, server.dsn(database.info.dbname)))
    assert "it waited longer than 2 seconds for a lock that another session holds" in said
