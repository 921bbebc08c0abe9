"""A foreign key goes away by which PostgREST joins what code embeds."""

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
    " CREATE TABLE tasks (id bigint PRIMARY KEY, owner_id bigint REFERENCES people (id), checker_id bigint"
    " REFERENCES people (id)); CREATE TABLE notes (id bigint PRIMARY KEY, task_id bigint REFERENCES tasks (id));"
)
_DROP = "ALTER TABLE notes DROP CONSTRAINT notes_task_id_fkey;"
_EMBEDS = {"web/notes.ts": "await supabase.from('notes').select('id, tasks(id)');\n"}
_NESTED = {"web/notes.ts": "await supabase.from('notes').select('id, tasks(id, people!tasks_owner_id_fkey(name))');\n"}
_PLAIN = {"web/notes.ts": "await supabase.from('notes').select('id, task_id');\n"}
_HINTED = {"web/tasks.ts": "await supabase.from('tasks').select('id, people!tasks_owner_id_fkey(name)');\n"}
_MANY = (
    "CREATE TABLE posts (id bigint PRIMARY KEY); CREATE TABLE tags (id bigint PRIMARY KEY, name text);"
    " CREATE TABLE post_tags (post_id bigint REFERENCES posts (id), tag_id bigint REFERENCES tags (id),"
    " PRIMARY KEY (post_id, tag_id));"
)
_TAGS = {"web/posts.ts": "await supabase.from('posts').select('id, tags(name)');\n"}

rule = Rule(
    id="embed-without-foreign-key",
    level=Level.ERROR,
    summary="A foreign key goes away by which a PostgREST query embeds",
    why=(
        "PostgREST joins what a query embeds by a foreign key between the two tables, or by a table between them whose"
        " primary key holds a foreign key to each. Without one it answers PGRST200 (PostgREST documentation,"
        ' "Resource Embedding") from the moment the schema cache is read again after the migration. Nothing is lost.'
    ),
    instead=(
        "Rollout: deploy code that asks for the two tables one by one, or embeds by another foreign key.",
        "Contract: drop the foreign key in a later pull request.",
    ),
    bad=(
        Example(
            "Old code embeds by it",
            schema=_HISTORY,
            migrations=(_DROP,),
            base=_EMBEDS,
            head=_PLAIN,
            says="`web/notes.ts:1`",
        ),
        Example(
            "New code still does", schema=_HISTORY, migrations=(_DROP,), base=_EMBEDS, head=_EMBEDS, says="PGRST200"
        ),
        Example(
            "The hint names the key that goes",
            schema=_HISTORY,
            migrations=("ALTER TABLE tasks DROP CONSTRAINT tasks_owner_id_fkey;",),
            base=_HINTED,
            head=_HINTED,
            says="`web/tasks.ts:1`",
        ),
        Example(
            "A table between two others loses one of its keys",
            schema=_MANY,
            migrations=("ALTER TABLE post_tags DROP CONSTRAINT post_tags_tag_id_fkey;",),
            base=_TAGS,
            head=_TAGS,
            says="`web/posts.ts:1`",
        ),
    ),
    good=(
        Example(
            "Both tables are joined by others, and the query embeds them one inside the other",
            schema=_HISTORY + " ALTER TABLE notes ADD person_id bigint REFERENCES people (id);",
            migrations=("ALTER TABLE notes DROP CONSTRAINT notes_person_id_fkey;",),
            base=_NESTED,
            head=_NESTED,
        ),
        Example("No code embeds", schema=_HISTORY, migrations=(_DROP,), base=_PLAIN, head=_PLAIN),
        Example(
            "The key is made anew in the same change",
            schema=_HISTORY,
            migrations=(
                (
                    f"{_DROP} ALTER TABLE notes ADD CONSTRAINT notes_task_fkey FOREIGN KEY (task_id)"
                    " REFERENCES tasks (id) NOT VALID;"
                ),
            ),
            base=_EMBEDS,
            head=_EMBEDS,
        ),
        Example(
            "The hint names the key that stays",
            schema=_HISTORY,
            migrations=("ALTER TABLE tasks DROP CONSTRAINT tasks_checker_id_fkey;",),
            base=_HINTED,
            head=_HINTED,
        ),
    ),
    hazards=(),
)


@rule.on_whole
def embeds_have_no_way(context: Context) -> Iterator[Finding]:
    """Report each statement that takes the one way to join two tables while an embed needs it."""
    for found in unjoined(context, "PGRST200"):
        yield _finding(found, context)


def _finding(found: Unjoined, context: Context) -> Finding:
    statement, old, new = found.statement, found.old, found.new
    until = "" if new else " until the new code is everywhere"
    return Finding(
        rule=rule.id,
        level=rule.level if new else old_code_level(context),
        confidence=found.confidence,
        message=(
            f"Without {f'`{found.had}`' if found.had else 'a foreign key'}, nothing joins `{found.inside}` and"
            f" `{found.table}`: the {'old' if old else 'new'} code's embeds at {listed(old or new)} fail with PGRST200"
            f" from the moment the migration runs{until}. Instead, deploy code that embeds by another key or asks for"
            " the tables one by one, and drop the key in a later pull request."
        ),
        place=Place(statement.path, statement.line),
        object=f"{found.inside}.{found.had or found.table}",
        statement=statement,
        code=old or new,
        recipe=(
            RecipeStep(Phase.ROLLOUT, f"Deploy code without embeds between `{found.inside}` and `{found.table}`."),
            RecipeStep(Phase.CONTRACT, "Drop the foreign key in a later pull request.", f"{statement.text};"),
        ),
        phase=Phase.CONTRACT,
    )
