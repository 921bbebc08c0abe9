"""Finds SQLAlchemy's declarative models and SQLModel's tables: the library lists their columns in every statement."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from tree_sitter import Node, Query

from midflight.changes.model import NotAnalysed
from midflight.references.drafts import Draft
from midflight.references.extractors.python.syntax import PYTHON, Source, arguments, bare, keywords, line
from midflight.references.extractors.python.values import value_of
from midflight.references.model import HOLE, Access, Api, ColumnUse, Place, TableReference, Verb
from midflight.references.values import Record, Rows, Text, shorten

MOST_CLASSES = 2_000
MARKS = re.compile(rb"\b__tablename__\b|\btable\s*=\s*True\b")

_LIBRARIES = re.compile(rb"\b(?:sqlalchemy|sqlmodel|declarative_base|db\.Model)\b", re.IGNORECASE)
_CLASSES = Query(PYTHON, "(class_definition) @class")
_COLUMNS = frozenset({"Column", "mapped_column", "column"})
_MAPPED = re.compile(r"(?:[\w.]+\.)?Mapped\s*\[(.*)\]\Z", re.DOTALL)
_DEFERRED = frozenset({"deferred", "deferred_group", "deferred_raiseload"})
# what the server fills in, so that an insert leaves it out
_GIVEN = frozenset({"server_default", "Identity", "Computed", "FetchedValue"})
_ALL_IN_SCHEMA = re.compile(rb"\bMetaData\s*\([^()]{0,500}\bschema\s*=")
_DEEPEST = 20  # classes that inherit from each other


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    line: int
    is_deferred: bool = False
    is_given: bool = False


@dataclass(slots=True)
class _Class:
    """A class as its body says it; `table` is None where it names none, "" where the name is made at run time."""

    node: Node
    name: str
    bases: tuple[str, ...]
    members: dict[str, Node]
    annotated: dict[str, Node]
    table: str | None = None
    is_sqlmodel_table: bool = False


def find_models(source: Source) -> list[Draft]:
    """Give a draft for each class that is mapped to a table whose name its file tells."""
    if not MARKS.search(source.text) or not _LIBRARIES.search(source.text):
        return []
    classes = list(_classes(source))
    by_name = {one.name: one for one in classes}
    drafts = [draft for one in classes for draft in _drafts(source, one, by_name)]
    if len(classes) >= MOST_CLASSES:
        reason = f"the file holds more than {MOST_CLASSES} classes; the rest is not read"
        drafts.append(Draft(len(source.text), unresolved=(NotAnalysed(source.path, 0, reason),)))
    return drafts


def _classes(source: Source) -> Iterator[_Class]:
    for captures in source.matches(_CLASSES)[:MOST_CLASSES]:
        node = captures["class"][0]
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        if name is None or body is None:
            continue
        given = node.child_by_field_name("superclasses")
        bases = given.named_children if given is not None else []
        found = _Class(
            node,
            source.read(name),
            tuple(source.read(base).rsplit(".", 1)[-1] for base in bases if base.type != "keyword_argument"),
            members={},
            annotated={},
        )
        found.is_sqlmodel_table = any(re.fullmatch(r"table\s*=\s*True", source.read(base)) for base in bases)
        _read_body(source, found, body)
        found.table = _table_name(source, found)
        yield found


def _read_body(source: Source, found: _Class, body: Node) -> None:
    for statement in body.named_children:
        node = statement.named_children[0] if statement.type == "expression_statement" else None
        if node is None or node.type != "assignment":
            continue
        left, kind, right = (node.child_by_field_name(field) for field in ("left", "type", "right"))
        if left is None or left.type != "identifier":
            continue
        name = source.read(left)
        if right is not None:
            found.members[name] = right
        if kind is not None:
            found.annotated[name] = kind


def _table_name(source: Source, found: _Class) -> str | None:
    given = found.members.get("__tablename__")
    if given is not None:
        value = value_of(given, source)
        return value.text if isinstance(value, Text) and HOLE not in value.text else ""
    return found.name.lower() if found.is_sqlmodel_table else None  # SQLModel's default


def _drafts(source: Source, one: _Class, by_name: dict[str, _Class]) -> Iterator[Draft]:
    table, owner = _mapped_to(one, by_name)
    if table is None or "__abstract__" in one.members or "__bind_key__" in one.members:
        return
    schema = _schema(source, owner)
    if not table or schema is None:
        reason = f"the table of the model `{one.name}` is put in by the code"
        yield Draft(one.node.start_byte, unresolved=(NotAnalysed(source.path, line(one.node), reason),))
        return
    columns = list(_all_columns(source, one, by_name))
    if not columns:
        return
    read = tuple(_use(source, column, Access.READ) for column in columns if not column.is_deferred)
    written = tuple(_use(source, column, Access.WRITE) for column in columns if not column.is_given)
    body = one.node.child_by_field_name("body")
    end = body.start_byte if body is not None else one.node.end_byte
    text = shorten(source.text[one.node.start_byte : end][:400].decode("utf-8", "replace").strip())
    place = Place(source.path, line(one.node))
    select = TableReference(place, table, Verb.SELECT, Api.SQL, schema, columns=read, text=text, mapped=True)
    # no complete payload: nothing says that the program inserts into every table that it maps
    yield Draft(one.node.start_byte, (replace(select, verb=Verb.INSERT, columns=written), select))


def _use(source: Source, column: _Column, access: Access) -> ColumnUse:
    return ColumnUse(column.name, access, Place(source.path, column.line))


def _mapped_to(one: _Class, by_name: dict[str, _Class]) -> tuple[str | None, _Class]:
    """The table of a class, its own or, where it has none, that of the mapped class it extends (single table)."""
    if one.table is not None:
        return one.table, one
    for parent in _ancestors(one, by_name):
        if parent.table is not None and "__abstract__" not in parent.members:
            return parent.table, parent
    return None, one


def _ancestors(one: _Class, by_name: dict[str, _Class]) -> Iterator[_Class]:
    """The classes of the same file that a class extends, the nearest first."""
    seen = {one.name}
    waiting = [(base, 1) for base in one.bases]
    while waiting:
        name, depth = waiting.pop(0)
        parent = by_name.get(name)
        if parent is None or name in seen or depth > _DEEPEST:
            continue
        seen.add(name)
        yield parent
        waiting += [(base, depth + 1) for base in parent.bases]


def _all_columns(source: Source, one: _Class, by_name: dict[str, _Class]) -> Iterator[_Column]:
    """The columns of a class and of its mixins and abstract bases; those of a mapped parent belong to that one."""
    is_sqlmodel = one.is_sqlmodel_table
    parts = [one, *(parent for parent in _ancestors(one, by_name) if parent.table is None)]
    done: set[str] = set()
    for part in parts:
        for name in [*part.annotated, *(name for name in part.members if name not in part.annotated)]:
            if name in done or name.startswith("__"):
                continue
            done.add(name)
            column = _column(source, part, name, is_sqlmodel=is_sqlmodel)
            if column is not None:
                yield column


def _column(source: Source, part: _Class, name: str, *, is_sqlmodel: bool) -> _Column | None:
    kind, value = part.annotated.get(name), part.members.get(name)
    if value is None:
        annotation = source.read(kind)[:2000] if kind is not None else ""
        mapped = _MAPPED.match(annotation)
        is_column = (mapped is not None and not re.search(r"[\"']", mapped[1])) or (
            is_sqlmodel and not mapped and "ClassVar" not in annotation and not name.startswith("_")
        )
        return _Column(name, line(kind)) if is_column and kind is not None else None
    call = bare(value)
    if call.type != "call":
        plain = is_sqlmodel and kind is not None and "ClassVar" not in source.read(kind) and not name.startswith("_")
        return _Column(name, line(value)) if plain else None
    return _called(source, name, call, is_sqlmodel=is_sqlmodel and kind is not None)


def _called(source: Source, name: str, call: Node, *, is_sqlmodel: bool) -> _Column | None:
    """`Column(...)`, `mapped_column(...)`, `deferred(Column(...))` and SQLModel's `Field(...)`."""
    callee = _callee(source, call)
    given = arguments(call)
    if callee == "deferred" and given and given[0].type == "call":
        inner = _called(source, name, given[0], is_sqlmodel=False)
        return replace(inner, is_deferred=True, line=line(call)) if inner is not None else None
    if callee in _COLUMNS:
        return _from_column(source, name, call)
    if not is_sqlmodel or callee != "Field":
        return None
    for key, value in keywords(call):
        inner_call = bare(value)
        if source.read(key) == "sa_column" and inner_call.type == "call":
            found = _from_column(source, name, inner_call)
            return replace(found, line=line(call))
        if source.read(key) == "sa_column_kwargs":
            return replace(_Column(_renamed(source, value) or name, line(call)), is_given=_says_default(source, value))
    return _Column(name, line(call))


