"""Long work in a transaction that holds a lock on which running code waits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from midflight.catalog.cost_model import Cost, Held, Lock
from midflight.catalog.model import Step
from midflight.inspection.costs import step_costs
from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.long_work import LongWork, long_work
from midflight.inspection.model import Context, Example, Rule
from midflight.inspection.tables import Size, TableFact, Tables
from midflight.inspection.transactions import is_assumed, transactions
from midflight.inspection.wording import at
from midflight.operations.model import Opaque, Statement, ValidateConstraint
from midflight.operations.shapes import Name
from midflight.references.model import Place

_HISTORY = (
    "CREATE TABLE projects (id bigint PRIMARY KEY, title text, state text);"
    " CREATE TABLE notes (id bigint PRIMARY KEY, body text);"
)
_ADD = "ALTER TABLE projects ADD COLUMN size integer;"

rule = Rule(
    id="work-under-lock",
    level=Level.ERROR,
    summary="Long work in a transaction that holds a lock on a table in use",
    why=(
        "A transaction keeps every lock until it ends. After ALTER TABLE, DROP, TRUNCATE, LOCK TABLE or CREATE TRIGGER"
        " took one that stops readers or writers, they wait for all that follows: the rows that are updated, the table"
        " that is read (PostgreSQL documentation, Explicit Locking; measured on 12 to 18). Nothing is lost."
    ),
    instead=(
        "Expand: change the schema in a migration of its own, which is over in a moment.",
        "Expand: do the long work after it, in batches, each in its own transaction.",
    ),
    bad=(
        Example(
            "A column is added and filled",
            schema=_HISTORY,
            migrations=(f"{_ADD} UPDATE projects SET size = 1;",),
            says="ACCESS EXCLUSIVE",
        ),
        Example(
            "Another table is written under the lock",
            schema=_HISTORY,
            migrations=(f"{_ADD} DELETE FROM notes WHERE body IS NULL;",),
            says="`projects`",
        ),
        Example(
            "A lock taken by hand",
            schema=_HISTORY,
            migrations=("LOCK TABLE projects IN SHARE MODE; INSERT INTO notes SELECT id, title FROM projects;",),
            says="SHARE on `projects`",
        ),
        Example(
            "A trigger and its backfill",
            schema=_HISTORY + " CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';",
            migrations=(
                (
                    "CREATE TRIGGER kept BEFORE UPDATE ON projects FOR EACH ROW EXECUTE FUNCTION keep();"
                    " UPDATE projects SET state = 'new' WHERE state IS NULL;"
                ),
            ),
            says="every write to `projects`",
        ),
    ),
    good=(
        Example(
            "The schema first, the rows in a migration of their own",
            schema=_HISTORY,
            migrations=(_ADD, "UPDATE projects SET size = 1 WHERE id BETWEEN 1 AND 10000;"),
        ),
        Example(
            "One row by its key",
            schema=_HISTORY,
            migrations=(f"{_ADD} UPDATE projects SET size = 1 WHERE id = 7;",),
        ),
        Example(
            "One brief lock after the other",
            schema=_HISTORY,
            migrations=(f"{_ADD} ALTER TABLE notes ADD COLUMN size integer;",),
        ),
        Example(
            "A table that is known to be small",
            schema=_HISTORY,
            migrations=(f"{_ADD} UPDATE projects SET size = 1 WHERE state = 'new';",),
            tables=Tables((TableFact("projects", Size.SMALL),)),
        ),
        Example(
            "Only a table of the same change set is locked",
            schema=_HISTORY,
            migrations=(
                "CREATE TABLE copies (id bigint, title text); INSERT INTO copies SELECT id, title FROM projects;",
            ),
        ),
        Example(
            "Rows first, the lock at the end",
            schema=_HISTORY,
            migrations=(f"UPDATE projects SET state = 'new' WHERE state IS NULL; {_ADD}",),
        ),
        Example(
            "Each in its own transaction",
            schema=_HISTORY,
            migrations=(f"BEGIN; {_ADD} COMMIT;", "UPDATE projects SET state = 'new' WHERE state IS NULL;"),
            transactions=False,
        ),
    ),
    hazards=("statement-after-access-exclusive", "ddl-and-backfill-one-transaction", "explicit-lock-table"),
    sized=True,
)


@dataclass(frozen=True, slots=True)
class _Kept:
    """A lock that the transaction holds since a statement."""

    held: Held
    since: Statement


@rule.on_whole
def others_wait_for_all_that_follows(context: Context) -> Iterator[Finding]:
    """Report, once for each transaction, the longest work under a lock that an earlier statement took."""
    costs = iter(step_costs(context))
    for run in transactions(context):
        found = [_finding(*each, context) for each in _under_locks([(step, next(costs)) for step in run], context)]
        if found:
            yield max(found, key=lambda finding: finding.level.rank)


def _under_locks(run: list[tuple[Step, Cost]], context: Context) -> Iterator[tuple[Step, LongWork, _Kept]]:
    kept: dict[Name, _Kept] = {}
    for step, cost in run:
        statement = step.operation.statement
        work = None if isinstance(step.operation, Opaque) else long_work(step, cost, context)
        earlier = [each for each in kept.values() if each.since != statement]
        if work is not None and earlier and not _told_of_constraint(step, work, kept):
            own = kept.get(work.table)
            yield (
                step,
                work,
                own if own is not None and own in earlier else max(earlier, key=lambda each: each.held.lock.rank),
            )
        for held in cost.held if not step.problems else ():
            known = kept.get(held.relation)
            if held.lock.blocks_writes and (known is None or known.held.lock.rank < held.lock.rank):
                kept[held.relation] = _Kept(Held(held.relation, held.lock), statement)


def _told_of_constraint(step: Step, work: LongWork, kept: dict[Name, _Kept]) -> bool:
    """Whether the table is validated under its own lock, which the rules about constraints tell."""
    return isinstance(step.operation, ValidateConstraint) and work.table in kept


def _finding(step: Step, work: LongWork, kept: _Kept, context: Context) -> Finding:
    statement, since = step.operation.statement, kept.since
    table, lock = kept.held.relation, kept.held.lock
    stopped = "every read and write of" if lock is Lock.ACCESS_EXCLUSIVE else "every write to"
    sure = work.certain and not is_assumed(statement, context)
    return Finding(
        rule=rule.id,
        level=rule.level if sure else Level.WARNING,
        confidence=Confidence.HIGH if sure else Confidence.MEDIUM,
        message=(
            f"The transaction holds {lock} on `{table.short}` since {at(Place(since.path, since.line))}, and"
            f" {stopped} `{table.short}` waits while this statement {work.does}. Instead, end the migration before this"
            " statement, and do the long work in batches, each in its own transaction."
        ),
        place=Place(statement.path, statement.line),
        object=work.table.short,
        statement=statement,
        recipe=_recipe(kept),
        phase=Phase.EXPAND,
        cost=Cost((kept.held,)),
    )


def _recipe(kept: _Kept) -> tuple[RecipeStep, ...]:
    return (
        RecipeStep(Phase.EXPAND, "Take the lock in a migration of its own.", f"{kept.since.text};"),
        RecipeStep(
            Phase.EXPAND,
            "Do the long work afterwards, in batches by key, each in its own transaction, from a script or a migration"
            " without a transaction.",
        ),
    )
