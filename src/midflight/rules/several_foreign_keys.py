"""Foreign keys to several tables in one transaction lock all of them until it ends."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from midflight.catalog.cost_model import Cost, Held, Lock
from midflight.catalog.ddl import column_definition
from midflight.catalog.model import Relation, Step
from midflight.inspection.constraining import apart, not_valid
from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context, Example, Rule
from midflight.inspection.phases import existed, table_of
from midflight.inspection.tables import Size, TableFact, Tables
from midflight.inspection.transactions import is_assumed, transactions
from midflight.inspection.wording import named
from midflight.operations.model import CreateTable
from midflight.operations.shapes import Constraint, ConstraintKind, Name
from midflight.references.model import Place

_HISTORY = (
    "CREATE TABLE people (id bigint PRIMARY KEY); CREATE TABLE teams (id bigint PRIMARY KEY);"
    " CREATE TABLE tasks (id bigint PRIMARY KEY, owner_id bigint, team_id bigint);"
)
_OWNER = "ALTER TABLE tasks ADD CONSTRAINT tasks_owner FOREIGN KEY (owner_id) REFERENCES people NOT VALID;"
_TEAM = "ALTER TABLE tasks ADD CONSTRAINT tasks_team FOREIGN KEY (team_id) REFERENCES teams NOT VALID;"
_NEW = (
    "SET lock_timeout = '5s';"
    " CREATE TABLE notes (id bigint, owner_id bigint REFERENCES people, team_id bigint REFERENCES teams);"
)

rule = Rule(
    id="several-foreign-keys",
    level=Level.WARNING,
    summary="Foreign keys to several existing tables in one transaction",
    why=(
        "Each foreign key takes SHARE ROW EXCLUSIVE on the table that it points at, and the transaction keeps it until "
        "it ends: writes to all of these tables wait together, and code that writes two of them in the other order "
        "ends in a deadlock with the migration, 40P01 (PostgreSQL documentation, Explicit Locking; locks measured on "
        "12 to 18). Nothing is lost."
    ),
    instead=("Contract: add each foreign key in a transaction of its own, NOT VALID at first.",),
    bad=(
        Example(
            "Two of one table",
            schema=_HISTORY,
            migrations=(f"{_OWNER} {_TEAM}",),
            says="`people` and `teams`",
        ),
        Example(
            "Two new columns in one statement",
            schema=_HISTORY,
            migrations=(
                "ALTER TABLE tasks ADD COLUMN boss bigint REFERENCES people, ADD COLUMN team bigint REFERENCES teams;",
            ),
            says="deadlock",
        ),
        Example(
            "A new table that points at busy ones",
            schema=_HISTORY,
            migrations=(_NEW,),
            tables=Tables((TableFact("people", hot=True), TableFact("teams", hot=True))),
            says="is hot",
        ),
    ),
    good=(
        Example("One migration each", schema=_HISTORY, migrations=(_OWNER, _TEAM)),
        Example(
            "Two to one table",
            schema=_HISTORY,
            migrations=(f"{_OWNER} {_OWNER.replace('owner', 'team')}",),
        ),
        Example("A new table that points at two", schema=_HISTORY, migrations=(_NEW,)),
        Example(
            "One of the tables is new",
            schema=_HISTORY,
            migrations=(
                (
                    "CREATE TABLE labels (id bigint PRIMARY KEY);"
                    " ALTER TABLE tasks ADD COLUMN label bigint REFERENCES labels;"
                    " ALTER TABLE tasks ADD COLUMN team bigint REFERENCES teams;"
                ),
            ),
        ),
        Example(
            "A new table that points at a busy one and a small one",
            schema=_HISTORY,
            migrations=(_NEW,),
            tables=Tables((TableFact("people", hot=True), TableFact("teams", Size.SMALL))),
        ),
    ),
    hazards=("add-several-fks", "create-table-with-fk-locks-parent"),
    sized=True,
)


@rule.on_whole
def parents_locked_together(context: Context) -> Iterator[Finding]:
    """Report each transaction whose foreign keys lock two existing tables, once, where the last one is locked."""
    for run in transactions(context):
        keys = [key for step in run for key in _keys(step, context)]
        if len({key.parent for key in keys}) > 1:
            yield _finding(keys, context)


@dataclass(frozen=True, slots=True)
class _Key:
    """A new foreign key: whose it is, what it is, and which existing table it points at."""

    table: Name
    constraint: Constraint
    parent: Name
    step: Step


def _keys(step: Step, context: Context) -> Iterator[_Key]:
    operation = step.operation
    table = step.after.resolve(operation.name) if isinstance(operation, CreateTable) else table_of(step)
    relation = step.after.relations.get(table) if table else None
    if relation is None or step.after.relations is step.before.relations:
        return
    for key in _made(relation, step):
        parent = step.after.resolve(key.references) if key.references else relation.name
        if parent != relation.name and existed(parent, context) and _counts(relation.name, parent, context):
            yield _Key(relation.name, key, parent, step)


def _made(relation: Relation, step: Step) -> Iterator[Constraint]:
    before = step.before.relations.get(relation.name)
    had = {constraint.name for constraint in before.constraints} if before else set()
    for constraint in relation.constraints:
        if constraint.kind is ConstraintKind.FOREIGN_KEY and constraint.name not in had:
            yield constraint


def _counts(table: Name, parent: Name, context: Context) -> bool:
    """Whether the lock on the parent is told: for a new table, which every change makes, where it is busy."""
    if existed(table, context):
        return True
    fact = context.tables.of(parent)
    return fact is not None and fact.hot


def _finding(keys: Sequence[_Key], context: Context) -> Finding:
    parents = tuple(dict.fromkeys(key.parent for key in keys))
    last = next(key for key in keys if key.parent == parents[-1])
    statement = last.step.operation.statement
    assumed = is_assumed(statement, context)
    return Finding(
        rule=rule.id,
        level=rule.level,
        confidence=Confidence.MEDIUM if assumed else Confidence.HIGH,
        message=(
            f"Foreign key `{last.constraint.name}` is one of several in the same transaction, which stops all writes "
            f"to {named([parent.short for parent in parents])} together until it ends and can end in a deadlock with "
            f"code that writes them in another order. Instead, add it {apart(statement, context)}."
        ),
        place=Place(statement.path, statement.line),
        object=f"{last.table.short}.{last.constraint.name}",
        statement=statement,
        recipe=tuple(s for key in keys for s in _recipe(key, context)) or (_ALONE,),
        phase=Phase.CONTRACT,
        cost=Cost(tuple(Held(parent, Lock.SHARE_ROW_EXCLUSIVE) for parent in parents)),
    )


_ALONE = RecipeStep(Phase.EXPAND, "Add each foreign key in a transaction of its own, with a lock_timeout.")


def _recipe(key: _Key, context: Context) -> tuple[RecipeStep, ...]:
    """The steps of one key, each a transaction; none for a new table, which is best made without its keys."""
    before, after = context.before.relations.get(key.table), key.step.after.relations.get(key.table)
    if before is None or after is None:
        return ()
    names = [name for name in key.constraint.columns if before.column(name) is None]
    columns = [f"ADD COLUMN {column_definition(c)}, " for c in after.columns if c.name in names]
    add, check = not_valid(key.table, key.constraint)
    head = f"ALTER TABLE {key.table.short} "
    add = replace(add, phase=Phase.EXPAND if columns else add.phase, sql=add.sql.replace(head, head + "".join(columns)))
    return (add,) if key.constraint.not_valid else (add, replace(check, phase=add.phase))
