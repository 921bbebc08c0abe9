"""Finds SQL in the strings of Python."""

from tree_sitter import Node

from midflight.changes.model import NotAnalysed
from midflight.references.drafts import Draft
from midflight.references.extractors.python.flags import Flags
from midflight.references.extractors.python.syntax import Source
from midflight.references.extractors.python.values import value_of
from midflight.references.model import HOLE, Place, SqlText
from midflight.references.sqltext import candidates, is_certain, is_statement, runs_sql
from midflight.references.values import Text

MOST_TEXTS = 5_000

_JOINING = frozenset({"concatenated_string", "binary_operator", "parenthesized_expression"})


def find_texts(source: Source, flags: Flags) -> list[Draft]:
    """Give a draft for each string that is SQL."""
    seen: dict[int, Draft] = {}
    for offset in candidates(source.text):
        node = _string_at(source, offset)
        if node is None:
            continue
        outer = _whole(source, node)
        if outer.start_byte in seen:
            continue
        if len(seen) >= MOST_TEXTS:
            problem = NotAnalysed(
                source.path, 0, f"the file holds more than {MOST_TEXTS} SQL texts; the rest is not read"
            )
            seen[-1] = Draft(len(source.text), unresolved=(problem,))
            break
        draft = _draft(source, flags, outer)
        if draft is not None:
            seen[outer.start_byte] = draft
    return list(seen.values())


def _string_at(source: Source, offset: int) -> Node | None:
    """The string that opens with the quote at `offset`, which may be the last of three."""
    node = source.root.descendant_for_byte_range(offset, offset + 1)
    if node is None or node.type != "string_start" or node.end_byte != offset + 1:
        return None
    return source.path_to(node)[-2]


def _whole(source: Source, node: Node) -> Node:
    """The whole of `"select a " "from t"` or `"select a " + "from t"`, where it begins with this string."""
    outer = node
    for parent in reversed(source.path_to(node)[:-1]):
        if parent.type not in _JOINING:
            break
        outer = parent if parent.type != "parenthesized_expression" else outer
    return outer


def _draft(source: Source, flags: Flags, node: Node) -> Draft | None:
    path = source.path_to(node)
    if len(path) > 1 and path[-2].type == "expression_statement":
        return None  # a docstring
    passed, formatted = _use(source, path)
    value = value_of(formatted or node, source)
    if not isinstance(value, Text) or not is_statement(value.text, passed=passed):
        return None
    query = SqlText(
        Place(source.path, value.line),
        value.text,
        guard=flags.guard_of(node),
        dynamic=HOLE in value.text,
        certain=is_certain(value.text, passed=passed),
    )
    return Draft(node.start_byte, query=query)


def _use(source: Source, path: list[Node]) -> tuple[bool, Node | None]:
    """Whether a string is given to something that runs SQL, and the `.format()` call on it if there is one."""
    formatted = None
    for parent in reversed(path[max(0, len(path) - 5) : -1]):
        if parent.type != "call":
            continue
        function = parent.child_by_field_name("function")
        callee = source.read(function)[-100:] if function is not None else ""
        if callee.endswith(".format"):
            formatted = parent
        elif runs_sql(callee) or callee.rsplit(".", 1)[-1] == "text":
            return True, formatted
    return False, formatted
