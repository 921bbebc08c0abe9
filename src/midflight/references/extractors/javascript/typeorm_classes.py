"""Finds TypeORM's entities: decorated classes and `EntitySchema` (its documentation, "Entities")."""

import re
from collections.abc import Iterator

from tree_sitter import Node

from midflight.references.extractors.javascript.classes import (
    Class,
    Property,
    Said,
    class_of,
    find_classes,
    is_off,
    is_on,
    items,
    named,
    text,
)
from midflight.references.extractors.javascript.names import Names
from midflight.references.extractors.javascript.syntax import arguments, line
from midflight.references.extractors.javascript.values import value_of
from midflight.references.mapping import MappedField, MappedModel, Mapper
from midflight.references.model import Place
from midflight.references.values import Record, Text, Unknown

MARK = re.compile(rb"typeorm", re.IGNORECASE)
_COLUMNS = frozenset(
    "Column PrimaryColumn PrimaryGeneratedColumn CreateDateColumn UpdateDateColumn DeleteDateColumn VersionColumn"
    " ViewColumn TreeLevelColumn".split()
)
_KEYS = frozenset({"PrimaryColumn", "PrimaryGeneratedColumn"})
_TO_ONE = frozenset({"ManyToOne", "OneToOne", "TreeParent"})
_RELATIONS = frozenset({*_TO_ONE, "OneToMany", "ManyToMany", "TreeChildren"})
_NO_COLUMN = frozenset({"VirtualColumn", "RelationId", "RelationCount", "JoinColumn", "JoinTable", "ObjectIdColumn"})
_KNOWN_BASES = frozenset({"BaseEntity", "Object"})
_STRATEGY = re.compile(r"\bnamingStrategy\s*:\s*(?:new\s+)?([\w$.]+)")
_PREFIX = re.compile(r"\bentityPrefix\s*:\s*['\"]([^'\"\n]{1,63})['\"]")
_SCHEMA = re.compile(rb"\bnew\s+EntitySchema\b")
_REPOSITORY = re.compile(r"(?:Tree)?Repository\Z")


def find_entities(names: Names) -> Iterator[MappedModel]:
    """Yield the classes of a file that TypeORM may map, and what the file says of their names."""
    source = names.source.text
    if not MARK.search(source):
        return
    yield from _conventions(names)
    for one in find_classes(names):
        if _REPOSITORY.search(one.base) and re.fullmatch(r"\s*[\w$]+\s*", one.base_types):
            place = Place(names.source.path, one.line)
            yield MappedModel(Mapper.TYPEORM, one.name, place, bases=(one.base_types.strip(),), role="alias")
        elif one.name and not any(said.name == "ObjectIdColumn" for each in one.properties for said in each.said):
            yield _entity(names, one)
    for found in _SCHEMA.finditer(source):
        yield from _schema(names, found.end())


def _conventions(names: Names) -> Iterator[MappedModel]:
    """The naming strategy of a data source; that of `typeorm-naming-strategies` is known, a class of its own is not."""
    if b"namingStrategy" not in names.source.text and b"entityPrefix" not in names.source.text:
        return
    code = names.source.text.decode("utf-8", "replace")
    place = Place(names.source.path, 1)
    for found in _STRATEGY.finditer(code):
        known = found[1].endswith("SnakeNamingStrategy") and "typeorm-naming-strategies" in code
        if found[1] not in {"undefined", "null", "DefaultNamingStrategy"}:
            yield MappedModel(Mapper.TYPEORM, "", place, casing="snake" if known else "custom")
    for found in _PREFIX.finditer(code):
        yield MappedModel(Mapper.TYPEORM, "", place, casing=f"prefix={found[1]}")


