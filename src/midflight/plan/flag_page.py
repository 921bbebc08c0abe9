"""How to switch the flags of a change set on: what each covers, where it stands, in which order, and what lacks one."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from midflight.inspection.finding import Finding
from midflight.inspection.model import Context
from midflight.operations.shapes import Name
from midflight.plan.flag_advice import advise
from midflight.plan.flags import FALLBACK, needs_new, old_path, toggle
from midflight.plan.model import FlagPage, FlagStep, FlagUse, Planned, Query
from midflight.plan.options import PlanOptions
from midflight.plan.rollout import verb_of
from midflight.plan.words import code
from midflight.references.flag_reads import Unset, unset
from midflight.references.model import Guard, Reference, RoutineReference

_SHARES = (10, 50, 100)  # percent: the strategy's pattern 4, phase 3


def build_flag_page(
    contexts: Sequence[Context],
    flags: Sequence[Guard],
    findings: Sequence[Finding],
    monitoring: Sequence[Query],
    options: PlanOptions,
) -> FlagPage:
    """Return the page; error fallbacks are no flags that somebody sets."""
    covered = [(flag, _covered(flag, contexts)) for flag in flags if flag.provider != FALLBACK]
    uses = tuple(_use(flag, covers, contexts, options) for flag, covers in _in_order(covered))
    look = tuple(query.purpose for query in monitoring) if uses else ()
    return FlagPage(uses, look, tuple(advise(contexts, findings)))


def _covered(flag: Guard, contexts: Sequence[Context]) -> tuple[Reference, ...]:
    found = (
        reference
        for context in contexts
        for reference in context.new_code.references
        if reference.guard is not None
        and (reference.guard.flag, reference.guard.negated) == (flag.flag, flag.negated)
        and needs_new(reference, context)
    )
    return tuple(dict.fromkeys(found))


def _in_order(covered: Sequence[tuple[Guard, tuple[Reference, ...]]]) -> Iterator[tuple[Guard, tuple[Reference, ...]]]:
    """Writers before readers: what a flag reads must have been written by those before it, unless they read it too."""
    left = list(covered)
    while left:
        free = (each for each in left if not any(_feeds(other, each) for other in left if other is not each))
        first = next(free, left[0])
        left.remove(first)
        yield first


def _feeds(one: tuple[Guard, tuple[Reference, ...]], other: tuple[Guard, tuple[Reference, ...]]) -> bool:
    """Whether what one flag covers writes an object that the other's only reads."""
    written = {_name(each) for each in one[1] if verb_of(each) == "writes to"}
    also_written = {_name(each) for each in other[1] if verb_of(each) == "writes to"}
    return bool(written & ({_name(each) for each in other[1]} - also_written))


def _use(flag: Guard, covers: Sequence[Reference], contexts: Sequence[Context], options: PlanOptions) -> FlagUse:
    old = (each for context in contexts for each in old_path(flag, context.before, context.new_code.references))
    starts = _starts(flag)
    left = _planned(old)
    return FlagUse(flag, starts, _planned(covers), left, tuple(_steps(flag, starts, options, bool(left))))


def _planned(references: Sequence[Reference] | Iterator[Reference]) -> tuple[Planned, ...]:
    found = (
        Planned(each.place.path, each.place.line, f"{verb_of(each)} {code(_name(each))}", object=_name(each))
        for each in references
    )
    return tuple(dict.fromkeys(found))


def _starts(flag: Guard) -> Unset:
    """Whether the new path runs where nothing sets the flag: one that switches it off works the other way round."""
    said = unset(flag)
    match said:
        case Unset.ON if flag.negated:
            return Unset.OFF
        case Unset.OFF if flag.negated:
            return Unset.ON
        case _:
            return said


def _steps(flag: Guard, starts: Unset, options: PlanOptions, has_old_path: bool) -> Iterator[FlagStep]:
    off, off_command = toggle(flag, options)
    on, on_command = toggle(replace(flag, negated=not flag.negated), options)
    if starts is not Unset.OFF:
        why = (
            "where nothing sets it, the new path runs"
            if starts is Unset.ON
            else "the code does not say where it stands"
        )
        yield FlagStep(f"Before the code goes out ({why}): {off[0].lower()}{off[1:]}", off_command)
    yield FlagStep("Begin when the database has what the flag covers and the new code runs everywhere.")
    for share in _SHARES[:-1]:
        yield FlagStep(f"{share} %: {_for_a_share(flag, share)}")
    yield FlagStep(f"{_SHARES[-1]} %: {on[0].lower()}{on[1:]}", on_command)
    if has_old_path:
        yield FlagStep(f"After {options.monitoring.hours} hours without an alert: take the flag and its old path out.")


def _for_a_share(flag: Guard, share: int) -> str:
    value = "false" if flag.negated else "true"
    compare = f"compare a hash of the user with {share} where {code(flag.flag)} is read"
    if "Deno" in flag.set_by:
        return f"a secret holds for all requests, so {compare}."
    if flag.provider == "environment":
        return (
            f"a variable holds for whole instances: set {code(f'{flag.flag}={value}')} on {share} % of them, "
            f"or {compare}."
        )
    return f"let {code(flag.flag)} answer {value} for {share} % of the users."


def _name(reference: Reference) -> str:
    plain = reference.routine if isinstance(reference, RoutineReference) else reference.table
    return Name(plain, reference.schema).short
