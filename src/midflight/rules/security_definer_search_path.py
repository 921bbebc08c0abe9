"""A function with its owner's rights looks names up where its caller says."""

from collections.abc import Iterator

from midflight.catalog.model import Step
from midflight.inspection.exposed import has_api
from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context, Example, Rule
from midflight.operations.model import AlterRoutine, CreateRoutine
from midflight.operations.shapes import Routine
from midflight.references.model import Place

_HISTORY = "CREATE TABLE projects (id bigint PRIMARY KEY, title text);"
_BODY = "AS $$ SELECT count(*) FROM public.projects $$;"

rule = Rule(
    id="security-definer-search-path",
    level=Level.WARNING,
    summary="A SECURITY DEFINER function without a search_path of its own",
    why=(
        "The function runs with its owner's rights and looks names up along the caller's search_path: from the moment"
        " the migration runs, a caller can put an object of their own in front of the one that is meant (PostgreSQL"
        ' documentation, CREATE FUNCTION, "Writing SECURITY DEFINER Functions Safely"). It is reported where an API'
        " serves the schema. Rows can be read or lost."
    ),
    instead=("Expand: give the function `SET search_path = ''` and write every name with its schema.",),
    bad=(
        Example(
            "A new function",
            schema=_HISTORY,
            migrations=(f"CREATE FUNCTION tally() RETURNS bigint LANGUAGE sql SECURITY DEFINER {_BODY}",),
            says="`tally()`",
        ),
        Example(
            "A function that becomes one",
            schema=f"{_HISTORY} CREATE FUNCTION tally() RETURNS bigint LANGUAGE sql {_BODY}",
            migrations=("ALTER FUNCTION tally() SECURITY DEFINER;",),
            says="`tally()`",
        ),
    ),
    good=(
        Example(
            "With a search_path",
            schema=_HISTORY,
            migrations=(
                f"CREATE FUNCTION tally() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = '' {_BODY}",
            ),
        ),
        Example(
            "The search_path follows in the same change set",
            schema=_HISTORY,
            migrations=(
                (
                    f"CREATE FUNCTION tally() RETURNS bigint LANGUAGE sql SECURITY DEFINER {_BODY}"
                    " ALTER FUNCTION tally() SET search_path = '';"
                ),
            ),
        ),
    ),
    recipe_differs="the function gets a search_path, which the bad example lacks",
    hazards=("security-definer-search-path",),
)


@rule.on_whole
def callers_choose_the_search_path(context: Context) -> Iterator[Finding]:
    """Report each function that this change set leaves with its owner's rights and its caller's search_path."""
    for key, routine in context.after.routines.items() if has_api(context) else ():
        before = context.before.routines.get(key)
        if not _open(routine) or (before is not None and _open(before)):
            continue
        step = next((s for s in context.steps if _makes(s, routine)), None)
        if step is not None:
            yield _finding(routine, step)


def _open(routine: Routine) -> bool:
    return routine.security_definer and all(name != "search_path" for name, _ in routine.settings)


def _makes(step: Step, routine: Routine) -> bool:
    found = step.after.routines.get(routine.key)
    changes = isinstance(step.operation, CreateRoutine | AlterRoutine) and found != step.before.routines.get(
        routine.key
    )
    return changes and found is not None and _open(found)


def _finding(routine: Routine, step: Step) -> Finding:
    statement = step.operation.statement
    types = ", ".join(routine.key.types)
    name = f"{routine.name.short}({types})"
    return Finding(
        rule=rule.id,
        level=rule.level,
        confidence=Confidence.HIGH,
        message=(
            f"`{name}` runs with its owner's rights and takes the search_path of its caller, who can slip in objects of"
            " their own from the moment the migration runs. Instead, give it `SET search_path = ''` and write every"
            " name with its schema."
        ),
        place=Place(statement.path, statement.line),
        object=name,
        statement=statement,
        recipe=(
            RecipeStep(
                Phase.EXPAND,
                "Write every name in the body with its schema, and fix the search_path.",
                f"{statement.text};\nALTER {routine.kind.value} {name} SET search_path = '';",
            ),
        ),
        phase=Phase.EXPAND,
    )
