"""Deleting a parent row reads the whole child table."""

from collections.abc import Iterator

from midflight.catalog.model import Relation, Step
from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context, Example, Rule
from midflight.inspection.phases import existed
from midflight.operations.shapes import Constraint, ConstraintKind, quote
from midflight.references.model import Place

_HISTORY = (
    "CREATE TABLE owners (id bigint PRIMARY KEY); CREATE TABLE projects (id bigint PRIMARY KEY, owner_id bigint);"
)
_KEY = "ALTER TABLE projects ADD CONSTRAINT projects_owner FOREIGN KEY (owner_id) REFERENCES owners (id) NOT VALID;"

rule = Rule(
    id="foreign-key-without-index",
    level=Level.NOTE,
    summary="A new foreign key whose columns have no index",
    why=(
        "Each DELETE of a parent row, and each UPDATE of its key, looks for its children: without an index that starts"
        " with the key's columns it reads the whole child table, with the parent row locked (PostgreSQL documentation,"
        " Constraints, Foreign Keys). Small tables and parents that are never deleted need none, so the rule is off by"
        " default. Nothing is lost."
    ),
    instead=("Expand: build an index on the key's columns with CONCURRENTLY before the foreign key.",),
    bad=(
        Example("Without an index", schema=_HISTORY, migrations=(_KEY,), says="`projects`"),
        Example(
            "In a new table",
            schema=_HISTORY,
            migrations=("CREATE TABLE notes (id bigint PRIMARY KEY, owner_id bigint REFERENCES owners (id));",),
            says="`notes`",
        ),
    ),
    good=(
        Example(
            "An index starts with the column",
            schema=f"{_HISTORY} CREATE INDEX projects_owner_id ON projects (owner_id, id);",
            migrations=(_KEY,),
        ),
        Example(
            "The index comes in the same change set",
            schema=_HISTORY,
            migrations=(
                (
                    "CREATE TABLE notes (id bigint PRIMARY KEY, owner_id bigint REFERENCES owners (id));"
                    " CREATE INDEX notes_owner_id ON notes (owner_id);"
                ),
            ),
        ),
        Example(
            "The key is the primary key",
            schema=_HISTORY,
            migrations=("CREATE TABLE details (id bigint PRIMARY KEY REFERENCES owners (id), body text);",),
        ),
    ),
    hazards=("missing-fk-index",),
    opt_in=True,
    recipe_differs="an index is added",
)


@rule.on_whole
def children_are_searched(context: Context) -> Iterator[Finding]:
    """Report each new foreign key that no index of the schema after the change set serves."""
    for relation in context.after.relations.values():
        before = context.before.relations.get(relation.name)
        if before is relation:
            continue
        for made in relation.constraints if relation.is_table else ():
            known = before is not None and before.constraint(made.name) is not None
            if made.kind is ConstraintKind.FOREIGN_KEY and not known and not _served(made, relation, context):
                step = next((s for s in context.steps if _makes(s, made, relation)), None)
                if step is not None:
                    yield _finding(made, relation, step, context)


def _served(made: Constraint, relation: Relation, context: Context) -> bool:
    indexes = (i for i in context.after.indexes_on(relation.name) if not i.predicate)
    return any(set(index.keys[: len(made.columns)]) == set(made.columns) for index in indexes)


def _makes(step: Step, made: Constraint, relation: Relation) -> bool:
    before, after = step.before.relations.get(relation.name), step.after.relations.get(relation.name)
    was = before is not None and before.constraint(made.name) is not None
    return not was and after is not None and after.constraint(made.name) is not None


def _finding(made: Constraint, relation: Relation, step: Step, context: Context) -> Finding:
    statement, table = step.operation.statement, relation.name.short
    parent = made.references.short if made.references else "its parent"
    columns = ", ".join(quote(column) for column in made.columns)
    name = quote(f"{relation.name.name}_{'_'.join(made.columns)}_idx"[:63])
    build = RecipeStep(
        Phase.EXPAND,
        "Build the index first, in a migration of its own that runs outside a transaction.",
        f"CREATE INDEX CONCURRENTLY {name} ON {table} ({columns});",
    )
    add = RecipeStep(Phase.EXPAND, "Add the foreign key.", f"{statement.text};")
    new = RecipeStep(
        Phase.EXPAND,
        "Build the index with the table.",
        f"{statement.text};\nCREATE INDEX {name} ON {table} ({columns});",
    )
    return Finding(
        rule=rule.id,
        level=rule.level,
        confidence=Confidence.HIGH,
        message=(
            f"Foreign key `{made.name}` has no index on `{table}` ({columns}), so each DELETE from `{parent}` reads all"
            f" of `{table}` from the moment the migration runs. Instead, build the index before the foreign key."
        ),
        place=Place(statement.path, statement.line),
        object=table,
        statement=statement,
        recipe=(build, add) if existed(relation.name, context) else (new,),
        phase=Phase.EXPAND,
    )
