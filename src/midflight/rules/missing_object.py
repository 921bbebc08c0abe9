"""Code names an object that no migration makes, or that this change set takes away."""

from collections.abc import Iterator

from midflight.catalog.model import Relation
from midflight.compatibility.model import Break, BreakKind
from midflight.compatibility.resolve import name_of
from midflight.inspection.causes import by_object, confidence_of, unguarded
from midflight.inspection.finding import Finding, Level, Phase, Step
from midflight.inspection.model import Context, Deploys, Example, Rule
from midflight.inspection.wording import at, listed, places
from midflight.references.model import Place

_HISTORY = "CREATE TABLE projects (id bigint PRIMARY KEY, title text NOT NULL);"
_EDGE = "supabase/functions/create-project/index.ts"

rule = Rule(
    id="missing-object",
    level=Level.ERROR,
    summary="Code names a database object that will not exist after the migration",
    why=(
        "The migrations at head do not make the object, so the new code fails on the new schema too: waiting for the"
        " migration does not help. Nothing is lost, but the code never works."
    ),
    instead=(
        "Expand: add the migration that makes the object, in a pull request of its own.",
        "Rollout: deploy the code that uses it.",
    ),
    bad=(
        Example(
            "A routine that no migration makes",
            schema=_HISTORY,
            base={_EDGE: "await supabase.from('projects').insert({ id: 1, title });\n"},
            head={_EDGE: "await supabase.rpc('create_project_atomic', { p_title: title });\n"},
            says="`create_project_atomic`",
        ),
        Example(
            "A view with `*` does not get its table's new column",
            schema=f"{_HISTORY} CREATE VIEW recent AS SELECT * FROM projects;",
            migrations=("ALTER TABLE projects ADD COLUMN summary text;",),
            base={"web/list.ts": "await db.from('recent').select('id');\n"},
            head={"web/list.ts": "await db.from('recent').select('id, summary');\n"},
            says="`recent` keeps the columns",
        ),
        Example(
            "A column with a spelling mistake",
            schema=_HISTORY,
            base={"web/list.ts": "await db.from('projects').select('id');\n"},
            head={"web/list.ts": "await db.from('projects').select('id, titel');\n"},
            says="`projects.titel`",
        ),
    ),
    good=(
        Example(
            "The view is made again",
            schema=f"{_HISTORY} CREATE VIEW recent AS SELECT * FROM projects;",
            migrations=(
                (
                    "ALTER TABLE projects ADD COLUMN summary text;"
                    " CREATE OR REPLACE VIEW recent AS SELECT * FROM projects;"
                ),
            ),
            base={"web/list.ts": "await db.from('recent').select('id');\n"},
            head={"web/list.ts": "await db.from('recent').select('id, summary');\n"},
            deploys=Deploys.DATABASE_FIRST,
        ),
        Example(
            "The object is there",
            schema=_HISTORY,
            base={"web/list.ts": "await db.from('projects').select('id');\n"},
            head={"web/list.ts": "await db.from('projects').select('id, title');\n"},
        ),
    ),
    recipe_differs="the migration that is missing is for its author to write",
    hazards=("view-star-stale",),
)

_WHAT = {
    BreakKind.MISSING_TABLE: "which no migration makes",
    BreakKind.MISSING_COLUMN: "a column that no migration makes",
    BreakKind.MISSING_ROUTINE: "a routine that no migration creates",
}


@rule.on_whole
def new_code_fails_on_the_new_schema(context: Context) -> Iterator[Finding]:
    """Report each object that new code names and the schema at head does not have."""
    old = {(found.object, found.statement) for found in context.matrix.old_new.breaks if found.statement}
    broken = (b for b in unguarded(context.matrix.new_new.breaks) if b.kind is not BreakKind.RELATIONSHIP)
    for name, breaks in by_object(b for b in broken if (b.object, b.statement) not in old).items():
        yield _finding(name, breaks, _stale_view(name, breaks[0], context))


def _stale_view(name: str, found: Break, context: Context) -> Relation | None:
    """The view that lacks a column of a table that it reads: its `*` was spelled out when it was made."""
    view = context.after.relation(name_of(found.reference))
    if view is None or view.is_table or found.kind is not BreakKind.MISSING_COLUMN:
        return None
    column = name.rsplit(".", 1)[-1]
    sources = (context.after.relations.get(source) for source in view.depends)
    return view if any(source is not None and source.column(column) is not None for source in sources) else None


def _finding(name: str, breaks: list[Break], view: Relation | None) -> Finding:
    first = breaks[0]
    statement = first.statement
    if view is not None:
        cause = f"but view `{view.name.short}` keeps the columns that it was made with"
        advice = "make the view again with CREATE OR REPLACE VIEW in the migration that adds the column"
    elif statement is None:
        cause = _WHAT.get(first.kind, first.detail)
        advice = "add the migration that it needs and apply it before this code is deployed, or correct the name"
    else:
        cause = f"but {at(Place(statement.path, statement.line))} changes it: {first.detail}"
        advice = "keep the object until no code names it"
    return Finding(
        rule=rule.id,
        level=rule.level,
        confidence=confidence_of(breaks),
        message=(
            f"New code uses `{name}` at {listed(places(breaks))}, {cause}: it fails with {first.sqlstate} on the old "
            f"and on the new schema. Instead, {advice}."
        ),
        place=first.place,
        object=name,
        statement=statement,
        code=places(breaks),
        recipe=(
            Step(Phase.EXPAND, f"Add the migration that makes `{name}`, apply it and verify it."),
            Step(Phase.ROLLOUT, "Deploy this code after it."),
        ),
        phase=Phase.ROLLOUT,
    )