def _entity(names: Names, one: Class) -> MappedModel:
    said = {each.name: each for each in one.said}
    entity = said.get("Entity") or said.get("ViewEntity") or said.get("ChildEntity")
    role = "child" if "ChildEntity" in said else "entity" if entity is not None else "part"
    if role == "entity" and "TableInheritance" in said:
        role = "root"
    table, schema, untold = _table(entity) if entity is not None else ("", "", "")
    fields: list[MappedField] = []
    complete = "Tree" not in said
    for each in one.properties:
        made = tuple(_fields(names, each))
        fields += made
        complete = complete and bool(made or _has_none(each))
    if "TableInheritance" in said:
        column = named(said["TableInheritance"].options(), "column")
        name = text(named(column, "name")) if isinstance(column, Record) else text(column)
        fields.append(MappedField("", one.line, name or "type", given=True, filled=True))
    base = one.base.rpartition(".")[2]
    return MappedModel(
        Mapper.TYPEORM,
        one.name,
        Place(names.source.path, one.line),
        table=table or one.name,
        schema=schema,
        fields=tuple(fields),
        complete=complete,
        view="ViewEntity" in said,
        bases=(base,) if base and base not in _KNOWN_BASES else (),
        role=role,
        given=bool(table),
        untold=untold,
    )


def _table(entity: Said) -> tuple[str, str, str]:
    """The table, its schema and why it is not known; `@Entity('users', { schema: 'app' })`."""
    options = entity.options()
    first = entity.given[0] if entity.given else None
    name = first if isinstance(first, Text) else named(options, "name")
    table, schema = text(name), text(named(options, "schema"))
    if table is None or schema is None or (options is not None and not options.complete):
        return "", "", "its name is not in this file"
    before, _, last = table.rpartition(".")
    return last, schema or before, ""


def _has_none(each: Property) -> bool:
    """Whether a property is certainly no column: a decorator of the project's own may make one."""
    return not any("Column" in said.name and said.name not in _NO_COLUMN for said in each.said)


def _fields(names: Names, each: Property) -> Iterator[MappedField]:
    for said in each.said:
        if said.name in _COLUMNS:
            made = _column(names, each, said)
            if made is not None:
                yield made
            return
        if said.name in _RELATIONS:
            yield from _relation(names, each, said)
            return


def _column(names: Names, each: Property, said: Said) -> MappedField | None:
    options = said.options()
    first = said.nodes[0] if said.nodes else None
    if first is not None and first.type == "arrow_function":
        part = class_of(names, said)
        if not part[:1].isupper() or part in {"String", "Number", "Boolean", "Date"}:
            return None
        prefix = named(options, "prefix")
        off = is_off(options, "prefix")
        told = "" if off else text(prefix) if prefix is not None else None
        return MappedField(each.name, each.line, embeds=part, prefix=told)
    name = text(named(options, "name"))
    if name is None or (options is not None and not options.complete):
        return None
    made = named(options, "asExpression") is not None or named(options, "generatedType") is not None
    return MappedField(
        each.name,
        each.line,
        name or each.name,
        filled=said.name in {"VersionColumn", "TreeLevelColumn"},
        generated=made or is_off(options, "insert"),
        read=not is_off(options, "select"),
        updated=not is_off(options, "update"),
        given=bool(name),
        key=said.name in _KEYS or is_on(options, "primary"),
    )


def _relation(names: Names, each: Property, said: Said) -> Iterator[MappedField]:
    target = class_of(names, said)
    if said.name in {"TreeParent", "TreeChildren"}:
        target = each.type.split("|")[0].removesuffix("[]").strip()
    joins = [other for other in each.said if other.name == "JoinColumn"]
    owns = said.name in {"ManyToOne", "TreeParent"} or (said.name == "OneToOne" and joins)
    keys: list[MappedField] = []
    listed = [value for join in joins for value in items(join.given[0] if join.given else None)] if owns else []
    for at, value in enumerate(listed or ([None] if owns else [])):
        options = value if isinstance(value, Record) else None
        name, referenced = text(named(options, "name")), text(named(options, "referencedColumnName"))
        if name is None or referenced is None or (options is not None and not options.complete):
            continue
        named_so = MappedField(f"{each.name}#{at}", each.line, name or each.name, relation="key", given=bool(name))
        keys.append(_keyed(named_so, target, referenced, said))
    yield MappedField(each.name, each.line, target=target, keys=tuple(key.name for key in keys))
    yield from keys


