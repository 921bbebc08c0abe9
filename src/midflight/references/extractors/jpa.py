"""Reads JPA's entities in Java and Kotlin: the columns that Hibernate lists by itself (Jakarta Persistence, 11)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain

import tree_sitter_java
import tree_sitter_kotlin
from tree_sitter import Language, Node, Parser

from midflight.references.entities import Entity, Member, bounded
from midflight.references.model import Extracted, Place
from midflight.references.values import shorten

SUFFIXES = frozenset({".java", ".kt"})

_JAVA = Parser(Language(tree_sitter_java.language()))
_KOTLIN = Parser(Language(tree_sitter_kotlin.language()))
_MARKS = re.compile(rb"\b(?:javax|jakarta)\.persistence\b")
_SPRING = re.compile(rb"\borg\.springframework\.(?:data|boot|transaction|stereotype)\b")
_SERVER_MARKS = re.compile(rb"@SpringBootApplication\b|\bSpringPhysicalNamingStrategy\b|@EnableJpaRepositories\b")
_DEEPEST = 5  # classes in classes
_TEXT = r"\"((?:[^\"\\\n]|\\.){0,300})\""
_CONSTANT = re.compile(rf"\b(?:final\s+String|val)\s+(\w+)\s*(?::\s*String\s*)?=\s*{_TEXT}".encode())
_NESTED = re.compile(r"\([^()]{0,2000}\)")
_NO_COLUMN = frozenset(
    "Transient OneToMany ManyToMany ElementCollection Formula JoinFormula Any ManyToAny SecondaryTable".split()
)
_SAID = frozenset("Id Column Basic Enumerated Temporal Lob Version Convert Type JdbcTypeCode CreationTimestamp".split())
_COLLECTION = re.compile(r"(?:Mutable)?(?:List|Set|Map|Collection|Iterable|SortedSet|Sequence|Array)\b")


@dataclass(frozen=True, slots=True)
class _Property:
    """A field, a getter or a property with its annotations, their arguments as source."""

    name: str
    line: int
    type: str
    annotations: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Class:
    name: str
    line: int
    annotations: dict[str, str]
    base: str
    fields: tuple[_Property, ...]
    getters: tuple[_Property, ...]


@dataclass(frozen=True, slots=True)
class _File:
    path: str
    text: bytes
    constants: dict[str, set[str]] = field(default_factory=dict)

    def read(self, node: Node | None) -> str:
        return self.text[node.start_byte : node.end_byte].decode("utf-8", "replace") if node is not None else ""


def extract(path: str, source: bytes) -> Extracted:
    """Give the entities of one file, what they extend and embed, and whether Spring names their columns."""
    spring = _SPRING.search(source) or _SERVER_MARKS.search(source)
    told = (Entity("jpa", "", Place(path, 1), convention="spring"),) if spring else ()
    if not _MARKS.search(source):
        return Extracted(models=told)
    file = _File(path, source)
    for constant in _CONSTANT.finditer(source):
        file.constants.setdefault(constant[1].decode(), set()).add(constant[2].decode("utf-8", "replace"))
    root = (_KOTLIN if path.endswith(".kt") else _JAVA).parse(source).root_node
    return bounded(path, chain(told, (entity for one in _classes(file, root, 0) for entity in _entities(file, one))))


def _classes(file: _File, node: Node, depth: int) -> Iterator[_Class]:
    for child in node.named_children:
        if child.type != "class_declaration":
            continue
        body = next((each for each in child.named_children if each.type == "class_body"), None)
        yield _java(file, child, body) if _is_java(file) else _kotlin(file, child, body)
        if body is not None and depth < _DEEPEST:
            yield from _classes(file, body, depth + 1)


def _is_java(file: _File) -> bool:
    return file.path.endswith(".java")


def _child(node: Node, kind: str) -> Node | None:
    return next((child for child in node.named_children if child.type == kind), None)


def _annotations(file: _File, node: Node) -> dict[str, str]:
    """The annotations of a declaration by their bare names, with the source of what each is given."""
    modifiers = _child(node, "modifiers")
    found: dict[str, str] = {}
    for child in modifiers.named_children if modifiers is not None else []:
        if "annotation" in child.type:
            name, _, given = file.read(child)[:4000].partition("(")
            found.setdefault(re.split(r"[.:@]", name.strip())[-1], given.rpartition(")")[0])
    return found


def _java(file: _File, node: Node, body: Node | None) -> _Class:
    name = node.child_by_field_name("name")
    base = re.sub(
        r"<.*", "", file.read(node.child_by_field_name("superclass")).removeprefix("extends"), flags=re.DOTALL
    )
    fields: list[_Property] = []
    getters: list[_Property] = []
    for member in body.named_children if body is not None else []:
        if member.type not in {"field_declaration", "method_declaration"}:
            continue
        modifiers, annotations = file.read(_child(member, "modifiers")), _annotations(file, member)
        kind = file.read(member.child_by_field_name("type"))
        bare = re.sub(r"@[\w.]+(?:\((?:[^()]|\([^()]*\))*\))?", " ", modifiers[:4000])
        if re.search(r"\b(?:static|transient)\b", bare):
            continue
        if member.type == "field_declaration":
            for declared in member.children_by_field_name("declarator"):
                at = declared.child_by_field_name("name")
                if at is not None:
                    fields.append(_Property(file.read(at), at.start_point[0] + 1, kind, annotations))
        elif (at := member.child_by_field_name("name")) is not None:
            getter = re.fullmatch(r"(?:get|is)([A-Z]\w*)", file.read(at))
            if getter and "()" in re.sub(r"\s", "", file.read(member.child_by_field_name("parameters"))):
                given = getter[1][:1].lower() + getter[1][1:]
                getters.append(_Property(given, at.start_point[0] + 1, kind, annotations))
    line = name.start_point[0] + 1 if name is not None else node.start_point[0] + 1
    return _Class(
        file.read(name), line, _annotations(file, node), base.strip().rpartition(".")[2], tuple(fields), tuple(getters)
    )


def _kotlin(file: _File, node: Node, body: Node | None) -> _Class:
    name = _child(node, "identifier")
    constructor = _child(node, "primary_constructor")
    parameters = _child(constructor, "class_parameters") if constructor is not None else None
    fields = [
        found
        for each in (parameters.named_children if parameters is not None else [])
        if each.type == "class_parameter" and any(child.type in {"val", "var"} for child in each.children)
        if (found := _parameter(file, each)) is not None
    ]
    for each in body.named_children if body is not None else []:
        if each.type == "property_declaration" and _is_kept(each):
            found = _declared(file, each)
            fields += [found] if found is not None else []
    specifiers = _child(node, "delegation_specifiers")
    called = re.match(r"([\w.]+)(?:<[^()]*>)?\s*\(", file.read(specifiers)[:500]) if specifiers is not None else None
    if specifiers is not None and called is None:
        called = re.search(r"(?:\A|,\s*)([\w.]+)(?:<[^()]*>)?\s*\(", file.read(specifiers)[:500])
    line = (name or node).start_point[0] + 1
    base = called[1].rpartition(".")[2] if called else ""
    return _Class(file.read(name), line, _annotations(file, node), base, tuple(fields), ())


def _is_kept(node: Node) -> bool:
    """Whether a property has a field behind it."""
    kinds = [child.type for child in node.children]
    return "property_delegate" not in kinds and ("getter" not in kinds or "=" in kinds)


def _parameter(file: _File, node: Node) -> _Property | None:
    name = _child(node, "identifier")
    kind = next((c for c in node.named_children if c.type.endswith("_type")), None)
    if name is None:
        return None
    return _Property(file.read(name), name.start_point[0] + 1, file.read(kind), _annotations(file, node))


def _declared(file: _File, node: Node) -> _Property | None:
    variable = _child(node, "variable_declaration")
    return None if variable is None else _typed(file, node, variable)


def _typed(file: _File, node: Node, variable: Node) -> _Property | None:
    found = _parameter(file, variable)
    if found is None:
        return None
    return _Property(found.name, found.line, found.type, _annotations(file, node))


def _argument(given: str, name: str) -> str | None:
    """The source of an annotation's argument: the text of a string, a name, or None where it is not given."""
    while _NESTED.search(given):
        given = _NESTED.sub(" ", given)
    found = re.search(rf"(?:\A|[,\s]){name}\s*=\s*(?:{_TEXT}|([\w.]+))", given)
    if found is None:
        return None
    return found[1].replace('\\"', '"') if found[1] is not None else f"={found[2]}"


