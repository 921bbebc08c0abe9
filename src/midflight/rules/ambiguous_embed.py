"""A second foreign key, or a table between two others, leaves PostgREST with two ways to join them."""

from collections.abc import Iterator

from midflight.inspection.causes import old_code_level
from midflight.inspection.embeds import Unjoined, unjoined
from midflight.inspection.finding import Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context, Example, Rule
from midflight.inspection.wording import listed
from midflight.references.model import Place

_HISTORY = (
    "CREATE TABLE people (id bigint PRIMARY KEY, name text);"
    " CREATE TABLE tasks (id bigint PRIMARY KEY, owner_id bigint REFERENCES people (id), checker_id bigint);"
)
_KEY = (
    "ALTER TABLE tasks ADD CONSTRAINT tasks_checker_id_fkey FOREIGN KEY (checker_id) REFERENCES people (id) NOT VALID;"
)
_BETWEEN = (
    "CREATE TABLE watchers (task_id bigint REFERENCES tasks (id), person_id bigint REFERENCES people (id),"
    " PRIMARY KEY (task_id, person_id));"
)
_OWN_KEY = (
    "CREATE TABLE watchers (id bigint PRIMARY KEY, task_id bigint REFERENCES tasks (id),"
    " person_id bigint REFERENCES people (id));"
)
_PLAIN = {"web/tasks.ts": "await supabase.from('tasks').select('id, people(name)');\n"}
_HINTED = {"web/tasks.ts": "await supabase.from('tasks').select('id, people!tasks_owner_id_fkey(name)');\n"}

rule = Rule(
    id="ambiguous-embed",
    level=Level.ERROR,
    summary="A second way to join two tables, one of which a PostgREST query embeds",
    why=(
        "With two foreign keys between two tables, or one and a table between them whose primary key holds a key"
        " to each, PostgREST answers an embed that does not say which is meant with PGRST201 (PostgREST documentation,"
        ' "Resource Embedding"). Old code fails from the moment the schema cache is read again after the migration'
        " until the new code is everywhere. Nothing is lost."
    ),
    instead=(
        "Rollout: deploy code whose embeds name the foreign key: `people!tasks_owner_id_fkey(name)`.",
        "Contract: add the second foreign key, or the table between the two, in a later pull request.",
    ),
    bad=(
        Example(
            "Old code embeds without a hint",
            schema=_HISTORY,
            migrations=(_KEY,),
            base=_PLAIN,
            head=_HINTED,
            says="`web/tasks.ts:1`",
        ),
        Example(
            "New code still does",
            schema=_HISTORY,
            migrations=(_KEY,),
            base=_PLAIN,
            head=_PLAIN,
            says="PGRST201",
        ),
        Example(
            "A table joins many to many what a foreign key joins already",
            schema=_HISTORY,
            migrations=(_BETWEEN,),
            base=_PLAIN,
            head=_HINTED,
            says="`web/tasks.ts:1`",
        ),
    ),
    good=(
        Example("Every embed has a hint", schema=_HISTORY, migrations=(_KEY,), base=_HINTED, head=_HINTED),
        Example(
            "The table between the two has a key of its own",
            schema=_HISTORY,
            migrations=(_OWN_KEY,),
            base=_PLAIN,
            head=_PLAIN,
        ),
        Example("No code embeds", schema=_HISTORY, migrations=(_KEY,)),
    ),
    hazards=("postgrest-ambiguous-relationship",),
)


@rule.on_whole
def embeds_have_two_ways(context: Context) -> Iterator[Finding]:
    """Report each pair of tables that gets a second way to be joined while an embed does not say which is meant."""
    for found in unjoined(context, "PGRST201"):
        yield _finding(found, context)


def _finding(found: Unjoined, context: Context) -> Finding:
    statement, old, new = found.statement, found.old, found.new
    second = next((name for name in found.has if name != found.had), "")
    hint = f"`{found.table}!{found.had}(...)`" if found.had else f"`{found.table}!KEY(...)`"
    return Finding(
        rule=rule.id,
        level=rule.level if new else old_code_level(context),
        confidence=found.confidence,
        message=(
            f"A second way to join `{found.inside}` and `{found.table}`{f', `{second}`,' if second else ''} makes the"
            f" {'old' if old else 'new'} code's embeds at {listed(old or new)} fail with PGRST201 from the moment the"
            f" migration runs{'' if new else ' until the new code is everywhere'}. Instead, say in these embeds which"
            f" one is meant ({hint}), and add the second one in a later pull request."
        ),
        place=Place(statement.path, statement.line),
        object=f"{found.inside}.{second}" if second else f"{found.inside}.{found.table}",
        statement=statement,
        code=old or new,
        recipe=(
            RecipeStep(Phase.ROLLOUT, f"Deploy code whose embeds name `{found.had or 'the key'}`."),
            RecipeStep(Phase.CONTRACT, "Add the second way in a later pull request.", f"{statement.text};"),
        ),
        phase=Phase.CONTRACT,
    )
