"""What the shadow database traces of statements on generated rows, against what the model says of them."""

import pytest

from midflight.adapters.postgres import find_server
from midflight.proof.model import Bounds
from support.shadow_runs import proven

pytestmark = pytest.mark.postgres

SCHEMA = """
CREATE TABLE items (id int PRIMARY KEY, name varchar(20), size int NOT NULL, other int);
CREATE TABLE parts (id int PRIMARY KEY, item int NOT NULL);
CREATE INDEX items_name ON items (name);
"""
MIGRATION = """
ALTER TABLE items ADD COLUMN note text;
ALTER TABLE items ADD COLUMN made timestamptz DEFAULT now();
ALTER TABLE items ADD COLUMN made_again timestamptz DEFAULT clock_timestamp();
ALTER TABLE items ALTER name TYPE varchar(40);
ALTER TABLE items ALTER size TYPE bigint;
ALTER TABLE items ADD CONSTRAINT sized CHECK (size > -1);
ALTER TABLE items ADD CONSTRAINT later CHECK (size > -2) NOT VALID;
ALTER TABLE items VALIDATE CONSTRAINT later;
CREATE INDEX items_size ON items (size);
DROP INDEX items_name;
COMMENT ON TABLE items IS 'things';
ALTER TABLE items RENAME other TO another;
"""


def test_the_model_says_of_every_statement_what_the_server_does_with_rows(server):
    binaries = find_server(str(server._binaries.directory))  # noqa: SLF001 - the server that the fixture has found
    proof = proven(binaries, SCHEMA, MIGRATION, bounds=Bounds(), rows=500)
    assert proof.applied, proof.reason
    assert (proof.rows, len(proof.statements)) == (1000, 12)
    assert [(each.statement.text, each.against) for each in proof.statements if each.against] == []
