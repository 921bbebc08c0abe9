"""Knows the SQL of each command of a migration."""

from collections.abc import Callable, Iterator, Mapping

from midflight.migrations.formats.rails import alter as change
from midflight.migrations.formats.rails import constraints as made
from midflight.migrations.formats.rails.columns import name_sql, quoted, string, text_of
from midflight.migrations.formats.rails.indexes import add_index, remove_index, rename_index
from midflight.migrations.formats.rails.model import Command, UnreadableError
from midflight.migrations.formats.rails.tables import Scene, create_join_table, create_table, table_of

Written = Iterator[str | Command]
Writer = Callable[[Scene, Command], Written]


def _add(clause: Callable[..., str]) -> Writer:
    def write(scene: Scene, one: Command) -> Written:
        yield change.alter(one, f"ADD {clause(scene.known, table_of(one), one)}")

    return write


def _remove_key(scene: Scene, one: Command) -> Written:
    """Rails looks the name up by the column or the other table."""
    table = table_of(one)
    other = one.args[1] if len(one.args) > 1 else one.options.get("to_table")
    name, column = one.options.get("name"), one.options.get("column")
    over = made.names(column, "the column") if column is not None else ()
    to = text_of(other, "the other table") if other is not None else ""
    given = text_of(name, "the name of the key") if name is not None else ""
    found = scene.known.take_constraint(table, name=given, over=over, to=to)
    if not found:
        columns = over or made.key_columns(one, to)
        found = made.own_name(one, "fk", f"{table}_{columns[0]}_fk")
    yield _drop_constraint(one, found)


def _remove_check(prefix: str) -> Writer:
    def write(scene: Scene, one: Command) -> Written:
        name = one.options.get("name")
        given = text_of(name, "the name of the constraint") if name is not None else ""
        over: tuple[str, ...] = ()
        if not given and prefix == "uniq" and len(one.args) > 1:
            over = made.names(one.args[1], "the column")
        elif not given:
            over = (made.expression_of(one),)
        found = scene.known.take_constraint(table_of(one), name=given, over=over)
        if not found:
            raise UnreadableError("no migration makes the constraint that is removed")
        yield _drop_constraint(one, found)

    return write


def _drop_constraint(one: Command, name: str) -> str:
    present = "IF EXISTS " if one.guarded or one.options.get("if_exists") is True else ""
    return change.alter(one, f"DROP CONSTRAINT {present}{quoted(name)}")


def _validate_key(scene: Scene, one: Command) -> Written:
    table = table_of(one)
    other = one.args[1] if len(one.args) > 1 else one.options.get("to_table")
    column, name = one.options.get("column"), one.options.get("name")
    if name is not None:
        found = text_of(name, "the name of the key")
    else:
        over = made.names(column, "the column") if column is not None else ()
        to = text_of(other, "the other table") if other is not None else ""
        known = scene.known.constraints.get(table, [])
        fits = [each.name for each in known if (not over or each.over == over) and (not to or each.to == to)]
        columns = over or made.key_columns(one, to)
        found = fits[0] if fits else made.own_name(one, "fk", f"{table}_{columns[0]}_fk")
    yield change.alter(one, f"VALIDATE CONSTRAINT {quoted(found)}")


def _validate(_: Scene, one: Command) -> Written:
    given = one.args[1] if len(one.args) > 1 else one.options.get("name")
    yield change.alter(one, f"VALIDATE CONSTRAINT {quoted(text_of(given, 'the name of the constraint'))}")


def _execute(_: Scene, one: Command) -> Written:
    yield text_of(one.args[0] if one.args else None, "the SQL")


def _enable_extension(_: Scene, one: Command) -> Written:
    yield f"CREATE EXTENSION IF NOT EXISTS {quoted(table_of(one).rpartition('.')[2])}"


def _disable_extension(_: Scene, one: Command) -> Written:
    cascade = " CASCADE" if one.options.get("force", "cascade") == "cascade" else ""
    yield f"DROP EXTENSION IF EXISTS {quoted(table_of(one))}{cascade}"


def _create_enum(_: Scene, one: Command) -> Written:
    labels = made.names(one.args[1] if len(one.args) > 1 else None, "a value of the enum")
    yield f"CREATE TYPE {name_sql(table_of(one))} AS ENUM ({', '.join(map(string, labels))})"


def _drop_enum(_: Scene, one: Command) -> Written:
    present = "IF EXISTS " if one.guarded or one.options.get("if_exists") is True else ""
    yield f"DROP TYPE {present}{name_sql(table_of(one))}"


def _rename_enum(_: Scene, one: Command) -> Written:
    to = one.args[1] if len(one.args) > 1 else one.options.get("to")
    yield f"ALTER TYPE {name_sql(table_of(one))} RENAME TO {quoted(text_of(to, 'the new name'))}"


