"""Writes changes of tables and columns."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from midflight.migrations.formats.rails.columns import column_sql, literal, name_sql, quoted, string, text_of, type_sql
from midflight.migrations.formats.rails.constraints import names
from midflight.migrations.formats.rails.inverse import in_table
from midflight.migrations.formats.rails.model import Command, UnreadableError, Value
from midflight.migrations.formats.rails.tables import (
    Scene,
    column_extras,
    join_table,
    mapping,
    reference,
    stamps,
    table_of,
)


def column_of(one: Command, at: int = 1) -> str:
    """A column that a command names."""
    return text_of(one.args[at] if len(one.args) > at else None, "the column")


def alter(one: Command, action: str) -> str:
    """ALTER TABLE with one action."""
    return f"ALTER TABLE {name_sql(table_of(one))} {action}"


def add_column(scene: Scene, one: Command) -> Iterator[str | Command]:
    """ADD COLUMN."""
    column, kind = column_of(one), text_of(one.args[2] if len(one.args) > 2 else None, "the type of a column")
    missing = "IF NOT EXISTS " if one.guarded or one.options.get("if_not_exists") is True else ""
    yield alter(one, f"ADD COLUMN {missing}{column_sql(column, kind, one.options, scene.version)}")
    yield from column_extras(table_of(one), column, one)


def add_columns(_: Scene, one: Command) -> Iterator[str | Command]:
    """Several columns of one type."""
    options = {key: value for key, value in one.options.items() if key != "type"}
    for column in one.args[1:]:
        yield replace(one, name="add_column", args=(one.args[0], column, one.options.get("type")), options=options)


def add_columns_of(_: Scene, one: Command) -> Iterator[str | Command]:
    """`t.string :a, :b` in the block of `change_table`."""
    for column in one.args[2:]:
        yield replace(one, name="add_column", args=(one.args[0], column, one.args[1]))


def remove_column(scene: Scene, one: Command) -> Iterator[str | Command]:
    """DROP COLUMN; a type behind the name is for the way back."""
    yield _drop(scene, one, (column_of(one),))


def remove_columns(scene: Scene, one: Command) -> Iterator[str | Command]:
    """DROP COLUMN of several."""
    yield _drop(scene, one, tuple(column for each in one.args[1:] for column in names(each, "the column")))


def _drop(scene: Scene, one: Command, columns: tuple[str, ...]) -> str:
    present = "IF EXISTS " if one.guarded or one.options.get("if_exists") is True else ""
    for column in columns:
        scene.known.drop_column(table_of(one), column)
    return alter(one, ", ".join(f"DROP COLUMN {present}{quoted(column)}" for column in columns))


def rename_column(scene: Scene, one: Command) -> Iterator[str | Command]:
    """RENAME COLUMN; indexes with names of Rails's own are renamed as well."""
    table, old, new = table_of(one), column_of(one), column_of(one, 2)
    yield alter(one, f"RENAME COLUMN {quoted(old)} TO {quoted(new)}")
    for before, after in scene.known.rename_column(table, old, new):
        yield f"ALTER INDEX {name_sql(before)} RENAME TO {quoted(after)}"


def rename_table(scene: Scene, one: Command) -> Iterator[str | Command]:
    """RENAME; indexes with names of Rails's own are renamed as well."""
    table, new = table_of(one), text_of(one.args[1] if len(one.args) > 1 else None, "the new name")
    yield f"ALTER TABLE {name_sql(table)} RENAME TO {quoted(new.rpartition('.')[2])}"
    for before, after in scene.known.rename_table(table, new):
        yield f"ALTER INDEX {name_sql(before)} RENAME TO {quoted(after)}"


def drop_table(scene: Scene, one: Command) -> Iterator[str | Command]:
    """DROP TABLE."""
    present = "IF EXISTS " if one.guarded or one.options.get("if_exists") is True else ""
    cascade = " CASCADE" if one.options.get("force") == "cascade" else ""
    for each in one.args or (None,):
        table = text_of(each, "the table")
        scene.known.drop_table(table)
        yield f"DROP TABLE {present}{name_sql(table)}{cascade}"


def drop_join_table(_: Scene, one: Command) -> Iterator[str | Command]:
    """DROP TABLE of a join table."""
    yield replace(one, name="drop_table", args=(join_table(one)[0],), options={}, block=None)