def _from_column(source: Source, name: str, call: Node) -> _Column:
    given, named = arguments(call), {source.read(key): value for key, value in keywords(call)}
    first = named.get("name") or (given[0] if given else None)
    value = value_of(first, source) if first is not None else None
    column = value.text if isinstance(value, Text) and HOLE not in value.text and value.text else name
    is_deferred = any(source.read(named[key]) not in {"False", "None"} for key in _DEFERRED & named.keys())
    makers = {_callee(source, argument) for argument in given if argument.type == "call"}
    is_given = not _GIVEN.isdisjoint(named.keys() | makers)
    return _Column(column, line(call), is_deferred, is_given)


def _renamed(source: Source, node: Node) -> str:
    value = value_of(node, source)
    entries = value.entries if isinstance(value, Record) else ()
    names = [given.text for key, given in entries if key.name == "name" and isinstance(given, Text)]
    return names[0] if names else ""


def _says_default(source: Source, node: Node) -> bool:
    return "server_default" in source.read(node)[:2000]


def _callee(source: Source, call: Node) -> str:
    function = call.child_by_field_name("function")
    return source.read(function)[-100:].rsplit(".", 1)[-1] if function is not None else ""


def _schema(source: Source, one: _Class) -> str | None:
    """The schema that `__table_args__` gives, empty where it gives none, None where it cannot be told."""
    default = None if _ALL_IN_SCHEMA.search(source.text) else ""
    node = one.members.get("__table_args__")
    if node is None:
        return default
    value = value_of(node, source)
    candidates: Sequence[object] = value.items if isinstance(value, Rows) else (value,)
    for record in candidates:
        for key, given in record.entries if isinstance(record, Record) else ():
            if key.name == "schema":
                return given.text if isinstance(given, Text) and HOLE not in given.text else None
    return default
