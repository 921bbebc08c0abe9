"""The template environment: everything is escaped unless a filter of ours made it, and teams extend it in a sandbox."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError, nodes, pass_context
from jinja2.exceptions import SecurityError
from jinja2.runtime import BlockReference, Context, LoopContext, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

from midflight import text
from midflight.errors import SettingsError

COMMENT = "comment.md.j2"
MOST_OUTPUT = 4_000_000
MOST_ROUNDS = 200_000
_WHERE = "comment template"
_FENCE = re.compile(r"\s*(`{3,})")
_NO_ID = re.compile(r"[^A-Za-z0-9_.:/-]|-(?=-)|-\Z|\A-")
_FORBIDDEN = (
    nodes.Concat,  # would join escaped and raw text
    nodes.Macro,
    nodes.CallBlock,
    nodes.Import,
    nodes.FromImport,
    nodes.Include,
    nodes.ScopedEvalContextModifier,  # {% autoescape %}
)


class _Sandbox(ImmutableSandboxedEnvironment):
    """Templates see data: no methods of strings, nothing private, no call but of blocks and macros."""

    intercepted_binops = frozenset(["+", "-", "*", "/", "//", "%", "**"])

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:  # noqa: ANN401 (Jinja2's signature)
        return not isinstance(obj, str) and super().is_safe_attribute(obj, attr, value)

    def is_safe_callable(self, obj: Any) -> bool:  # noqa: ANN401 (Jinja2's signature)
        return isinstance(obj, (Macro, BlockReference, LoopContext))

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:  # noqa: ANN401 (Jinja2's)
        if operator not in {"+", "-"} or not (isinstance(left, int) and isinstance(right, int)):
            raise SecurityError(f"the operator {operator} is only for adding and subtracting numbers")
        return super().call_binop(context, operator, left, right)


def _escaped(value: object) -> Markup:
    """The finalizer: what is not markup of ours becomes plain text."""
    return value if isinstance(value, Markup) else Markup(text.markdown(str(value)))  # noqa: S704 (escaped here)


@pass_context
def _prose(context: Context, value: str) -> Markup:
    view = context.get("view")
    return _made(text.prose(value, getattr(view, "places", text.NO_LINKS)))


def _made(markdown: str) -> Markup:
    return Markup(markdown)  # noqa: S704 (the text comes from an escaper)


def _link(label: Markup | str, url: str) -> Markup:
    shown = _escaped(label)
    return _made(f"[{shown}]({url})") if url.startswith(("https://", "http://")) else shown


def _indent(value: Markup, width: int) -> Markup:
    return _made(re.sub(r"\n(?!\n|\Z)", "\n" + " " * width, str(value)))


def _hidden(identifier: str, approves: str = "") -> Markup:
    """The stable id of a checklist item and what its tick approves; no character of it can end its comment."""
    of = f" of={_NO_ID.sub('_', approves)[:80]}" if approves else ""
    return _made(f"<!-- midflight:item {_NO_ID.sub('_', identifier)[:200]}{of} -->")


def _lines(pairs: Iterable[tuple[str, str]]) -> str:
    return "\n".join(f"{label}: {' '.join(value.split())}" for label, value in pairs)


@cache
def folder() -> Path:
    """Return where the templates are: in the installed package, else at the root of this repository."""
    packaged = Path(str(files("midflight"))) / "templates"
    return packaged if packaged.is_dir() else Path(__file__).parents[3] / "templates"


def _loader() -> FileSystemLoader:
    return FileSystemLoader(folder())


@cache
def environment() -> Environment:
    """Return the environment of the packaged templates."""
    made = _Sandbox(
        loader=_loader(),
        autoescape=True,
        finalize=_escaped,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.clear()
    made.filters.update(_FILTERS)
    made.globals.clear()
    return made


def render(name: str, **values: object) -> str:
    """Return a packaged template filled in."""
    return tidy(environment().get_template(name).render(**values))


def check_template(source: str) -> None:
    """Raise a SettingsError that says everything wrong with a team's comment template."""
    try:
        problems = tuple(_problems(environment().parse(source)))
        if not problems:
            environment().compile(source)
    except TemplateError as error:
        raise SettingsError((_said(error),)) from None
    except (RecursionError, MemoryError):
        raise SettingsError((f"{_WHERE}: it is nested too deep.",)) from None
    if problems:
        raise SettingsError(problems)


