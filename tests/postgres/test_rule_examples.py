"""Every example of every rule, and every recipe, on a real server."""

import psycopg
import pytest

from midflight.adapters.live_catalog import read_catalog
from midflight.catalog.compare import compare_catalogs
from midflight.inspection.model import Example, Rule
from midflight.rules import load_rules
from support.examples import run

pytestmark = pytest.mark.postgres

RULES = load_rules()
EXAMPLES = [pytest.param(e, id=f"{rule.id}: {e.title}") for rule in RULES for e in (*rule.bad, *rule.good)]
RECIPES = [rule for rule in RULES if not rule.recipe_differs]


def apply(database, *scripts: str) -> None:
    """Like the tool: a script is one transaction, and a statement that must stand alone is sent alone."""
    for script in scripts:
        database.execute(script)


def skip_other_versions(example: Example, database) -> None:
    here = database.info.server_version // 10_000
    if example.postgres_version not in {0, here}:
        pytest.skip(f"the example is about PostgreSQL {example.postgres_version}, and the server is {here}")


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_what_postgres_takes(example: Example, database) -> None:
    skip_other_versions(example, database)
    apply(database, example.edited or example.schema or "SELECT 1")

    if example.fails:
        with pytest.raises(psycopg.Error) as refused:
            apply(database, *example.migrations)
        assert refused.value.sqlstate == example.fails
    else:
        apply(database, *example.migrations)


@pytest.mark.parametrize("rule", RECIPES, ids=lambda rule: rule.id)
def test_a_recipe_reaches_the_schema_that_its_bad_example_reaches(rule: Rule, database, server) -> None:
    example = rule.bad[0]
    skip_other_versions(example, database)
    apply(database, example.schema or "SELECT 1", *example.migrations)
    steps = [step.sql for step in run(example, rule)[0].recipe if step.sql]
    assert steps

    other = server.create_database()
    with server.connect(other) as connection:
        apply(connection, example.schema or "SELECT 1", *steps)
        difference = compare_catalogs(read_catalog(database), read_catalog(connection))
    server.drop_database(other)

    assert difference == compare_catalogs(read_catalog(database), read_catalog(database))


def test_rules_without_a_comparable_recipe_say_why() -> None:
    assert all(rule.recipe_differs.strip() for rule in RULES if rule not in RECIPES)
