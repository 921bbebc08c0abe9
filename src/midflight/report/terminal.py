"""The report on a terminal."""

from collections.abc import Iterable

from rich.console import Console, Group, RenderableType
from rich.rule import Rule
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from midflight.report.compose import view_of
from midflight.report.limits import Limits
from midflight.report.links import Spot
from midflight.report.model import Report
from midflight.report.view import Cut, Item, LaterView, Problem, QueryView, Sql, Task, View
from midflight.text import plural, printable

LIMITS = Limits(problems=50, lines=10, items=50, text=4000, sql=20_000)

_MARKS = {
    "error": ("✗", "bold red"),
    "warning": ("!", "bold yellow"),
    "note": ("·", "bold blue"),
    "success": ("✓", "bold green"),
    "undetermined": ("?", "bold magenta"),
    "holds": ("✓ works", "green"),
    "degrades": ("! degrades", "yellow"),
    "breaks": ("✗ breaks", "bold red"),
    "open": ("☐", ""),
    "failed": ("✗", "red"),
    "verified": ("✓", "green"),
}
_UNTOLD = ("? could not tell", "magenta")
_ORDERS = {
    "any": "Deploy in any order",
    "database-first": "Deploy the database first, then the code",
    "code-first": "Deploy the code first, then the database",
    "split": "Split this pull request",
}
_GRADES = {
    "lossless": "nothing is lost",
    "lossy": "what was written since is lost",
    "irreversible": "cannot be undone",
}


def render_terminal(report: Report, console: Console) -> None:
    """Print the report, as wide as the console is and with colour where it has some."""
    view = view_of(report, LIMITS)
    mark, style = _MARKS[view.verdict]
    console.print(Text.assemble((f"{mark} ", style), _prose(view.headline, style)))
    if view.quiet:
        for part in _later(view):
            console.print(part)
        return
    parts = [part for section in view.sections.shown for part in _database(section)] or [_matrix(view)]
    own = () if view.sections.shown else (*_order(view),)
    undo = () if view.sections.shown else (*_rollback(view),)
    for part in (*parts, *_problems(view), *own, *_checklist(view), *undo, *_watch(view), *_later(view)):
        console.print()
        console.print(part)
    console.print()
    console.print(_coverage(view))


def _database(view: View) -> Iterable[RenderableType]:
    """What the change comes to for one of several databases."""
    mark, style = _MARKS[view.verdict]
    yield Rule(Text(view.name, "bold"), align="left")
    yield Text.assemble((f"{mark} ", style), _prose(view.headline, style))
    yield from (_matrix(view), *_problems(view), *_order(view), *_rollback(view))


def _prose(text: str, style: str = "") -> Text:
    """Text in which backticks mean code; nothing of it is markup of rich's or of the terminal's."""
    shown = Text(style=style)
    parts = " ".join(printable(text).split()).split("`")
    if len(parts) % 2 == 0:
        parts[-2:] = [f"{parts[-2]}`{parts[-1]}"]
    for at, part in enumerate(parts):
        shown.append(part, "cyan" if at % 2 else None)
    return shown


def _spot(spot: Spot) -> Text:
    label = Text(" ".join(printable(spot.label).split()), "underline")
    return Text.assemble(label, " ", _prose(f"({spot.runs_on})")) if spot.runs_on else label


def _matrix(view: View) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=True, header_style="dim")
    for title in ("Goes first", "Meanwhile", ""):
        table.add_column(title, overflow="fold")
    for row in view.rows:
        word, style = _MARKS[row.state] if row.state != "undetermined" else _UNTOLD
        why = ", ".join(f"`{name}`" for name in row.objects.shown) if row.state != "undetermined" else row.doubt
        first = "both are out" if row.first == "both" else row.first
        lasts = _prose(f"({row.lasts})") if row.lasts else ""
        result = Text.assemble((word, style), ": " if why else "", _prose(why), " " if lasts else "", lasts)
        code = printable(row.version) or f"{row.code} code"
        table.add_row(first, f"{code} on the {row.schema} database", result)
    return table


def _problems(view: View) -> Iterable[RenderableType]:
    calm = view.verdict in {"success", "undetermined"}
    if view.breaks.shown:
        yield _section(
            "What the order decides" if calm else "What breaks", map(_problem, view.breaks.shown), view.breaks
        )
    if view.findings.shown:
        yield _section(
            "Also found" if view.breaks.shown else "Found", map(_problem, view.findings.shown), view.findings
        )
    if view.suppressed.shown:
        lines = (
            Text.assemble(_prose(f"`{each.rule}`: {each.what}"), " Reason given: ", _prose(each.reason))
            for each in view.suppressed.shown
        )
        yield _section("Suppressed", lines, view.suppressed)


def _section(
    title: str, parts: Iterable[RenderableType], whole: Cut[object] | Cut[Problem] | Cut[LaterView] | None = None
) -> Group:
    more = [Text(f"… and {whole.more} more", "dim")] if whole and whole.more else []
    return Group(Rule(title, align="left", style="dim"), *parts, *more)


def _hang(mark: str, style: str, *parts: RenderableType) -> Table:
    """Parts below each other with a mark before them; lines that wrap stay behind the mark."""
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for number, part in enumerate(parts):
        grid.add_row(Text("" if number else mark, style), part)
    return grid


