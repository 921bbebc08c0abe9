"""A type, schema, extension or sequence goes away, and with CASCADE all that needs it."""

from collections.abc import Iterator

from midflight.catalog.lookup import find_type
from midflight.catalog.model import Step
from midflight.inspection.causes import old_code_level
from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.model import Context, Example, Rule
from midflight.inspection.removal import recipe
from midflight.inspection.taken import Taken, joined, taken_along
from midflight.inspection.wording import breaks_at, listed, places
from midflight.operations import model as op
from midflight.references.model import Place

_HISTORY = (
    "CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE TABLE people (id bigint PRIMARY KEY, name text, mood mood);"
    " CREATE SCHEMA archive; CREATE TABLE archive.people (id bigint, name text); CREATE SEQUENCE ticket_numbers;"
)

rule = Rule(
    id="drop-type-or-schema",
    level=Level.ERROR,
    summary="Dropping a type, schema, extension or sequence that existed before",
    why=(
        "Old code that casts to the type, names the schema or calls the extension's functions fails between the"
        " migration and the end of the rollout, and again after a rollback of the code. CASCADE takes columns, tables"
        " and functions along without a word; their data is gone."
    ),
    instead=(
        "Rollout: deploy code that no longer uses it, and watch it for a release.",
        "Contract: drop what needs it, statement by statement, then drop it without CASCADE in a later pull request.",
    ),
    bad=(
        Example(
            "A sequence that code can draw numbers from",
            schema=_HISTORY,
            migrations=("DROP SEQUENCE ticket_numbers;",),
            says="`ticket_numbers`",
        ),
        Example(
            "CASCADE takes a column along",
            schema=_HISTORY,
            migrations=("DROP TYPE mood CASCADE;",),
            base={"web/people.ts": "await db.from('people').select('id, mood');\n"},
            head={"web/people.ts": "await db.from('people').select('id');\n"},
            says="`web/people.ts:1`",
        ),
        Example(
            "A schema with its tables",
            schema=_HISTORY,
            migrations=("DROP SCHEMA archive CASCADE;",),
            says="table `archive.people`",
        ),
    ),
    good=(
        Example(
            "A type that nothing uses",
            schema=_HISTORY + " CREATE TYPE unused AS ENUM ('a');",
            migrations=("DROP TYPE unused;",),
        ),
        Example(
            "A sequence of the same change set",
            schema=_HISTORY,
            migrations=("CREATE SEQUENCE numbers; DROP SEQUENCE numbers;",),
        ),
    ),
    hazards=("drop-type-or-domain", "drop-schema", "drop-extension-or-upgrade", "drop-sequence-or-change"),
    confirms="a use outside the searched code cannot be seen, so a person confirms the last step",
)


def object_was_there_before(
    drop: op.DropType | op.DropSchema | op.DropExtension | op.DropSequence, step: Step, context: Context
) -> Iterator[Finding]:
    """Report the drop of an object from before the change set that code or other objects need."""
    breaks = breaks_at(context.matrix.old_new, drop.statement)
    named, taken = _mentions(drop, step, context), _taken(step, context)
    silent = isinstance(drop, op.DropType | op.DropSchema) and not named and not taken
    if not breaks and (silent or not _existed(drop, step, context)):
        return
    statement = drop.statement
    what = f"{_kind(drop)} `{drop.name if isinstance(drop.name, str) else drop.name.short}`"
    lost = f" takes {joined(taken)} along, and it" if taken else ""
    if breaks:
        who = f"breaks old code at {listed(places(breaks))}"
    elif named:
        who = f"breaks old code that uses it, and its name stands at {listed(named)}"
    else:
        who = "breaks whatever still uses it"
    yield Finding(
        rule=rule.id,
        level=old_code_level(context) if breaks else Level.WARNING,
        confidence=Confidence.HIGH if breaks else Confidence.MEDIUM,
        message=(
            f"Dropping {what}{lost} {who} from the moment the migration runs. Instead, deploy code that does without "
            "it first, and drop it without CASCADE in a later pull request."
        ),
        place=Place(statement.path, statement.line),
        object=drop.name if isinstance(drop.name, str) else drop.name.short,
        statement=statement,
        code=places(breaks) or named,
        recipe=recipe(what, statement.text),
        phase=Phase.CONTRACT,
    )


rule.on(op.DropType)(object_was_there_before)
rule.on(op.DropSchema)(object_was_there_before)
rule.on(op.DropExtension)(object_was_there_before)
rule.on(op.DropSequence)(object_was_there_before)


def _kind(drop: op.Operation) -> str:
    return type(drop).__name__.removeprefix("Drop").lower()


def _existed(drop: op.Operation, step: Step, context: Context) -> bool:
    match drop:
        case op.DropType(name=name):
            known = find_type(step.before, name)
            return known is not None and known.name in context.before.types and known.name not in context.after.types
        case op.DropSchema(name=name):
            return name in context.before.schemas and name not in context.after.schemas
        case op.DropExtension(name=name):
            return name in context.before.extensions and name not in context.after.extensions
        case op.DropSequence(name=name):
            full = step.before.resolve(name)
            return full in context.before.relations and full not in context.after.relations
        case _:
            return False


def _mentions(drop: op.Operation, step: Step, context: Context) -> tuple[Place, ...]:
    known = find_type(step.before, drop.name) if isinstance(drop, op.DropType) else None
    return tuple(m.place for m in context.old_code.mentions if known and m.word == known.name.name)


def _taken(step: Step, context: Context) -> tuple[Taken, ...]:
    """What goes along, without the type that the statement names."""
    named = step.operation.name if isinstance(step.operation, op.DropType) else None
    own = step.before.resolve(named).short if named else ""
    return tuple(t for t in taken_along(step, context) if not (t.kind == "type" and t.name == own))