def change_column(scene: Scene, one: Command) -> Iterator[str | Command]:
    """ALTER COLUMN ... TYPE, with the default and the NULL that the options give, in one statement."""
    column, kind, options = column_of(one), text_of(one.args[2] if len(one.args) > 2 else None, "the type"), one.options
    action = f"ALTER COLUMN {quoted(column)} TYPE {type_sql(kind, options, scene.version)}"
    if isinstance(options.get("collation"), str):
        action += f" COLLATE {quoted(str(options['collation']))}"
    if options.get("using") is not None:
        action += f" USING {' '.join(text_of(options['using'], 'the expression of USING').split())}"
    elif options.get("cast_as") is not None:
        other = type_sql(text_of(options["cast_as"], "the type"), options, scene.version)
        action += f" USING CAST({quoted(column)} AS {other})"
    actions = [action]
    if "default" in options:
        actions.append(_default(column, options["default"], array=options.get("array") is True))
    if isinstance(options.get("null"), bool):
        actions.append(_null(column, allowed=options["null"] is True))
    yield alter(one, ", ".join(actions))


def _default(column: str, value: Value, *, array: bool = False) -> str:
    if value is None:
        return f"ALTER COLUMN {quoted(column)} DROP DEFAULT"
    return f"ALTER COLUMN {quoted(column)} SET DEFAULT {literal(value, array=array)}"


def _null(column: str, *, allowed: bool) -> str:
    return f"ALTER COLUMN {quoted(column)} {'DROP' if allowed else 'SET'} NOT NULL"


def change_column_default(_: Scene, one: Command) -> Iterator[str | Command]:
    """SET DEFAULT or DROP DEFAULT."""
    if len(one.args) > 2:
        value = one.args[2]
    elif "to" in one.options:
        value = one.options["to"]
    else:
        value = dict(one.options)
    yield alter(one, _default(column_of(one), value))


def change_column_null(_: Scene, one: Command) -> Iterator[str | Command]:
    """SET NOT NULL, after an update of the rows that have none where a value is given; or DROP NOT NULL."""
    column, allowed = column_of(one), one.args[2] if len(one.args) > 2 else None
    if not isinstance(allowed, bool):
        raise UnreadableError("whether the column may be NULL is put in by Ruby")
    value = one.args[3] if len(one.args) > 3 else None
    if not allowed and value is not None:
        named = quoted(column)
        yield f"UPDATE {name_sql(table_of(one))} SET {named} = {literal(value)} WHERE {named} IS NULL"  # noqa: S608 - names and values are quoted
    yield alter(one, _null(column, allowed=allowed))


def _comment(one: Command, at: int) -> str:
    value = one.options["to"] if "to" in one.options else one.args[at] if len(one.args) > at else None
    return "NULL" if value is None else string(text_of(value, "the comment"))


def change_column_comment(_: Scene, one: Command) -> Iterator[str | Command]:
    """COMMENT ON COLUMN."""
    yield f"COMMENT ON COLUMN {name_sql(table_of(one))}.{quoted(column_of(one))} IS {_comment(one, 2)}"


def change_table_comment(_: Scene, one: Command) -> Iterator[str | Command]:
    """COMMENT ON TABLE."""
    yield f"COMMENT ON TABLE {name_sql(table_of(one))} IS {_comment(one, 1)}"


def change_table(scene: Scene, one: Command) -> Iterator[str | Command]:
    """Each line of the block as a command of its own; with `bulk: true` neighbours share one ALTER TABLE."""
    del scene
    for each in one.block or ():
        yield in_table(one.args[0] if one.args else None, each)


def add_timestamps(scene: Scene, one: Command) -> Iterator[str | Command]:
    """`created_at` and `updated_at`, in one statement."""
    missing = "IF NOT EXISTS " if one.guarded or one.options.get("if_not_exists") is True else ""
    options = stamps(one.options, scene.version)
    columns = [column_sql(column, "datetime", options, scene.version) for column in ("created_at", "updated_at")]
    yield alter(one, ", ".join(f"ADD COLUMN {missing}{column}" for column in columns))


def remove_timestamps(scene: Scene, one: Command) -> Iterator[str | Command]:
    """Both without."""
    yield _drop(scene, one, ("updated_at", "created_at"))


def add_reference(scene: Scene, one: Command) -> Iterator[str | Command]:
    """ADD COLUMN, CREATE INDEX and ADD CONSTRAINT, one after the other."""
    for name in one.args[1:]:
        for each in reference(scene, table_of(one), text_of(name, "a reference"), one.options):
            yield replace(one, name=each.name, args=each.args, options=each.options, block=None)


def remove_reference(scene: Scene, one: Command) -> Iterator[str | Command]:
    """The foreign key goes first where it is named, then the column, with its index."""
    for given in one.args[1:]:
        name = text_of(given, "a reference")
        if one.options.get("foreign_key"):
            key = mapping(one.options["foreign_key"])
            options: Mapping[str, Value] = {"column": f"{name}_id", **{k: v for k, v in key.items() if k == "name"}}
            yield replace(one, name="remove_foreign_key", args=(one.args[0],), options=options, block=None)
        columns = (f"{name}_type",) if one.options.get("polymorphic") else ()
        yield _drop(scene, one, (f"{name}_id", *columns))