def _text(file: _File, given: str, name: str) -> str | None:
    """The text of an argument, "" where it is not given, None where this file does not tell it."""
    value = _argument(given, name)
    if value is None or not value.startswith("="):
        return value or ""
    constant = value[1:].rpartition(".")[2]
    values = file.constants.get(constant, set())
    return next(iter(values)) if len(values) == 1 else None


def _entities(file: _File, one: _Class) -> Iterator[Entity]:
    said = one.annotations
    roles = said.keys() & {"Entity", "MappedSuperclass", "Embeddable"}
    place = Place(file.path, one.line)
    if not one.name:
        return
    bases = (one.base,) if one.base else ()
    if not roles:
        yield Entity("jpa", one.name, place, bases=bases)  # what it declares is not kept
        return
    properties = _mapped(one)
    members = tuple(member for each in properties for member in _members(file, each))
    mapped = "Entity" in said
    table = _text(file, said.get("Table", ""), "name")
    default = _text(file, said.get("Entity", ""), "name") or one.name
    strategy = re.search(r"SINGLE_TABLE|JOINED|TABLE_PER_CLASS", said.get("Inheritance", ""))
    kinds = {"SINGLE_TABLE": "single", "JOINED": "joined", "TABLE_PER_CLASS": "each"}
    keys = any("GeneratedValue" in each.annotations for each in properties)
    untold = "its name is a constant of another file" if table is None else ""
    if "Subselect" in said:
        untold = "it is made of a query"
    schema = _text(file, said.get("Table", ""), "schema")
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
        made=keys and "DynamicInsert" not in said and table is not None,
    )
    if mapped:
        yield from (found for each in properties for found in _joins(file, one, each))


