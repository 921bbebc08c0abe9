"""The SQL that each operation of Django's sends on the way forwards."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from midflight.migrations.formats.django.alter import alter_field, follow_model
from midflight.migrations.formats.django.changes import Turn, model_name, name_in, own_name
from midflight.migrations.formats.django.indexes import (
    add_constraint,
    add_index,
    default_index_name,
    remove_constraint,
    remove_index,
    rename_index,
)
from midflight.migrations.formats.django.names import quoted
from midflight.migrations.formats.django.schema import (
    add_field,
    add_plain_index,
    add_unique,
    create_model,
    delete_model,
    names_in,
    remove_field,
    sets_in,
)
from midflight.migrations.formats.django.state import State
from midflight.migrations.formats.django.writer import Writer
from midflight.migrations.python import Call, Text, plain

Send = Callable[[Turn, Writer, State, State], State]


def _unknown(writer: Writer, turn: Turn, after: State) -> State:
    writer.unread(f"`{turn.call.last}` names a model or a field that no migration read here makes")
    return after


def _send_create(turn: Turn, writer: Writer, before: State, after: State) -> State:
    model = after.get(turn.app, own_name(turn))
    given = turn.call.get("fields", 1)
    if model is None or not isinstance(given, list) or len(given) != len(model.fields):
        writer.unread("the fields of this model are not all literals")
    return after.with_model(create_model(writer, after, model)) if model else after


def _send_delete(turn: Turn, writer: Writer, before: State, after: State) -> State:
    model = before.get(turn.app, own_name(turn))
    if model is None:
        return _unknown(writer, turn, after)
    delete_model(writer, before, model)
    return after


def _send_add_field(turn: Turn, writer: Writer, before: State, after: State) -> State:
    model = after.get(turn.app, model_name(turn))
    one = model.field(name_in(turn, "name")) if model else None
    if model is None or one is None or not isinstance(turn.call.get("field", 2), Call):
        return _unknown(writer, turn, after)
    return after.with_model(add_field(writer, after, model, one))


def _send_remove_field(turn: Turn, writer: Writer, before: State, after: State) -> State:
    model, left = before.get(turn.app, model_name(turn)), after.get(turn.app, model_name(turn))
    one = model.field(name_in(turn, "name")) if model else None
    if model is None or one is None or left is None:
        return _unknown(writer, turn, after)
    known = remove_field(writer, before, model, one)
    return after.with_model(replace(left, made=known.made))


def _send_alter_field(turn: Turn, writer: Writer, before: State, after: State) -> State:
    return altered(turn, writer, (before, after), (name_in(turn, "name"), name_in(turn, "name")))


def altered(turn: Turn, writer: Writer, states: tuple[State, State], names: tuple[str, str]) -> State:
    """Write what turns a field into another one, by their names before and after."""
    old, new = (state.get(turn.app, model_name(turn)) for state in states)
    one, other = old.field(names[0]) if old else None, new.field(names[1]) if new else None
    if new is None or one is None or other is None:
        return _unknown(writer, turn, states[1])
    return states[1].with_model(alter_field(writer, states, new, one, other))


def _send_rename_field(turn: Turn, writer: Writer, before: State, after: State) -> State:
    return altered(turn, writer, (before, after), (name_in(turn, "old_name"), name_in(turn, "new_name", 2)))


def _send_rename_model(turn: Turn, writer: Writer, before: State, after: State) -> State:
    old = before.get(turn.app, name_in(turn, "old_name", 0))
    new = after.get(turn.app, name_in(turn, "new_name"))
    if old is None or new is None:
        return _unknown(writer, turn, after)
    follow_model(writer, (before, after), old, new)
    return after


def _send_table(turn: Turn, writer: Writer, before: State, after: State) -> State:
    old, new = (state.get(turn.app, own_name(turn)) for state in (before, after))
    if old is None or new is None:
        return _unknown(writer, turn, after)
    follow_model(writer, (before, after), old, new)
    return after


def _send_together(option: str) -> Send:
    kind = "unique" if option == "unique_together" else "index"

    def send(turn: Turn, writer: Writer, before: State, after: State) -> State:
        old, new = (state.get(turn.app, own_name(turn)) for state in (before, after))
        if old is None or new is None or not new.has_table:
            return after if new is not None else _unknown(writer, turn, after)
        was = {old.columns_of(names) for names in sets_in(old.options.get(option))}
        now = {new.columns_of(names) for names in sets_in(new.options.get(option))}
        for columns in sorted(was - now):
            what = f"{kind}:{','.join(columns)}"
            name = quoted(new.made.get(what, ""))
            if what in new.made and kind == "unique":
                writer.run(f"ALTER TABLE {quoted(new.table)} DROP CONSTRAINT {name}")
            elif what in new.made:
                writer.run(f"DROP INDEX IF EXISTS {name}")
            new = new.knowing(what, "")
        for columns in sorted(now - was):
            add = add_unique if kind == "unique" else add_plain_index
            new = add(writer, new, columns)
        return after.with_model(new)

    return send


def _send_order(turn: Turn, writer: Writer, before: State, after: State) -> State:
    old, new = (state.get(turn.app, own_name(turn)) for state in (before, after))
    had, has = old.field("_order") if old else None, new.field("_order") if new else None
    if old and new and has and not had:
        return after.with_model(add_field(writer, after, new, has))
    if old and new and had and not has:
        remove_field(writer, before, old, had)
    return after


def _send_index(turn: Turn, writer: Writer, before: State, after: State) -> State:
    model, index = after.get(turn.app, model_name(turn)), turn.call.get("index", 1)
    if model is None or not isinstance(index, Call):
        return _unknown(writer, turn, after)
    concurrently = turn.call.last.endswith("Concurrently")
    if plain(index.get("name")) is None:
        name = Text(default_index_name(model, index), index.line)
        index = replace(index, options={**index.options, "name": name})
    return after.with_model(add_index(writer, model, index, later=not concurrently, concurrently=concurrently))


def _send_remove_index(turn: Turn, writer: Writer, before: State, after: State) -> State:
    model = after.get(turn.app, model_name(turn))
    if model is None:
        return _unknown(writer, turn, after)
    concurrently = turn.call.last.endswith("Concurrently")
    return after.with_model(remove_index(writer, model, name_in(turn, "name"), concurrently=concurrently))


def _send_rename_index(turn: Turn, writer: Writer, before: State, after: State) -> State:
    model = after.get(turn.app, model_name(turn))
    if model is None:
        return _unknown(writer, turn, after)
    columns = ",".join(model.columns_of(names_in(turn.call.get("old_fields"))))
    old = f"index:{columns}" if columns else name_in(turn, "old_name", 2)
    return after.with_model(rename_index(writer, model, old, name_in(turn, "new_name")))


def _send_constraint(turn: Turn, writer: Writer, before: State, after: State) -> State:
    model, constraint = after.get(turn.app, model_name(turn)), turn.call.get("constraint", 1)
    if model is None or not isinstance(constraint, Call):
        return _unknown(writer, turn, after)
    return after.with_model(add_constraint(writer, model, constraint, valid=turn.call.last == "AddConstraint"))


def _send_remove_constraint(turn: Turn, writer: Writer, before: State, after: State) -> State:
    model = after.get(turn.app, model_name(turn))
    if model is None:
        return _unknown(writer, turn, after)
    return after.with_model(remove_constraint(writer, model, name_in(turn, "name")))


def _send_validate(turn: Turn, writer: Writer, before: State, after: State) -> State:
    model = after.get(turn.app, model_name(turn))
    if model is None:
        return _unknown(writer, turn, after)
    writer.run(f"ALTER TABLE {quoted(model.table)} VALIDATE CONSTRAINT {quoted(name_in(turn, 'name'))}")
    return after


def _send_nothing(turn: Turn, writer: Writer, before: State, after: State) -> State:
    return after


SENDS: Mapping[str, Send] = {
    "CreateModel": _send_create,
    "DeleteModel": _send_delete,
    "AddField": _send_add_field,
    "RemoveField": _send_remove_field,
    "AlterField": _send_alter_field,
    "RenameField": _send_rename_field,
    "RenameModel": _send_rename_model,
    "AlterModelTable": _send_table,
    "AlterModelOptions": _send_nothing,
    "AlterUniqueTogether": _send_together("unique_together"),
    "AlterIndexTogether": _send_together("index_together"),
    "AlterOrderWithRespectTo": _send_order,
    "AddIndex": _send_index,
    "AddIndexConcurrently": _send_index,
    "RemoveIndex": _send_remove_index,
    "RemoveIndexConcurrently": _send_remove_index,
    "RenameIndex": _send_rename_index,
    "AddConstraint": _send_constraint,
    "AddConstraintNotValid": _send_constraint,
    "RemoveConstraint": _send_remove_constraint,
    "ValidateConstraint": _send_validate,
}
