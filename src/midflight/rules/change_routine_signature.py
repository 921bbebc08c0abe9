"""A routine's name stays but callers must call it differently."""

from collections.abc import Iterator

from midflight.catalog.model import Step
from midflight.compatibility.model import BreakKind
from midflight.inspection.causes import old_code_level
from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context, Example, Rule
from midflight.inspection.wording import listed, places
from midflight.operations.model import CreateRoutine, RenameRoutine
from midflight.operations.shapes import Name, Routine
from midflight.references.model import Place

_OLD = "CREATE FUNCTION add_project(title text) RETURNS text LANGUAGE sql AS $$ SELECT title $$;"
_NEW = (
    "DROP FUNCTION add_project(text);"
    " CREATE FUNCTION add_project(p_title text, p_owner bigint) RETURNS text LANGUAGE sql AS $$ SELECT p_title $$;"
)
_CALL = {"web/add.ts": "await supabase.rpc('add_project', { title });\n"}
_SQL_CALL = {"app/add.py": 'cursor.execute("SELECT add_project(%s)", ["x"])\n'}
_NEW_CALL = {"web/add.ts": "await supabase.rpc('add_project', { p_title: title, p_owner: 1 });\n"}

rule = Rule(
    id="change-routine-signature",
    level=Level.ERROR,
    summary="Renaming a routine or changing how it is called",
    why=(
        "PostgREST finds a routine by the names of its arguments and PostgreSQL by their types: old calls fail with "
        "42883 (PGRST202), or with 42725 (PGRST203) where an extra overload fits as well, as soon as the migration "
        "runs. New calls fail until it has run. Nothing is lost."
    ),
    instead=(
        "Expand: create the new signature under a new name and keep the old routine.",
        "Rollout: deploy code that calls the new name.",
        "Contract: drop the old routine in a later pull request.",
    ),
    bad=(
        Example(
            "Renamed parameters and one more",
            schema=_OLD,
            migrations=(_NEW,),
            base=_CALL,
            head=_NEW_CALL,
            says="`add_project`",
        ),
        Example(
            "An overload that fits the old call too",
            schema=_OLD,
            migrations=(
                (
                    "CREATE FUNCTION add_project(title text, owner bigint DEFAULT 1) RETURNS text LANGUAGE sql"
                    " AS $$ SELECT title $$;"
                ),
            ),
            base=_CALL,
            head=_CALL,
            says="PGRST203",
        ),
        Example(
            "An overload that fits a call in SQL too",
            schema=_OLD,
            migrations=(
                (
                    "CREATE OR REPLACE FUNCTION add_project(title text, owner bigint DEFAULT 1) RETURNS text"
                    " LANGUAGE sql AS $$ SELECT title $$;"
                ),
            ),
            base=_SQL_CALL,
            head=_SQL_CALL,
            says="42725",
        ),
        Example(
            "Another name",
            schema=_OLD,
            migrations=("ALTER FUNCTION add_project(text) RENAME TO create_project;",),
            base=_CALL,
            head={"web/add.ts": "await supabase.rpc('create_project', { title });\n"},
            says="`add_project`",
        ),
    ),
    good=(
        Example(
            "An overload for another type",
            schema=_OLD,
            migrations=(
                (
                    "CREATE FUNCTION add_project(owner bigint, title text DEFAULT '') RETURNS text"
                    " LANGUAGE sql AS $$ SELECT title $$;"
                ),
            ),
            base=_SQL_CALL,
            head=_SQL_CALL,
        ),
        Example(
            "Old calls still fit",
            schema=_OLD,
            migrations=(
                (
                    "DROP FUNCTION add_project(text);"
                    " CREATE FUNCTION add_project(title text, owner bigint DEFAULT 1) RETURNS text LANGUAGE sql"
                    " AS $$ SELECT title $$;"
                ),
            ),
            base=_CALL,
            head=_CALL,
        ),
    ),
    recipe_differs="the new signature gets a new name, and the old routine stays until nothing calls it",
    hazards=(
        "change-function-signature",
        "function-overload-ambiguous",
    ),
)


@rule.on_whole
def callers_no_longer_fit(context: Context) -> Iterator[Finding]:
    """Report each routine that old code cannot call the old way although a routine of its name stays or moves."""
    for step in context.steps:
        name = _changed(step, context)
        if name is None:
            continue
        yield from _finding(name, step, context)


def _changed(step: Step, context: Context) -> Name | None:
    match step.operation:
        case CreateRoutine(routine=routine):
            name = _resolved(routine, step)
            olds = {key for key in context.before.routines if key.name == name}
            news = {key for key in context.after.routines if key.name == name}
            return name if olds and olds != news else None
        case RenameRoutine(name=name):
            old = step.before.routines_named(name)
            return old[0].name if old and any(r.key in context.before.routines for r in old) else None
        case _:
            return None


def _resolved(routine: Routine, step: Step) -> Name:
    schema = routine.name.schema or (step.before.search_path[0] if step.before.search_path else "public")
    return Name(routine.name.name, schema)


def _finding(name: Name, step: Step, context: Context) -> Iterator[Finding]:
    kinds = {BreakKind.SIGNATURE, BreakKind.AMBIGUOUS, BreakKind.MISSING_ROUTINE}
    breaks = [b for b in context.matrix.old_new.breaks if b.object == name.short and b.kind in kinds]
    if not breaks:
        return
    statement = step.operation.statement
    states = ", ".join(sorted({found.sqlstate for found in breaks}))
    yield Finding(
        rule=rule.id,
        level=old_code_level(context),
        confidence=Confidence.HIGH,
        message=(
            f"Changing how `{name.short}` is called breaks old code at {listed(places(breaks))} with {states} from the "
            "moment the migration runs until the new code is everywhere. Instead, create the new signature under a new "
            "name, move the callers, and drop the old routine later."
        ),
        place=Place(statement.path, statement.line),
        object=name.short,
        statement=statement,
        code=places(breaks),
        recipe=(
            RecipeStep(Phase.EXPAND, "Create the new signature under a new name; the old routine stays."),
            RecipeStep(Phase.ROLLOUT, "Deploy code that calls the new name."),
            RecipeStep(Phase.CONTRACT, f"Drop the old `{name.short}` in a later pull request."),
        ),
        phase=Phase.CONTRACT,
    )
