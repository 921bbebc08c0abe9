"""A foreign key's column has a smaller type than the key that it points at."""

from collections.abc import Iterator

from midflight.catalog.key_types import is_narrower, key_pairs
from midflight.catalog.model import Relation, Step
from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context, Example, Rule
from midflight.inspection.phases import table_of
from midflight.operations.model import AddColumn, AddConstraint, CreateTable
from midflight.operations.shapes import Constraint
from midflight.references.model import Place

_HISTORY = (
    "CREATE TABLE projects (id bigint PRIMARY KEY, code character varying(40) UNIQUE, size integer UNIQUE);"
    " CREATE TABLE tasks (id bigint PRIMARY KEY, project_id integer);"
)

rule = Rule(
    id="foreign-key-type",
    level=Level.NOTE,
    summary="A foreign key whose column is smaller than the key it points at",
    why=(
        "The server compares integers of different sizes, and strings of different lengths, so it accepts the key; but"
        " as soon as a row of the referenced table has a value that the smaller column cannot hold, inserts fail with"
        " 22003 or 22001, and by then changing the type rewrites a large table (measured on 15). Types that it cannot"
        " compare at all are refused with 42804, which `fails-on-apply` tells. Nothing is lost."
    ),
    instead=("Expand: give the column the type of the key before it has rows.",),
    bad=(
        Example(
            "An integer column in a new table, for a bigint key",
            schema=_HISTORY,
            migrations=("CREATE TABLE notes (id bigint PRIMARY KEY, project_id integer REFERENCES projects);",),
            says="`notes.project_id`",
        ),
        Example(
            "A new column",
            schema=_HISTORY,
            migrations=("ALTER TABLE tasks ADD COLUMN project_code character varying(20) REFERENCES projects (code);",),
            says="22001",
        ),
        Example(
            "A new constraint on an old column",
            schema=_HISTORY,
            migrations=(
                "ALTER TABLE tasks ADD CONSTRAINT known FOREIGN KEY (project_id) REFERENCES projects NOT VALID;",
            ),
            says="22003",
        ),
    ),
    good=(
        Example(
            "The same type",
            schema=_HISTORY,
            migrations=("CREATE TABLE notes (id bigint PRIMARY KEY, project_id bigint REFERENCES projects);",),
        ),
        Example(
            "A larger type",
            schema=_HISTORY,
            migrations=("CREATE TABLE sizes (id bigint PRIMARY KEY, size bigint REFERENCES projects (size));",),
        ),
        Example(
            "A key that the history already has, made again",
            schema=_HISTORY + " ALTER TABLE tasks ADD CONSTRAINT known FOREIGN KEY (project_id) REFERENCES projects;",
            migrations=(
                (
                    "ALTER TABLE tasks DROP CONSTRAINT known; ALTER TABLE tasks ADD CONSTRAINT known"
                    " FOREIGN KEY (project_id) REFERENCES projects ON DELETE RESTRICT NOT VALID;"
                ),
            ),
        ),
    ),
    hazards=("fk-type-mismatch",),
    recipe_differs="the column gets the larger type",
)


def column_is_narrower(_: AddColumn | AddConstraint | CreateTable, step: Step, context: Context) -> Iterator[Finding]:
    """Report each pair of columns of a new foreign key in which the referencing one holds less."""
    table = table_of(step) or (step.before.resolve(_.name) if isinstance(_, CreateTable) else None)
    relation = step.after.relations.get(table) if table else None
    if table is None or relation is None:
        return
    old = step.before.relations.get(table)
    known = {constraint.name for constraint in old.constraints} if old else set()
    for constraint in relation.constraints:
        target = step.after.relations.get(constraint.references) if constraint.references else None
        if target is None or constraint.name in known or _held_before(constraint, relation, context):
            continue
        for own, other, one, two in key_pairs(relation, constraint, target):
            if is_narrower(one, two):
                yield _finding((f"{table.short}.{own}", one), (f"{target.name.short}.{other}", two), step)


rule.on(AddColumn)(column_is_narrower)
rule.on(AddConstraint)(column_is_narrower)
rule.on(CreateTable)(column_is_narrower)


def _held_before(constraint: Constraint, relation: Relation, context: Context) -> bool:
    old = context.before.relations.get(relation.name)
    return old is not None and any(
        c.columns == constraint.columns and c.references == constraint.references for c in old.constraints
    )


def _finding(own: tuple[str, str], other: tuple[str, str], step: Step) -> Finding:
    statement = step.operation.statement
    sqlstate = "22001" if own[1].startswith("character") else "22003"
    return Finding(
        rule=rule.id,
        level=rule.level,
        confidence=Confidence.HIGH,
        message=(
            f"`{own[0]}` is {own[1]} and points at `{other[0]}`, which is {other[1]}: once a key is too large for it, "
            f"every insert of new code fails with {sqlstate}. Instead, give it type {other[1]} before it has rows."
        ),
        place=Place(statement.path, statement.line),
        object=own[0],
        statement=statement,
        recipe=(RecipeStep(Phase.EXPAND, f"Make `{own[0]}` {other[1]}, as `{other[0]}` is."),),
        phase=Phase.EXPAND,
    )
