"""A key whose index is built while nobody can read or write the table."""

from collections.abc import Iterator

from midflight.catalog.cost_model import Cost, Work
from midflight.catalog.ddl import column_definition
from midflight.catalog.definitions import constraint_clause
from midflight.catalog.model import Relation, Step
from midflight.catalog.naming import INDEXED
from midflight.inspection.constraining import by_index, new_constraints, required_steps, unproven, validate
from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context, Example, Rule
from midflight.inspection.wording import named
from midflight.operations.model import AddColumn, AddConstraint, Statement
from midflight.operations.shapes import Constraint, ConstraintKind, Name
from midflight.references.model import Place

_HISTORY = "CREATE TABLE projects (id bigint NOT NULL, title text, state text);"
_INDEX = f"{_HISTORY} CREATE UNIQUE INDEX projects_title ON projects (title);"
_TAKE = "ALTER TABLE projects ADD CONSTRAINT title_once {} USING INDEX projects_title;"
_EXCLUDED = "it has no way to be built while they go on"

rule = Rule(
    id="unique-build",
    level=Level.ERROR,
    summary="A unique, primary key or exclusion constraint that builds its index under a lock",
    why=(
        "The constraint builds its index, and a primary key of nullable columns reads the table, under ACCESS "
        "EXCLUSIVE: all reads and writes of running code wait for the size of the table (PostgreSQL documentation, "
        "ALTER TABLE; measured on 12 to 18). An exclusion constraint cannot take an index that exists. Nothing is lost."
    ),
    instead=(
        "Expand: build the unique index with CONCURRENTLY, in a migration of its own outside a transaction.",
        "Contract: make the constraint from it with ADD CONSTRAINT ... USING INDEX.",
    ),
    bad=(
        Example(
            "A unique constraint",
            schema=_HISTORY,
            migrations=("ALTER TABLE projects ADD CONSTRAINT title_once UNIQUE (title);",),
            says="`title_once`",
        ),
        Example(
            "A primary key",
            schema=_HISTORY,
            migrations=("ALTER TABLE projects ADD PRIMARY KEY (id);",),
            says="`projects_pkey`",
        ),
        Example(
            "A primary key from an index on a column that takes NULL",
            schema=_INDEX,
            migrations=(_TAKE.format("PRIMARY KEY"),),
            says="`title` takes NULL",
        ),
        Example(
            "A unique column",
            schema=_HISTORY,
            migrations=("ALTER TABLE projects ADD COLUMN slug text UNIQUE;",),
            says="`projects_slug_key`",
        ),
        Example(
            "An exclusion constraint has no other way",
            schema="CREATE TABLE bookings (id bigint PRIMARY KEY, during tstzrange);",
            migrations=("ALTER TABLE bookings ADD CONSTRAINT bookings_apart EXCLUDE USING gist (during WITH &&);",),
            says="no way",
        ),
    ),
    good=(
        Example(
            "From an index that exists",
            schema=_INDEX,
            migrations=(_TAKE.format("UNIQUE"),),
        ),
        Example(
            "A primary key of columns that are NOT NULL",
            schema=f"{_HISTORY} CREATE UNIQUE INDEX projects_pkey ON projects (id);",
            migrations=("ALTER TABLE projects ADD PRIMARY KEY USING INDEX projects_pkey;",),
        ),
        Example(
            "A primary key of columns that a check proves",
            schema=f"{_INDEX} ALTER TABLE projects ADD CONSTRAINT title_given CHECK (title IS NOT NULL);",
            migrations=(_TAKE.format("PRIMARY KEY"),),
        ),
        Example(
            "On a table of the same change set",
            schema=_HISTORY,
            migrations=(
                (
                    "CREATE TABLE notes (id bigint, body text);"
                    " ALTER TABLE notes ADD PRIMARY KEY (id), ADD UNIQUE (body), ADD COLUMN slug text UNIQUE;"
                ),
            ),
        ),
    ),
    hazards=(
        "add-unique-blocking",
        "add-primary-key-blocking",
        "add-pk-using-index-nullable",
        "add-exclusion-constraint",
    ),
    sized=True,
)


