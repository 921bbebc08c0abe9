"""The columns that the fields of an entity stand for (Jakarta Persistence, 11)."""

import re
from collections.abc import Iterator

from midflight.references.entities import Member
from midflight.references.extractors.jpa.arguments import TEXT, argument, text_of
from midflight.references.extractors.jpa.declarations import Class, File, Property

_NO_COLUMN = frozenset(
    "Transient OneToMany ManyToMany ElementCollection Formula JoinFormula Any ManyToAny SecondaryTable".split()
)
_SAID = frozenset("Id Column Basic Enumerated Temporal Lob Version Convert Type JdbcTypeCode CreationTimestamp".split())
_COLLECTION = re.compile(r"(?:Mutable)?(?:List|Set|Map|Collection|Iterable|SortedSet|Sequence|Array)\b")


def mapped_properties(one: Class) -> tuple[Property, ...]:
    """Fields or getters: where the key's annotation stands decides (Jakarta Persistence, "Default Access Type")."""
    for kind in ("Id", "EmbeddedId", "Column", "JoinColumn"):
        if any(kind in each.annotations for each in one.fields):
            return one.fields
        if any(kind in each.annotations for each in one.getters):
            return one.getters
    return one.fields


def members_of(file: File, each: Property) -> Iterator[Member]:
    """Give the columns that a field or a getter stands for."""
    said = each.annotations
    kind = each.type.strip().rstrip("?")
    if said.keys() & {"OneToMany", "ManyToMany"}:
        yield Member(each.name, each.line, refers=_element(said, kind))
    if said.keys() & _NO_COLUMN:
        return
    bare = re.sub(r"<.*", "", kind, flags=re.DOTALL).rpartition(".")[2]
    if said.keys() & {"ManyToOne", "OneToOne"}:
        yield from _to_one(file, each, bare)
    elif said.keys() & {"Embedded", "EmbeddedId"}:
        yield Member(each.name, each.line, embeds=f"jpa:{bare}", renamed=tuple(_overrides(said)))
    elif _COLLECTION.match(bare) and not said.keys() & _SAID:
        yield Member(each.name, each.line, unknown=True)
    elif argument(said.get("Column", ""), "table") is None:
        yield _plain(file, each, bare)


def _plain(file: File, each: Property, bare: str) -> Member:
    said = each.annotations
    column = said.get("Column", "")
    name = text_of(file, column, "name")
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
        written=argument(column, "insertable") != "=false" and not filled,
        key="Id" in said,
        embeds="" if said.keys() & _SAID else f"jpa:{bare}",
    )


def _to_one(file: File, each: Property, bare: str) -> Iterator[Member]:
    said = each.annotations
    relation = said.get("OneToOne", said.get("ManyToOne", ""))
    given_target = argument(relation, "targetEntity")
    target = f"jpa:{given_target.removeprefix('=').removesuffix('.class') if given_target else bare}"
    if argument(relation, "mappedBy") is not None or said.keys() & {"JoinTable", "PrimaryKeyJoinColumn"}:
        yield Member(each.name, each.line, refers=target)
        return
    if "JoinColumns" in said or "JoinColumnOrFormula" in said or "JoinColumnsOrFormulas" in said:
        yield Member(each.name, each.line, unknown=True, refers=target)
        return
    given = said.get("JoinColumn", "")
    name = text_of(file, given, "name")
    if name is None:
        yield Member(each.name, each.line, unknown=True, refers=target)
        return
    yield Member(
        each.name,
        each.line,
        (name or each.name).strip('`"'),
        cased=not name.startswith(("`", '"')),
        given=bool(name),
        written=argument(given, "insertable") != "=false",
        target="" if name else target,
        refers=target,
    )


def _element(said: dict[str, str], kind: str) -> str:
    """The class of a collection's elements, the last of its type arguments."""
    given = argument(said.get("OneToMany", said.get("ManyToMany", "")), "targetEntity")
    if given is not None:
        return f"jpa:{given.removeprefix('=').removesuffix('.class').rpartition('.')[2]}"
    found = re.search(r"(\w+)\??>\Z", kind)
    return f"jpa:{found[1]}" if found else ""


def _overrides(said: dict[str, str]) -> Iterator[tuple[str, str]]:
    for kind in ("AttributeOverride", "AttributeOverrides", "AssociationOverride"):
        text = said.get(kind, "")
        for found in re.finditer(
            rf"name\s*=\s*{TEXT}\s*,\s*(?:column|joinColumns)\s*=[^\"]{{0,60}}name\s*=\s*{TEXT}", text
        ):
            yield found[1], found[2]
