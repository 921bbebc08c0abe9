"""Hold what is extracted from a repository's code against the schema types that it keeps, generated from its database.

    python bench/types_agree.py REPO [--revision R] [--under FOLDER]

The types are those of `supabase gen types`, a `schema.prisma`, or Diesel's `table!`. Counted are the columns and the
arguments of routines that references of tier 1 name, each once for each table and column. Of tables that the types have
not, the table counts; columns whose rows they leave open (`Record<string, any>`) are left out. What the types lack and
the repository's own migrations make is told as stale. Nothing is checked out.
"""

import argparse
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tree_sitter import Node

from midflight.adapters.git import GitRepository
from midflight.catalog.model import Catalog
from midflight.changes.model import EntryKind
from midflight.compatibility.schemas import read_schemas
from midflight.migrations.compare import compare_histories
from midflight.migrations.find import find_histories
from midflight.references.extractors.javascript.syntax import Source, parse
from midflight.references.generated import HEAD, is_generated
from midflight.references.languages import extract
from midflight.references.linking import link, models_of
from midflight.references.model import Extracted, Place, Reference, RoutineReference, TableReference
from midflight.references.paths import SearchOptions, code_paths

LARGEST = 1_000_000
_BODIES = frozenset({"object_type", "interface_body"})
_DATABASE = re.compile(rb"\bexport (?:type|interface) Database\b")
_DIESEL = re.compile(r"table!\s*\{(.*?)\n\s*\}\n\s*\}", re.DOTALL)
_DIESEL_TABLE = re.compile(r"^\s*(?:use [^\n]*\n\s*)*(?:(\w+)\.)?(\w+)\s*\(", re.MULTILINE)
_DIESEL_COLUMN = re.compile(r'(?:#\[sql_name = "(?P<sql>[^"]+)"\]\s*)?\b(?P<name>\w+) ->')
Tables = dict[str, set[str]]


@dataclass
class Types:
    """Tables and views with their columns, routines with the argument names of all their overloads."""

    tables: Tables = field(default_factory=dict)
    routines: Tables = field(default_factory=dict)
    schemas: set[str] = field(default_factory=set)

    def add(self, tables: Mapping[str, Iterable[str]], routines: Mapping[str, Iterable[str]]) -> None:
        """Add what one file has to what others had."""
        for known, given in ((self.tables, tables), (self.routines, routines)):
            for name, parts in given.items():
                known.setdefault(name, set()).update(parts)


