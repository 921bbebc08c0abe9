"""The steps inside a deployment, in the strategy's words."""

from collections.abc import Iterator, Sequence

from midflight.catalog.model import Step
from midflight.compatibility.model import Matrix, State
from midflight.inspection.finding import Finding, Phase
from midflight.inspection.finding import Step as Advice
from midflight.operations import model as op
from midflight.operations.model import Statement
from midflight.plan.backfill import backfill
from midflight.plan.flags import FALLBACK
from midflight.plan.inverse.copies import copy_columns, copy_rows
from midflight.plan.options import PlanOptions
from midflight.plan.traits import FormatChange, Traits
from midflight.plan.words import code, listed
from midflight.references.model import Guard

ROLLOUT = (10, 50, 100)
"""Percent of requests at which a flag is held while watching for errors."""


def expand_advice(
    steps: Sequence[Step], traits: Traits, recipes: Sequence[Advice], *, postgrest: bool = False
) -> tuple[Advice, ...]:
    """Return the steps of the expansion: what replaces statements that no order allows, backfills, verification."""
    backfills = (backfill(step) for step in steps)
    verify = Advice(Phase.EXPAND, "Verify that it arrived before going on.")
    return tuple(
        dict.fromkeys(
            (
                *(advice for advice in recipes if advice.phase is Phase.EXPAND),
                *(advice for advice in backfills if advice is not None),
                *(_api_cache(traits) if postgrest else ()),
                *((verify,) if steps else ()),
            )
        )
    )


def recipe_of(torn: Statement, findings: Sequence[Finding]) -> tuple[Advice, ...]:
    """Return the recipe that replaces a statement which no order allows: the longest that does not keep it."""
    kept = " ".join(torn.text.split())
    recipes = [
        f.recipe
        for f in findings
        if f.suppressed is None
        and f.statement == torn
        and not any(kept == " ".join(s.sql.split()).rstrip(";") for s in f.recipe)
    ]
    return max(recipes, key=len, default=())


def _api_cache(traits: Traits) -> Iterator[Advice]:
    """PostgREST answers PGRST202 for a new function until it has read the schema again."""
    if traits.functions_added:
        yield Advice(Phase.EXPAND, "Let the API read the schema again.", "NOTIFY pgrst, 'reload schema';")


def rollout_advice(
    flags: Sequence[Guard], traits: Traits, options: PlanOptions, matrix: Matrix, recipes: Sequence[Advice] = ()
) -> tuple[Advice, ...]:
    """Return the steps of the code's deployment: dual writes, the flag's stages, the test, the watch."""
    return (
        *(advice for advice in recipes if advice.phase is Phase.ROLLOUT),
        *_dual_writes(traits.formats),
        *_stages(flags),
        *(_graceful(matrix) if not flags else ()),
        Advice(Phase.ROLLOUT, "Test end to end."),
        Advice(Phase.ROLLOUT, f"Monitor the logs for errors for {options.monitoring.hours} hours."),
    )


def _dual_writes(formats: Sequence[FormatChange]) -> Iterator[Advice]:
    for change in formats:
        if not change.in_place:
            old, new = (code(f"{change.table.short}.{column}") for column in (change.old, change.new))
            yield Advice(Phase.ROLLOUT, f"Write to both {old} and {new}; read {new} and fall back to {old}.")


def _stages(flags: Sequence[Guard]) -> Iterator[Advice]:
    names = [code(guard.flag) for guard in flags if guard.provider != FALLBACK]
    if names:
        first, *others = ROLLOUT
        stages = " then ".join(f"{percent}%" for percent in others)
        yield Advice(
            Phase.ROLLOUT,
            f"Turn on {listed(names)} for {first}% of requests, watch for errors, increase to {stages}.",
        )


def _graceful(matrix: Matrix) -> Iterator[Advice]:
    if matrix.new_new.state is State.BREAKS:
        yield Advice(Phase.ROLLOUT, "Hold the code back: it fails on the new database as well.")
    elif matrix.new_old.state is State.BREAKS:
        yield Advice(
            Phase.ROLLOUT,
            "No feature flag covers the new code: it cannot be switched off without a deployment.",
        )


def contract_advice(
    steps: Sequence[Step],
    traits: Traits,
    options: PlanOptions,
    recipes: Sequence[Advice] = (),
    *,
    separate: bool,
    waits: Sequence[Advice] = (),
) -> tuple[Advice, ...]:
    """Return the steps of the clean-up: wait (`waits`: for what outlives the rollout), copy what goes, verify."""
    weeks = bool(traits.formats or traits.functions_replaced)
    period = "1-2 weeks" if weeks else f"{options.monitoring.hours} hours"
    wait = f"Wait until no old code runs and {period} passed without errors."
    apart = "Move these statements to a later pull request." if separate else ""
    return tuple(
        dict.fromkeys(
            (
                *((Advice(Phase.CONTRACT, apart),) if apart else ()),
                Advice(Phase.CONTRACT, wait),
                *waits,
                *_copies(steps),
                *(advice for advice in recipes if advice.phase is Phase.CONTRACT),
                *(a for a in (backfill(step) for step in steps) if a is not None),
                Advice(Phase.CONTRACT, "Verify, and monitor again."),
            )
        )
    )


def _copies(steps: Sequence[Step]) -> Iterator[Advice]:
    for step in steps:
        operation, before = step.operation, step.before
        match operation:
            case op.DropTable(name=name) if before.resolve(name) in before.relations:
                table = before.resolve(name)
                yield Advice(Phase.CONTRACT, f"Copy the rows of {code(table.short)} first.", copy_rows(table))
            case op.DropColumn(table=name, column=column) if before.resolve(name) in before.relations:
                table = before.resolve(name)
                sql = copy_columns(table, (column,), before)
                yield Advice(Phase.CONTRACT, f"Copy the values of {code(f'{table.short}.{column}')} first.", sql)
            case _:
                continue
