"""Runs the operations of a migration over the state of the models, forwards or backwards, and writes their SQL."""

import ast
from collections.abc import Callable, Mapping
from dataclasses import replace

from midflight.migrations.formats.django.alter import alter_field, follow_model
from midflight.migrations.formats.django.changes import Turn, change_state, is_named, model_name, name_in, own_name
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
from midflight.migrations.python import Call, Module, Ref, Text, Unread, Value, plain

EXTENSIONS: Mapping[str, str] = {
    "BloomExtension": "bloom",
    "BtreeGinExtension": "btree_gin",
    "BtreeGistExtension": "btree_gist",
    "CITextExtension": "citext",
    "CryptoExtension": "pgcrypto",
    "HStoreExtension": "hstore",
    "TrigramExtension": "pg_trgm",
    "UnaccentExtension": "unaccent",
}
_STATE_ONLY = frozenset({"AlterModelManagers", "AlterModelTableComment"})
_REACHES_SCHEMA = frozenset({"execute", "executemany", "cursor", "call_command", "executescript", "callproc"})
_EDITS = ("create_", "delete_model", "add_", "remove_", "alter_", "rename_")


def forwards(turn: Turn, writer: Writer, before: State) -> State:
    """Write an operation's SQL and give the models after it, with the names of what it made."""
    writer.line = turn.call.line
    after = change_state(turn, before)
    name = turn.call.last
    if name == "SeparateDatabaseAndState":
        return _separated(turn, writer, before)
    if name in {"AddField", "AddIndex", "AddConstraint", "CreateModel"} or turn.call.last in _STATE_ONLY:
        pass
    else:
        writer.flush()
    send = _SENDS.get(name)
    if send:
        return send(turn, writer, before, after)
    if name in EXTENSIONS or name == "CreateExtension":
        extension = EXTENSIONS.get(name) or plain(turn.call.get("name", 0))
        writer.run(f"CREATE EXTENSION IF NOT EXISTS {quoted(str(extension))}")
    elif name == "RunSQL":
        _run_sql(turn, writer, turn.call.get("sql", 0))
        return _with_all(turn, after, turn.call.get("state_operations", 2))
    elif name == "RunPython":
        _run_python(turn, writer, turn.call.get("code", 0))
    elif name not in _STATE_ONLY:
        writer.unread(f"the operation `{name[:80]}` is not one of Django's")
    return after


def backwards(turn: Turn, writer: Writer, before: State, after: State) -> None:
    """Write the SQL by which Django takes an operation back; `before` and `after` are the models around it."""
    writer.line = turn.call.line
    name = turn.call.last
    if name == "SeparateDatabaseAndState":
        _separated_back(turn, writer, before)
    elif name == "RunSQL":
        given = turn.call.get("reverse_sql", 1)
        if given is None:
            writer.unread("this SQL has no `reverse_sql`, so that Django refuses to go back")
        else:
            _run_sql(turn, writer, given)
    elif name == "RunPython":
        given = turn.call.get("reverse_code", 1)
        if given is None:
            writer.unread("this Python code has no `reverse_code`, so that Django refuses to go back")
        else:
            _run_python(turn, writer, given)
    elif name in EXTENSIONS or name == "CreateExtension":
        extension = EXTENSIONS.get(name) or plain(turn.call.get("name", 0))
        writer.run(f"DROP EXTENSION IF EXISTS {quoted(str(extension))}")
    elif name in _RETURNS:
        _RETURNS[name](turn, writer, before, after)
    elif name not in _STATE_ONLY and name not in _SENDS:
        writer.unread(f"the operation `{name[:80]}` is not one of Django's")
    writer.flush()


# --- what operations send -------------------------------------------------------------------------------------------

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
    return _altered(turn, writer, (before, after), (name_in(turn, "name"), name_in(turn, "name")))


def _altered(turn: Turn, writer: Writer, states: tuple[State, State], names: tuple[str, str]) -> State:
    old, new = (state.get(turn.app, model_name(turn)) for state in states)
    one, other = old.field(names[0]) if old else None, new.field(names[1]) if new else None
    if new is None or one is None or other is None:
        return _unknown(writer, turn, states[1])
    return states[1].with_model(alter_field(writer, states, new, one, other))


