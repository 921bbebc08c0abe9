"""Old code may still write or compare an enum label that the change takes away."""

from collections.abc import Iterator

from midflight.catalog.compare import compare_catalogs
from midflight.catalog.dependents import columns_of_type
from midflight.catalog.model import Step
from midflight.inspection.causes import old_code_level
from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context, Example, Rule
from midflight.inspection.usage import READS, lines, table_uses
from midflight.inspection.wording import listed
from midflight.operations.model import RenameEnumValue
from midflight.operations.shapes import Name, quote
from midflight.references.model import WRITES, Place, Verb

_HISTORY = (
    "CREATE TYPE task_state AS ENUM ('open', 'closed');"
    " CREATE TABLE tasks (id bigint PRIMARY KEY, state task_state NOT NULL DEFAULT 'open');"
)

rule = Rule(
    id="enum-value-removed",
    level=Level.ERROR,
    summary="Renaming or removing a label of an enum",
    why=(
        "Old code that writes the label, or compares with it, fails with 22P02 from the moment the migration runs until"
        " the new code is everywhere, and again after a rollback of the code. No row is lost."
    ),
    instead=(
        "Expand: add the new label beside the old one.",
        "Rollout: deploy code that reads both labels and writes the new one, then move the rows.",
        "Contract: leave the old label unused; PostgreSQL cannot drop a label.",
    ),
    bad=(
        Example(
            "Old code writes the renamed label",
            schema=_HISTORY,
            migrations=("ALTER TYPE task_state RENAME VALUE 'closed' TO 'done';",),
            base={"web/close.ts": "await db.from('tasks').update({ state: 'closed' }).eq('id', id);\n"},
            head={"web/close.ts": "await db.from('tasks').update({ state: 'done' }).eq('id', id);\n"},
            says="`web/close.ts:1`",
        ),
        Example(
            "No line that we can read holds it",
            schema=_HISTORY,
            migrations=("ALTER TYPE task_state RENAME VALUE 'closed' TO 'done';",),
            says="no line of old code",
        ),
    ),
    good=(
        Example(
            "A new label beside the old one",
            schema=_HISTORY,
            migrations=("ALTER TYPE task_state ADD VALUE 'done';",),
            base={"web/close.ts": "await db.from('tasks').update({ state: 'closed' }).eq('id', id);\n"},
            head={"web/close.ts": "await db.from('tasks').update({ state: 'closed' }).eq('id', id);\n"},
        ),
        Example(
            "A type of the same change set",
            schema=_HISTORY,
            migrations=("CREATE TYPE mood AS ENUM ('sad'); ALTER TYPE mood RENAME VALUE 'sad' TO 'low';",),
        ),
    ),
    hazards=("enum-value-renamed-or-removed", "enum-member-removed"),
    recipe_differs="the old label stays, because PostgreSQL cannot drop one",
)


@rule.on_whole
def label_goes_away(context: Context) -> Iterator[Finding]:
    """Report each label that an enum of before the change has no more."""
    if context.before.types is context.after.types:
        return
    for enum, label in compare_catalogs(context.before, context.after).labels_removed:
        step = _removal(enum, label, context)
        if step is not None:
            yield _finding(enum, label, step, context)


def _removal(enum: Name, label: str, context: Context) -> Step | None:
    """The step that leaves the type without the label, also where another type takes its name."""
    for step in context.steps:
        old, new = step.before.types.get(enum), step.after.types.get(enum)
        if new is not None and label not in new.labels and (old is None or label in old.labels):
            return step
    return None


def _finding(enum: Name, label: str, step: Step, context: Context) -> Finding:
    statement = step.operation.statement
    literal = _literals(enum, label, context)
    named = tuple(m.place for m in context.old_code.mentions if m.word == label)
    return Finding(
        rule=rule.id,
        level=old_code_level(context) if literal else Level.WARNING,
        confidence=Confidence.HIGH if literal else Confidence.MEDIUM,
        message=_message(f"label `{label}` of enum `{enum.short}`", literal, named),
        place=Place(statement.path, statement.line),
        object=f"{enum.short}.{label}",
        statement=statement,
        code=literal or named,
        recipe=_recipe(enum, label, step, context),
        phase=Phase.CONTRACT,
    )


def _message(what: str, literal: tuple[Place, ...], named: tuple[Place, ...]) -> str:
    safe = "Instead, add the new label beside it, move code and rows to that one, and leave the old label unused."
    if literal:
        return (
            f"Taking away {what} breaks old code that writes or compares it at {listed(literal)} with 22P02 from the "
            f"moment the migration runs until the new code is everywhere. {safe}"
        )
    seen = f"the word stands at {listed(named)}" if named else "no line of old code that we could read holds it"
    return f"Taking away {what} fails with 22P02 wherever old code still sends it; {seen}. {safe}"


def _literals(enum: Name, label: str, context: Context) -> tuple[Place, ...]:
    """Lines about the type or a table with such a column that hold the label as a string."""
    quoted = tuple(f"{mark}{label}{mark}" for mark in "'\"`")
    tables = {relation.name for relation, _ in columns_of_type(context.before, enum)}
    verbs = (*READS, *WRITES, Verb.DELETE)
    users = (r for table in sorted(tables) for r in table_uses(context, table, verbs))
    found = [*lines(r for r in users if any(text in r.text for text in quoted))]
    found += [m.place for m in context.old_code.mentions if m.word == label and any(t in m.text for t in quoted)]
    return tuple(dict.fromkeys(found))


def _recipe(enum: Name, label: str, step: Step, context: Context) -> tuple[RecipeStep, ...]:
    if not isinstance(step.operation, RenameEnumValue):
        return (
            RecipeStep(Phase.ROLLOUT, f"Deploy code that neither reads nor writes `{label}`, and move its rows."),
            RecipeStep(Phase.CONTRACT, "Change the type in a later pull request."),
        )
    old, new = _sql(label), _sql(step.operation.to)
    columns = sorted((r.name.short, quote(c.name)) for r, c in columns_of_type(context.before, enum) if r.is_table)
    moves = (f"UPDATE {table} SET {column} = {new} WHERE {column} = {old};" for table, column in columns)
    return (
        RecipeStep(Phase.EXPAND, "Add the new label, in a migration of its own.", _added(enum, new)),
        RecipeStep(Phase.ROLLOUT, "Deploy code that reads both labels and writes the new one."),
        RecipeStep(Phase.CONTRACT, "Move the rows, in batches on a large table.", "\n".join(moves)),
    )


def _added(enum: Name, label: str) -> str:
    return f"ALTER TYPE {enum.short} ADD VALUE {label};"


def _sql(label: str) -> str:
    return "'" + label.replace("'", "''") + "'"
