"""Storage parameters and replica identities that a rollback gives back, on a real server."""

import pytest

from midflight.adapters.shadow.server import find_server
from midflight.proof.model import Bounds, Grade
from support.shadow_runs import proven

pytestmark = pytest.mark.postgres

SCHEMA = """
CREATE TABLE a (id int PRIMARY KEY, slug text NOT NULL);
CREATE UNIQUE INDEX "Slugs" ON a (slug);
ALTER TABLE a SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01);
ALTER TABLE a REPLICA IDENTITY USING INDEX "Slugs";
CREATE TABLE b (id int PRIMARY KEY);
ALTER TABLE b REPLICA IDENTITY FULL;
ALTER TABLE b SET (autovacuum_enabled = off, autovacuum_vacuum_threshold = 100);
ALTER TABLE b RESET (autovacuum_vacuum_threshold);
"""


@pytest.mark.parametrize(
    "migration",
    [
        "ALTER TABLE a SET (fillfactor = 90, autovacuum_enabled = false);",
        "ALTER TABLE a RESET (fillfactor, autovacuum_vacuum_scale_factor);",
        "ALTER TABLE a SET (fillfactor = 90); ALTER TABLE a SET (fillfactor = 80);",
        "ALTER TABLE a REPLICA IDENTITY FULL;",
        "ALTER TABLE b REPLICA IDENTITY DEFAULT;",
        "ALTER TABLE b SET (autovacuum_enabled = on);",
        "DROP TABLE b;",
    ],
)
def test_options_come_back(migration, server):
    binaries = find_server(str(server._binaries.directory))  # noqa: SLF001 - the server that the fixture has found
    proof = proven(binaries, SCHEMA, migration, bounds=Bounds())
    assert proof.applied, proof.reason
    assert (proof.rollback.grade, proof.rollback.differences, proof.rollback.again) == (Grade.RESTORED, (), True)
