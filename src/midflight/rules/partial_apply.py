"""A migration that can stop half way, and cannot run again from its start."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from midflight.catalog.fold import apply
from midflight.catalog.model import Step
from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context, Example, Rule
from midflight.inspection.transactions import script_of, transactions
from midflight.inspection.wording import at
from midflight.migrations.model import Transactions
from midflight.operations import model as op
from midflight.references.model import Place

_HISTORY = "CREATE TABLE projects (id bigint PRIMARY KEY, title text);"
_ADD = "ALTER TABLE projects ADD COLUMN size integer;"
_GUARDED = "ALTER TABLE projects ADD COLUMN IF NOT EXISTS size integer;"
_COMMENT = "COMMENT ON TABLE projects IS 'all of them';"
_MANAGED = frozenset({Transactions.PER_FILE, Transactions.PER_RUN})
_HARMLESS = (op.TransactionControl, op.SetSetting, op.Query)

rule = Rule(
    id="partial-apply",
    level=Level.WARNING,
    summary="A migration of several transactions that cannot run again after a failure",
    why=(
        "Where a file is not one transaction, what ran before a failure stays. The tool runs the whole file again, and"
        " a statement that is done already fails (42701, 42P07, 42704) or writes its rows a second time: the deployment"
        " hangs between two schemas until somebody repairs it by hand."
    ),
    instead=(
        "Expand: put each statement that runs outside a transaction into a migration of its own.",
        "Expand: or write every statement so that it can run again, with IF [NOT] EXISTS or OR REPLACE.",
    ),
    bad=(
        Example(
            "Two transactions in one file",
            schema=_HISTORY,
            migrations=(f"BEGIN; {_ADD} COMMIT; BEGIN; {_COMMENT} COMMIT;",),
            transactions=False,
            says="42701",
        ),
        Example(
            "Rows that come twice",
            schema=_HISTORY,
            migrations=(f"BEGIN; INSERT INTO projects (id) VALUES (1); COMMIT; BEGIN; {_COMMENT} COMMIT;",),
            transactions=False,
            says="a second time",
        ),
    ),
    good=(
        Example(
            "The file is one transaction",
            schema=_HISTORY,
            migrations=(f"{_ADD} {_COMMENT}",),
            transactions=False,
        ),
        Example(
            "What comes first can run again",
            schema=_HISTORY,
            migrations=(f"BEGIN; {_GUARDED} COMMIT; BEGIN; {_COMMENT} COMMIT;",),
            transactions=False,
        ),
        Example(
            "Only the last can fail",
            schema=_HISTORY,
            migrations=(f"SET lock_timeout = '3s'; BEGIN; {_ADD} COMMIT;",),
            transactions=False,
        ),
        Example(
            "Migrations of their own",
            schema=_HISTORY,
            migrations=(_ADD, _COMMENT),
            transactions=False,
        ),
    ),
    hazards=("non-transactional-partial-apply", "not-idempotent"),
)


@rule.on_whole
def stops_half_way(context: Context) -> Iterator[Finding]:
    """Report, once for each script, what cannot run again although a later transaction of the script can fail."""
    runs = list(transactions(context))
    for _, of_script in groupby(runs, key=lambda run: run[0].operation.statement.path):
        units = [run for run in of_script if any(not isinstance(s.operation, _HARMLESS) for s in run)]
        script = script_of(units[0][0].operation.statement, context) if len(units) > 1 else None
        if script is None or script.transactions in _MANAGED:
            continue
        done = [(step, reason) for run in units[:-1] for step in run if (reason := _refused_again(step))]
        if done:
            yield _finding(*done[0], units)


def _refused_again(step: Step) -> str:
    """Why the statement cannot run a second time, as a clause; empty where it can, or where that is not known."""
    operation = step.operation
    if isinstance(operation, op.Opaque) or step.problems or operation.statement.text[:2].upper() == "DO":
        return ""
    if isinstance(operation, op.Insert):
        return "" if "ON CONFLICT" in operation.statement.text.upper() else "writes its rows a second time"
    problems = apply(step.after, operation).problems
    return f"fails with {problems[0].sqlstate}" if problems else ""


def _finding(step: Step, reason: str, units: Sequence[tuple[Step, ...]]) -> Finding:
    statement, last = step.operation.statement, units[-1][0].operation.statement
    return Finding(
        rule=rule.id,
        level=rule.level,
        confidence=Confidence.HIGH,
        message=(
            f"`{_start(statement.text)}` {reason} when the file runs again after a failure at"
            f" {at(Place(last.path, last.line))}, because it is not in one transaction with it. Instead, put it into a"
            " migration of its own, or write it so that it can run again."
        ),
        place=Place(statement.path, statement.line),
        object=_start(statement.text),
        statement=statement,
        recipe=tuple(RecipeStep(Phase.EXPAND, "Put this into a migration of its own.", _text(unit)) for unit in units),
        phase=Phase.EXPAND,
    )


def _text(unit: Sequence[Step]) -> str:
    statements = dict.fromkeys(
        s.operation.statement for s in unit if not isinstance(s.operation, op.TransactionControl)
    )
    return "\n".join(f"{statement.text};" for statement in statements)


def _start(text: str) -> str:
    words = " ".join(text.replace("`", "'").split())
    return words if len(words) <= 60 else f"{words[:59]}…"
