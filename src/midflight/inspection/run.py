"""The loop that runs the rules."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from midflight.catalog.cost_model import Cost
from midflight.inspection.costs import by_statement, step_costs, with_cost
from midflight.inspection.finding import Finding, Level
from midflight.inspection.levels import sized
from midflight.inspection.model import Context, Rule
from midflight.inspection.suppress import Ignore, suppress
from midflight.operations.model import Operation

Detector = TypeVar("Detector")


@dataclass(frozen=True, slots=True)
class Policy:
    """What a team decided: levels by rule id (None switches a rule off) and findings to ignore, with reasons."""

    levels: Mapping[str, Level | None]
    ignores: tuple[Ignore, ...] = ()

    def runs(self, rule: Rule) -> bool:
        """Return whether a rule runs: one that is off by default, only where it has a level here."""
        default = None if rule.opt_in else rule.level
        return self.levels.get(rule.id, default) is not None


def inspect(contexts: Sequence[Context], rules: Sequence[Rule], policy: Policy) -> tuple[Finding, ...]:
    """Run every rule over every database; return the findings, worst first, suppressed ones marked and kept."""
    active = [rule for rule in rules if policy.runs(rule)]
    found = [_levelled(f, active, policy, context) for context in contexts for f in _run(context, active)]
    statements = [step.operation.statement for context in contexts for step in context.steps]
    judged = _uncovered(suppress(found, statements, policy.ignores), active)
    return tuple(sorted(dict.fromkeys(judged), key=_order))


def _levelled(finding: Finding, rules: Sequence[Rule], policy: Policy, context: Context) -> Finding:
    given = policy.levels.get(finding.rule)
    if given is not None:
        return replace(finding, level=given)
    weighs = any(rule.id == finding.rule and rule.sized for rule in rules)
    return sized(finding, context.tables) if weighs else finding


def _run(context: Context, rules: Sequence[Rule]) -> Iterator[Finding]:
    costs = step_costs(context)
    statements = by_statement(context, costs)
    database = context.database.database
    for finding in _detected(context, rules, costs):
        yield with_cost(replace(finding, database=database), statements)


def _detected(context: Context, rules: Sequence[Rule], costs: Sequence[Cost]) -> Iterator[Finding]:
    plain = _index(rule.on_operation for rule in rules)
    costly = _index(rule.on_costly for rule in rules)
    for step, cost in zip(context.steps, costs, strict=True):
        for detector in plain.get(type(step.operation), ()):
            yield from detector(step.operation, step, context)
        for looks in costly.get(type(step.operation), ()) if cost.held else ():
            yield from looks(step.operation, step, cost, context)
    for rule in rules:
        for whole in rule.on_change:
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
    heard = [f for f in findings if f.suppressed is None and f.statement]
    return [
        f for f in findings if not any(_covers(other, f) for other in heard if other.rule in covering.get(f.rule, ()))
    ]


def _covers(other: Finding, finding: Finding) -> bool:
    same = other.statement == finding.statement and other.level.rank >= finding.level.rank
    return same and (other.object == finding.object or _part_of(other.object, finding.object))


def _part_of(one: str, other: str) -> bool:
    return one.startswith(f"{other}.") or other.startswith(f"{one}.")


def _order(finding: Finding) -> tuple[bool, int, str, int, str, str]:
    place = finding.place
    hidden = finding.suppressed is not None
    return (hidden, -finding.level.rank, place.path, place.line, finding.rule, finding.object)
