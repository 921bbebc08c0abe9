"""A statement that writes or deletes every row of a table that running code uses."""

from collections.abc import Iterator

from midflight.catalog.model import Step
from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context, Example, Rule
from midflight.inspection.phases import existed
from midflight.inspection.tables import Size, TableFact, Tables
from midflight.inspection.usage import READS, lines, table_uses
from midflight.inspection.wording import listed
from midflight.operations import model as op
from midflight.operations.shapes import Name, quote
from midflight.references.model import Place

_HISTORY = (
    "CREATE TABLE projects (id bigint PRIMARY KEY, state text);"
    " CREATE TABLE project_logs (id bigint PRIMARY KEY, line text);"
)
_READER = {"web/log.ts": "await db.from('project_logs').select('id, line');\n"}
_WHOLE_NUMBERS = frozenset({"smallint", "integer", "bigint"})

rule = Rule(
    id="unbounded-data-change",
    level=Level.WARNING,
    summary="UPDATE, DELETE or TRUNCATE of every row of an existing table",
    why=(
        "An UPDATE of every row keeps every row locked until the last one is written, and doubles the table. DELETE"
        " without WHERE and TRUNCATE take away the"
        " rows that running code reads: that data is lost."
    ),
    instead=(
        "Expand: update in batches by key, each in its own transaction, apart from changes of the schema.",
        "Contract: delete rows only after the code that reads them is gone, and after a backup.",
    ),
    bad=(
        Example(
            "Every row in one statement",
            schema=_HISTORY,
            migrations=("UPDATE projects SET state = 'new';",),
            says="`projects`",
        ),
        Example(
            "Every row of a table that is known to be large",
            schema=_HISTORY,
            migrations=("UPDATE projects SET state = 'new';",),
            tables=Tables((TableFact("projects", Size.LARGE),)),
            says="`projects`",
        ),
        Example(
            "TRUNCATE takes the rows of other tables along",
            schema=_HISTORY + " CREATE TABLE log_tags (id bigint PRIMARY KEY, log_id bigint REFERENCES project_logs);",
            migrations=("TRUNCATE project_logs CASCADE;",),
            says="with those of `log_tags`",
        ),
        Example(
            "DELETE without a condition",
            schema=_HISTORY,
            migrations=("DELETE FROM project_logs;",),
            says="`project_logs`",
        ),
        Example(
            "Emptying what code reads",
            schema=_HISTORY,
            migrations=("TRUNCATE project_logs;",),
            base=_READER,
            head=_READER,
            says="`web/log.ts:1`",
        ),
    ),
    good=(
        Example(
            "Bounded by a condition",
            schema=_HISTORY,
            migrations=("UPDATE projects SET state = 'new' WHERE id BETWEEN 1 AND 10000;",),
        ),
        Example(
            "A table of the same change set",
            schema=_HISTORY,
            migrations=("CREATE TABLE notes (id bigint, body text); UPDATE notes SET body = ''; DELETE FROM notes;",),
        ),
        Example(
            "Every row of a table that is known to be small",
            schema=_HISTORY,
            migrations=("UPDATE projects SET state = 'new';",),
            tables=Tables((TableFact("projects", Size.SMALL),)),
        ),
    ),
    hazards=(
        "unbatched-backfill",
        "truncate",
        "truncate-cascade",
        "delete-or-update-without-where",
        "data-change-in-schema-migration",
    ),
    covered_by=("work-under-lock",),
)


@rule.on(op.Update)
def every_row_is_written(change: op.Update, step: Step, context: Context) -> Iterator[Finding]:
    """Report an UPDATE without a condition on a table from before the change set."""
    table = step.before.resolve(change.table)
    if change.bounded or not existed(table, context) or context.tables.is_small(table):
        return
    yield Finding(
        rule=rule.id,
        level=Level.ERROR if context.tables.is_felt(table) else rule.level,
        confidence=Confidence.HIGH,
        message=(
            f"Updating every row of `{table.short}` in one statement keeps each row locked until the last one is"
            " written: updates and deletes of running code wait for the size of the table. Instead, update in batches"
            " by key, each in its own transaction, apart from schema changes."
        ),
        place=Place(change.statement.path, change.statement.line),
        object=table.short,
        statement=change.statement,
        recipe=(_batches(change, table, context),),
        phase=Phase.EXPAND,
    )


@rule.on(op.Delete)
def every_row_is_deleted(change: op.Delete, step: Step, context: Context) -> Iterator[Finding]:
    """Report a DELETE without a condition on a table from before the change set."""
    if not change.bounded:
        yield from _emptied(step.before.resolve(change.table), step, context)


@rule.on(op.Truncate)
def table_is_emptied(change: op.Truncate, step: Step, context: Context) -> Iterator[Finding]:
    """Report TRUNCATE of tables from before the change set."""
    for written in change.tables:
        yield from _emptied(step.before.resolve(written), step, context)


def _emptied(table: Name, step: Step, context: Context) -> Iterator[Finding]:
    if not existed(table, context) or table not in context.after.relations:
        return  # what drops the table is told by another rule
    statement = step.operation.statement
    readers = lines(table_uses(context, table, READS))
    filled = _filled_again(table, step, context)
    reads = f", and old code reads them at {listed(readers)}" if readers else ""
    yield Finding(
        rule=rule.id,
        level=Level.ERROR if readers and not filled else rule.level,
        confidence=Confidence.HIGH,
        message=(
            f"Emptying `{table.short}` deletes its rows for good{_along(table, step)}{reads}, from the moment the "
            "migration runs. Instead, keep the rows until the code that reads them is gone, and back them up before "
            "they are deleted in a later pull request."
        ),
        place=Place(statement.path, statement.line),
        object=table.short,
        statement=statement,
        code=readers,
        recipe=(
            RecipeStep(Phase.ROLLOUT, f"Deploy code that does without the rows of `{table.short}`."),
            RecipeStep(Phase.CONTRACT, "Back the rows up, and delete them in a later pull request."),
        ),
        phase=Phase.CONTRACT,
    )


def _filled_again(table: Name, step: Step, context: Context) -> bool:
    """Whether the same migration puts rows back: a reference table that is replaced."""
    behind = context.steps[context.steps.index(step) + 1 :]
    same = (s for s in behind if s.migration == step.migration)
    return any(isinstance(s.operation, op.Insert) and s.before.resolve(s.operation.table) == table for s in same)


def _along(table: Name, step: Step) -> str:
    """The tables that TRUNCATE ... CASCADE empties too."""
    if not isinstance(step.operation, op.Truncate) or not step.operation.cascade:
        return ""
    pointing = sorted(
        f"`{relation.name.short}`"
        for relation in step.before.relations.values()
        if any(c.references and step.before.resolve(c.references) == table for c in relation.constraints)
    )
    return f" with those of {', '.join(pointing)}" if pointing else ""


def _batches(change: op.Update, table: Name, context: Context) -> RecipeStep:
    relation = context.before.relations.get(table)
    key = relation.primary_key if relation else ()
    column = relation.column(key[0]) if relation and len(key) == 1 else None
    do = "Update in batches, each in its own transaction, from a script or a migration without a transaction."
    known = context.before.relations.get(table)
    ready = known is not None and all(known.column(name) for name in change.columns)
    if column is None or column.type not in _WHOLE_NUMBERS or not ready:
        return RecipeStep(Phase.EXPAND, do)
    return RecipeStep(Phase.EXPAND, do, f"{change.statement.text} WHERE {quote(column.name)} BETWEEN 1 AND 10000;")
