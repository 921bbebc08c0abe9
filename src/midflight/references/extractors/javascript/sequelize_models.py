"""Finds Sequelize's models: `define`, `init` and the decorators of sequelize-typescript."""

import re
from collections.abc import Iterator

from tree_sitter import Node

from midflight.references.extractors.javascript.classes import (
    Class,
    Property,
    class_of,
    find_classes,
    is_off,
    is_on,
    items,
    named,
    text,
)
from midflight.references.extractors.javascript.names import Names
from midflight.references.extractors.javascript.syntax import arguments, called, callee, line
from midflight.references.extractors.javascript.values import value_of
from midflight.references.mapping import MappedField, MappedModel, Mapper
from midflight.references.model import Place
from midflight.references.sequelize_names import PARANOID, TIMED
from midflight.references.values import Record, Text, Unknown, Value

MARK = re.compile(rb"sequelize|DataTypes", re.IGNORECASE)
_MAKES = re.compile(rb"\.\s*(define|init|belongsTo|hasOne|hasMany|belongsToMany)\s*(?:<[^()]{0,200}>)?\s*\(")
_DEFINE = re.compile(r"\bdefine\s*:\s*\{([^{}]{0,1000})")
_OPTIONS = {"underscored": "underscored", "timestamps": "timed", "freezeTableName": "frozen", "paranoid": "paranoid"}
_STAMPS = {"createdAt": TIMED, "updatedAt": TIMED, "deletedAt": PARANOID}
_STAMP_DECORATORS = {"CreatedAt": TIMED, "UpdatedAt": TIMED, "DeletedAt": PARANOID}
_ASSOCIATIONS = frozenset({"BelongsTo", "HasOne", "HasMany", "BelongsToMany"})
MOST_MODELS = 500


def find_models(names: Names) -> Iterator[MappedModel]:
    """Yield the models of a file, their associations, and what the file says of the options of all."""
    source = names.source
    if not MARK.search(source.text):
        return
    yield from _conventions(names)
    if b"sequelize-typescript" in source.text or b"@Table" in source.text:
        yield from (_decorated(names, one) for one in find_classes(names) if one.name)
    for count, found in enumerate(_MAKES.finditer(source.text)):
        node = source.root.descendant_for_byte_range(found.start(1), found.end(1))
        call = called(source.path_to(node)) if node is not None else None
        if call is None or count > MOST_MODELS:
            continue
        match found[1]:
            case b"define":
                yield from _defined(names, call)
            case b"init":
                yield from _initialised(names, call)
            case _:
                yield from _associated(names, call, found[1].decode())


def _conventions(names: Names) -> Iterator[MappedModel]:
    """The `define` options that a connection gives all models."""
    code = names.source.text.decode("utf-8", "replace") if b"define" in names.source.text else ""
    for found in _DEFINE.finditer(code):
        for option, word in _OPTIONS.items():
            if re.search(rf"\b{option}\s*:\s*true\b", found[1]):
                yield MappedModel(Mapper.SEQUELIZE, "", Place(names.source.path, 1), casing=word)
            elif re.search(rf"\b{option}\s*:\s*false\b", found[1]):
                yield MappedModel(Mapper.SEQUELIZE, "", Place(names.source.path, 1), casing=f"-{word}")


def _defined(names: Names, call: Node) -> Iterator[MappedModel]:
    """`const User = sequelize.define('user', {...}, {...})`, under both names."""
    given = arguments(call)
    if len(given) < 2:
        return
    first, attributes = value_of(given[0], names), value_of(given[1], names)
    if not isinstance(first, Text) or not isinstance(attributes, Record):
        return
    options = value_of(given[2], names) if len(given) > 2 else None
    yield _model(names, call, first.text, attributes, options)
    path = names.source.path_to(call)
    holder = path[-2] if len(path) > 1 and path[-2].type == "variable_declarator" else None
    name = holder.child_by_field_name("name") if holder is not None else None
    variable = names.source.read(name) if name is not None else ""
    if variable and variable != first.text:
        place = Place(names.source.path, line(call))
        yield MappedModel(Mapper.SEQUELIZE, variable, place, bases=(first.text,), role="alias")


