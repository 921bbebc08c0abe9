"""ALTER TABLE actions without effect on names and columns: storage, statistics, ownership of space, rules."""

import re
from collections.abc import Iterator, Sequence

from midflight.operations import model as op
from midflight.operations.dialects.postgres.keys import qualified
from midflight.operations.dialects.postgres.tree import Node, enum, expression_sql, kind, options
from midflight.operations.dialects.postgres.typenames import type_sql
from midflight.operations.shapes import Name

_COLUMN_WORDS = {
    "AT_SetStatistics": "SET STATISTICS",
    "AT_SetStorage": "SET STORAGE",
    "AT_SetCompression": "SET COMPRESSION",
    "AT_SetOptions": "SET",
    "AT_ResetOptions": "RESET",
    "AT_AlterColumnGenericOptions": "OPTIONS",
}
_TABLE_WORDS = {
    "AT_SetRelOptions": "SET",
    "AT_ResetRelOptions": "RESET",
    "AT_ReplaceRelOptions": "SET",
    "AT_GenericOptions": "OPTIONS",
    "AT_SetLogged": "SET LOGGED",
    "AT_SetUnLogged": "SET UNLOGGED",
    "AT_DropOids": "SET WITHOUT OIDS",
    "AT_ClusterOn": "CLUSTER ON",
    "AT_DropCluster": "SET WITHOUT CLUSTER",
    "AT_SetAccessMethod": "SET ACCESS METHOD",
    "AT_SetTableSpace": "SET TABLESPACE",
    "AT_EnableRule": "ENABLE RULE",
    "AT_EnableAlwaysRule": "ENABLE ALWAYS RULE",
    "AT_EnableReplicaRule": "ENABLE REPLICA RULE",
    "AT_DisableRule": "DISABLE RULE",
    "AT_ReplicaIdentity": "REPLICA IDENTITY",
    "AT_AddOf": "OF",
    "AT_DropOf": "NOT OF",
}
_IDENTITIES = {"d": "DEFAULT", "f": "FULL", "n": "NOTHING", "i": "USING INDEX"}
_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def option_of(at: op.Statement, table: Name, command: Node) -> op.Operation:
    """Return the option that an action sets, of the table or of one column."""
    action = enum(command, "subtype")
    argument = getattr(command, "def")
    if action in _COLUMN_WORDS:
        option, value = _with_list(_COLUMN_WORDS[action], argument)
        return op.SetColumnOption(at, table=table, column=command.name or str(command.num), option=option, value=value)
    words = _TABLE_WORDS.get(action) or _CAPITAL.sub(" ", action.removeprefix("AT_")).upper()
    option, value = _with_list(words, argument)
    return op.SetTableOption(at, table=table, option=option, value=value or command.name)


def _with_list(words: str, argument: Node) -> tuple[str, str]:
    """The option's keywords and its value; storage parameters belong to the keywords ("SET (fillfactor)")."""
    match kind(argument):
        case "list":
            given = [(name, value_sql(value)) for name, value in _named(argument.list.items)]
            return f"{words} ({', '.join(name for name, _ in given)})", ", ".join(v for _, v in given if v)
        case "replica_identity_stmt":
            identity = argument.replica_identity_stmt
            return words, f"{_IDENTITIES.get(identity.identity_type, '')} {identity.name}".strip()
        case _:
            return words, value_sql(argument)


def storage_parameters(given: Sequence[Node]) -> tuple[tuple[str, str], ...]:
    """Return the parameters of `WITH (...)` as name and value; one without a value is true.

    `oids` is left out: tables have none since PostgreSQL 12, and no ALTER TABLE takes the word.
    """
    return tuple((name, value_sql(value) or "true") for name, value in _named(given) if name != "oids")


def _named(given: Sequence[Node]) -> Iterator[tuple[str, Node]]:
    """Yield name and value of parameters, the name with its part of the table: `toast.autovacuum_enabled`."""
    for wrapper, (name, value) in zip(given, options(given), strict=True):
        space = wrapper.def_elem.defnamespace
        yield (f"{space}.{name}" if space else name), value


def value_sql(argument: Node) -> str:
    """Return an option's value as text, empty where it has none."""
    match kind(argument):
        case "":
            return ""
        case "string":
            return str(argument.string.sval)
        case "integer":
            return str(argument.integer.ival)
        case "float":
            return str(argument.float.fval)
        case "boolean":
            return "true" if argument.boolean.boolval else "false"
        case "type_name":
            return type_sql(argument.type_name)
        case "list":
            parts = argument.list.items
            return qualified(parts) if kind(parts[0]) == "string" else ", ".join(map(value_sql, parts))
        case _:
            return expression_sql(argument)
