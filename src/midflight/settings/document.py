"""A YAML text as plain values, with the line of each place."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml

Loc = tuple[int | str, ...]

MOST_CHARACTERS = 200_000  # of a configuration file; people write a few hundred


@dataclass(frozen=True, slots=True)
class Document:
    """A mapping read from YAML, the line of each place in it, and what is wrong with the text itself."""

    values: dict[str, object]
    lines: dict[Loc, int] = field(default_factory=dict)
    problems: tuple[tuple[int, str], ...] = ()

    def line(self, loc: Loc) -> int:
        """Return the line of the place, or of the nearest thing around it that the text does have."""
        return next((self.lines[loc[:end]] for end in range(len(loc), 0, -1) if loc[:end] in self.lines), 1)


def parse_document(text: str) -> Document:
    """Return the mapping that a YAML text holds; a text that holds none gives problems as (line, what)."""
    if len(text) > MOST_CHARACTERS:
        return Document({}, problems=((1, f"more than {MOST_CHARACTERS:,} characters are not read"),))
    lines: dict[Loc, int] = {}
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        problems = tuple(_mark(node, (), lines))
        value = {} if node is None else loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        return Document({}, problems=((line, f"not YAML: {error.problem}"),))
    except (yaml.YAMLError, ValueError) as error:
        return Document({}, problems=((1, f"not YAML: {' '.join(str(error).split())}"),))
    except RecursionError:
        return Document({}, problems=((1, "nested too deeply to be read"),))
    if value is None:
        return Document({}, lines, problems)
    if not isinstance(value, dict):
        return Document({}, lines, (*problems, (1, "must be a mapping of settings")))
    return Document(value, lines, problems)


def dotted(loc: Loc) -> str:
    """Return a place as people write it: `databases[0].format`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc)
    return text.removeprefix(".")


class _Loader(yaml.SafeLoader):
    """YAML 1.2's plain values: `off` is a word and not a boolean, a date is text; no aliases, so no expansion."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 (PyYAML's own interface)

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]  # the stubs leave it untyped
            raise yaml.MarkedYAMLError(problem="aliases are not read", problem_mark=mark)
        return super().compose_node(parent, index)


for _tag, _pattern, _first in (
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("int", r"^[-+]?[0-9]+$", "-+0123456789"),
    ("float", r"^[-+]?[0-9]+\.[0-9]+$", "-+0123456789"),
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), list(_first))


def _mark(node: yaml.Node | None, loc: Loc, lines: dict[Loc, int]) -> Iterator[tuple[int, str]]:
    """Note the line of every place under a node; yield the line and problem of each key written twice."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = (*loc, str(key.value))
            line = key.start_mark.line + 1
            if inner in lines:
                yield line, f"{dotted(inner)}: is written twice, first on line {lines[inner]}"
            lines.setdefault(inner, line)
            yield from _mark(value, inner, lines)
    elif isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            lines[*loc, number] = item.start_mark.line + 1
            yield from _mark(item, (*loc, number), lines)
