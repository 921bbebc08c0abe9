"""Runs the operations of a migration over the state of the models, forwards or backwards, and writes their SQL."""

from collections.abc import Mapping
from dataclasses import replace

from midflight.migrations.formats.django.changes import Turn, change_state
from midflight.migrations.formats.django.names import quoted
from midflight.migrations.formats.django.programs import run_python, run_sql
from midflight.migrations.formats.django.returned import RETURNS
from midflight.migrations.formats.django.sent import SENDS
from midflight.migrations.formats.django.state import State
from midflight.migrations.formats.django.writer import Writer
from midflight.migrations.python import Call, Module, Unread, Value, plain

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
    send = SENDS.get(name)
    if send:
        return send(turn, writer, before, after)
    if name in EXTENSIONS or name == "CreateExtension":
        extension = EXTENSIONS.get(name) or plain(turn.call.get("name", 0))
        writer.run(f"CREATE EXTENSION IF NOT EXISTS {quoted(str(extension))}")
    elif name == "RunSQL":
        run_sql(turn, writer, turn.call.get("sql", 0))
        return _with_all(turn, after, turn.call.get("state_operations", 2))
    elif name == "RunPython":
        run_python(turn, writer, turn.call.get("code", 0))
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
            run_sql(turn, writer, given)
    elif name == "RunPython":
        given = turn.call.get("reverse_code", 1)
        if given is None:
            writer.unread("this Python code has no `reverse_code`, so that Django refuses to go back")
        else:
            run_python(turn, writer, given)
    elif name in EXTENSIONS or name == "CreateExtension":
        extension = EXTENSIONS.get(name) or plain(turn.call.get("name", 0))
        writer.run(f"DROP EXTENSION IF EXISTS {quoted(str(extension))}")
    elif name in RETURNS:
        RETURNS[name](turn, writer, before, after)
    elif name not in _STATE_ONLY and name not in SENDS:
        writer.unread(f"the operation `{name[:80]}` is not one of Django's")
    writer.flush()


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
