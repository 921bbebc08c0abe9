"""Finds which table a name means in code that uses Drizzle."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from tree_sitter import Node

from midflight.references.extractors.javascript.flags import Flags
from midflight.references.extractors.javascript.names import Names
from midflight.references.extractors.javascript.syntax import arguments, bare, line
from midflight.references.mapping import FieldUse
from midflight.references.postgrest import Named

_ALIASES = frozenset({"alias", "aliasedTable"})
_FROM = re.compile(r"\bfrom\s*['\"]([^'\"\n]{1,300})['\"]")
_NOT_TABLES = frozenset("object array map set buffer this".split())


@dataclass(slots=True)
class Finder:
    """A file, what it imports, and what was read of it: nodes by their first byte and queries by their bytes."""

    names: Names
    flags: Flags
    drizzle: bool
    imported: dict[str, str]
    claimed: set[int] = field(default_factory=set)
    spans: list[tuple[int, int]] = field(default_factory=list)


def clauses(text: str) -> Iterator[tuple[str, str]]:
    """Yield what each import takes and the module it is from; no character is read twice."""
    end = 0
    for found in _FROM.finditer(text):
        _, opened, taken = text[end : found.start()].rpartition("import")
        end = found.end()
        if opened and not set(taken) & set(";'\""):
            yield taken, found[1]


def imports_of(text: str) -> tuple[dict[str, str], bool]:
    """What the file imports: the local names with the exported ones, and whether Drizzle is among the modules."""
    found: dict[str, str] = {}
    drizzle = False
    for taken, module in clauses(text):
        if module.startswith("drizzle-orm"):
            drizzle = True
            continue
        for named in re.finditer(r"([\w$]+)(?:\s+as\s+([\w$]+))?", taken.replace("* as ", "")):
            if named[1] != "type":
                found[named[2] or named[1]] = named[1]
    return found, drizzle


def table_of(finder: Finder, node: Node) -> str | None:
    """The exported name of the table that an argument names: `users`, `schema.users`, an alias of one."""
    names = finder.names
    node = bare(node)
    if node.type == "member_expression":
        key = node.child_by_field_name("property")
        owner = node.child_by_field_name("object")
        if key is None or owner is None or owner.type not in {"identifier", "member_expression"}:
            return None
        return names.source.read(key)
    if node.type != "identifier":
        return None
    name = names.source.read(node)
    if name.lower() in _NOT_TABLES:
        return None
    return exported(finder, name, node)


def exported(finder: Finder, name: str, at: Node, depth: int = 0) -> str:
    """The name under which the table of a local name is declared."""
    declared = finder.names.value(name, at)
    if declared is None:
        taken = finder.names.pattern(name, at)
        return taken[0] if taken else finder.imported.get(name, name)
    inner = bare(declared)
    if inner.type == "member_expression":  # const users = schema.users
        key = inner.child_by_field_name("property")
        return finder.names.source.read(key) if key is not None else name
    function = inner.child_by_field_name("function") if inner.type == "call_expression" else None
    given = arguments(inner) if inner.type == "call_expression" else []
    if function is not None and finder.names.source.read(function) in _ALIASES and given and depth == 0:
        return table_of(finder, given[0]) or name
    return name


def use_of(finder: Finder, node: Node, own: dict[str, str]) -> FieldUse | None:
    """The column that `users.id` or `schema.users.id` may name; `own` are the tables of a callback's parameters."""
    names = finder.names
    owner, key = node.child_by_field_name("object"), node.child_by_field_name("property")
    if owner is None or key is None:
        return None
    name = names.source.read(key)
    if owner.type == "member_expression":
        namespace, table = owner.child_by_field_name("object"), owner.child_by_field_name("property")
        if namespace is None or table is None or names.source.read(namespace) not in finder.imported:
            return None
        return FieldUse(names.source.read(table), Named(name, line(key)))
    if owner.type != "identifier" or name.startswith(("$", "_")) or name in {"getSQL", "as"}:
        return None
    local = names.source.read(owner)
    if local in own:
        return FieldUse(own[local], Named(name, line(key)))
    if local in finder.imported or names.value(local, owner) is not None or names.pattern(local, owner) is not None:
        return FieldUse(exported(finder, local, owner), Named(name, line(key)))
    return None
