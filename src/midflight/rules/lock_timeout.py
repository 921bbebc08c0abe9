"""A statement waits without a limit for a lock on a busy table, and everybody waits behind it."""

from collections.abc import Iterator

from midflight.catalog.cost_model import Cost, Held
from midflight.catalog.model import Step
from midflight.inspection.costs import step_costs
from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context, Example, Rule
from midflight.inspection.tables import Size, TableFact, Tables
from midflight.inspection.timeouts import waits_with_a_limit
from midflight.inspection.transactions import transactions
from midflight.operations.model import Opaque, Statement
from midflight.references.model import Place

_HISTORY = (
    "CREATE TABLE projects (id bigint PRIMARY KEY, title text);"
    " CREATE TABLE notes (id bigint PRIMARY KEY, project_id bigint REFERENCES projects, body text);"
)
_HOT = Tables((TableFact("projects", hot=True, by="midflight.yml"),))
_LARGE = Tables((TableFact("projects", Size.LARGE, by="midflight.yml"),))

rule = Rule(
    id="lock-timeout",
    level=Level.WARNING,
    summary="A lock on a large or hot table without lock_timeout",
    why=(
        "A lock request waits behind every running query on the table, and every later query waits behind the request:"
        " one long report and an ALTER TABLE of a millisecond stop all traffic. lock_timeout (or statement_timeout)"
        " makes the statement give up instead (PostgreSQL documentation, Client Connection Defaults). Only tables that"
        ' `tables:` calls large or hot are looked at; `"*": {hot: true}` means all. Nothing is lost.'
    ),
    instead=(
        "Expand: set lock_timeout before the first such statement, and run the migration again when it gives up.",
    ),
    bad=(
        Example(
            "A column on a hot table",
            schema=_HISTORY,
            migrations=("ALTER TABLE projects ADD COLUMN size integer;",),
            tables=_HOT,
            says="`projects` is hot",
        ),
        Example(
            "A new table with a foreign key to it",
            schema=_HISTORY,
            migrations=("CREATE TABLE marks (id bigint PRIMARY KEY, project_id bigint REFERENCES projects);",),
            tables=_LARGE,
            says="SHARE ROW EXCLUSIVE on `projects`",
        ),
        Example(
            "Dropping a foreign key locks both tables",
            schema=_HISTORY,
            migrations=("ALTER TABLE notes DROP CONSTRAINT notes_project_id_fkey;",),
            tables=_HOT,
            says="ACCESS EXCLUSIVE on `projects`",
        ),
        Example(
            "A trigger, and the limit comes after it",
            schema=_HISTORY + " CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';",
            migrations=(
                (
                    "CREATE TRIGGER kept BEFORE INSERT ON projects FOR EACH ROW EXECUTE FUNCTION keep();"
                    " SET LOCAL lock_timeout = '3s';"
                ),
            ),
            tables=_HOT,
            says="`projects` is hot",
        ),
        Example(
            "All tables are hot",
            schema=_HISTORY,
            migrations=("LOCK TABLE notes; COMMENT ON TABLE notes IS 'all of them';",),
            tables=Tables((TableFact("*", hot=True),)),
            says="`notes`",
        ),
    ),
    good=(
        Example(
            "With a limit for the transaction",
            schema=_HISTORY,
            migrations=("SET LOCAL lock_timeout = '3s'; ALTER TABLE projects ADD COLUMN size integer;",),
            tables=_HOT,
        ),
        Example(
            "A limit for whole statements ends the wait as well",
            schema=_HISTORY,
            migrations=("SET statement_timeout = '5s'; ALTER TABLE projects ADD COLUMN size integer;",),
            tables=_HOT,
        ),
        Example(
            "Nothing is known of the table",
            schema=_HISTORY,
            migrations=("ALTER TABLE projects ADD COLUMN size integer;",),
        ),
        Example(
            "A lock that stops nobody",
            schema=_HISTORY,
            migrations=("COMMENT ON TABLE projects IS 'all of them';",),
            tables=_HOT,
        ),
    ),
    hazards=(
        "missing-lock-timeout",
        "missing-statement-timeout",
        "create-trigger-lock",
        "drop-trigger-lock",
        "drop-fk-locks-both",
        "create-table-with-fk-locks-parent",
    ),
    covered_by=(
        "add-column-rewrite",
        "blocking-index",
        "blocking-reindex",
        "constraint-scan",
        "drop-index",
        "not-null-scan",
        "partition-lock",
        "partition-scan",
        "refresh-materialized-view",
        "set-not-null",
        "table-rewrite",
        "type-change-rewrite",
        "unique-build",
    ),
)


@rule.on_whole
def waits_without_a_limit(context: Context) -> Iterator[Finding]:
    """Report, once for each transaction, the first lock on a large or hot table that is waited for without a limit."""
    if not context.tables.facts:
        return
    judged = iter(zip(step_costs(context), waits_with_a_limit(context), strict=True))
    for run in transactions(context):
        of_run = [(step, *next(judged)) for step in run]
        found = next((f for f in (_felt(*each, context) for each in of_run) if f is not None), None)
        if found is not None:
            yield _finding(*found, context)


def _felt(step: Step, cost: Cost, limited: bool, context: Context) -> tuple[Held, Cost, Statement] | None:
    if limited or step.problems or isinstance(step.operation, Opaque):
        return None
    stopping = [h for h in cost.held if h.lock.blocks_writes and context.tables.is_felt(h.relation)]
    return (max(stopping, key=lambda held: held.lock.rank), cost, step.operation.statement) if stopping else None


def _finding(held: Held, cost: Cost, statement: Statement, context: Context) -> Finding:
    table, local = held.relation, "LOCAL " if statement.in_transaction else ""
    who = "every query" if held.lock.blocks_reads else "every write"
    fact = context.tables.of(table)
    known = "hot" if fact is not None and fact.hot else "large"
    by = f" ({fact.by})" if fact is not None and fact.by else ""
    return Finding(
        rule=rule.id,
        level=rule.level,
        confidence=Confidence.HIGH,
        message=(
            f"Waiting for {held.lock} on `{table.short}` has no limit: behind one long query, {who} of running code"
            f" waits behind this statement, and `{table.short}` is {known}{by}. Instead, set lock_timeout before it and"
            " run the migration again when it gives up."
        ),
        place=Place(statement.path, statement.line),
        object=table.short,
        statement=statement,
        recipe=(
            RecipeStep(
                Phase.EXPAND,
                "Set a limit before the statement, and run the migration again when it gives up.",
                f"SET {local}lock_timeout = '3s';\n{statement.text};",
            ),
        ),
        phase=Phase.EXPAND,
        cost=cost,
    )