def _keyed(key: MappedField, target: str, referenced: str, said: Said) -> MappedField:
    return MappedField(
        key.name,
        key.line,
        key.column,
        keys=(target,),
        relation="key",
        given=key.given,
        prefix=referenced or None,
        key=is_on(said.options(), "primary"),
    )


def _schema(names: Names, offset: int) -> Iterator[MappedModel]:
    """`new EntitySchema({ name, tableName, columns, relations })`, under its name and its variable's."""
    node = names.source.root.descendant_for_byte_range(offset - 1, offset)
    path = names.source.path_to(node) if node is not None else []
    call = next((each for each in reversed(path) if each.type == "new_expression"), None)
    given = arguments(call) if call is not None else []
    options = value_of(given[0], names) if given else None
    if call is None or not isinstance(options, Record):
        return
    name = text(named(options, "name"))
    target = named(options, "target")
    name = name or (target.text if isinstance(target, Unknown) else None)
    if not name:
        return
    table, schema = text(named(options, "tableName")), text(named(options, "schema"))
    columns, relations = named(options, "columns"), named(options, "relations")
    fields = list(_schema_fields(columns)) if isinstance(columns, Record) else []
    known = isinstance(columns, Record) and columns.complete and len(fields) == len(columns.entries)
    fields += list(_schema_relations(relations)) if isinstance(relations, Record) else []
    whole = known and options.complete and (relations is None or isinstance(relations, Record))
    place = Place(names.source.path, line(call))
    untold = "its name is not in this file" if table is None or schema is None else ""
    yield MappedModel(
        Mapper.TYPEORM,
        name,
        place,
        table=table or name,
        schema=schema or "",
        fields=tuple(fields),
        complete=whole and not any(key.name in {"embeddeds", "inheritance", "extends"} for key, _ in options.entries),
        role="entity",
        given=bool(table),
        untold=untold,
    )
    variable = _variable(names, call)
    if variable and variable != name:
        yield MappedModel(Mapper.TYPEORM, variable, place, bases=(name,), role="alias")


def _variable(names: Names, call: Node) -> str:
    path = names.source.path_to(call)
    holder = next((each for each in reversed(path) if each.type == "variable_declarator"), None)
    name = holder.child_by_field_name("name") if holder is not None else None
    return names.source.read(name) if name is not None and name.type == "identifier" else ""


def _schema_fields(columns: Record) -> Iterator[MappedField]:
    for key, value in columns.entries:
        name = text(named(value, "name")) if isinstance(value, Record) else None
        if not isinstance(value, Record) or name is None or not value.complete:
            continue
        yield MappedField(
            key.name,
            key.line,
            name or key.name,
            filled=is_on(value, "version"),
            generated=is_off(value, "insert"),
            read=not is_off(value, "select"),
            updated=not is_off(value, "update"),
            given=bool(name),
            key=is_on(value, "primary"),
        )


def _schema_relations(relations: Record) -> Iterator[MappedField]:
    for key, value in relations.entries:
        if not isinstance(value, Record):
            continue
        target, kind, join = text(named(value, "target")), text(named(value, "type")), named(value, "joinColumn")
        owns = kind == "many-to-one" or (kind == "one-to-one" and join is not None)
        name = text(named(join, "name")) if isinstance(join, Record) else ""
        own = f"{key.name}#0"
        yield MappedField(key.name, key.line, target=target or "", keys=(own,) if owns and name is not None else ())
        if owns and name is not None:
            keys = (target or "",)
            yield MappedField(own, key.line, name or key.name, relation="key", given=bool(name), keys=keys)