@rule.on_cost(AddConstraint)
def key_built_under_a_lock(change: AddConstraint, step: Step, cost: Cost, context: Context) -> Iterator[Finding]:
    """Report a constraint whose index is built, or whose columns are read for NULL, while everybody waits."""
    table = step.before.resolve(change.table)
    relation, after = step.before.relations.get(table), step.after.relations.get(table)
    made = next((c for c in new_constraints(table, step) if c.kind in INDEXED), change.constraint)
    if made.kind not in INDEXED or cost.work is Work.NONE or after is None:
        return
    if change.constraint.using_index:
        yield _taken(made, relation or after, step, cost)
    else:
        yield _built(made, table, step.operation.statement, cost, _online(made, relation or after, context))


@rule.on_cost(AddColumn)
def key_of_a_new_column(change: AddColumn, step: Step, cost: Cost, context: Context) -> Iterator[Finding]:
    """Report a key that comes with its column and is built at once."""
    table = step.before.resolve(change.table)
    made = next((c for c in new_constraints(table, step) if c.kind in INDEXED), None)
    after = step.after.relations.get(table)
    if made is None or after is None or cost.work is not Work.INDEX_BUILD:
        return
    others = [c for c in new_constraints(table, step) if c.kind not in INDEXED]
    parts = [
        f"ADD COLUMN {column_definition(change.column)}",
        *(f"ADD {constraint_clause(c)} NOT VALID" for c in others),
    ]
    column = RecipeStep(Phase.EXPAND, "Add the column alone.", f"ALTER TABLE {table.short} {', '.join(parts)};")
    checks = (validate(table, c.name) for c in others)
    yield _built(made, table, change.statement, cost, (column, *checks, *_online(made, after, context)))


def _online(made: Constraint, relation: Relation, context: Context) -> tuple[RecipeStep, ...]:
    table = relation.name
    if made.kind is ConstraintKind.EXCLUDE:
        words = (
            "Add it while nobody needs the table, with a lock_timeout, or to a new table that takes the rows over "
            "before code moves to it."
        )
        return (RecipeStep(Phase.CONTRACT, words),)
    if relation.partition_by:
        words = (
            f"Build the index on each partition of `{table.short}` with CONCURRENTLY and make a constraint from it "
            "there; then add the constraint with ALTER TABLE ONLY and attach the partitions' indexes to it."
        )
        return (RecipeStep(Phase.CONTRACT, words),)
    return by_index(relation, made, context.before)


def _built(made: Constraint, table: Name, statement: Statement, cost: Cost, recipe: tuple[RecipeStep, ...]) -> Finding:
    excluded = made.kind is ConstraintKind.EXCLUDE
    instead = (
        f"add it while nobody needs the table, or to a new table: {_EXCLUDED}"
        if excluded
        else "build its index with CONCURRENTLY first, and make the constraint from that with USING INDEX"
    )
    return Finding(
        rule=rule.id,
        level=rule.level,
        confidence=Confidence.HIGH,
        message=(
            f"Adding {made.kind} `{made.name}` builds its index on `{table.short}` under ACCESS EXCLUSIVE, and all "
            f"reads and writes of running code wait until that is over. Instead, {instead}."
        ),
        place=Place(statement.path, statement.line),
        object=f"{table.short}.{made.name}",
        statement=statement,
        recipe=recipe,
        phase=Phase.CONTRACT,
        cost=cost,
    )


def _taken(made: Constraint, relation: Relation, step: Step, cost: Cost) -> Finding:
    """The finding for an index that is there, on columns that are not known to hold no NULL."""
    statement, table = step.operation.statement, relation.name
    columns = unproven(relation, made.columns)
    required = (s for column in columns for s in required_steps(relation, column, step.before))
    last = RecipeStep(Phase.CONTRACT, "Make the primary key from the index.", f"{statement.text};")
    return Finding(
        rule=rule.id,
        level=rule.level,
        confidence=Confidence.HIGH,
        message=(
            f"Making PRIMARY KEY `{made.name}` reads every row of `{table.short}` under ACCESS EXCLUSIVE although its "
            f"index exists, because {named(columns)} {'takes' if len(columns) == 1 else 'take'} NULL, and all reads "
            "and writes of running code wait until that is over. Instead, set NOT NULL first, proved by a CHECK that "
            "is validated while they go on."
        ),
        place=Place(statement.path, statement.line),
        object=f"{table.short}.{made.name}",
        statement=statement,
        recipe=(*required, last),
        phase=Phase.CONTRACT,
        cost=cost,
    )
