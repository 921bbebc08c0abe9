"""The documentation page of a rule, from the rule itself."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.markup import escape

from midflight.inspection.finding import Step
from midflight.inspection.model import Example, Rule
from midflight.report.templates import render

_LANGUAGES = {"ts": "ts", "tsx": "tsx", "js": "js", "jsx": "jsx", "py": "python", "sql": "sql", "prisma": "prisma"}


@dataclass(frozen=True, slots=True)
class Listing:
    """A piece of code with a title above it."""

    title: str
    text: str
    language: str


@dataclass(frozen=True, slots=True)
class ExampleView:
    """One example: its title and its code in reading order."""

    title: str
    listings: tuple[Listing, ...]


def render_rule_page(rule: Rule, *, recipe: Sequence[Step] = ()) -> str:
    """Return `docs/rules/<id>.md`; `recipe` is that of the finding in the first bad example."""
    bad = tuple(_example(example) for example in rule.bad)
    good = tuple(_example(example) for example in rule.good)
    return render("rule.md.j2", rule=rule, bad=bad, good=good, recipe=tuple(recipe))


def render_rules(rules: Sequence[Rule], console: Console, *, explain: bool) -> None:
    """Print rules to a terminal: one line each, or all that a rule has to say about itself."""
    for rule in rules:
        console.print(f"[bold]{rule.id}[/] [dim]{rule.level.value}[/] {escape(rule.summary)}", highlight=False)
        if explain:
            console.print(f"\n{escape(rule.why)}\n", highlight=False)
            for number, line in enumerate(rule.instead, start=1):
                console.print(f"{number}. {escape(line)}", highlight=False)
            console.print(
                f"\n[dim]Ignore one finding:[/] -- midflight: ignore\\[{rule.id}] the reason", highlight=False
            )


def _example(example: Example) -> ExampleView:
    return ExampleView(example.title, tuple(_listings(example)))


def _listings(example: Example) -> Iterator[Listing]:
    if example.schema:
        yield Listing("The history", example.schema, "sql")
    if example.edited is not None:
        yield Listing("The history, as the pull request rewrites it", example.edited, "sql")
    for number, migration in enumerate(example.migrations):
        named = f" `{example.names[number]}`" if number < len(example.names) else ""
        yield Listing(f"The migration{named}", migration, "sql")
    yield from _code("Old code", example.base)
    yield from _code("New code", example.head)


def _code(title: str, files: Mapping[str, str]) -> Iterator[Listing]:
    for path, text in files.items():
        yield Listing(f"{title}, `{path}`", text, _LANGUAGES.get(path.rsplit(".", 1)[-1], ""))