def render_team(source: str, **values: object) -> str:
    """Return a team's template filled in; anything that goes wrong with it is a SettingsError."""
    check_template(source)
    try:
        bounded = _Bounded().visit(environment().parse(source))
        template = environment().from_string(bounded)
        return tidy(_collected(template.generate(**values, rounds=_Rounds())))
    except TemplateError as error:
        raise SettingsError((_said(error),)) from None
    except Exception as error:  # noqa: BLE001 (whatever a template raises is the template's fault)
        raise SettingsError((f"{_WHERE}: it cannot be filled in: {type(error).__name__}: {error}.",)) from None


def block_names() -> tuple[str, ...]:
    """Return the blocks of the comment that a team can override, in order."""
    source, _, _ = _loader().get_source(environment(), COMMENT)
    return tuple(block.name for block in environment().parse(source).find_all(nodes.Block))


def tidy(rendered: str) -> str:
    """Return rendered Markdown with at most one empty line in a row and none at the ends; fenced blocks are kept."""
    kept: list[str] = []
    fence = ""
    for line in rendered.split("\n"):
        fence = _fence_after(fence, line)
        if fence or line.strip() or (kept and kept[-1].strip()):
            kept.append(line if fence else line.rstrip())
    return "\n".join(kept).strip("\n") + "\n"


def _fence_after(fence: str, line: str) -> str:
    """The fence that is open after the line: our blocks close with exactly the run they opened with."""
    if fence:
        return "" if line.strip() == fence else fence
    opened = _FENCE.match(line)
    return opened[1] if opened and "`" not in line[opened.end() :] else ""


def _problems(parsed: nodes.Template) -> Iterator[str]:
    parents = [node.template for node in parsed.find_all(nodes.Extends)]
    if not (len(parents) == 1 and isinstance(parents[0], nodes.Const) and parents[0].value == COMMENT):
        yield f'{_WHERE}: it must begin with {{% extends "{COMMENT}" %}} and override blocks.'
    known = block_names()
    for block in parsed.find_all(nodes.Block):
        if block.name not in known:
            yield f"{_WHERE}, line {block.lineno}: there is no block {block.name}. Known are {', '.join(known)}."
    for node in parsed.find_all(_FORBIDDEN):
        yield f"{_WHERE}, line {node.lineno}: {type(node).__name__} is not available; write values next to each other."


def _said(error: TemplateError) -> str:
    line = getattr(error, "lineno", None)
    place = f"{_WHERE}, line {line}" if line else _WHERE
    return f"{place}: {(error.message or type(error).__name__).rstrip('.')}."


class _Rounds:
    """Counts the rounds of all loops of one rendering."""

    def __init__(self) -> None:
        self.left = MOST_ROUNDS

    def over(self, values: Iterable[object]) -> Iterator[object]:
        for value in values:
            self.left -= 1
            if self.left < 0:
                raise SecurityError(f"its loops take more than {MOST_ROUNDS:,} rounds")
            yield value


@pass_context
def _bounded(context: Context, values: Iterable[object]) -> list[object]:
    rounds = context.get("rounds")
    if not isinstance(rounds, _Rounds):
        raise SecurityError("the name rounds is taken")
    return list(rounds.over(values))


class _Bounded(NodeTransformer):
    """Counts the rounds of every loop in a template."""

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802 (Jinja2 names visitors after the node)
        node.iter = nodes.Filter(node.iter, "bounded", [], [], None, None, lineno=node.lineno)
        return self.generic_visit(node)


def _collected(pieces: Iterable[str]) -> str:
    whole: list[str] = []
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > MOST_OUTPUT:
            raise SecurityError(f"it makes more than {MOST_OUTPUT:,} characters")
        whole.append(piece)
    return "".join(whole)


_FILTERS: Mapping[str, Callable[..., object]] = {
    "prose": _prose,
    "code": lambda value: _made(text.code(str(value))),
    "block": lambda value, language="": _made(text.code_block(str(value), language)),
    "cell": lambda value: value if isinstance(value, Markup) else _made(text.cell(str(value))),
    "link": _link,
    "indent": _indent,
    "hidden": _hidden,
    "lines": _lines,
    "plural": lambda count, noun, many="": text.plural(count, noun, many),
    "shorten": lambda value, length: text.shorten(str(value), length),
    "length": len,
    "bounded": _bounded,
    "default": lambda value, other="": value or other,
}
