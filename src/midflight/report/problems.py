"""What breaks and what was found, joined: a break and the finding about it are told once."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from midflight.compatibility.model import Break, CellName, Side
from midflight.inspection.finding import Finding, Step
from midflight.references.model import Guard, Place
from midflight.references.surfaces import SERVER, RunsOn
from midflight.report.limits import Limits
from midflight.report.links import Links, Spot, rule_page
from midflight.report.model import Report
from midflight.report.view import Cut, Problem, RecipeStep, Sql, cut
from midflight.report.wording import SEEN_CELLS, cell_of, clause, cost_line
from midflight.text import shorten

Seen = tuple[CellName, Break]

_NAMES = 4  # further objects that are named in a sentence


@dataclass(frozen=True, slots=True)
class Problems:
    """Problems that name failing code, all other findings, and the suppressed ones."""

    breaks: Cut[Problem]
    findings: Cut[Problem]
    suppressed: Cut[Problem]


@dataclass(frozen=True, slots=True)
class _Joined:
    """A finding with the breaks that it is about, and the others of its rule about the same statement."""

    finding: Finding
    breaks: Sequence[Seen] = field(default=())
    others: tuple[Finding, ...] = ()

    @property
    def names_code(self) -> bool:
        return bool(self.finding.code or self.breaks)


def problems_of(report: Report, links: Links, limits: Limits) -> Problems:
    """Return the problems of a report, worst first, each list cut to the limits."""
    seen = [(name, found) for name in SEEN_CELLS for found in cell_of(report.matrix, name).breaks]
    joined = _merged(_join([f for f in report.findings if f.suppressed is None], seen))
    told = {id(found) for each in joined for _, found in each.breaks}
    bare = _grouped([(name, found) for name, found in seen if id(found) not in told])
    show = _Show(links, limits)
    breaking = [each for each in joined if each.names_code]
    shown = cut(breaking, limits.problems)
    rest = cut(bare, max(limits.problems - len(shown.shown), 0))
    return Problems(
        breaks=Cut(
            tuple(show.finding(each) for each in shown.shown) + tuple(show.group(group) for group in rest.shown),
            shown.more + rest.more,
        ),
        findings=show.all([each for each in joined if not each.names_code]),
        suppressed=show.all([_Joined(f) for f in report.findings if f.suppressed is not None]),
    )


def _join(findings: Sequence[Finding], seen: Sequence[Seen]) -> Iterator[_Joined]:
    places: dict[Place, list[Seen]] = {}
    objects: dict[str, list[Seen]] = {}
    for name, found in seen:
        places.setdefault(found.place, []).append((name, found))
        objects.setdefault(found.object, []).append((name, found))
    for finding in findings:
        near = [*objects.get(finding.object, ()), *(pair for place in finding.code for pair in places.get(place, ()))]
        distinct = {id(found): (name, found) for name, found in near if _is_about(finding, found)}
        yield _Joined(finding, list(distinct.values()))


def _merged(joined: Iterable[_Joined]) -> list[_Joined]:
    """Put together what one rule says of several objects of one statement: a reader cures them together."""
    groups: dict[object, list[_Joined]] = {}
    for number, each in enumerate(joined):
        finding = each.finding
        alone = finding.statement is None or not _is_about_sql(finding)
        key = number if alone else (finding.rule, finding.level, finding.statement)
        groups.setdefault(key, []).append(each)
    return [
        _Joined(
            finding=first.finding,
            breaks=[pair for each in (first, *more) for pair in each.breaks],
            others=tuple(each.finding for each in more),
        )
        for first, *more in groups.values()
    ]


def _is_about(finding: Finding, found: Break) -> bool:
    """Whether a finding tells a break: same object or same line, and where both name a statement, the same one."""
    if found.object == finding.object and found.place in finding.code:
        return True
    return finding.statement is not None and found.statement == finding.statement


def _grouped(seen: Sequence[Seen]) -> list[list[Seen]]:
    """Breaks that are one problem to a reader: same cell, object, kind and flag."""
    groups: dict[tuple[object, ...], list[Seen]] = {}
    for name, found in seen:
        flag = found.guard.flag if found.guard else ""
        groups.setdefault((name, found.object, found.kind, flag), []).append((name, found))
    return list(groups.values())


@dataclass(frozen=True, slots=True)
class _Show:
    """Turns problems into views."""

    links: Links
    limits: Limits

    def all(self, joined: Sequence[_Joined]) -> Cut[Problem]:
        shown = cut(joined, self.limits.problems)
        return Cut(tuple(self.finding(each) for each in shown.shown), shown.more)

    def finding(self, joined: _Joined) -> Problem:
        finding = joined.finding
        what, _, instead = finding.message.partition(" Instead, ")
        sides = {found.place: found.side for _, found in joined.breaks}
        lines = (*finding.code, *(place for other in joined.others for place in other.code))
        runs = {found.place: found.runs_on for _, found in joined.breaks}
        code = [
            (place, sides.get(place, Side.HEAD), runs.get(place, SERVER)) for place in dict.fromkeys((*lines, *sides))
        ]
        return Problem(
            level=finding.level.value,
            what=shorten(what, self.limits.text),
            also=cut([shorten(other.object, self.limits.text) for other in joined.others], _NAMES),
            instead=shorten(instead, self.limits.text),
            rule=finding.rule,
            page=rule_page(self.links.subject, finding.rule),
            confidence=finding.confidence.value,
            object=shorten(finding.object, self.limits.text),
            guard=_flag([found.guard for _, found in joined.breaks]),
            place=self.links.spot(finding.place.path, finding.place.line, sides.get(finding.place, Side.HEAD)),
            statement=self._statement(finding),
            code=self._code([each for each in code if f"`{each[0].path}:{each[0].line}`" not in finding.message]),
            recipe=tuple(self._step(step) for step in finding.recipe) if self.limits.recipes else (),
            reason=shorten(finding.suppressed.reason, self.limits.text) if finding.suppressed else "",
            by=shorten(finding.suppressed.by, self.limits.text) if finding.suppressed else "",
            cost=shorten(cost_line(finding.cost), self.limits.text) if finding.cost and _is_about_sql(finding) else "",
            told=any(f"`{p.path}:{p.line}`" in finding.message for p, _, _ in code),
        )

    def group(self, group: Sequence[Seen]) -> Problem:
        name, found = group[0]
        said = clause(name, found, "`")
        because = f", because {found.detail}" if found.detail else ""
        statement = found.statement
        return Problem(
            level="note" if found.guard else "warning",
            what=shorten(f"{said[0].upper()}{said[1:]}{because}.", self.limits.text),
            object=shorten(found.object, self.limits.text),
            guard=_flag([found.guard]),
            statement=self.links.spot(statement.path, statement.line) if statement else None,
            code=self._code(list(dict.fromkeys((each.place, each.side, each.runs_on) for _, each in group))),
        )

    def _statement(self, finding: Finding) -> Spot | None:
        statement = finding.statement
        if statement is None or f"`{statement.path}:{statement.line}`" in finding.message:
            return None
        return self.links.spot(statement.path, statement.line)

    def _code(self, places: Sequence[tuple[Place, Side, RunsOn]]) -> Cut[Spot]:
        shown = cut(places, self.limits.lines)
        return Cut(tuple(self.links.spot(p.path, p.line, side, runs) for p, side, runs in shown.shown), shown.more)

    def _step(self, step: Step) -> RecipeStep:
        return RecipeStep(step.phase.value, shorten(step.do, self.limits.text), sql_of(step.sql, self.limits))


def _is_about_sql(finding: Finding) -> bool:
    """Whether the finding stands at its statement; one that stands at code is about the order, not about waiting."""
    return finding.statement is not None and finding.place.path == finding.statement.path


def _flag(guards: Sequence[Guard | None]) -> str:
    """The flag that covers all of them, empty when one is not covered."""
    flags = {guard.flag if guard else "" for guard in guards}
    return shorten(flags.pop(), 200) if len(flags) == 1 else ""


def sql_of(text: str, limits: Limits) -> Sql:
    """Return SQL for a view, left out as a whole where it is too long."""
    return Sql(text) if len(text) <= limits.sql else Sql("", len(text))
