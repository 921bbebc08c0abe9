"""Reads the literal values in a Python file; nothing of it is ever run."""

import ast
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from midflight.changes.model import NotAnalysed

DEEPEST = 60
MOST_ITEMS = 200_000


@dataclass(frozen=True, slots=True)
class Ref:
    """A name that the file only imports or defines, dotted as far as its imports tell (`uuid.uuid4`)."""

    name: str

    @property
    def last(self) -> str:
        """Its last part."""
        return self.name.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class Call:
    """A call with values as arguments; `line` is where it begins."""

    name: str
    args: tuple["Value", ...]
    options: Mapping[str, "Value"]
    line: int
    incomplete: bool = False  # *args or **options that are not known

    @property
    def last(self) -> str:
        """The last part of the name."""
        return self.name.rpartition(".")[2]

    def get(self, name: str, position: int = -1, default: "Value" = None) -> "Value":
        """An argument by name or position."""
        if name in self.options:
            return self.options[name]
        return self.args[position] if 0 <= position < len(self.args) else default


@dataclass(frozen=True, slots=True)
class Text:
    """A string with the line of the file for each of its lines."""

    text: str
    line: int
    spread: bool = False  # written over as many lines as it has

    def line_of(self, number: int) -> int:
        """The line in the file of line `number` (from 0) of the text."""
        return self.line + number if self.spread else self.line


@dataclass(frozen=True, slots=True)
class Joined:
    """Two values with an operator between (`Q(a=1) & Q(b=2)`); `~x` has no left side."""

    operator: str
    left: "Value"
    right: "Value"


@dataclass(frozen=True, slots=True)
class Unread:
    """An expression that is not followed."""

    line: int


Value = None | bool | int | float | bytes | Ref | Call | Text | Joined | Unread | list["Value"] | dict[object, "Value"]

_OPERATORS = {ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^", ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}


@dataclass(slots=True)
class Module:
    """A parsed file: its tree, what its names stand for, and the constants at its top."""

    tree: ast.Module
    names: Mapping[str, str]
    constants: Mapping[str, ast.expr]
    functions: Mapping[str, ast.FunctionDef] = field(default_factory=lambda: MappingProxyType({}))
    budget: int = MOST_ITEMS

    def value(self, node: ast.expr | None, depth: int = 0) -> Value:  # noqa: PLR0911 - one line for each kind of node
        """The value of an expression; constants of the file are followed."""
        if node is None:
            return None
        self.budget -= 1
        if depth > DEEPEST or self.budget < 0:
            return Unread(node.lineno)
        match node:
            case ast.Constant():
                return _constant(node)
            case ast.Name() | ast.Attribute():
                return self._named(node, depth)
            case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
                return self._items(items, depth)
            case ast.Dict() | ast.Call() | ast.BinOp():
                return self._built(node, depth)
            case ast.UnaryOp(op=ast.Invert(), operand=operand):
                return Joined("~", None, self.value(operand, depth + 1))
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
                return -number
            case _:
                return Unread(node.lineno)

    def _built(self, node: ast.Dict | ast.Call | ast.BinOp, depth: int) -> Value:
        match node:
            case ast.Dict():
                return self._dict(node, depth)
            case ast.Call():
                return self._call(node, depth)
            case _:
                return self._joined(node, depth)

    def _named(self, node: ast.expr, depth: int) -> Value:
        dotted = _dotted(node)
        if not dotted:
            return Unread(node.lineno)
        head, _, rest = dotted.partition(".")
        if not rest and head in self.constants:
            return self.value(self.constants[head], depth + 1)
        return Ref(".".join(part for part in (self.names.get(head, head), rest) if part))

    def _items(self, items: list[ast.expr], depth: int) -> Value:
        found: list[Value] = []
        for item in items:
            if isinstance(item, ast.Starred):
                inner = self.value(item.value, depth + 1)
                found += inner if isinstance(inner, list) else [Unread(item.lineno)]
            else:
                found.append(self.value(item, depth + 1))
        return found

    def _dict(self, node: ast.Dict, depth: int) -> Value:
        found: dict[object, Value] = {}
        for key, value in zip(node.keys, node.values, strict=True):
            name = self.value(key, depth + 1)
            found[plain(name) if not isinstance(name, list | dict) else id(key)] = self.value(value, depth + 1)
        return found

    def _call(self, node: ast.Call, depth: int) -> Value:
        function = self._named(node.func, depth)
        if not isinstance(function, Ref):
            return Unread(node.lineno)
        args = self._items(node.args, depth)
        options = {each.arg: self.value(each.value, depth + 1) for each in node.keywords if each.arg}
        lost = any(each.arg is None for each in node.keywords)
        return Call(function.name, tuple(args) if isinstance(args, list) else (), options, node.lineno, lost)

    def _joined(self, node: ast.BinOp, depth: int) -> Value:
        operator = _OPERATORS.get(type(node.op))
        left, right = self.value(node.left, depth + 1), self.value(node.right, depth + 1)
        if isinstance(left, list) and isinstance(right, list) and operator == "+":
            return [*left, *right]
        if isinstance(left, Text) and isinstance(right, Text) and operator == "+":
            return Text(left.text + right.text, left.line)
        return Joined(operator, left, right) if operator else Unread(node.lineno)


def _constant(node: ast.Constant) -> Value:
    match node.value:
        case str() as text:
            breaks = text.count("\n")
            return Text(text, node.lineno, spread=0 < breaks == (node.end_lineno or node.lineno) - node.lineno)
        case bool() | int() | float() | bytes() | None as found:
            return found
        case _:
            return Unread(node.lineno)


def plain(value: Value) -> object:
    """A value as Python has it, without the place of texts."""
    return value.text if isinstance(value, Text) else value


def parse_python(path: str, text: str) -> Module | NotAnalysed:
    """Parse a file, or say why it cannot be."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the file's own, such as of an escape that Python will refuse one day
            tree = ast.parse(text)
    except SyntaxError as error:
        return NotAnalysed(path, error.lineno or 1, f"not Python that can be read: {error.msg}")
    except (RecursionError, MemoryError, ValueError):
        return NotAnalysed(path, 1, "the code is nested too deeply")
    return Module(tree, _imports(tree), _constants(tree), _functions(tree))


def _imports(tree: ast.Module) -> dict[str, str]:
    found: dict[str, str] = {}
    for node in tree.body:
        match node:
            case ast.Import(names=names):
                for alias in names:
                    found[alias.asname or alias.name.partition(".")[0]] = (
                        alias.name if alias.asname else alias.name.partition(".")[0]
                    )
            case ast.ImportFrom(module=module, names=names):
                for alias in names:
                    found[alias.asname or alias.name] = f"{module}.{alias.name}" if module else alias.name
    return found


def _constants(tree: ast.Module) -> dict[str, ast.expr]:
    """What is assigned once at the top of the file."""
    found: dict[str, ast.expr] = {}
    twice: set[str] = set()
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                pass
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                pass
            case _:
                continue
        twice |= {name} & found.keys()
        found[name] = value
    return {name: value for name, value in found.items() if name not in twice}


def _functions(tree: ast.Module) -> dict[str, ast.FunctionDef]:
    return {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}


def _dotted(node: ast.expr) -> str:
    parts: list[str] = []
    while isinstance(node, ast.Attribute) and len(parts) < DEEPEST:
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join((node.id, *reversed(parts)))
