"""A foreign key goes away by which PostgREST joins what code embeds."""

from collections.abc import Iterator

from midflight.catalog.model import Catalog, Step
from midflight.inspection.causes import old_code_level
from midflight.inspection.embeds import Pair, embeds_between, join_tables, keys_between, keys_of
from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context, Example, Rule
from midflight.inspection.phases import table_of
from midflight.inspection.wording import listed
from midflight.operations.shapes import Constraint, Name
from midflight.references.model import CodeReferences, Place, TableReference

_HISTORY = (
    "CREATE TABLE people (id bigint PRIMARY KEY, name text);"
    " CREATE TABLE tasks (id bigint PRIMARY KEY, owner_id bigint REFERENCES people (id), checker_id bigint"
    " REFERENCES people (id)); CREATE TABLE notes (id bigint PRIMARY KEY, task_id bigint REFERENCES tasks (id));"
)
_DROP = "ALTER TABLE notes DROP CONSTRAINT notes_task_id_fkey;"
_EMBEDS = {"web/notes.ts": "await supabase.from('notes').select('id, tasks(id)');\n"}
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
        "PostgREST joins what a query embeds by a foreign key between the two tables, or by a table with a key to each."
        ' Without one it answers PGRST200 (PostgREST documentation, "Resource Embedding") from the moment the schema'
        " cache is read again after the migration. Nothing is lost."
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
    """Report each foreign key that goes away while an embed needs it, once for the tables that it joins."""
    told: set[Pair] = set()
    for step in context.steps:
        for key, pair in _lost(step, context):
            if pair not in told and all(table in context.after.relations for table in pair):
                old, new = (_failing(code, key, pair, context) for code in (context.old_code, context.new_code))
                if old or new:
                    told.add(pair)
                    yield _finding(key, pair, old, new, step, context)


def _lost(step: Step, context: Context) -> Iterator[tuple[Constraint, Pair]]:
    """Yield the foreign keys that the step takes from a table of before, each with the tables that it joins."""
    table = table_of(step)
    if table is None or table not in context.before.relations:
        return
    stays = {key.name for key in keys_of(table, step.after)}
    for key in keys_of(table, step.before):
        if key.name not in stays and key.references is not None:
            yield key, (table, key.references)
            others = {each.references for each in keys_of(table, context.before)} - {key.references}
            yield from ((key, (key.references, other)) for other in others if other is not None)


def _failing(code: CodeReferences, key: Constraint, pair: Pair, context: Context) -> tuple[Place, ...]:
    """The lines whose embed has a way before the change and none after it."""
    found = embeds_between(code, pair, context.after)
    return tuple(
        dict.fromkeys(
            r.place for r in found if _has_way(r, pair, context.before, key) and not _is_kept(r, pair, context)
        )
    )


def _has_way(reference: TableReference, pair: Pair, catalog: Catalog, key: Constraint) -> bool:
    if reference.hint:
        return reference.hint == key.name or reference.hint in key.columns
    return bool(keys_between(catalog, pair) or join_tables(catalog, pair))


def _is_kept(reference: TableReference, pair: Pair, context: Context) -> bool:
    keys, joins = keys_between(context.after, pair), join_tables(context.after, pair)
    if reference.hint:
        return any(reference.hint == key.name or reference.hint in key.columns for key in keys)
    return bool(keys or joins or _is_computed(pair, context.after))


def _is_computed(pair: Pair, catalog: Catalog) -> bool:
    """Whether a routine of one table's row has the other's name: a computed relationship takes the key's place."""
    one, other = pair
    named = {routine.name.name: routine for routine in catalog.routines.values()}
    sides: tuple[tuple[Name, Name], ...] = ((one, other), (other, one))
    return any(
        target.name in named and [p.type.split(".")[-1] for p in named[target.name].parameters[:1]] == [table.name]
        for table, target in sides
    )


def _finding(
    key: Constraint, pair: Pair, old: tuple[Place, ...], new: tuple[Place, ...], step: Step, context: Context
) -> Finding:
    statement, (table, target) = step.operation.statement, pair
    until = "" if new else " until the new code is everywhere"
    return Finding(
        rule=rule.id,
        level=rule.level if new else old_code_level(context),
        confidence=Confidence.HIGH,
        message=(
            f"Without the foreign key `{key.name}`, nothing joins `{table.short}` and `{target.short}`: the"
            f" {'old' if old else 'new'} code's embeds at {listed(old or new)} fail with PGRST200 from the moment the"
            f" migration runs{until}. Instead, deploy code that embeds by another key or asks for the tables one by"
            " one, and drop the key in a later pull request."
        ),
        place=Place(statement.path, statement.line),
        object=f"{table.short}.{key.name}",
        statement=statement,
        code=old or new,
        recipe=(
            RecipeStep(Phase.ROLLOUT, f"Deploy code without embeds between `{table.short}` and `{target.short}`."),
            RecipeStep(Phase.CONTRACT, "Drop the foreign key in a later pull request.", f"{statement.text};"),
        ),
        phase=Phase.CONTRACT,
    )
