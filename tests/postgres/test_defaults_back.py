"""Defaults of columns that come back with their table, on a real server."""

import pytest

from midflight.adapters.shadow.server import find_server
from midflight.proof.model import Bounds, Grade
from support.shadow_runs import proven

pytestmark = pytest.mark.postgres


@pytest.mark.parametrize(
    "default",
    [
        "(now() AT TIME ZONE 'utc')",
        "('a' IN ('a', 'b'))",
        "(true AND false)",
        "(NOT true)",
        "'in and out'",
        "coalesce(now() AT TIME ZONE 'utc', now())",
    ],
)
def test_a_default_comes_back_with_its_table(default, server):
    binaries = find_server(str(server._binaries.directory))  # noqa: SLF001 - the server that the fixture has found
    kind = "text" if default.startswith("'") else "timestamp" if "now" in default else "boolean"
    schema = f"CREATE TABLE a (id int, given {kind} DEFAULT {default});"
    proof = proven(binaries, schema, "DROP TABLE a;", bounds=Bounds())
    assert (proof.rollback.grade, proof.rollback.differences, proof.rollback.reason) == (Grade.RESTORED, (), "")
