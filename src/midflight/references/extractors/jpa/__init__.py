"""Reads JPA's entities in Java and Kotlin: the columns that Hibernate lists by itself (Jakarta Persistence, 11)."""

import re
from collections.abc import Iterator
from itertools import chain

import tree_sitter_java
import tree_sitter_kotlin
from tree_sitter import Language, Parser

from midflight.references.entities import Entity, Member, bounded
from midflight.references.extractors.jpa.arguments import TEXT, text_of
from midflight.references.extractors.jpa.declarations import Class, File, Property, classes
from midflight.references.extractors.jpa.members import mapped_properties, members_of
from midflight.references.model import Extracted, Place
from midflight.references.values import shorten

SUFFIXES = frozenset({".java", ".kt"})
_JAVA = Parser(Language(tree_sitter_java.language()))
_KOTLIN = Parser(Language(tree_sitter_kotlin.language()))
_MARKS = re.compile(rb"\b(?:javax|jakarta)\.persistence\b")
_SPRING = re.compile(rb"\borg\.springframework\.(?:data|boot|transaction|stereotype)\b")
_SERVER_MARKS = re.compile(rb"@SpringBootApplication\b|\bSpringPhysicalNamingStrategy\b|@EnableJpaRepositories\b")
_CONSTANT = re.compile(rf"\b(?:final\s+String|val)\s+(\w+)\s*(?::\s*String\s*)?=\s*{TEXT}".encode())


def extract(path: str, source: bytes) -> Extracted:
    """Give the entities of one file, what they extend and embed, and whether Spring names their columns."""
    spring = _SPRING.search(source) or _SERVER_MARKS.search(source)
    told = (Entity("jpa", "", Place(path, 1), convention="spring"),) if spring else ()
    if not _MARKS.search(source):
        return Extracted(models=told)
    file = File(path, source)
    for constant in _CONSTANT.finditer(source):
        file.constants.setdefault(constant[1].decode(), set()).add(constant[2].decode("utf-8", "replace"))
    root = (_KOTLIN if path.endswith(".kt") else _JAVA).parse(source).root_node
    found = tuple(classes(file, root, 0))
    keys = frozenset(_bare(each.type) for one in found for each in (*one.fields, *one.getters) if _is_key(each))
    return bounded(path, chain(told, (entity for one in found for entity in _entities(file, one, keys))))


def _is_key(each: Property) -> bool:
    """Whether a property is a key of several columns, whose class Hibernate takes without `@Embeddable`."""
    return "EmbeddedId" in each.annotations


def _bare(kind: str) -> str:
    return kind.strip().rstrip("?").rpartition(".")[2]


def _entities(file: File, one: Class, keys: frozenset[str]) -> Iterator[Entity]:
    said = one.annotations
    roles = said.keys() & {"Entity", "MappedSuperclass", "Embeddable"} or keys & {one.name}
    place = Place(file.path, one.line)
    if not one.name:
        return
    bases = (one.base,) if one.base else ()
    if not roles:
        yield Entity("jpa", one.name, place, bases=bases)  # what it declares is not kept
        return
    properties = mapped_properties(one)
    members = tuple(member for each in properties for member in members_of(file, each))
    mapped = "Entity" in said
    table = text_of(file, said.get("Table", ""), "name")
    default = text_of(file, said.get("Entity", ""), "name") or one.name
    if mapped and default != one.name:
        yield Entity("jpa name", default, place, bases=(one.name,))
    strategy = re.search(r"SINGLE_TABLE|JOINED|TABLE_PER_CLASS", said.get("Inheritance", ""))
    kinds = {"SINGLE_TABLE": "single", "JOINED": "joined", "TABLE_PER_CLASS": "each"}
    generated = any("GeneratedValue" in each.annotations for each in properties)
    untold = "its name is a constant of another file" if table is None else ""
    if "Subselect" in said:
        untold = "it is made of a query"
    schema = text_of(file, said.get("Table", ""), "schema")
    yield Entity(
        "jpa",
        one.name,
        place,
        table=(table or default).strip('`"') if mapped else "",
        schema=(schema or "").strip('`"'),
        members=(*members, *_discriminator(file, one)),
        bases=bases,
        mapped=mapped,
        given=bool(table),
        cased=not (table or "").startswith(("`", '"')),
        inheritance=kinds[strategy[0]] if strategy else "",
        untold=untold,
        text=shorten(f"@Entity class {one.name}"),
        view="Immutable" in said,
        made=generated and "DynamicInsert" not in said and table is not None,
    )
    if mapped:
        yield from (found for each in properties for found in _joins(file, one, each))


def _discriminator(file: File, one: Class) -> Iterator[Member]:
    given = one.annotations.get("DiscriminatorColumn")
    name = text_of(file, given, "name") if given is not None else ""
    if name:
        yield Member("", one.line, name, cased=True, given=True)


def _joins(file: File, one: Class, each: Property) -> Iterator[Entity]:
    """The table of a relation or of a collection, where the code names it, with the columns that it names."""
    for kind in ("JoinTable", "CollectionTable"):
        given = each.annotations.get(kind)
        table = text_of(file, given, "name") if given else None
        if not given or not table:
            continue
        columns = re.findall(rf"\bJoinColumn\s*\([^()]*?(?<!referencedColumn)(?<!\w)name\s*=\s*{TEXT}", given)
        value = text_of(file, each.annotations.get("Column", ""), "name") if kind == "CollectionTable" else ""
        names = [*columns, *([value] if value else [])]
        schema = text_of(file, given, "schema")
        yield Entity(
            "jpa",
            f"{one.name}.{each.name}",
            Place(file.path, each.line),
            table=table.strip('`"'),
            schema=schema or "",
            members=tuple(Member(name, each.line, name, cased=True, given=True) for name in names),
            mapped=True,
            given=True,
            cased=True,
            text=shorten(f"@{kind} {one.name}.{each.name}"),
        )
