"""A new enum label cannot be used before the transaction that adds it is over."""

from collections.abc import Iterator, Sequence

from midflight.catalog.dependents import columns_of_type
from midflight.catalog.model import Step
from midflight.catalog.rewrite import parse_name
from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context, Example, Rule
from midflight.inspection.phases import table_of
from midflight.inspection.transactions import is_assumed, transactions
from midflight.inspection.wording import at
from midflight.migrations.wording import words
from midflight.operations import model as op
from midflight.operations.shapes import Column, Name
from midflight.references.model import Place

_HISTORY = (
    "CREATE TYPE state AS ENUM ('draft', 'done');"
    " CREATE TABLE projects (id bigint PRIMARY KEY, title text, state state NOT NULL DEFAULT 'draft');"
)

rule = Rule(
    id="enum-value-used-at-once",
    level=Level.ERROR,
    summary="Using an enum label in the transaction that adds it",
    why=(
        "PostgreSQL refuses the new label with 55P04 until the transaction that adds it is committed (PostgreSQL"
        " documentation, ALTER TYPE; measured on 12 to 18). The deployment stops at this migration. Nothing is lost."
    ),
    instead=(
        "Expand: add the label in a migration of its own.",
        "Expand: use it in the next migration, which runs in another transaction.",
    ),
    bad=(
        Example(
            "Rows get the new label in the same file",
            schema=_HISTORY,
            migrations=(
                ("ALTER TYPE state ADD VALUE 'archived';\nUPDATE projects SET state = 'archived' WHERE title IS NULL;"),
            ),
            says="55P04",
            fails="55P04",
        ),
        Example(
            "The new label becomes the default",
            schema=_HISTORY,
            migrations=(
                (
                    "ALTER TYPE state ADD VALUE IF NOT EXISTS 'new' BEFORE 'draft';"
                    " ALTER TABLE projects ALTER COLUMN state SET DEFAULT 'new'::state;"
                ),
            ),
            says="`new`",
            fails="55P04",
        ),
    ),
    good=(
        Example(
            "Two migrations",
            schema=_HISTORY,
            migrations=(
                "ALTER TYPE state ADD VALUE 'archived';",
                "UPDATE projects SET state = 'archived' WHERE title IS NULL;",
            ),
        ),
        Example(
            "The label comes with the type",
            migrations=(
                (
                    "CREATE TYPE mood AS ENUM ('good', 'bad');"
                    " CREATE TABLE days (id bigint, mood mood NOT NULL DEFAULT 'bad');"
                ),
            ),
        ),
        Example(
            "The same word as a text",
            schema=_HISTORY,
            migrations=(
                (
                    "ALTER TYPE state ADD VALUE 'archived';"
                    " UPDATE projects SET title = 'archived' WHERE title = 'old archive';"
                ),
            ),
        ),
    ),
    recipe_differs="the migration fails where it stands, so there is no schema to compare with",
    hazards=("enum-value-used-in-same-transaction",),
)


_BETWEEN = frozenset("= < > ! , ( [ in not any all array".split())


@rule.on_whole
def used_before_its_transaction_ends(context: Context) -> Iterator[Finding]:
    """Report the first use of each new label in the transaction that adds it."""
    for run in transactions(context):
        for number, step in enumerate(run):
            operation = step.operation
            if isinstance(operation, op.AddEnumValue) and _extends(operation, step, run[:number]):
                found = next((s for s in run[number + 1 :] if _uses(operation, s)), None)
                if found is not None:
                    yield _finding(operation, found, context)


def _extends(add: op.AddEnumValue, step: Step, earlier: Sequence[Step]) -> bool:
    """Whether the statement adds a label to a type from before the transaction; a type of its own is free from 17."""
    name = step.before.resolve(add.type)
    known = step.before.types.get(name)
    made = any(
        isinstance(s.operation, op.CreateType) and s.after.resolve(s.operation.type.name) == name for s in earlier
    )
    return not made and (known is None or add.value not in known.labels)


def _uses(add: op.AddEnumValue, step: Step) -> bool:
    """Whether the statement takes the label as a value of the type."""
    operation = step.operation
    if isinstance(operation, op.AddEnumValue | op.RenameEnumValue | op.Comment):
        return False
    literal = "'" + add.value.replace("'", "''") + "'"
    found = list(words(operation.statement.text))
    places = [number for number, word in enumerate(found) if word == literal]
    if not places:
        return False
    columns = _columns(add, step)
    beside = any(_cast(found[at + 1 :], add.type.name) or _operand(found[:at]) in columns for at in places)
    return beside or _fills(operation, columns) or _defaults(operation, literal, step, step.after.resolve(add.type))


def _columns(add: op.AddEnumValue, step: Step) -> set[str]:
    """The names of the columns of that type in the tables that the statement is about."""
    wanted = step.after.resolve(add.type)
    reads: tuple[Name, ...] = getattr(step.operation, "reads", ()) or getattr(step.operation, "depends", ())
    tables = {table_of(step), *(step.after.resolve(name) for name in reads)}
    return {column.name for relation, column in columns_of_type(step.after, wanted) if relation.name in tables}


def _cast(following: Sequence[str], type_name: str) -> bool:
    """Whether the words behind the literal cast it to the type: `::state`, `::public.state`, `AS state`."""
    cast = list(following[:2]) == [":", ":"] or list(following[:1]) == ["as"]
    return cast and type_name in {word.strip('"') for word in following[1:5]}


def _operand(preceding: Sequence[str]) -> str:
    """The column that is compared with the literal or set to it: the first word before signs and other literals."""
    word = next((w for w in reversed(preceding) if w not in _BETWEEN and not w.startswith("'")), "")
    return word.strip('"')


def _fills(operation: op.Operation, columns: set[str]) -> bool:
    match operation:
        case op.Insert(columns=written):
            return bool(columns & set(written)) or (bool(columns) and not written)
        case op.SetDefault(column=column):
            return column in columns
        case _:
            return False


def _defaults(operation: op.Operation, literal: str, step: Step, wanted: Name) -> bool:
    """Whether a new column of the type has the label as its default."""
    match operation:
        case op.AddColumn(column=column):
            made: tuple[Column, ...] = (column,)
        case op.CreateTable(columns=columns):
            made = columns
        case _:
            return False
    given = (c for c in made if c.default is not None and literal in words(c.default))
    types = (parse_name(column.type) for column in given)
    return any(name is not None and step.after.resolve(name) == wanted for name in types)


def _finding(add: op.AddEnumValue, step: Step, context: Context) -> Finding:
    statement = step.operation.statement
    assumed = is_assumed(statement, context)
    here = Place(statement.path, statement.line)
    return Finding(
        rule=rule.id,
        level=Level.WARNING if assumed else rule.level,
        confidence=Confidence.MEDIUM if assumed else Confidence.HIGH,
        message=(
            f"Using the label `{add.value}` of `{add.type.short}` at {at(here)} fails with 55P04 when it is applied, in"
            " the transaction that adds the label. Instead, add the label in a migration of its own and use it in the"
            " next."
        ),
        place=here,
        object=f"{add.type.short}.{add.value}",
        statement=statement,
        recipe=(
            RecipeStep(Phase.EXPAND, "Add the label in a migration of its own.", f"{add.statement.text};"),
            RecipeStep(Phase.EXPAND, "Use it in the next migration.", f"{statement.text};"),
        ),
        phase=Phase.EXPAND,
    )
