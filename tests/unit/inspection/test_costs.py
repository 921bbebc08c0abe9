"""Findings carry the cost of their statement, on relations from before the change."""

from midflight.inspection.finding import Finding
from midflight.inspection.model import Example
from support.examples import run

ORDERS = "CREATE TABLE orders (id bigint PRIMARY KEY, total int, note text);"


def findings(schema: str, *migrations: str) -> tuple[Finding, ...]:
    return run(Example("", schema=schema, migrations=migrations))


def locks(finding: Finding) -> dict[str, str]:
    assert finding.cost is not None
    return {held.relation.short: held.lock.value for held in finding.cost.held}


def test_a_finding_about_a_pending_statement_has_its_cost():
    (found,) = (f for f in findings(ORDERS, "CREATE INDEX i ON orders (total);") if f.rule == "blocking-index")

    assert locks(found) == {"orders": "SHARE"}
    assert found.cost is not None
    assert found.cost.work.value == "index-build"


def test_the_cost_is_that_of_the_worst_step_of_the_statement():
    alter = "ALTER TABLE orders DROP COLUMN note, ALTER COLUMN total TYPE bigint;"

    works = {f.cost.work.value for f in findings(ORDERS, alter) if f.statement and f.cost}

    assert works == {"rewrite"}


def test_a_table_of_the_same_change_set_is_not_in_the_cost():
    change = "CREATE TABLE fresh (id int PRIMARY KEY); ALTER TABLE orders ADD COLUMN f int DEFAULT 1 REFERENCES fresh;"

    assert all("fresh" not in locks(f) for f in findings(ORDERS, change) if f.cost)


def test_a_finding_without_a_pending_statement_has_no_cost():
    assert all(f.cost is None for f in findings(ORDERS, "SELECT 1;") if f.statement is None)
