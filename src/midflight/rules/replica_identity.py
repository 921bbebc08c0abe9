"""A published table loses what tells its rows apart."""

from collections.abc import Iterator

from midflight.catalog.model import Step
from midflight.inspection.causes import old_code_level
from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context, Example, Rule
from midflight.inspection.phases import existed
from midflight.inspection.published import lost_identities
from midflight.inspection.usage import lines, table_uses
from midflight.inspection.wording import listed
from midflight.operations.shapes import Name
from midflight.references.model import Place, Verb

_TABLE = "CREATE TABLE projects (id bigint NOT NULL, title text, CONSTRAINT projects_pkey PRIMARY KEY (id));"
_HISTORY = f"{_TABLE} CREATE PUBLICATION feed FOR TABLE projects;"
_DROP = "ALTER TABLE projects DROP CONSTRAINT projects_pkey;"
_WRITER = {"web/edit.ts": "await db.from('projects').update({ title: 'x' }).eq('id', 1);\n"}
_CHANGES = (Verb.UPDATE, Verb.UPSERT, Verb.DELETE)

rule = Rule(
    id="replica-identity",
    level=Level.ERROR,
    summary="A published table is left without a replica identity",
    why=(
        "A publication that sends updates and deletes needs to say which row it means: without a primary key or another"
        " REPLICA IDENTITY, every UPDATE and DELETE of the table fails with 55000 from the moment the migration runs,"
        " while inserts go on (PostgreSQL documentation, CREATE PUBLICATION; measured on 15). Nothing is lost."
    ),
    instead=(
        "Expand: set another REPLICA IDENTITY first: a unique index on NOT NULL columns, or FULL.",
        "Contract: drop the key, or publish the table, after that.",
    ),
    bad=(
        Example(
            "The primary key of a published table goes",
            schema=_HISTORY,
            migrations=(_DROP,),
            base=_WRITER,
            head=_WRITER,
            says="55000",
        ),
        Example(
            "A table without a key is published",
            schema="CREATE TABLE notes (body text); CREATE PUBLICATION feed;",
            migrations=("ALTER PUBLICATION feed ADD TABLE notes;",),
            says="`notes`",
        ),
        Example(
            "The identity is taken away",
            schema=_HISTORY,
            migrations=("ALTER TABLE projects REPLICA IDENTITY NOTHING;",),
            says="`projects`",
        ),
    ),
    good=(
        Example(
            "Another identity first",
            schema=_HISTORY,
            migrations=(f"ALTER TABLE projects REPLICA IDENTITY FULL; {_DROP}",),
            base=_WRITER,
            head=_WRITER,
        ),
        Example("The table is not published", schema=_TABLE, migrations=(_DROP,), base=_WRITER, head=_WRITER),
        Example(
            "Only inserts are published",
            schema=f"{_TABLE} CREATE PUBLICATION feed FOR TABLE projects WITH (publish = 'insert');",
            migrations=(_DROP,),
        ),
        Example(
            "A table with a key is published",
            schema=f"{_TABLE} CREATE PUBLICATION feed;",
            migrations=("ALTER PUBLICATION feed ADD TABLE projects;",),
            base=_WRITER,
            head=_WRITER,
        ),
    ),
    hazards=("replication-identity-break",),
    recipe_differs="the table gets a replica identity, which the bad example lacks",
)


@rule.on_whole
def changes_are_refused(context: Context) -> Iterator[Finding]:
    """Report each table from before the change set that ends up published without an identity."""
    lost = dict(lost_identities(context.history, context.before, context.steps))
    last = lost and {table for table, _ in lost_identities(context.history, context.before, _whole(context))}
    for table, step in lost.items():
        if existed(table, context) and table in last:
            yield _finding(table, step, context)


def _whole(context: Context) -> Iterator[Step]:
    """The steps with the schema that the change set ends with: what it repairs itself is no finding."""
    for step in context.steps:
        yield Step(step.operation, step.before, context.after)


def _finding(table: Name, step: Step, context: Context) -> Finding:
    users = lines(table_uses(context, table, _CHANGES))
    statement, name = step.operation.statement, table.short
    broken = f"updates and deletes of old code at {listed(users)}" if users else "every UPDATE and DELETE"
    return Finding(
        rule=rule.id,
        level=old_code_level(context) if users else Level.WARNING,
        confidence=Confidence.HIGH,
        message=(
            f"`{name}` is published and left without a replica identity, so {broken} {'fail' if users else 'fails'}"
            " with 55000 from the moment the migration runs. Instead, set another REPLICA IDENTITY first."
        ),
        place=Place(statement.path, statement.line),
        object=name,
        statement=statement,
        code=users,
        recipe=(
            RecipeStep(
                Phase.EXPAND,
                "Set an identity first: USING INDEX with a unique index on NOT NULL columns where there is one; FULL"
                " sends whole rows.",
                f"ALTER TABLE {name} REPLICA IDENTITY FULL;",
            ),
            RecipeStep(Phase.CONTRACT, "Apply the statement after that.", f"{statement.text};"),
        ),
        phase=Phase.CONTRACT,
    )
