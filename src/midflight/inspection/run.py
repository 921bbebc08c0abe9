"""The loop that runs the rules."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from midflight.inspection.costs import costed, with_cost
from midflight.inspection.finding import Finding, Level
from midflight.inspection.model import Context, OperationDetector, Rule
from midflight.inspection.suppress import Ignore, suppress
from midflight.operations.model import Operation


@dataclass(frozen=True, slots=True)
class Policy:
    """What a team decided: levels by rule id (None switches a rule off) and findings to ignore, with reasons."""

    levels: Mapping[str, Level | None]
    ignores: tuple[Ignore, ...] = ()


def inspect(contexts: Sequence[Context], rules: Sequence[Rule], policy: Policy) -> tuple[Finding, ...]:
    """Run every rule over every database; return the findings, worst first, suppressed ones marked and kept."""
    active = [rule for rule in rules if policy.levels.get(rule.id, rule.level) is not None]
    found = [finding for context in contexts for finding in _costed(context, active)]
    levelled = [replace(f, level=policy.levels.get(f.rule) or f.level) for f in found]
    statements = [step.operation.statement for context in contexts for step in context.steps]
    judged = suppress(levelled, statements, policy.ignores)
    return tuple(sorted(dict.fromkeys(judged), key=_order))


def _costed(context: Context, rules: Sequence[Rule]) -> Iterator[Finding]:
    found = list(_run(context, rules))
    costs = costed(context, {finding.statement for finding in found if finding.statement})
    return (with_cost(finding, costs) for finding in found)


def _run(context: Context, rules: Iterable[Rule]) -> Iterator[Finding]:
    database = context.database.database
    detectors = _index(rules)
    for step in context.steps:
        for detector in detectors.get(type(step.operation), ()):
            yield from (replace(f, database=database) for f in detector(step.operation, step, context))
    for rule in rules:
        for whole in rule.on_change:
            yield from (replace(f, database=database) for f in whole(context))


def _index(rules: Iterable[Rule]) -> dict[type[Operation], list[OperationDetector]]:
    detectors: dict[type[Operation], list[OperationDetector]] = {}
    for rule in rules:
        for kind, found in rule.on_operation.items():
            detectors.setdefault(kind, []).extend(found)
    return detectors


def _order(finding: Finding) -> tuple[bool, int, str, int, str, str]:
    place = finding.place
    hidden = finding.suppressed is not None
    return (hidden, -finding.level.rank, place.path, place.line, finding.rule, finding.object)
