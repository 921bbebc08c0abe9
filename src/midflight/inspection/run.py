"""The loop that runs the rules."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from midflight.catalog.cost_model import Cost
from midflight.inspection.costs import by_statement, step_costs, with_cost
from midflight.inspection.finding import Finding, Level
from midflight.inspection.levels import sized
from midflight.inspection.lifetimes import with_lifetimes
from midflight.inspection.marks import Mark, file_marks, statement_marks
from midflight.inspection.model import AnyCostDetector, ChangeDetector, Context, OperationDetector, Rule
from midflight.inspection.suppress import Baseline, Ignore, suppress, unused
from midflight.operations.model import Operation, Statement

Detector = TypeVar("Detector")


@dataclass(frozen=True, slots=True)
class Policy:
    """What a team decided: levels by rule id (None switches a rule off) and findings to ignore, with reasons."""

    levels: Mapping[str, Level | None]
    ignores: tuple[Ignore, ...] = ()
    baseline: Baseline = field(default_factory=Baseline)

    def runs(self, rule: Rule) -> bool:
        """Return whether a rule runs: one that is off by default, only where it has a level here."""
        default = None if rule.opt_in else rule.level
        return self.levels.get(rule.id, default) is not None


def inspect(contexts: Sequence[Context], rules: Sequence[Rule], policy: Policy) -> tuple[Finding, ...]:
    """Run every rule over every database; return the findings, worst first, suppressed ones marked and kept."""
    active = [rule for rule in rules if policy.runs(rule)]
    weighing = frozenset(rule.id for rule in active if rule.sized)
    dispatch = _dispatch(active)
    found = [_levelled(f, weighing, policy, context) for context in contexts for f in _run(context, dispatch)]
    judged = suppress(found, list(_marks(contexts)), policy.ignores, policy.baseline)
    judged = [*_uncovered(judged, active), *_unused(contexts, policy)]
    return tuple(sorted(dict.fromkeys(judged), key=_order))


def _marks(contexts: Sequence[Context]) -> Iterator[Mark]:
    for context in contexts:
        yield from statement_marks(step.operation.statement for step in context.steps)
        pending = context.database.pending
        yield from file_marks(script for m in pending for script in (m.up, m.down) if script)


def _unused(contexts: Sequence[Context], policy: Policy) -> Iterator[Finding]:
    histories = [context.database.head for context in contexts if context.steps]
    paths = [migration.path for history in histories for migration in history.migrations]
    return unused(policy.ignores, paths, [history.folder for history in histories])


def _levelled(finding: Finding, weighing: frozenset[str], policy: Policy, context: Context) -> Finding:
    given = policy.levels.get(finding.rule)
    if given is not None:
        return replace(finding, level=given)
    return sized(finding, context.tables) if finding.rule in weighing else finding


@dataclass(frozen=True, slots=True)
class _Dispatch:
    """The detectors of the active rules by what they look at."""

    plain: Mapping[type[Operation], Sequence[OperationDetector]]
    costly: Mapping[type[Operation], Sequence[AnyCostDetector]]
    whole: Sequence[ChangeDetector]


def _dispatch(rules: Sequence[Rule]) -> _Dispatch:
    return _Dispatch(
        _index(rule.on_operation for rule in rules),
        _index(rule.on_costly for rule in rules),
        [whole for rule in rules for whole in rule.on_change],
    )


def _run(context: Context, dispatch: _Dispatch) -> Iterator[Finding]:
    costs = step_costs(context)
    statements = by_statement(context, costs)
    database = context.database.database
    for finding in _detected(context, dispatch, costs):
        yield with_lifetimes(with_cost(replace(finding, database=database), statements), context)


def _detected(context: Context, dispatch: _Dispatch, costs: Sequence[Cost]) -> Iterator[Finding]:
    for step, cost in zip(context.steps, costs, strict=True):
        for detector in dispatch.plain.get(type(step.operation), ()):
            yield from detector(step.operation, step, context)
        for looks in dispatch.costly.get(type(step.operation), ()) if cost.held and not step.problems else ():
            yield from looks(step.operation, step, cost, context)
    for whole in dispatch.whole:
        yield from whole(context)


def _index(registered: Iterable[Mapping[type[Operation], list[Detector]]]) -> dict[type[Operation], list[Detector]]:
    detectors: dict[type[Operation], list[Detector]] = {}
    for by_kind in registered:
        for kind, found in by_kind.items():
            detectors.setdefault(kind, []).extend(found)
    return detectors


def _uncovered(findings: Sequence[Finding], rules: Sequence[Rule]) -> list[Finding]:
    """Leave out what another finding about the same object of the same statement already cures."""
    covering = {rule.id: rule.covered_by for rule in rules if rule.covered_by}
    heard: dict[Statement, list[Finding]] = {}
    for finding in findings:
        if finding.statement and not finding.suppressed:
            heard.setdefault(finding.statement, []).append(finding)
    return [
        f
        for f in findings
        if f.statement is None or not any(_covers(o, f, covering) for o in heard.get(f.statement, ()))
    ]


def _covers(other: Finding, finding: Finding, covering: Mapping[str, tuple[str, ...]]) -> bool:
    mutual = finding.rule in covering.get(other.rule, ())
    least = finding.level.rank + (mutual and other.rule > finding.rule)  # of two equal ones, one has to stay
    if other.rule not in covering.get(finding.rule, ()) or other.level.rank < least:
        return False
    return other.object == finding.object or _part_of(other.object, finding.object)


def _part_of(one: str, other: str) -> bool:
    return one.startswith(f"{other}.") or other.startswith(f"{one}.")


def _order(finding: Finding) -> tuple[bool, int, str, int, str, str]:
    place = finding.place
    hidden = finding.suppressed is not None
    return (hidden, -finding.level.rank, place.path, place.line, finding.rule, finding.object)
