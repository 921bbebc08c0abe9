"""PostgREST does not see a new object until it reads the schema again."""

from collections.abc import Iterator

from midflight.compatibility.model import Break
from midflight.inspection.exposed import has_api
from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context, Deploys, Example, Rule
from midflight.inspection.wording import listed, places
from midflight.operations.model import Statement
from midflight.references.model import Api, Place

_HISTORY = "CREATE TABLE projects (id bigint PRIMARY KEY, title text);"
_ADD = "ALTER TABLE projects ADD COLUMN summary text;"
_OLD = {"web/list.ts": "await db.from('projects').select('id, title');\n"}
_NEW = {"web/list.ts": "await db.from('projects').select('id, title, summary');\n"}
_RELOAD = "NOTIFY pgrst, 'reload schema';"

rule = Rule(
    id="schema-cache-reload",
    level=Level.NOTE,
    summary="A new object that PostgREST serves, and no reload of its schema cache",
    why=(
        "PostgREST answers from a cache of the schema: a new table, column or routine is not there (PGRST202, PGRST204,"
        " PGRST205) until somebody notifies it or restarts it (PostgREST documentation, Schema Cache). Supabase has an"
        " event trigger for that, and where the API runs is not written in the repository, so the rule is off by"
        " default. Nothing is lost."
    ),
    instead=("Expand: end the migration with `NOTIFY pgrst, 'reload schema'`, or make an event trigger that does it.",),
    bad=(
        Example(
            "New code reads a new column",
            schema=_HISTORY,
            migrations=(_ADD,),
            base=_OLD,
            head=_NEW,
            deploys=Deploys.DATABASE_FIRST,
            transactions=False,
            says="PGRST",
        ),
    ),
    good=(
        Example(
            "The migration notifies it",
            schema=_HISTORY,
            migrations=(f"{_ADD} {_RELOAD}",),
            base=_OLD,
            head=_NEW,
            deploys=Deploys.DATABASE_FIRST,
            transactions=False,
        ),
        Example(
            "Supabase notifies it",
            schema=_HISTORY,
            migrations=(_ADD,),
            base=_OLD,
            head=_NEW,
            deploys=Deploys.DATABASE_FIRST,
        ),
        Example(
            "No code uses it yet",
            schema=_HISTORY,
            migrations=(_ADD,),
            base=_OLD,
            head=_OLD,
            transactions=False,
        ),
    ),
    hazards=("postgrest-schema-cache",),
    opt_in=True,
)


@rule.on_whole
def the_cache_is_stale(context: Context) -> Iterator[Finding]:
    """Report what new code asks PostgREST for that a pending statement makes, where nothing reloads the cache."""
    if context.database.head.format == "supabase" or not has_api(context) or _reloads(context):
        return
    made = [b for b in context.matrix.new_old.breaks if b.reference.api is Api.POSTGREST and b.statement is not None]
    if made and made[-1].statement is not None:
        yield _finding(made, made[-1].statement)


def _reloads(context: Context) -> bool:
    """Whether anything in the history or in the change set speaks to PostgREST."""
    operations = (*context.history, *(step.operation for step in context.steps))
    return any("pgrst" in operation.statement.text.lower() for operation in operations)


def _finding(made: list[Break], statement: Statement) -> Finding:
    name = made[-1].object
    return Finding(
        rule=rule.id,
        level=rule.level,
        confidence=Confidence.LOW,
        message=(
            f"PostgREST does not see `{name}` before its schema cache is read again, and new code at"
            f" {listed(places(made))} fails with a PGRST20x code until then. Instead, end the migration with"
            f" `{_RELOAD[:-1]}`."
        ),
        place=Place(statement.path, statement.line),
        object=name,
        statement=statement,
        code=places(made),
        recipe=(RecipeStep(Phase.EXPAND, "Reload the cache at the end.", f"{statement.text};\n{_RELOAD}"),),
        phase=Phase.EXPAND,
    )
