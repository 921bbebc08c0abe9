"""The SQL by which each operation of Django's is taken back."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from midflight.migrations.formats.django.alter import follow_model
from midflight.migrations.formats.django.changes import Turn, is_named, model_name, name_in, own_name
from midflight.migrations.formats.django.indexes import (
    add_constraint,
    add_index,
    remove_constraint,
    remove_index,
    rename_index,
)
from midflight.migrations.formats.django.schema import add_field, create_model, delete_model, remove_field
from midflight.migrations.formats.django.sent import SENDS, altered
from midflight.migrations.formats.django.state import State
from midflight.migrations.formats.django.writer import Writer
from midflight.migrations.python import Call, plain

Return = Callable[[Turn, Writer, State, State], None]


def _return_create(turn: Turn, writer: Writer, before: State, after: State) -> None:
    model = after.get(turn.app, own_name(turn))
    if model:
        delete_model(writer, after, model)


def _return_delete(turn: Turn, writer: Writer, before: State, after: State) -> None:
    model = before.get(turn.app, own_name(turn))
    if model:
        create_model(writer, before, model)


def _return_add_field(turn: Turn, writer: Writer, before: State, after: State) -> None:
    model = after.get(turn.app, model_name(turn))
    one = model.field(name_in(turn, "name")) if model else None
    if model and one:
        remove_field(writer, after, model, one)


def _return_remove_field(turn: Turn, writer: Writer, before: State, after: State) -> None:
    model = before.get(turn.app, model_name(turn))
    one = model.field(name_in(turn, "name")) if model else None
    if model and one:
        add_field(writer, before, model, one)


def _return_alter(turn: Turn, writer: Writer, before: State, after: State) -> None:
    made = after.get(turn.app, model_name(turn))
    old = before.get(turn.app, model_name(turn))
    if made and old:
        before = before.with_model(replace(old, made=made.made))
    names = (name_in(turn, "name"), name_in(turn, "name"))
    if turn.call.last == "RenameField":
        names = (name_in(turn, "new_name", 2), name_in(turn, "old_name"))
    altered(turn, writer, (after, before), names)


def _return_rename_model(turn: Turn, writer: Writer, before: State, after: State) -> None:
    old = before.get(turn.app, name_in(turn, "old_name", 0))
    new = after.get(turn.app, name_in(turn, "new_name"))
    if old and new:
        follow_model(writer, (after, before), new, old)


def _return_own(turn: Turn, writer: Writer, before: State, after: State) -> None:
    """Operations that set an option: the same the other way round, with the names that exist."""
    made, old = after.get(turn.app, own_name(turn)), before.get(turn.app, own_name(turn))
    if made and old:
        SENDS[turn.call.last](turn, writer, after, before.with_model(replace(old, made=made.made)))


def _return_added(turn: Turn, writer: Writer, before: State, after: State) -> None:
    """The index or the constraint that was added goes."""
    model = after.get(turn.app, model_name(turn))
    given = turn.call.get("index", 1, turn.call.get("constraint", 1))
    name = plain(given.get("name")) if isinstance(given, Call) else None
    if model and isinstance(name, str):
        concurrently = turn.call.last.endswith("Concurrently")
        if "Index" in turn.call.last:
            remove_index(writer, model, name, concurrently=concurrently)
        else:
            remove_constraint(writer, model, name)


def _return_removed(turn: Turn, writer: Writer, before: State, after: State) -> None:
    """The index or the constraint that was removed comes back."""
    model, name = before.get(turn.app, model_name(turn)), name_in(turn, "name")
    for option in ("indexes", "constraints"):
        known = model.options.get(option) if model else None
        for each in known if isinstance(known, list) else []:
            if model and isinstance(each, Call) and is_named(each, name):
                if option == "indexes":
                    add_index(writer, model, each, concurrently=turn.call.last.endswith("Concurrently"))
                else:
                    add_constraint(writer, model, each)


def _return_rename_index(turn: Turn, writer: Writer, before: State, after: State) -> None:
    model, old = after.get(turn.app, model_name(turn)), name_in(turn, "old_name", 2)
    if model and old:
        rename_index(writer, model, name_in(turn, "new_name"), old)


RETURNS: Mapping[str, Return] = {
    "CreateModel": _return_create,
    "DeleteModel": _return_delete,
    "AddField": _return_add_field,
    "RemoveField": _return_remove_field,
    "AlterField": _return_alter,
    "RenameField": _return_alter,
    "RenameModel": _return_rename_model,
    "AlterModelTable": _return_own,
    "AlterUniqueTogether": _return_own,
    "AlterIndexTogether": _return_own,
    "AlterOrderWithRespectTo": _return_own,
    "AddIndex": _return_added,
    "AddIndexConcurrently": _return_added,
    "AddConstraint": _return_added,
    "AddConstraintNotValid": _return_added,
    "RemoveIndex": _return_removed,
    "RemoveIndexConcurrently": _return_removed,
    "RemoveConstraint": _return_removed,
    "RenameIndex": _return_rename_index,
}
