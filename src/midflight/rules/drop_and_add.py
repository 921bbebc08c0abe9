"""A column or table is dropped and another of the same shape is added: a rename that loses the data."""

import re
from collections.abc import Iterator
from itertools import takewhile

from midflight.catalog.ddl import add_column
from midflight.catalog.model import Relation, Step
from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context, Example, Rule
from midflight.inspection.phases import existed
from midflight.operations import model as op
from midflight.operations.shapes import Column, Name, quote
from midflight.references.model import Place

_HISTORY = (
    "CREATE TABLE profiles (id bigint PRIMARY KEY, location text, age text);"
    " CREATE TABLE entries (id bigint PRIMARY KEY, line text, happened date);"
)
_COPIES = (op.Insert, op.Update, op.Copy, op.Query, op.Opaque)

rule = Rule(
    id="drop-and-add",
    level=Level.ERROR,
    summary="Dropping and adding a column or table of the same shape, without a copy",
    why=(
        "Tools that compare two versions of a schema see a rename as one DROP and one ADD. The server keeps nothing of"
        " the dropped one: every value is lost, and old code fails with 42703 or 42P01 or reads NULL where values were."
    ),
    instead=(
        "Expand: add the new one beside the old one and copy the values.",
        "Rollout: deploy code that writes both and reads the new one.",
        "Contract: drop the old one in a later pull request.",
    ),
    bad=(
        Example(
            "A column under a new name",
            schema=_HISTORY,
            migrations=("ALTER TABLE profiles DROP COLUMN location;\nALTER TABLE profiles ADD COLUMN city text;",),
            says="`profiles.location`",
        ),
        Example(
            "A column under its own name, with another type",
            schema=_HISTORY,
            migrations=("ALTER TABLE profiles DROP COLUMN age, ADD COLUMN age integer;",),
            says="empties",
        ),
        Example(
            "A table under a new name",
            schema=_HISTORY,
            migrations=(
                "DROP TABLE entries; CREATE TABLE log_entries (id bigint PRIMARY KEY, line text, happened date);",
            ),
            says="`log_entries`",
        ),
        Example(
            "A table under its own name",
            schema=_HISTORY,
            migrations=("DROP TABLE entries; CREATE TABLE entries (id bigint PRIMARY KEY, line text, happened date);",),
            says="empties",
        ),
    ),
    good=(
        Example(
            "A column that nothing replaces",
            schema=_HISTORY,
            migrations=("ALTER TABLE profiles ADD COLUMN city text;",),
        ),
        Example(
            "A table that is rebuilt with its rows",
            schema=_HISTORY,
            migrations=(
                (
                    "CREATE TABLE entries_new (id bigint PRIMARY KEY, line text, happened date);"
                    " INSERT INTO entries_new SELECT id, line, happened FROM entries;"
                    " DROP TABLE entries; ALTER TABLE entries_new RENAME TO entries;"
                ),
            ),
        ),
        Example(
            "A table that is filled from others",
            schema=_HISTORY + " CREATE TABLE totals (id bigint, lines bigint);",
            migrations=(
                "DROP TABLE totals;",
                "CREATE TABLE totals AS SELECT id, count(line) AS lines FROM entries GROUP BY id;",
            ),
        ),
        Example(
            "A column of the same change set",
            schema=_HISTORY,
            migrations=(
                "ALTER TABLE profiles ADD COLUMN town text;",
                "ALTER TABLE profiles DROP COLUMN town; ALTER TABLE profiles ADD COLUMN city text;",
            ),
        ),
    ),
    confirms="dropping the old column deletes its values, so a person confirms the last step",
    recipe_differs="the new column keeps its place before the old one goes, and the values are kept",
    hazards=("drop-and-add-instead-of-rename",),
)


@rule.on(op.DropColumn)
def column_of_the_same_shape(drop: op.DropColumn, step: Step, context: Context) -> Iterator[Finding]:
    """Report the drop of a column that an added column seems to replace, where nothing copies its values."""
    table = step.before.resolve(drop.table)
    before, after = context.before.relations.get(table), context.after.relations.get(table)
    lost = before.column(drop.column) if before else None
    if lost is None or before is None or after is None or _copied(drop.column, step, context):
        return
    replacement = _replacement(lost, before, after, context)
    if replacement is not None:
        same = replacement.name == lost.name
        old, new = f"{table.short}.{lost.name}", f"{table.short}.{replacement.name}"
        recipe = _retyped(old) if same else _columns(table, lost, replacement, after)
        yield _finding(step, (old, new), Level.ERROR if same else Level.WARNING, recipe)