def _initialised(names: Names, call: Node) -> Iterator[MappedModel]:
    """`User.init({...}, { sequelize })`; a class may call `super.init` or `this.init` itself."""
    given = arguments(call)
    options = value_of(given[1], names) if len(given) > 1 else None
    attributes = value_of(given[0], names) if given else None
    if not isinstance(options, Record) or not isinstance(attributes, Record):
        return
    function = callee(call)
    owner = function.child_by_field_name("object") if function is not None else None
    name = names.source.read(owner) if owner is not None else ""
    if name in {"this", "super"}:
        name = _around(names, call)
    told = named(options, "modelName")
    own = told.text if isinstance(told, Text) else name
    if re.fullmatch(r"[\w$]+", own) and (told is None or isinstance(told, Text)):
        yield _model(names, call, own, attributes, options)
        if name != own:
            yield MappedModel(Mapper.SEQUELIZE, name, Place(names.source.path, line(call)), bases=(own,), role="alias")


def _around(names: Names, node: Node) -> str:
    for outer in reversed(names.source.path_to(node)):
        if outer.type in {"class_declaration", "class"}:
            name = outer.child_by_field_name("name")
            return names.source.read(name) if name is not None else ""
    return ""


def _model(names: Names, call: Node, name: str, attributes: Record, options: Value | None) -> MappedModel:
    known = options if isinstance(options, Record) else None
    unsure = options is not None and (known is None or not known.complete)
    fields = [_attribute(key.name, key.line, value) for key, value in attributes.entries]
    table, schema, untold = _table(known)
    fields += _stamps(known, line(call), {each.name for each in fields if each is not None})
    if unsure and not table:
        untold = "its options are not in this file"
    hidden = _hidden(known)
    return MappedModel(
        Mapper.SEQUELIZE,
        name,
        Place(names.source.path, line(call)),
        table=table or name,
        schema=schema,
        fields=tuple(_without(each, hidden) for each in fields if each is not None),
        complete=attributes.complete and None not in fields and not unsure,
        role="entity",
        given=bool(table),
        untold=untold,
        casing=_casing(known),
    )


def _table(options: Record | None) -> tuple[str, str, str]:
    given = named(options, "tableName")
    schema = text(named(options, "schema"))
    if isinstance(given, Record):
        schema = text(named(given, "schema"))
        given = named(given, "tableName")
    table = text(given)
    untold = "its name is not in this file" if table is None or schema is None else ""
    return table or "", schema or "", untold


def _casing(options: Record | None) -> str:
    on = [word for option, word in _OPTIONS.items() if is_on(options, option)]
    off = [f"-{word}" for option, word in _OPTIONS.items() if is_off(options, option)]
    return " ".join([*on, *off])


def _attribute(name: str, at: int, value: Value) -> MappedField | None:
    """One attribute: a type alone, or an object with `type` and `field`; a virtual one has no column."""
    kind = value
    field: str | None = ""
    if isinstance(value, Record):
        kind = named(value, "type") or Unknown("", at)
        field = text(named(value, "field"))
        if field is None or not value.complete:
            return None
    elif not isinstance(value, Unknown | Text) or re.fullmatch(r"[a-z_$][\w$]*", getattr(value, "text", "")):
        return None
    if re.search(r"\bVIRTUAL\b", getattr(kind, "text", "")):
        return MappedField(name, at)
    options = value if isinstance(value, Record) else None
    default = named(options, "defaultValue")
    return MappedField(
        name,
        at,
        field or name,
        cased=not field,
        given=bool(field),
        filled=default is not None and not (isinstance(default, Unknown) and default.text in {"null", "undefined"}),
        key=is_on(options, "primaryKey"),
    )


def _stamps(options: Record | None, at: int, known: set[str]) -> list[MappedField | None]:
    found: list[MappedField | None] = []
    for name, needs in _STAMPS.items():
        given = named(options, name)
        told = given.text if isinstance(given, Text) else name
        if not is_off(options, name) and told not in known:
            found.append(MappedField(told, at, told, cased=True, filled=needs == TIMED, relation=needs))
    return found


