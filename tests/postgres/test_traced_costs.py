"""What the shadow database traces of statements on generated rows, against what the model says of them."""

import pytest

from midflight.adapters.shadow.server import find_server
from midflight.catalog.cost_model import Work
from midflight.inspection.costs import step_costs
from midflight.inspection.model import Example
from midflight.proof.model import Bounds
from midflight.rules import load_rules
from support.shadow_runs import ALONE, WRAPPED, context_of, proven

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


def binaries_of(server):
    return find_server(str(server._binaries.directory))  # noqa: SLF001 - the server that the fixture has found


def test_the_model_says_of_every_statement_what_the_server_does_with_rows(server):
    proof = proven(binaries_of(server), SCHEMA, MIGRATION, bounds=Bounds(), rows=500)
    assert proof.applied, proof.reason
    assert (proof.rows, len(proof.statements)) == (1000, 12)
    assert [(each.statement.text, each.against) for each in proof.statements if each.against] == []


@pytest.mark.parametrize(
    ("schema", "migration", "folder"),
    [
        ("CREATE TABLE users (id int PRIMARY KEY);", "ALTER TABLE users ADD COLUMN number serial;", WRAPPED),
        (
            "CREATE TABLE items (id int PRIMARY KEY);",
            "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS 'INSERT INTO items VALUES (1)';",
            WRAPPED,
        ),
        ("CREATE TABLE items (id int PRIMARY KEY);", "VACUUM items;", ALONE),
    ],
    ids=["a table that has a namesake in another schema", "a body that is read, not run", "a scan that nobody counts"],
)
def test_the_model_is_not_contradicted_by_what_the_server_cannot_tell(schema, migration, folder, server):
    proof = proven(binaries_of(server), schema, migration, folder=folder, bounds=Bounds())
    assert proof.applied, proof.reason
    assert [each.against for each in proof.statements] == [()]


def works(example: Example) -> bool:
    context = context_of(example.schema, ";\n".join(example.migrations), folder=ALONE)
    return any(held.work is not Work.NONE for cost in step_costs(context) for held in cost.held)


WORKING = [
    pytest.param(example, id=f"{rule.id}: {example.title}")
    for rule in load_rules()
    for example in rule.bad[:1]
    if not example.fails and example.edited is None and works(example)
]
"""The first example of each rule, where it works on what was there before: `bench/costs.py` runs them all."""


@pytest.mark.parametrize("example", WORKING)
def test_the_model_says_of_a_rules_example_what_the_server_does(example, server):
    binaries = binaries_of(server)
    if example.postgres_version not in {0, binaries.version}:
        pytest.skip(f"the example is about PostgreSQL {example.postgres_version}, the server is {binaries.version}")
    migration = ";\n".join(each.rstrip().rstrip(";") for each in example.migrations)
    proof = proven(binaries, example.schema, migration, folder=ALONE, bounds=Bounds())
    if proof.reason:
        pytest.skip(proof.reason)
    assert [(each.statement.text, each.against) for each in proof.statements if each.against] == []