def main() -> int:
    """Print the counts and what is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("repository", type=Path)
    parser.add_argument("--revision", default="HEAD")
    parser.add_argument("--under", default="", help="only code below this folder")
    options = parser.parse_args()
    repository = GitRepository(options.repository)
    tree = repository.tree(options.revision)
    every = [e for e in tree.entries.values() if e.kind is EntryKind.FILE and e.size <= LARGEST]
    wanted = set(code_paths((e.path for e in every), SearchOptions()))
    paths: dict[str, list[str]] = {}
    for entry in every:
        if entry.path in wanted or entry.path.endswith((".ts", ".prisma", ".rs")):
            paths.setdefault(entry.blob, []).append(entry.path)
    types, found = Types(), dict[str, Extracted]()
    for blob, source in repository.read(paths):
        for path in paths[blob]:
            read_types(types, path, source)
            if path in wanted and path.startswith(options.under) and not is_generated(path, source[:HEAD]):
                found[path] = _extract(path, source)
    if not types.tables:
        print("no generated types")
        return 1
    histories = find_histories(tree, repository, ())
    catalogs = [read_schemas(one).before for one in compare_histories(histories, histories)]
    report(tree.revision, types, list(_references(found)), catalogs)
    return 0


def _extract(path: str, source: bytes) -> Extracted:
    try:
        return extract(path, source)
    except RecursionError:
        return Extracted()


def _references(found: Mapping[str, Extracted]) -> Iterator[Reference]:
    models = models_of(found.values())
    for path, each in found.items():
        if not path.endswith(".prisma"):  # there the models are the types
            yield from each.references
            yield from link(each, models).references


def read_types(types: Types, path: str, source: bytes) -> None:
    """Add what a file says of the schema, if it is one of types."""
    if path.endswith(".ts") and _DATABASE.search(source):
        types.add(*_supabase(parse(path, source)))
        types.schemas |= _members(parse(path, source), _database(parse(path, source))).keys()
    elif path.endswith(".prisma"):
        found = _extract(path, source)
        mapped = (r for r in found.references if isinstance(r, TableReference))
        types.add({}, {})
        for reference in mapped:
            types.add({reference.table: [column.name for column in reference.columns]}, {})
    elif path.endswith(".rs") and b"table!" in source:
        types.add(_diesel(source.decode("utf-8", "replace")), {})


def _diesel(text: str) -> Tables:
    found: Tables = {}
    for block in _DIESEL.findall(text):
        if table := _DIESEL_TABLE.search(block):
            found[table[2]] = {match["sql"] or match["name"] for match in _DIESEL_COLUMN.finditer(block)}
    return found


def _supabase(source: Source) -> tuple[Tables, Tables]:
    tables: Tables = {}
    routines: Tables = {}
    for schema in _members(source, _database(source)).values():
        parts = _members(source, schema)
        for kind in ("Tables", "Views"):
            for name, relation in _members(source, parts.get(kind)).items():
                tables.setdefault(name, set()).update(_members(source, _members(source, relation).get("Row")))
        for name, routine in _members(source, parts.get("Functions")).items():
            routines.setdefault(name, set()).update(_arguments(source, routine))
    return tables, routines


def _arguments(source: Source, routine: Node) -> Iterator[str]:
    """The names of all overloads, which are a union of types."""
    bodies = [routine] if routine.type in _BODIES else [n for n in _descendants(routine) if n.type in _BODIES]
    for body in bodies:
        given = _members(source, body).get("Args")
        for part in _descendants(given) if given is not None else ():
            if part.type in _BODIES:
                yield from _members(source, part)


def _descendants(node: Node) -> Iterator[Node]:
    waiting = [node]
    while waiting:
        each = waiting.pop()
        yield each
        waiting += each.named_children


def _database(source: Source) -> Node | None:
    for statement in source.root.named_children:
        declared = statement.child_by_field_name("declaration") or statement
        name = declared.child_by_field_name("name")
        if name is not None and source.read(name) == "Database":
            return declared.child_by_field_name("value") or declared.child_by_field_name("body")
    return None


def _members(source: Source, body: Node | None) -> dict[str, Node]:
    found: dict[str, Node] = {}
    for member in body.named_children if body is not None and body.type in _BODIES else ():
        name, given = member.child_by_field_name("name"), member.child_by_field_name("type")
        value = next(iter(given.named_children), None) if given is not None else None
        if member.type == "property_signature" and name is not None and value is not None:
            found[source.read(name).strip("'\"")] = value
    return found


def report(revision: str, types: Types, references: list[Reference], catalogs: Sequence[Catalog]) -> None:
    """Print how many tables, columns and arguments the code names, and which of them the types have not."""
    columns: dict[tuple[str, str], Place] = {}
    arguments: dict[tuple[str, str], Place] = {}
    tables: dict[str, Place] = {}
    routines: dict[str, Place] = {}
    for reference in references:
        if reference.schema not in types.schemas | {""}:
            continue  # of a schema that the types leave out, as `auth`
        match reference:
            case RoutineReference(routine=name):
                routines.setdefault(name, reference.place)
                for argument in reference.arguments or ():
                    arguments.setdefault((name, argument), reference.place)
            case TableReference(table=name, embedded=True) if any(name in each for each in types.tables.values()):
                pass  # PostgREST embeds by the column of a foreign key as well
            case TableReference(table=name):
                tables.setdefault(name, reference.place)
                for column in reference.columns:
                    if not column.shared:
                        columns.setdefault((name, column.name), column.place)
    print(f"revision {revision}")
    print(f"types: {len(types.tables)} relations, {len(types.routines)} routines")
    made, calls = made_by(catalogs)
    _told("tables", {(n, ""): p for n, p in tables.items()}, _names(types.tables), _names(made))
    _told("columns", {k: p for k, p in columns.items() if types.tables.get(k[0])}, types.tables, made)
    _told("routines", {(n, ""): p for n, p in routines.items()}, _names(types.routines), _names(calls))
    _told("arguments", {k: p for k, p in arguments.items() if k[0] in types.routines}, types.routines, calls)


def made_by(catalogs: Iterable[Catalog]) -> tuple[Tables, Tables]:
    """Return what the repository's own migrations come to: columns by table, arguments by routine."""
    made = Types()
    for catalog in catalogs:
        made.add(
            {r.name.name: [c.name for c in r.columns] for r in catalog.relations.values()},
            {r.name.name: [p.name for p in r.parameters] for r in catalog.routines.values()},
        )
    return made.tables, made.routines


def _names(known: Iterable[str]) -> Tables:
    return {name: {""} for name in known}


def _told(what: str, named: Mapping[tuple[str, str], Place], known: Tables, made: Tables) -> None:
    missing = {key: place for key, place in named.items() if key[1] not in known.get(key[0], ())}
    stale = {key for key in missing if key[1] in made.get(key[0], ())}
    agreed = len(named) - len(missing)
    rest = len(missing) - len(stale)
    share = 100 * (agreed + len(stale)) / len(named) if named else 100
    print(f"{what}: {len(named)} named, {agreed} in the types, {len(stale)} stale, {rest} neither ({share:.1f} %)")
    for (owner, part), place in sorted(missing.items()):
        if (owner, part) not in stale:
            print(f"  neither {owner}{'.' if part else ''}{part} {place.path}:{place.line}")


if __name__ == "__main__":
    sys.exit(main())
