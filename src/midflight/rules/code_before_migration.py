"""New code names an object that only this change set's migration makes."""

from collections.abc import Iterator

from midflight.compatibility.model import Break, BreakKind
from midflight.inspection.causes import caused_by, confidence_of, unguarded
from midflight.inspection.finding import Finding, Level, Phase, Step
from midflight.inspection.model import Context, Deploys, Example, Rule
from midflight.inspection.wording import at, listed, named, places
from midflight.operations.model import AlterColumnType, RenameColumn, RenameRoutine, RenameTable, SetSchema, Statement
from midflight.references.model import Place

_HISTORY = "CREATE TABLE projects (id bigint PRIMARY KEY, title text NOT NULL);"
_FUNCTION = (
    "CREATE FUNCTION create_project_atomic(p_title text) RETURNS bigint LANGUAGE sql"
    " AS $$ INSERT INTO projects (id, title) VALUES (1, p_title) RETURNING id $$;"
)
_EDGE = "supabase/functions/create-project/index.ts"
_OLD = {_EDGE: "await supabase.from('projects').insert({ id: 1, title });\n"}
_NEW = {_EDGE: "const { data } = await supabase.rpc('create_project_atomic', { p_title: title });\n"}
_FLAGGED = {
    _EDGE: (
        "if (Deno.env.get('USE_ATOMIC_CREATION') === 'true') {\n"
        "  await supabase.rpc('create_project_atomic', { p_title: title });\n"
        "} else {\n"
        "  await supabase.from('projects').insert({ id: 1, title });\n"
        "}\n"
    )
}

rule = Rule(
    id="code-before-migration",
    level=Level.ERROR,
    summary="New code needs a migration that may not be applied yet",
    why=(
        "Where nothing guarantees that the migration runs first, the new code meets the old schema and every call fails"
        " until somebody applies the migration. Nothing is lost, but the feature is down."
    ),
    instead=(
        "Expand: merge and apply the migration alone, and verify that the object exists.",
        "Rollout: deploy the code that uses it, or ship it behind a flag that is off.",
        "If your pipeline always migrates before it deploys code, say so: `deploys: database-first`.",
    ),
    bad=(
        Example(
            "The function and its caller arrive together",
            schema=_HISTORY,
            migrations=(_FUNCTION,),
            base=_OLD,
            head=_NEW,
            says="`create_project_atomic`",
        ),
        Example(
            "A new column and its reader arrive together",
            schema=_HISTORY,
            migrations=("ALTER TABLE projects ADD COLUMN summary text;",),
            base={"web/list.ts": "await db.from('projects').select('id, title');\n"},
            head={"web/list.ts": "await db.from('projects').select('id, title, summary');\n"},
            says="`projects.summary`",
        ),
        Example(
            "Behind a flag that is on unless somebody sets it",
            schema=_HISTORY,
            migrations=(_FUNCTION,),
            base=_OLD,
            head={_EDGE: _FLAGGED[_EDGE].replace("=== 'true'", "!== 'false'")},
            says="(`USE_ATOMIC_CREATION` around it is on where nothing sets it)",
        ),
    ),
    good=(
        Example("The migration alone", schema=_HISTORY, migrations=(_FUNCTION,), base=_OLD, head=_OLD),
        Example("Behind a flag", schema=_HISTORY, migrations=(_FUNCTION,), base=_OLD, head=_FLAGGED),
        Example(
            "The pipeline migrates first",
            schema=_HISTORY,
            migrations=(_FUNCTION,),
            base=_OLD,
            head=_NEW,
            deploys=Deploys.DATABASE_FIRST,
        ),
    ),
    hazards=("code-uses-unmigrated-object",),
)


@rule.on_whole
def new_code_meets_the_old_schema(context: Context) -> Iterator[Finding]:
    """Report each pending statement that makes what new code needs."""
    if context.deploys is Deploys.DATABASE_FIRST:
        return
    concerned = [found for found in unguarded(context.matrix.new_old.breaks) if _is_ours(found, context)]
    statements: dict[Statement | None, list[Break]] = {}
    for found in concerned:
        statements.setdefault(found.statement, []).append(found)
    for breaks in statements.values():
        yield _finding(breaks)


def _is_ours(found: Break, context: Context) -> bool:
    """Whether the object is made here, and not renamed or changed (those have rules of their own)."""
    if found.statement is None or found.kind in {BreakKind.TYPE, BreakKind.CONSTRAINT}:
        return False
    if caused_by(context, found, RenameColumn, RenameTable, RenameRoutine, SetSchema, AlterColumnType):
        return False
    return found.kind is not BreakKind.SIGNATURE or not _signature_gone(found, context)


def _signature_gone(found: Break, context: Context) -> bool:
    return any(key.name.short == found.object and key not in context.after.routines for key in context.before.routines)


def _finding(breaks: list[Break]) -> Finding:
    first = breaks[0]
    objects = list(dict.fromkeys(found.object for found in breaks))
    name, do = named(objects), "do" if len(objects) > 1 else "does"
    statement = first.statement
    if statement is None:
        raise ValueError("a break of this rule has a statement")
    made = Place(statement.path, statement.line)
    flags = dict.fromkeys(found.reference.guard.flag for found in breaks if found.reference.guard)
    names = ", ".join(f"`{flag}`" for flag in flags)
    runs = f" ({names} around it is on where nothing sets it)" if flags else ""
    return Finding(
        rule=rule.id,
        level=rule.level,
        confidence=confidence_of(breaks),
        message=(
            f"New code uses {name} at {listed(places(breaks))}{runs}, which {do} not exist until {at(made)} is"
            f" applied: every run before that fails with {first.sqlstate}. Instead, apply the migration first and"
            " deploy this code after it, in its own pull request or behind a feature flag that is off."
        ),
        place=first.place,
        object=objects[0],
        statement=statement,
        code=places(breaks),
        recipe=(
            Step(Phase.EXPAND, "Merge and apply the migration on its own.", f"{statement.text};"),
            Step(Phase.ROLLOUT, f"Deploy the code that uses {name} when the database has it."),
        ),
        phase=Phase.ROLLOUT,
    )
