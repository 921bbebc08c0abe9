"""Writes indexes with the names that Rails gives them."""

import re
from collections.abc import Iterator

from midflight.migrations.formats.rails.columns import Options, name_sql, quoted, string, text_of
from midflight.migrations.formats.rails.constraints import names
from midflight.migrations.formats.rails.known import index_name
from midflight.migrations.formats.rails.model import Command, Sql, UnreadableError, Value
from midflight.migrations.formats.rails.tables import Scene, table_of

_EXPRESSION = re.compile(r"\W")


def index_columns(value: Value) -> tuple[tuple[str, ...], str]:
    """The columns of an index, and its expression where it is over one."""
    if isinstance(value, Sql):
        return (), value.text
    if isinstance(value, str) and _EXPRESSION.search(value):
        return (), value
    return names(value, "the column of an index"), ""


def add_index(scene: Scene, one: Command) -> Iterator[str | Command]:
    """CREATE INDEX."""
    table, options = table_of(one), one.options
    if "**" in options:
        raise UnreadableError("options of add_index are put in by Ruby")
    columns, expression = index_columns(one.args[1] if len(one.args) > 1 else options.get("column"))
    parts = tuple(re.findall(r"\w+", expression)) if expression else columns
    own = index_name(table, ("_".join(parts),) if expression else columns, scene.version)
    given = options.get("name")
    name = text_of(given, "the name of an index") if given is not None else own
    scene.known.index(table, name, (expression,) if expression else columns)
    words = ["CREATE UNIQUE INDEX" if options.get("unique") is True else "CREATE INDEX", *_concurrently(one)]
    if one.guarded or options.get("if_not_exists") is True:
        words.append("IF NOT EXISTS")
    inside = " ".join(expression.split()) if expression else ", ".join(_part(each, options) for each in columns)
    using = f" USING {text_of(options['using'], 'the kind of an index')}" if options.get("using") is not None else ""
    words += [quoted(name), "ON", f"{name_sql(table)}{using} ({inside})"]
    if options.get("include") is not None:
        words.append(f"INCLUDE ({', '.join(map(quoted, names(options['include'], 'a column')))})")
    if options.get("nulls_not_distinct") is True:
        words.append("NULLS NOT DISTINCT")
    if options.get("where") is not None:
        where = options["where"]
        words.append(
            "WHERE "
            + " ".join((where.text if isinstance(where, Sql) else text_of(where, "the condition of an index")).split())
        )
    yield " ".join(words)
    if isinstance(options.get("comment"), str):
        yield f"COMMENT ON INDEX {quoted(name)} IS {string(str(options['comment']))}"


def _concurrently(one: Command) -> list[str]:
    given = one.options.get("algorithm")
    if given is None or given == "default":
        return []
    if given != "concurrently":
        raise UnreadableError("the algorithm of an index is put in by Ruby")
    return ["CONCURRENTLY"]


def _part(column: str, options: Options) -> str:
    part = quoted(column)
    for option in ("opclass", "order"):
        given = options.get(option)
        chosen = given.get(column) if isinstance(given, dict) else given
        if chosen is not None:
            word = text_of(chosen, f"the {option} of an index")
            part += f" {word.upper() if option == 'order' else word}"
    return part


def remove_index(scene: Scene, one: Command) -> Iterator[str | Command]:
    """DROP INDEX by the name that the index has, which Rails looks up by its columns."""
    table = table_of(one)
    given = one.args[1] if len(one.args) > 1 else one.options.get("column")
    columns, expression = index_columns(given) if given is not None else ((), "")
    name = one.options.get("name")
    over = (expression,) if expression else columns
    found = scene.known.take_index(table, text_of(name, "the name of an index") if name is not None else "", over)
    missing = ["IF EXISTS"] if one.guarded or one.options.get("if_exists") is True else []
    yield " ".join(["DROP INDEX", *_concurrently(one), *missing, _beside(table, found)])


def _beside(table: str, index: str) -> str:
    """The name of an index in the schema of its table."""
    schema, dot, _ = table.rpartition(".")
    return name_sql(f"{schema}.{index}") if dot and "." not in index else name_sql(index)


def rename_index(scene: Scene, one: Command) -> Iterator[str | Command]:
    """ALTER INDEX ... RENAME."""
    table, old, new = table_of(one), text_of(one.args[1], "the index"), text_of(one.args[2], "the new name")
    made = scene.known.indexes.get(table, [])
    over = next((each.over for each in made if each.name == old), ())
    scene.known.take_index(table, old, over)
    scene.known.index(table, new, over)
    yield f"ALTER INDEX {_beside(table, old)} RENAME TO {quoted(new)}"
