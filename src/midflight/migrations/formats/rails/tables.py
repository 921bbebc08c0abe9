"""Writes tables: `create_table` with its block, join tables, references, time stamps."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import inflection

from midflight.migrations.formats.rails.columns import (
    Options,
    Version,
    column_sql,
    is_kind,
    literal,
    name_sql,
    quoted,
    string,
    text_of,
)
from midflight.migrations.formats.rails.constraints import (
    check_clause,
    exclusion_clause,
    foreign_key_clause,
    key_clause,
)
from midflight.migrations.formats.rails.known import Known
from midflight.migrations.formats.rails.model import COMMENT, UNREAD, Command, Unread, UnreadableError, Value

_UUID_SINCE = (5, 1)
_BIGINT_SINCE = (5, 1)
_INDEXED_SINCE = (5, 0)
_POLYMORPHIC_SINCE = (6, 1)
_PLACED = frozenset("column foreign_key check_constraint exclusion_constraint unique_constraint".split())


@dataclass(slots=True)
class Scene:
    """Where a command runs: what was made before, under which version of Rails."""

    known: Known
    version: Version


@dataclass(slots=True)
class Body:
    """The inside of CREATE TABLE, and the commands that follow it."""

    parts: list[str]
    after: list[Command]


def table_of(one: Command) -> str:
    """The table that a command is about."""
    return text_of(one.args[0] if one.args else None, "the table")


def mapping(value: Value) -> dict[str, Value]:
    """A value that may be a hash of options; `true` is one without any."""
    if isinstance(value, Unread):
        raise UnreadableError(f"options are put in by Ruby: {value.source[:60]}")
    return dict(value) if isinstance(value, dict) else {}


def create_table(scene: Scene, one: Command) -> Iterator[str | Command]:
    """CREATE TABLE with what its block says; indexes follow as statements of their own."""
    table, options = table_of(one), one.options
    if "**" in options:
        raise UnreadableError("options of create_table are put in by Ruby")
    body = Body(list(_key(scene, options)), [])
    for each in one.block or ():
        _define(scene, table, each, body)
    if options.get("force") not in {None, False}:
        cascade = " CASCADE" if options["force"] == "cascade" else ""
        yield f"DROP TABLE IF EXISTS {name_sql(table)}{cascade}"
        scene.known.drop_table(table)
    kind = "TEMPORARY TABLE" if options.get("temporary") else "TABLE"
    missing = " IF NOT EXISTS" if one.guarded or options.get("if_not_exists") is True else ""
    if isinstance(options.get("as"), str):
        yield f"CREATE {kind}{missing} {name_sql(table)} AS {' '.join(str(options['as']).split())}"
        return
    rest = f" {options['options']}" if isinstance(options.get("options"), str) else ""
    yield f"CREATE {kind}{missing} {name_sql(table)} ({', '.join(body.parts)}){' '.join(rest.splitlines())}"
    if isinstance(options.get("comment"), str):
        yield f"COMMENT ON TABLE {name_sql(table)} IS {string(str(options['comment']))}"
    guarded = bool(missing)
    yield from (replace(each, guarded=guarded or each.guarded) for each in body.after)


def _key(scene: Scene, options: Options) -> Iterator[str]:
    """The primary key: bigserial `id` from Rails 5.1, serial before (the guide's "Creating a Table")."""
    given, name = options.get("id"), options.get("primary_key")
    if given is False or options.get("as") is not None:
        return
    if isinstance(name, tuple):
        columns = [text_of(each, "a key's column") for each in name]
        yield f"PRIMARY KEY ({', '.join(map(quoted, columns))})"
        return
    details = {**options, **(given if isinstance(given, dict) else {})}
    kind = details.get("type") if isinstance(given, dict) else given
    column = text_of(name, "the key") if name is not None else "id"
    yield f"{quoted(column)} {key_type(kind, details, scene.version)} PRIMARY KEY"


def key_type(kind: Value, options: Options, version: Version) -> str:
    """The type and default of a primary key."""
    default = options.get("default")
    match kind:
        case None | "primary_key" | True:
            base = "bigserial" if version >= _BIGINT_SINCE else "serial"
        case "integer" | "serial":
            base = "serial"
        case "bigint" | "bigserial":
            base = "bigserial"
        case "uuid":
            own = "gen_random_uuid()" if version >= _UUID_SINCE else "uuid_generate_v4()"
            return (
                "uuid NOT NULL"
                if default is None and "default" in options
                else f"uuid DEFAULT {_sql(default, own)} NOT NULL"
            )
        case str():
            column = column_sql("id", kind, {**options, "null": False, "primary_key": None, "id": None}, version)
            return column.removeprefix('"id" ')
        case _:
            raise UnreadableError("the type of the primary key is put in by Ruby")
    return (
        "integer NOT NULL"
        if default is None and "default" in options and base == "serial"
        else ("bigint NOT NULL" if default is None and "default" in options else base)
    )


def _sql(value: Value, otherwise: str) -> str:
    if value is None or isinstance(value, Unread):
        return otherwise
    if isinstance(value, str) and value.endswith(")"):
        return value  # Rails 5.0 and before took a function as a string
    return literal(value)


def _define(scene: Scene, table: str, one: Command, body: Body) -> None:
    """One line of the block of `create_table`."""
    if one.name in {UNREAD, COMMENT}:
        body.after.append(one)
    elif one.name == "index":
        body.after.append(replace(one, name="add_index", args=(table, *one.args)))
    elif one.name in _PLACED:
        _placed(scene, table, replace(one, name=f"add_{one.name}", args=(table, *one.args)), body)
    elif one.name in {"references", "belongs_to", "timestamps", "primary_key"}:
        _define_special(scene, table, one, body)
    elif is_kind(one.name):
        for column in one.args:
            _placed(scene, table, replace(one, name="add_column", args=(table, column, one.name)), body)
    else:
        body.after.append(_unread(one, f"`t.{one.name}` is not a type that Rails has for PostgreSQL"))


def _define_special(scene: Scene, table: str, one: Command, body: Body) -> None:
    if one.name == "timestamps":
        options = stamps(one.options, scene.version)
        body.parts += [column_sql(each, "datetime", options, scene.version) for each in ("created_at", "updated_at")]
    elif one.name == "primary_key":
        kind = one.args[1] if len(one.args) > 1 else None
        key = text_of(one.args[0] if one.args else None, "the key")
        body.parts.append(f"{quoted(key)} {key_type(kind, one.options, scene.version)} PRIMARY KEY")
    else:
        for name in one.args:
            for each in reference(scene, table, text_of(name, "a reference"), one.options):
                _placed(scene, table, replace(one, name=each.name, args=each.args, options=each.options), body)


def _unread(one: Command, reason: str) -> Command:
    return replace(one, name=UNREAD, args=(reason,), options={}, block=None)


def _placed(scene: Scene, table: str, one: Command, body: Body) -> None:
    """Put a column or a constraint into the table, an index behind it."""
    match one.name:
        case "add_column":
            try:
                name, kind = text_of(one.args[1], "a column"), text_of(one.args[2], "the type of a column")
                body.parts.append(column_sql(name, kind, one.options, scene.version))
            except UnreadableError as error:
                body.after.append(_unread(one, str(error)))
                return
            body.after += column_extras(table, name, one)
        case "add_foreign_key":
            body.parts.append(foreign_key_clause(scene.known, table, one))
        case "add_check_constraint":
            body.parts.append(check_clause(scene.known, table, one))
        case "add_unique_constraint":
            body.parts.append(key_clause(scene.known, table, one))
        case "add_exclusion_constraint":
            body.parts.append(exclusion_clause(scene.known, table, one))
        case _:
            body.after.append(one)


def column_extras(table: str, column: str, one: Command) -> Iterator[Command]:
    """What a column's options ask for beside it: an index, a foreign key, a comment, a default that is not read."""
    index = one.options.get("index")
    if index not in {None, False} if not isinstance(index, dict) else True:
        yield replace(one, name="add_index", args=(table, column), options=mapping(index), block=None)
    if isinstance(one.options.get("comment"), str):
        args = (table, column, one.options["comment"])
        yield replace(one, name="change_column_comment", args=args, options={}, block=None)
    given = one.options.get("default")
    if isinstance(given, Unread):
        yield _unread(one, f"the default of `{column}` is put in by Ruby")
    for name in ("**",):
        if name in one.options:
            yield _unread(one, f"options of `{column}` are put in by Ruby")


def stamps(options: Options, version: Version) -> dict[str, Value]:
    """The options of `timestamps`: required from Rails 5.0."""
    return {"null": version < (5, 0), **options}


def reference(scene: Scene, table: str, name: str, options: Options) -> Iterator[Command]:
    """`references :author` as the commands it stands for: columns, then the index, then the foreign key."""
    column, kind = f"{name}_id", options.get("type")
    plain: dict[str, Value] = {
        k: v for k, v in options.items() if k not in {"index", "foreign_key", "polymorphic", "type"}
    }
    columns = [column]
    polymorphic = options.get("polymorphic")
    if polymorphic not in {None, False} if not isinstance(polymorphic, dict) else True:
        given = {**{k: v for k, v in plain.items() if k in {"null", "if_not_exists"}}, **mapping(polymorphic)}
        columns = [f"{name}_type", column]
        yield Command("add_column", 0, (table, columns[0], "string"), given)
    own = "bigint" if scene.version >= _BIGINT_SINCE else "integer"
    yield Command(
        "add_column", 0, (table, column, text_of(kind, "the type of a reference") if kind is not None else own), plain
    )
    index = options.get("index", scene.version >= _INDEXED_SINCE)
    if index not in {None, False} if not isinstance(index, dict) else True:
        chosen = mapping(index)
        if len(columns) > 1 and "name" not in chosen and scene.version >= _POLYMORPHIC_SINCE:
            chosen["name"] = f"index_{table}_on_{name}"
        yield Command("add_index", 0, (table, tuple(columns) if len(columns) > 1 else column), chosen)
    key = options.get("foreign_key")
    if key not in {None, False} if not isinstance(key, dict) else True:
        chosen = mapping(key)
        to = chosen.pop("to_table", None) or inflection.pluralize(name)
        yield Command("add_foreign_key", 0, (table, to), {"column": column, **chosen})


def join_table(one: Command) -> tuple[str, list[str]]:
    """The name of a join table and its columns."""
    names = [text_of(each, "a table") for each in one.args[:2]]
    if len(names) < len("ab"):
        raise UnreadableError("create_join_table names two tables")
    given = one.options.get("table_name")
    joined = re.sub(r"\A(.*[._])(.+)\0\1(.+)", r"\1\2_\3", "\0".join(sorted(names))).replace("\0", "_")
    columns = [f"{inflection.singularize(name.rpartition('.')[2])}_id" for name in names]
    return text_of(given, "the join table") if given is not None else joined, columns


def create_join_table(scene: Scene, one: Command) -> Iterator[str | Command]:
    """CREATE TABLE of two foreign keys without a key of its own."""
    table, columns = join_table(one)
    own = "bigint" if scene.version >= _BIGINT_SINCE else "integer"
    given: Mapping[str, Value] = {"null": False, **mapping(one.options.get("column_options"))}
    kind = given.get("type", own)
    rest = {key: value for key, value in given.items() if key != "type"}
    lines = tuple(
        line
        for column in columns
        for line in (
            replace(
                one,
                name="column",
                args=(column, kind),
                options={k: v for k, v in rest.items() if k not in {"index", "foreign_key"}},
                block=None,
            ),
        )
    )
    options = {k: v for k, v in one.options.items() if k not in {"column_options", "table_name"}}
    yield replace(
        one, name="create_table", args=(table,), options={**options, "id": False}, block=(*lines, *(one.block or ()))
    )