def _add_enum_value(_: Scene, one: Command) -> Written:
    missing = "IF NOT EXISTS " if one.guarded or one.options.get("if_not_exists") is True else ""
    sql = f"ALTER TYPE {name_sql(table_of(one))} ADD VALUE {missing}{string(change.column_of(one))}"
    for option in ("before", "after"):
        if one.options.get(option) is not None:
            sql += f" {option.upper()} {string(text_of(one.options[option], 'the value'))}"
    yield sql


def _rename_enum_value(_: Scene, one: Command) -> Written:
    old, new = (string(text_of(one.options.get(option), "the value")) for option in ("from", "to"))
    yield f"ALTER TYPE {name_sql(table_of(one))} RENAME VALUE {old} TO {new}"


def _create_schema(_: Scene, one: Command) -> Written:
    missing = "IF NOT EXISTS " if one.guarded or one.options.get("if_not_exists") is True else ""
    yield f"CREATE SCHEMA {missing}{quoted(table_of(one))}"


def _drop_schema(_: Scene, one: Command) -> Written:
    present = "IF EXISTS " if one.guarded or one.options.get("if_exists", True) is True else ""
    yield f"DROP SCHEMA {present}{quoted(table_of(one))} CASCADE"


def _change_table(scene: Scene, one: Command) -> Written:
    found = change.change_table(scene, one)
    yield from found if one.options.get("bulk") is not True else _bulk(scene, found)


def _bulk(scene: Scene, inner: Written) -> Written:
    """Join neighbours that are one action of ALTER TABLE each."""
    head, actions = "", list[str]()
    for each in inner:
        for written in _flat(scene, each):
            prefix = f"ALTER TABLE {name_sql(table_of(each))} " if isinstance(each, Command) and each.args else "\0"
            if isinstance(written, str) and written.startswith(prefix) and " RENAME " not in written:
                head = prefix
                actions.append(written.removeprefix(prefix))
                continue
            if actions:
                yield head + ", ".join(actions)
                actions = []
            yield written
    if actions:
        yield head + ", ".join(actions)


def _flat(scene: Scene, each: str | Command) -> Written:
    writer = WRITERS.get(each.name) if isinstance(each, Command) else None
    if not isinstance(each, Command) or writer is None:
        yield each
        return
    try:
        for written in writer(scene, each):
            yield from _flat(scene, written)
    except UnreadableError:
        yield each  # it is told when it is written on its own


WRITERS: Mapping[str, Writer] = {
    "create_table": create_table,
    "create_join_table": create_join_table,
    "drop_join_table": change.drop_join_table,
    "change_table": _change_table,
    "add_column": change.add_column,
    "add_columns": change.add_columns,
    "add_columns_of": change.add_columns_of,
    "remove_column": change.remove_column,
    "remove_columns": change.remove_columns,
    "rename_column": change.rename_column,
    "rename_table": change.rename_table,
    "drop_table": change.drop_table,
    "change_column": change.change_column,
    "change_column_default": change.change_column_default,
    "change_column_null": change.change_column_null,
    "change_column_comment": change.change_column_comment,
    "change_table_comment": change.change_table_comment,
    "add_timestamps": change.add_timestamps,
    "remove_timestamps": change.remove_timestamps,
    "add_reference": change.add_reference,
    "add_belongs_to": change.add_reference,
    "remove_reference": change.remove_reference,
    "remove_belongs_to": change.remove_reference,
    "add_index": add_index,
    "remove_index": remove_index,
    "rename_index": rename_index,
    "add_foreign_key": _add(made.foreign_key_clause),
    "add_check_constraint": _add(made.check_clause),
    "add_unique_constraint": _add(made.key_clause),
    "add_exclusion_constraint": _add(made.exclusion_clause),
    "remove_foreign_key": _remove_key,
    "remove_check_constraint": _remove_check("chk"),
    "remove_unique_constraint": _remove_check("uniq"),
    "remove_exclusion_constraint": _remove_check("excl"),
    "validate_foreign_key": _validate_key,
    "validate_check_constraint": _validate,
    "validate_constraint": _validate,
    "execute": _execute,
    "exec_query": _execute,
    "exec_update": _execute,
    "enable_extension": _enable_extension,
    "disable_extension": _disable_extension,
    "create_enum": _create_enum,
    "drop_enum": _drop_enum,
    "rename_enum": _rename_enum,
    "add_enum_value": _add_enum_value,
    "rename_enum_value": _rename_enum_value,
    "create_schema": _create_schema,
    "drop_schema": _drop_schema,
}
"""What writes the SQL of a command, by its name."""