@rule.on(op.DropTable)
def table_of_the_same_shape(drop: op.DropTable, step: Step, context: Context) -> Iterator[Finding]:
    """Report the drop of a table that a created table seems to replace, where nothing copies its rows."""
    name = step.before.resolve(drop.name)
    lost = context.before.relations.get(name)
    if lost is None or not existed(name, context) or _copied(name.name, step, context):
        return
    again = context.after.relations.get(name)
    if again is not None and _filled(name, context):
        return
    made = (context.after.relations.get(new) for new in sorted(context.made) if new not in context.before.relations)
    alike = again if again and again.is_table else next((r for r in made if r and _alike(lost, r)), None)
    if alike is not None:
        level = Level.ERROR if alike.name == name else Level.WARNING
        yield _finding(step, (name.short, alike.name.short), level, _tables(name, alike.name))


def _replacement(lost: Column, before: Relation, after: Relation, context: Context) -> Column | None:
    """The column of the same name, else the added one that stands where the dropped one stands among its type."""
    again = after.column(lost.name)
    if again is not None:
        return None if again.generated else again  # a generated column has its values at once
    gone = [c for c in before.columns if c.type == lost.type and after.column(c.name) is None]
    added = [c for c in after.columns if c.type == lost.type and before.column(c.name) is None]
    return added[gone.index(lost)] if len(gone) == len(added) else None


def _alike(one: Relation, other: Relation) -> bool:
    columns = {(c.name, c.type) for c in one.columns}
    return other.is_table and len(columns) > 1 and columns == {(c.name, c.type) for c in other.columns}


def _copied(name: str, step: Step, context: Context) -> bool:
    """Whether a statement before the drop may carry the values over."""
    word = re.compile(rf"\b{re.escape(name)}\b")
    earlier = takewhile(lambda other: other is not step, context.steps)
    return any(
        isinstance(s.operation, (*_COPIES, op.RenameTable, op.RenameColumn))
        or (isinstance(s.operation, op.CreateTable) and bool(s.operation.query))
        for s in earlier
        if name in s.operation.statement.text and word.search(s.operation.statement.text)
    )


def _filled(table: Name, context: Context) -> bool:
    """Whether the change set gives the table its rows from other tables."""
    for step in context.steps:
        match step.operation:
            case op.CreateTable(name=name, query=query) if query and step.after.resolve(name) == table:
                return True
            case op.Insert(table=name, reads=reads) if reads and step.before.resolve(name) == table:
                return True
    return False


def _finding(step: Step, names: tuple[str, str], level: Level, recipe: tuple[RecipeStep, ...]) -> Finding:
    old, new = names
    statement = step.operation.statement
    if old == new:
        what = (
            f"Dropping and adding `{old}` again empties it: every value is lost, and old code reads none from the "
            "moment the migration runs."
        )
    else:
        what = (
            f"Dropping `{old}` while `{new}` is added with the same shape loses every value if this is a rename: "
            f"nothing copies them, and `{new}` is empty from the moment the migration runs."
        )
    return Finding(
        rule=rule.id,
        level=level,
        confidence=Confidence.HIGH if old == new else Confidence.MEDIUM,
        message=f"{what} Instead, add the new one beside it, copy the values, and drop the old one in a later pull "
        "request.",
        place=Place(statement.path, statement.line),
        object=old,
        statement=statement,
        recipe=recipe,
        phase=Phase.CONTRACT,
    )


def _columns(table: Name, lost: Column, made: Column, after: Relation) -> tuple[RecipeStep, ...]:
    old, new = quote(lost.name), quote(made.name)
    copy = f"UPDATE {table.short} SET {new} = {old} WHERE {new} IS NULL;"
    return (
        RecipeStep(Phase.EXPAND, f"Add `{made.name}` beside `{lost.name}`.", f"{add_column(table, made)};"),
        RecipeStep(Phase.EXPAND, "Copy the values, in batches on a large table.", copy),
        RecipeStep(Phase.ROLLOUT, f"Deploy code that writes both and reads `{made.name}`; copy once more behind it."),
        RecipeStep(
            Phase.CONTRACT,
            f"Drop `{lost.name}` in a later pull request.",
            f"ALTER TABLE {table.short} DROP COLUMN {old};",
        ),
    )


def _retyped(column: str) -> tuple[RecipeStep, ...]:
    return (
        RecipeStep(Phase.EXPAND, f"Add a column of the new type beside `{column}`, and copy the converted values."),
        RecipeStep(Phase.ROLLOUT, "Deploy code that writes both and reads the new one."),
        RecipeStep(Phase.CONTRACT, f"Drop `{column}` in a later pull request."),
    )


def _tables(old: Name, new: Name) -> tuple[RecipeStep, ...]:
    if old == new:
        return (RecipeStep(Phase.EXPAND, f"Change `{old.short}` with ALTER TABLE, so that it keeps its rows."),)
    return (
        RecipeStep(Phase.EXPAND, f"Rename `{old.short}` to `{new.short}` and leave a view with the old name behind."),
        RecipeStep(Phase.ROLLOUT, f"Deploy code that names `{new.short}`."),
        RecipeStep(Phase.CONTRACT, "Drop the view in a later pull request."),
    )