def _hidden(options: Record | None) -> frozenset[str]:
    """The attributes that the default scope leaves out of every select."""
    attributes = named(_record(named(options, "defaultScope")), "attributes")
    excluded = named(_record(attributes), "exclude")
    return frozenset(each.text for each in items(excluded) if isinstance(each, Text))


def _record(value: Value | None) -> Record | None:
    return value if isinstance(value, Record) else None


def _without(each: MappedField, hidden: frozenset[str]) -> MappedField:
    if each.name not in hidden:
        return each
    return MappedField(
        each.name, each.line, each.column, each.cased, filled=each.filled, key=each.key, given=each.given, read=False
    )


def _associated(names: Names, call: Node, kind: str) -> Iterator[MappedModel]:
    """`User.belongsTo(models.Team, { foreignKey: 'teamId', as: 'team' })`."""
    function, given = callee(call), arguments(call)
    owner = function.child_by_field_name("object") if function is not None else None
    if owner is None or not given:
        return
    name = names.source.read(owner).rpartition(".")[2]
    name = _around(names, call) if name == "this" else name
    target = names.source.read(given[0]).rpartition(".")[2]
    options = value_of(given[1], names) if len(given) > 1 else None
    known = _record(options)
    alias, foreign = text(named(known, "as")), named(known, "foreignKey")
    column = foreign.text if isinstance(foreign, Text) else text(named(_record(foreign), "name"))
    at = line(call)
    fields = [MappedField(alias or target, at, target=target)]
    if kind == "belongsTo" and column:
        fields.append(MappedField(column, at, column, cased=True))
    if re.fullmatch(r"[\w$]+", name) and re.fullmatch(r"[\w$]+", target):
        yield MappedModel(Mapper.SEQUELIZE, name, Place(names.source.path, at), fields=tuple(fields))


def _decorated(names: Names, one: Class) -> MappedModel:
    """A class of sequelize-typescript; one without `@Table` is a part of those that extend it."""
    said = {each.name: each for each in one.said}
    table_said = said.get("Table")
    options = table_said.options() if table_said is not None else None
    table, schema, untold = _table(options)
    fields: list[MappedField] = []
    complete = options is None or options.complete
    for each in one.properties:
        made = tuple(_property(names, each))
        fields += made
        complete = complete and bool(made or not any(s.name == "Column" for s in each.said))
    stamped = any(each.name in _STAMP_DECORATORS for p in one.properties for each in p.said)
    if table_said is not None and not stamped:
        fields += [each for each in _stamps(options, one.line, {f.name for f in fields}) if each is not None]
    base = one.base.rpartition(".")[2]
    return MappedModel(
        Mapper.SEQUELIZE,
        one.name,
        Place(names.source.path, one.line),
        table=table or one.name,
        schema=schema,
        fields=tuple(fields),
        complete=complete and "DefaultScope" not in said,
        role="entity" if table_said is not None else "part",
        bases=(base,) if base not in {"Model", ""} else (),
        given=bool(table),
        untold=untold or ("" if options is None or options.complete or table else "its options are not in this file"),
        casing=_casing(options),
    )


def _property(names: Names, each: Property) -> Iterator[MappedField]:
    said = {one.name: one for one in each.said}
    for name in sorted(said.keys() & _ASSOCIATIONS):
        yield MappedField(each.name, each.line, target=class_of(names, said[name]))
        return
    stamp = next((_STAMP_DECORATORS[name] for name in said if name in _STAMP_DECORATORS), "")
    if "Column" not in said and not stamp:
        return
    column = said.get("Column")
    given: Value = column.given[0] if column is not None and column.given else Unknown("", each.line)
    made = _attribute(each.name, each.line, given)
    if made is not None:
        key = made.key or "PrimaryKey" in said
        filled = made.filled or stamp == TIMED or "Default" in said
        yield MappedField(
            each.name, each.line, made.column, made.cased, filled=filled, key=key, given=made.given, relation=stamp
        )