def _mapped(one: _Class) -> tuple[_Property, ...]:
    """Fields or getters: where the key's annotation stands decides (Jakarta Persistence, "Default Access Type")."""
    for kind in ("Id", "EmbeddedId", "Column", "JoinColumn"):
        if any(kind in each.annotations for each in one.fields):
            return one.fields
        if any(kind in each.annotations for each in one.getters):
            return one.getters
    return one.fields


def _discriminator(file: _File, one: _Class) -> Iterator[Member]:
    given = one.annotations.get("DiscriminatorColumn")
    name = _text(file, given, "name") if given is not None else ""
    if name:
        yield Member("", one.line, name, cased=True, given=True)


def _members(file: _File, each: _Property) -> Iterator[Member]:
    said = each.annotations
    if said.keys() & _NO_COLUMN:
        return
    kind = each.type.strip().rstrip("?")
    bare = re.sub(r"<.*", "", kind, flags=re.DOTALL).rpartition(".")[2]
    if said.keys() & {"ManyToOne", "OneToOne"}:
        yield from _to_one(file, each, bare)
    elif said.keys() & {"Embedded", "EmbeddedId"}:
        yield Member(each.name, each.line, embeds=f"jpa:{bare}", renamed=tuple(_overrides(said)))
    elif _COLLECTION.match(bare) and not said.keys() & _SAID:
        yield Member(each.name, each.line, unknown=True)
    elif _argument(said.get("Column", ""), "table") is None:
        yield _plain(file, each, bare)


def _plain(file: _File, each: _Property, bare: str) -> Member:
    said = each.annotations
    column = said.get("Column", "")
    name = _text(file, column, "name")
    if name is None:
        return Member(each.name, each.line, unknown=True)
    generated = said.get("GeneratedValue", "")
    filled = "IDENTITY" in generated or "GeneratedColumn" in said or "Generated" in said
    return Member(
        each.name,
        each.line,
        (name or each.name).strip('`"'),
        cased=not name.startswith(("`", '"')),
        given=bool(name),
        written=_argument(column, "insertable") != "=false" and not filled,
        key="Id" in said,
        embeds="" if said.keys() & _SAID else f"jpa:{bare}",
    )


def _to_one(file: _File, each: _Property, bare: str) -> Iterator[Member]:
    said = each.annotations
    relation = said.get("OneToOne", said.get("ManyToOne", ""))
    if _argument(relation, "mappedBy") is not None or said.keys() & {"JoinTable", "PrimaryKeyJoinColumn"}:
        return
    if "JoinColumns" in said or "JoinColumnOrFormula" in said or "JoinColumnsOrFormulas" in said:
        yield Member(each.name, each.line, unknown=True)
        return
    given = said.get("JoinColumn", "")
    name = _text(file, given, "name")
    if name is None:
        yield Member(each.name, each.line, unknown=True)
        return
    target = _argument(relation, "targetEntity")
    yield Member(
        each.name,
        each.line,
        (name or each.name).strip('`"'),
        cased=not name.startswith(("`", '"')),
        given=bool(name),
        written=_argument(given, "insertable") != "=false",
        target="" if name else f"jpa:{target.removeprefix('=').removesuffix('.class') if target else bare}",
    )


def _overrides(said: dict[str, str]) -> Iterator[tuple[str, str]]:
    for kind in ("AttributeOverride", "AttributeOverrides", "AssociationOverride"):
        text = said.get(kind, "")
        for found in re.finditer(
            rf"name\s*=\s*{_TEXT}\s*,\s*(?:column|joinColumns)\s*=[^\"]{{0,60}}name\s*=\s*{_TEXT}", text
        ):
            yield found[1], found[2]


def _joins(file: _File, one: _Class, each: _Property) -> Iterator[Entity]:
    """The table of a relation or of a collection, where the code names it, with the columns that it names."""
    for kind in ("JoinTable", "CollectionTable"):
        given = each.annotations.get(kind)
        table = _text(file, given, "name") if given else None
        if not given or not table:
            continue
        columns = re.findall(rf"\bJoinColumn\s*\([^()]*?(?<!referencedColumn)(?<!\w)name\s*=\s*{_TEXT}", given)
        value = _text(file, each.annotations.get("Column", ""), "name") if kind == "CollectionTable" else ""
        names = [*columns, *([value] if value else [])]
        schema = _text(file, given, "schema")
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
