"""Rights after a rollback on a real server: what a platform gives, what a history took, and who may execute."""

import pytest

from midflight.adapters.shadow.server import find_server
from midflight.proof.model import Bounds, Grade
from support.shadow_runs import ALONE, WRAPPED, proven

pytestmark = pytest.mark.postgres

SCHEMA = """
CREATE TABLE items (id int PRIMARY KEY, name text);
CREATE TABLE secrets (id int PRIMARY KEY);
REVOKE ALL ON secrets FROM anon;
CREATE FUNCTION total(a int) RETURNS int LANGUAGE sql AS 'SELECT a';
REVOKE EXECUTE ON FUNCTION total(int) FROM PUBLIC, anon, authenticated;
"""
CASES = {
    "rights that the platform gives anyway": "GRANT ALL ON items TO anon, authenticated, service_role, postgres;",
    "rights that the platform gives, taken away": "REVOKE ALL ON items FROM anon;",
    "rights that the history took away": "GRANT SELECT ON secrets TO anon;",
    "defaults that the platform gives anyway": (
        "ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA public GRANT ALL ON TABLES TO anon;"
    ),
    "defaults that the platform gives, taken away": (
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON TABLES FROM anon;"
    ),
    "a default that is new": "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO anon;",
    "the use of a schema": "GRANT USAGE ON SCHEMA public TO postgres, anon;",
    "a routine that is dropped": "DROP FUNCTION total(int);",
    "a routine that is made again": (
        "DROP FUNCTION total(int); CREATE FUNCTION total(a int) RETURNS text LANGUAGE sql AS 'SELECT a::text';"
    ),
    "a table that is dropped": "DROP TABLE secrets;",
}


@pytest.fixture(scope="module")
def binaries(server):
    return find_server(str(server._binaries.directory))  # noqa: SLF001 - the server that the fixture has found


@pytest.mark.parametrize("name", CASES)
def test_rights_come_back_as_they_were_on_a_platform(name, binaries):
    back = proven(binaries, SCHEMA, CASES[name], bounds=Bounds(), folder=WRAPPED).rollback
    assert back is None or (back.grade, back.differences) == (Grade.RESTORED, ())


def test_a_default_granted_twice_is_taken_back_by_neither(binaries):
    schema = "CREATE ROLE reader; ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO reader;"
    migration = "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO reader; CREATE TABLE items (id int);"
    back = proven(binaries, schema, migration, bounds=Bounds(), folder=ALONE).rollback
    assert (back.grade, back.differences) == (Grade.RESTORED, ())
