"""A type or routine changes its name or schema under running code."""

from collections.abc import Iterator

from midflight.catalog.lookup import find_type
from midflight.catalog.model import Step
from midflight.inspection.causes import old_code_level
from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context, Example, Rule
from midflight.inspection.wording import breaks_at, listed, places
from midflight.operations.model import RenameType, SetSchema
from midflight.operations.shapes import ObjectKind
from midflight.references.model import Place

_HISTORY = (
    "CREATE SCHEMA app; CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE TABLE people (id bigint PRIMARY KEY, mood mood);"
    " CREATE FUNCTION add_one(x integer) RETURNS integer LANGUAGE sql AS 'SELECT x + 1';"
)
_CALL = {"web/add.ts": "await db.rpc('add_one', { x: 1 });\n"}
_ROUTINES = frozenset({ObjectKind.FUNCTION, ObjectKind.PROCEDURE, ObjectKind.ROUTINE, ObjectKind.AGGREGATE})
_TYPES = frozenset({ObjectKind.TYPE, ObjectKind.DOMAIN})

rule = Rule(
    id="move-object",
    level=Level.ERROR,
    summary="Renaming or moving a type, or moving a routine, that existed before",
    why=(
        "Columns and views follow, code does not: a cast to the old name of the type fails with 42704, a call of the"
        " routine with 42883 or PGRST202, from the moment the migration runs until the new code is everywhere, and"
        " again after a rollback of the code (PostgreSQL documentation, ALTER TYPE, ALTER FUNCTION). Nothing is lost."
    ),
    instead=(
        "Expand: make a second routine in the new place that calls the first; leave a type where it is.",
        "Rollout: deploy code that uses the new name.",
        "Contract: drop the old routine in a later pull request.",
    ),
    bad=(
        Example(
            "A type under a new name",
            schema=_HISTORY,
            migrations=("ALTER TYPE mood RENAME TO feeling;",),
            says="42704",
        ),
        Example(
            "A type in another schema",
            schema=_HISTORY,
            migrations=("ALTER TYPE mood SET SCHEMA app;",),
            says="`mood`",
        ),
        Example(
            "A function in another schema, and old code calls it",
            schema=_HISTORY,
            migrations=("ALTER FUNCTION add_one(integer) SET SCHEMA app;",),
            base=_CALL,
            head=_CALL,
            says="`web/add.ts:1`",
        ),
    ),
    good=(
        Example(
            "Another type takes the name",
            schema=_HISTORY,
            migrations=("ALTER TYPE mood RENAME TO mood_old; CREATE TYPE mood AS ENUM ('sad', 'ok', 'great');",),
        ),
        Example(
            "A type of the same change set",
            schema=_HISTORY,
            migrations=("CREATE TYPE size AS ENUM ('s'); ALTER TYPE size RENAME TO sizes;",),
        ),
        Example(
            "An index, which no code names",
            schema=_HISTORY + " CREATE INDEX moods ON people (mood);",
            migrations=("ALTER INDEX moods RENAME TO people_mood;",),
        ),
    ),
    hazards=("rename-or-move-object",),
    recipe_differs="the type keeps its name",
)


@rule.on(RenameType)
def type_is_renamed(rename: RenameType, step: Step, context: Context) -> Iterator[Finding]:
    """Report the rename of a type from before the change set whose name nothing takes."""
    known = find_type(step.before, rename.name)
    if known is not None and known.name in context.before.types and known.name not in context.after.types:
        yield _finding(f"type `{known.name.short}`", known.name.short, "casts to it fail with 42704", step, context)


@rule.on(SetSchema)
def type_or_routine_is_moved(move: SetSchema, step: Step, context: Context) -> Iterator[Finding]:
    """Report a type that leaves its schema, and a routine that old code calls where it was."""
    target = move.target
    if target.kind in _TYPES:
        known = find_type(step.before, target.name)
        if known is not None and known.name in context.before.types and known.name not in context.after.types:
            yield _finding(f"type `{known.name.short}`", known.name.short, "casts to it fail with 42704", step, context)
    elif target.kind in _ROUTINES and breaks_at(context.matrix.old_new, move.statement):
        name = target.name.short
        yield _finding(f"routine `{name}`", name, "calls fail with 42883 or PGRST202", step, context)


def _finding(what: str, name: str, fails: str, step: Step, context: Context) -> Finding:
    statement = step.operation.statement
    breaks = breaks_at(context.matrix.old_new, statement)
    who = f"old code at {listed(places(breaks))}" if breaks else "whatever names it"
    return Finding(
        rule=rule.id,
        level=old_code_level(context) if breaks else Level.WARNING,
        confidence=Confidence.HIGH if breaks else Confidence.MEDIUM,
        message=(
            f"Renaming or moving {what} breaks {who}: {fails} from the moment the migration runs until the new code is "
            "everywhere. Instead, leave it where it is, and give new code an object of its own."
        ),
        place=Place(statement.path, statement.line),
        object=name,
        statement=statement,
        code=places(breaks),
        recipe=(
            RecipeStep(Phase.EXPAND, f"Leave {what} where it is, and make what new code needs beside it."),
            RecipeStep(Phase.ROLLOUT, "Deploy code that uses the new one."),
        ),
        phase=Phase.CONTRACT,
    )