def _problem(problem: Problem) -> Table:
    mark, style = _MARKS[problem.level]
    rule = f"  {problem.rule}" if problem.rule else ""
    lines: list[RenderableType] = [Text.assemble(_prose(problem.what + _also(problem)), (rule, "dim"))]
    if problem.instead:
        lines.append(Text.assemble(("Instead, ", "bold"), _prose(problem.instead)))
    for label, spots in (("code", problem.code.shown), ("statement", (problem.statement,))):
        lines += [Text.assemble((f"{label} ", "dim"), _spot(spot)) for spot in spots if spot]
    if problem.code.more:
        lines.append(Text(f"… and {problem.code.more} more lines of code", "dim"))
    if problem.cost:
        lines.append(Text.assemble(("cost ", "dim"), _prose(problem.cost)))
    if problem.guard:
        lines.append(Text.assemble(("behind flag ", "dim"), _prose(f"`{problem.guard}`")))
    for number, step in enumerate(problem.recipe, 1):
        lines.append(_hang(f"{number}.", "dim", _prose(step.do), *_sql(step.sql)))
    return _hang(mark, style, *lines)


def _also(problem: Problem) -> str:
    names = ", ".join(f"`{name}`" for name in problem.also.shown)
    more = f" and {problem.also.more} more" if problem.also.more else ""
    return f" The same holds for {names}{more}." if names else ""


def _sql(sql: Sql, language: str = "sql") -> list[RenderableType]:
    if sql.omitted:
        return [Text(f"({plural(sql.omitted, 'character')} of {language}, left out here)", "dim")]
    if not sql.text:
        return []
    return [Syntax(printable(sql.text).strip("\n"), language, background_color="default", word_wrap=True)]


def _order(view: View) -> Iterable[RenderableType]:
    if not view.deployments.shown:
        return
    lines: list[RenderableType] = [_prose(view.reason)] if view.reason else []
    for number, step in enumerate(view.deployments.shown, 1):
        later = "  (in a later pull request)" if step.separate else ""
        title = Text.assemble(_prose(step.title, "bold"), (later, "italic"))
        more = [Text(f"… and {step.items.more} more", "dim")] if step.items.more else []
        lines.append(_hang(f"{number}.", "", title, *map(_item, step.items.shown), *more))
    for query in view.queries.shown:
        lines += _query(query)
    yield _section("No order works yet" if view.stuck else _ORDERS[view.order], lines)


def _item(item: Item) -> Table:
    where: Text | str = Text.assemble("  ", _spot(item.spot)) if item.spot else ""
    return _hang("-", "dim", Text.assemble(_prose(item.text), where))


def _query(query: QueryView) -> list[RenderableType]:
    head = ": ".join(part for part in (query.when, query.purpose) if part)
    expect = f" → {query.expect}" if query.expect else ""
    return [_hang("›", "dim", _prose(head + expect), *_sql(query.sql))]


def _checklist(view: View) -> Iterable[RenderableType]:
    tasks = (*view.failed.shown, *view.open.shown, *view.verified.shown)
    if tasks:
        yield _section("Checklist", map(_task, tasks))


def _task(task: Task) -> Table:
    mark, style = _MARKS[task.state]
    evidence = Text.assemble("  ", _prose(task.evidence, "dim")) if task.evidence else ""
    return _hang(mark, style, Text.assemble(_prose(task.text), evidence))


def _rollback(view: View) -> Iterable[RenderableType]:
    if not view.undo.shown:
        return
    lines: list[RenderableType] = [_prose(line) for line in view.proven]
    for number, step in enumerate(view.undo.shown, 1):
        time = f" ({step.time})" if step.time else ""
        note = f" {step.note}" if step.note else ""
        paste = _sql(step.paste, "sql" if step.language == "sql" else "bash")
        lines.append(_hang(f"{number}.", "dim", _prose(f"{step.do}{time}{note}"), *paste))
    yield _section(f"Rollback plan: {_GRADES[view.grade]}{f', {view.ran}' if view.ran else ''}", lines)


def _watch(view: View) -> Iterable[RenderableType]:
    thresholds = (_prose(f"{metric} {limit}: {then}") for metric, limit, then in view.thresholds.shown)
    lines: list[RenderableType] = [_hang("-", "dim", threshold) for threshold in thresholds]
    for query in view.monitoring.shown:
        lines += _query(query)
    if lines:
        yield _section("Monitoring", lines)


def _later(view: View) -> Iterable[RenderableType]:
    if view.later.shown:
        lines = (_prose(f"`{each.object}` after {each.after}") for each in view.later.shown)
        yield _section("May be dropped later", lines, view.later)


def _coverage(view: View) -> Group:
    read = f"{plural(view.statements, 'statement')} and {plural(view.references, 'reference')} read."
    lines: list[Text] = [Text(read, "dim")]
    lines += [
        Text.assemble(("not read: ", "dim"), _spot(item.spot) if item.spot else "", ": ", _prose(item.text))
        for item in view.unread.shown
    ]
    if view.unread.more:
        lines.append(Text(f"… and {view.unread.more} more", "dim"))
    lines += [Text.assemble(("tried: ", "dim"), _prose(one.line)) for one in view.tried]
    lines += [Text.assemble(("not proven: ", "dim"), _prose(reason)) for reason in view.not_proven.shown]
    return Group(*lines)
