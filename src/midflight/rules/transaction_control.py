"""BEGIN and COMMIT in a migration whose transaction the tool opens and ends, or a BEGIN that nothing ends."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from midflight.catalog.model import Step
from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context, Example, Rule
from midflight.inspection.transactions import script_of
from midflight.migrations.formats import BY_NAME
from midflight.migrations.model import Transactions
from midflight.operations.model import TransactionControl
from midflight.references.model import Place

_HISTORY = "CREATE TABLE projects (id bigint PRIMARY KEY, title text);"
_ADD = "ALTER TABLE projects ADD COLUMN size integer;"
_MANAGED = frozenset({Transactions.PER_FILE, Transactions.PER_RUN})
_ENDS = frozenset({"COMMIT", "ROLLBACK", "PREPARE TRANSACTION"})

rule = Rule(
    id="transaction-control",
    level=Level.WARNING,
    summary="BEGIN or COMMIT against the transaction that the tool opens, or without its end",
    why=(
        "COMMIT ends the transaction that the tool opened: what follows, and the tool's own record that the migration"
        " ran, is no longer one with it, so a failure leaves half a migration that the tool runs again. A BEGIN that no"
        " COMMIT follows is rolled back when the connection closes (PostgreSQL documentation, BEGIN; measured on 12 to"
        " 18)."
    ),
    instead=("Expand: leave BEGIN and COMMIT to the tool, or switch its transaction off and end every BEGIN.",),
    bad=(
        Example(
            "The tool has a transaction already",
            schema=_HISTORY,
            migrations=(f"BEGIN; {_ADD} COMMIT;",),
            says="`COMMIT`",
        ),
        Example(
            "A COMMIT in between",
            schema=_HISTORY,
            migrations=(f"{_ADD} COMMIT; COMMENT ON TABLE projects IS 'all of them';",),
            says="`COMMIT`",
        ),
        Example(
            "A BEGIN that nothing ends",
            schema=_HISTORY,
            migrations=(f"BEGIN; {_ADD}",),
            transactions=False,
            says="rolled back",
        ),
    ),
    good=(
        Example(
            "A tool that sends the file as it is",
            schema=_HISTORY,
            migrations=(f"BEGIN; {_ADD} COMMIT;",),
            transactions=False,
        ),
        Example(
            "BEGIN and END of a routine",
            schema=_HISTORY,
            migrations=("DO $$ BEGIN PERFORM 1; END $$;",),
        ),
    ),
    hazards=("transaction-nesting", "uncommitted-transaction"),
)


@rule.on_whole
def transaction_is_not_the_scripts(context: Context) -> Iterator[Finding]:
    """Report, once for each script, transaction control that the tool does not expect, or a BEGIN without its end."""
    for _, of_script in groupby(context.steps, key=lambda step: step.operation.statement.path):
        steps = list(of_script)
        control = [s.operation for s in steps if isinstance(s.operation, TransactionControl)]
        script = script_of(steps[0].operation.statement, context)
        if not control or script is None:
            continue
        if script.transactions in _MANAGED and context.database.head.format != "plain":
            yield from _nested(control, steps, context)
        elif opened := _left_open(control):
            yield _unended(opened, steps)


def _nested(control: Sequence[TransactionControl], steps: Sequence[Step], context: Context) -> Iterator[Finding]:
    title = BY_NAME[context.database.head.format].title
    ends = next((each for each in control if each.action in _ENDS), None)
    begins = next((each for each in control if each.action == "BEGIN"), None)
    if ends is not None:
        harm = f"ends the transaction in which {title} runs the file: a failure behind it leaves half a migration"
        yield _finding(ends, rule.level, harm, "leave the transaction to the tool", steps)
    elif begins is not None:
        harm = f"does nothing but warn, as {title} runs the file in a transaction already"
        yield _finding(begins, Level.NOTE, harm, "leave the transaction to the tool", steps)


def _left_open(control: Sequence[TransactionControl]) -> TransactionControl | None:
    opened: TransactionControl | None = None
    for each in control:
        if each.action == "BEGIN":
            opened = opened or each
        elif each.action in _ENDS:
            opened = None
    return opened


def _unended(opened: TransactionControl, steps: Sequence[Step]) -> Finding:
    harm = "has no COMMIT behind it: the migration is rolled back when the connection closes, without an error"
    return _finding(opened, Level.ERROR, harm, "end the file with COMMIT", steps, after="COMMIT;")


def _finding(
    control: TransactionControl, level: Level, harm: str, remedy: str, steps: Sequence[Step], *, after: str = ""
) -> Finding:
    statement = control.statement
    return Finding(
        rule=rule.id,
        level=level,
        confidence=Confidence.HIGH,
        message=f"`{control.action}` {harm}. Instead, {remedy}.",
        place=Place(statement.path, statement.line),
        object=control.action,
        statement=statement,
        recipe=(RecipeStep(Phase.EXPAND, f"{remedy[0].upper()}{remedy[1:]}.", _without(steps, after)),),
        phase=Phase.EXPAND,
    )


def _without(steps: Sequence[Step], after: str) -> str:
    """The script without its transaction control, or with the end that it lacks."""
    kept = (s.operation for s in steps if after or not isinstance(s.operation, TransactionControl))
    statements = dict.fromkeys(operation.statement for operation in kept)
    lines = [f"{statement.text};" for statement in statements]
    return "\n".join([*lines, *([after] if after else [])])