def _send_rename_field(turn: Turn, writer: Writer, before: State, after: State) -> State:
    return _altered(turn, writer, (before, after), (name_in(turn, "old_name"), name_in(turn, "new_name", 2)))


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


_SENDS: Mapping[str, Send] = {
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

# --- the way back ---------------------------------------------------------------------------------------------------

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
    _altered(turn, writer, (after, before), names)


def _return_rename_model(turn: Turn, writer: Writer, before: State, after: State) -> None:
    old = before.get(turn.app, name_in(turn, "old_name", 0))
    new = after.get(turn.app, name_in(turn, "new_name"))
    if old and new:
        follow_model(writer, (after, before), new, old)


def _return_own(turn: Turn, writer: Writer, before: State, after: State) -> None:
    """Operations that set an option: the same the other way round, with the names that exist."""
    made, old = after.get(turn.app, own_name(turn)), before.get(turn.app, own_name(turn))
    if made and old:
        _SENDS[turn.call.last](turn, writer, after, before.with_model(replace(old, made=made.made)))


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


_RETURNS: Mapping[str, Return] = {
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

# --- SQL and Python of the project ----------------------------------------------------------------------------------


def _run_sql(turn: Turn, writer: Writer, given: Value) -> None:
    if isinstance(given, Ref) and given.last == "noop":
        return
    for each in given if isinstance(given, list) else [given]:
        if isinstance(each, list) and each:
            _with_parameters(writer, each)
        elif isinstance(each, Text):
            if each.text.strip():
                writer.text(each)
        else:
            writer.unread("this SQL is put together by the program")


def _with_parameters(writer: Writer, pair: list[Value]) -> None:
    sql, given = pair[0], pair[1] if len(pair) > 1 else None
    if isinstance(sql, Text) and not given:
        writer.text(sql)
    else:
        writer.unread("this SQL has parameters")


def _run_python(turn: Turn, writer: Writer, given: Value) -> None:
    name = given.name if isinstance(given, Ref) else ""
    if name.rpartition(".")[2] == "noop":
        return
    own = turn.module.functions.get(name)
    rows = own is not None and not any(_reaches_schema(each) for each in turn.module.functions.values())
    shown = f"`{name.rpartition('.')[2][:80]}`" if name else "a function"
    writer.unread(f"Python code that Django runs here: {shown}", rows=rows)


def _reaches_schema(function: ast.FunctionDef) -> bool:
    """Whether a function may do more to the database than change rows through models."""
    names = {node.attr for node in ast.walk(function) if isinstance(node, ast.Attribute)}
    names |= {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
    editing = any(
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and "editor" in node.value.id
        and node.attr.startswith(_EDITS)
        for node in ast.walk(function)
    )
    return editing or not _REACHES_SCHEMA.isdisjoint(names)


def turns_of(app: str, module: Module, given: Value) -> list[Turn]:
    """The operations of a list."""
    return [Turn(app, each, module) for each in given if isinstance(each, Call)] if isinstance(given, list) else []


def unread_in(given: Value) -> list[int]:
    """The lines of what stands among operations and is none."""
    if isinstance(given, list):
        return [each.line if isinstance(each, Unread) else 0 for each in given if not isinstance(each, Call)]
    return [] if given is None else [getattr(given, "line", 0)]


def _with_all(turn: Turn, state: State, given: Value) -> State:
    for each in turns_of(turn.app, turn.module, given):
        state = change_state(each, state)
    return state


def _separated(turn: Turn, writer: Writer, before: State) -> State:
    given = turn.call.get("database_operations", 0)
    for line in unread_in(given):
        writer.unread("the operations are put together by the program", line)
    state = before
    for each in turns_of(turn.app, turn.module, given):
        state = forwards(each, writer, state)
    after = _with_all(turn, before, turn.call.get("state_operations", 1))
    for key, model in after.models.items():
        made = state.models.get(key)
        if made is not None and made.made != model.made:
            after = after.with_model(replace(model, made={**model.made, **made.made}))
    return after


def _separated_back(turn: Turn, writer: Writer, before: State) -> None:
    state, steps = before, []
    quiet = Writer(writer.path)
    for each in turns_of(turn.app, turn.module, turn.call.get("database_operations", 0)):
        after = forwards(each, quiet, state)
        steps.append((each, state, after))
        state = after
    for each, old, new in reversed(steps):
        backwards(each, writer, old, new)
