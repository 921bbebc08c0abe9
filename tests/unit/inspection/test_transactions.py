"""Which pending steps share a transaction."""

import pytest

from midflight.inspection.assess import Assessment
from midflight.inspection.model import Context
from midflight.inspection.transactions import opened_by_script, script_of, transactions
from support.examples import assess_files

BASE = {"db/migrations/000001_a.up.sql": "CREATE TABLE t (id bigint);"}


def context_of(assessment: Assessment) -> Context:
    (context,) = assessment.contexts
    return context


def pending(*scripts: str) -> Context:
    files = {f"db/migrations/{n + 2:06}_x.up.sql": sql for n, sql in enumerate(scripts)}
    return context_of(assess_files(BASE, BASE | files))


def groups(context: Context) -> list[list[str]]:
    return [[step.operation.statement.text for step in run] for run in transactions(context)]


def test_statements_of_one_string_are_together_and_files_are_not() -> None:
    context = pending("SELECT 1; SELECT 2;", "SELECT 3;")

    assert groups(context) == [["SELECT 1", "SELECT 2"], ["SELECT 3"]]


def test_a_commit_ends_a_transaction() -> None:
    context = pending("BEGIN; SELECT 1; COMMIT; SELECT 2;")

    assert groups(context) == [["BEGIN", "SELECT 1", "COMMIT"], ["SELECT 2"]]


def test_the_actions_of_one_statement_are_together() -> None:
    context = pending("ALTER TABLE t ADD COLUMN a text, ADD COLUMN b text;")

    assert [len(run) for run in transactions(context)] == [2]


def test_files_that_a_tool_applies_in_one_run_are_together() -> None:
    base = {"migrations/1700000000000_a.sql": "-- Up Migration\nSELECT 0;\n-- Down Migration\n"}
    head = {
        **base,
        "migrations/1700000000001_b.sql": "-- Up Migration\nSELECT 1;\n-- Down Migration\n",
        "migrations/1700000000002_c.sql": "-- Up Migration\nSELECT 2;\n-- Down Migration\n",
    }

    assert groups(context_of(assess_files(base, head))) == [["SELECT 1", "SELECT 2"]]


@pytest.mark.parametrize(("sql", "opened"), [("BEGIN; SELECT 1;", True), ("BEGIN; COMMIT; SELECT 1;", False)])
def test_the_own_begin_of_a_script_is_open_until_it_ends(sql: str, opened: bool) -> None:
    context = pending(sql)
    last = context.steps[-1].operation.statement

    assert opened_by_script(last, context) is opened


def test_the_script_of_a_statement_is_found_by_its_path() -> None:
    context = pending("SELECT 1;", "SELECT 2;")
    script = script_of(context.steps[-1].operation.statement, context)

    assert script is not None
    assert script.text == "SELECT 2;"
