"""Code watches a table that Supabase Realtime does not hear."""

from collections.abc import Iterator

from midflight.catalog.model import Step
from midflight.inspection.causes import old_code_level
from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context, Deploys, Example, Rule
from midflight.inspection.realtime import FEED, fed_before, fed_steps, manages_feed, watchers, watches
from midflight.inspection.usage import lines
from midflight.inspection.wording import listed
from midflight.operations.model import AlterPublication, CreateTable
from midflight.operations.shapes import Name
from midflight.references.model import Place

_TABLE = "CREATE TABLE messages (id bigint PRIMARY KEY, room_id bigint NOT NULL);"
_FEED = "CREATE PUBLICATION supabase_realtime;"
_HISTORY = f"{_TABLE} {_FEED} ALTER PUBLICATION supabase_realtime ADD TABLE messages;"
_NOTES = "CREATE TABLE notes (id bigint PRIMARY KEY, body text);"
_ADD = "ALTER PUBLICATION supabase_realtime ADD TABLE notes;"
_LEAVES = "ALTER PUBLICATION supabase_realtime DROP TABLE messages;"
_WATCH = {
    "web/chat.ts": (
        "supabase.channel('room').on('postgres_changes',\n"
        "  { event: 'INSERT', schema: 'public', table: 'messages', filter: 'room_id=eq.' + room }, show).subscribe();\n"
    )
}
_WATCH_NOTES = {
    "web/notes.ts": "db.channel('n').on('postgres_changes', { event: '*', schema: 'public', table: 'notes' }, show);\n"
}

rule = Rule(
    id="realtime-publication",
    level=Level.ERROR,
    summary="Code watches a table that leaves `supabase_realtime`, or never joins it",
    why=(
        "Realtime sends the changes of the tables in the publication `supabase_realtime` alone: for any other a"
        " subscription is accepted and stays silent, without an error that anybody sees (Supabase documentation,"
        " Postgres Changes). DROP TABLE takes a table out, and one made again under its name is not in it (PostgreSQL"
        " documentation, CREATE PUBLICATION). What was not sent while it was out is not sent later."
    ),
    instead=(
        "Expand: add a new table to the publication in the migration that makes it.",
        "Contract: take a table out in a later pull request, when no running code watches it.",
    ),
    bad=(
        Example(
            "The table leaves the publication",
            schema=_HISTORY,
            migrations=(_LEAVES,),
            base=_WATCH,
            head={"web/chat.ts": "export {};\n"},
            says="`messages`",
        ),
        Example(
            "Another list of tables leaves it out",
            schema=f"{_HISTORY} {_NOTES}",
            migrations=("ALTER PUBLICATION supabase_realtime SET TABLE notes;",),
            base=_WATCH,
            head=_WATCH,
            says="`web/chat.ts:1`",
        ),
        Example(
            "A new table that is watched and not published",
            schema=_HISTORY,
            migrations=(_NOTES,),
            base={"web/notes.ts": "export {};\n"},
            head=_WATCH_NOTES,
            says="never hears",
            deploys=Deploys.DATABASE_FIRST,
        ),
    ),
    good=(
        Example("Another table joins", schema=f"{_HISTORY} {_NOTES}", migrations=(_ADD,), base=_WATCH, head=_WATCH),
        Example(
            "A new table joins and is watched",
            schema=_HISTORY,
            migrations=(f"{_NOTES} {_ADD}",),
            base={"web/notes.ts": "export {};\n"},
            head=_WATCH_NOTES,
            deploys=Deploys.DATABASE_FIRST,
        ),
        Example(
            "The table goes and comes back",
            schema=_HISTORY,
            migrations=(f"{_LEAVES} ALTER PUBLICATION supabase_realtime ADD TABLE messages;",),
            base=_WATCH,
            head=_WATCH,
        ),
        Example(
            "Nobody watches it",
            schema=_HISTORY,
            migrations=(_LEAVES,),
        ),
        Example(
            "No migration manages the publication",
            schema=_TABLE,
            migrations=("ALTER TABLE messages ADD COLUMN body text;",),
            base=_WATCH,
            head=_WATCH,
        ),
        Example(
            "The publication holds every table",
            schema=f"{_TABLE} CREATE PUBLICATION supabase_realtime FOR ALL TABLES;",
            migrations=("ALTER TABLE messages ADD COLUMN body text;",),
            base=_WATCH,
            head=_WATCH,
        ),
    ),
)


@rule.on_whole
def tables_that_leave(context: Context) -> Iterator[Finding]:
    """Report each published table that old code watches and that is out at the end of the change set."""
    known = fed_before(context) if watches(context.old_code) else None
    if known is None or known.all_tables:
        return
    states = list(fed_steps(context))
    last = states[-1][1] if states else known
    for table in sorted(known.tables - last.tables):
        users = lines(watchers(context.old_code, table))
        here = context.after.relations.get(table)
        step = next((step for step, feed in states if table not in feed.tables), None)
        if users and here is not None and step is not None and not last.all_tables:
            yield _left(table, step, users, context)


@rule.on_whole
def new_tables_that_never_join(context: Context) -> Iterator[Finding]:
    """Report each new table that new code watches, where migrations decide what is published."""
    if not watches(context.new_code):
        return
    last = next((feed for _, feed in reversed(list(fed_steps(context)))), None)
    if last is None or last.all_tables or not manages_feed(context):
        return
    for step in context.steps:
        if not isinstance(step.operation, CreateTable):
            continue
        table = step.after.resolve(step.operation.name)
        users = lines(watchers(context.new_code, table))
        is_ours = table in context.made and table not in context.before.relations and table in context.after.relations
        if users and is_ours and table not in last.tables:
            yield _never(table, step, users)


def _left(table: Name, step: Step, users: tuple[Place, ...], context: Context) -> Finding:
    statement, name = step.operation.statement, table.short
    kept = isinstance(step.operation, AlterPublication)
    return Finding(
        rule=rule.id,
        level=old_code_level(context),
        confidence=Confidence.HIGH,
        message=(
            f"`{name}` leaves the publication `{FEED}`, so the subscription of old code at {listed(users)} hears"
            " nothing from the moment the migration runs, and no error says so. Instead, deploy code that does not"
            " watch it first, and take it out in a later pull request."
        ),
        place=Place(statement.path, statement.line),
        object=name,
        statement=statement,
        code=users,
        recipe=(
            RecipeStep(Phase.ROLLOUT, f"Deploy code that does not watch `{name}`, or keep it published."),
            RecipeStep(Phase.CONTRACT, "Take it out after that.", f"{statement.text};")
            if kept
            else RecipeStep(Phase.EXPAND, "Publish it again.", f"ALTER PUBLICATION {FEED} ADD TABLE {name};"),
        ),
        phase=Phase.CONTRACT,
    )


def _never(table: Name, step: Step, users: tuple[Place, ...]) -> Finding:
    statement, name = step.operation.statement, table.short
    return Finding(
        rule=rule.id,
        level=Level.WARNING,
        confidence=Confidence.HIGH,
        message=(
            f"New code watches `{name}` at {listed(users)}, which this pull request makes and does not add to the"
            f" publication `{FEED}`: the subscription never hears of a change, and no error says so. Instead, add the"
            " table to the publication in the same migration."
        ),
        place=Place(statement.path, statement.line),
        object=name,
        statement=statement,
        code=users,
        recipe=(RecipeStep(Phase.EXPAND, "Publish the new table.", f"ALTER PUBLICATION {FEED} ADD TABLE {name};"),),
        phase=Phase.EXPAND,
    )
