"""Session settings, transactions, locks and maintenance."""

import re
from collections.abc import Iterator

from midflight.operations import model as op
from midflight.operations.dialects.postgres.alter_options import value_sql
from midflight.operations.dialects.postgres.names import relation_name
from midflight.operations.dialects.postgres.tree import Node, enum, expression_sql, kind, options, strings

_TRANSACTIONS = {
    "TRANS_STMT_BEGIN": "BEGIN",
    "TRANS_STMT_START": "BEGIN",
    "TRANS_STMT_COMMIT": "COMMIT",
    "TRANS_STMT_ROLLBACK": "ROLLBACK",
    "TRANS_STMT_SAVEPOINT": "SAVEPOINT",
    "TRANS_STMT_RELEASE": "RELEASE",
    "TRANS_STMT_ROLLBACK_TO": "ROLLBACK TO",
    "TRANS_STMT_PREPARE": "PREPARE TRANSACTION",
    "TRANS_STMT_COMMIT_PREPARED": "COMMIT PREPARED",
    "TRANS_STMT_ROLLBACK_PREPARED": "ROLLBACK PREPARED",
}
_LOCKS = (  # LOCKMODE in storage/lockdefs.h, from 1
    "ACCESS SHARE",
    "ROW SHARE",
    "ROW EXCLUSIVE",
    "SHARE UPDATE EXCLUSIVE",
    "SHARE",
    "SHARE ROW EXCLUSIVE",
    "EXCLUSIVE",
    "ACCESS EXCLUSIVE",
)
_OFF = frozenset({"0", "false", "off"})
_LISTED = re.compile(r'\s*(?:"((?:[^"]|"")*)"|([^,"]*?))\s*(?:,|\Z)')


def set_variable(node: Node, at: op.Statement) -> Iterator[op.Operation]:
    """SET and RESET; SET ROLE is the setting "role", RESET ALL the setting "all"."""
    what = enum(node, "kind")
    name = "all" if what == "VAR_RESET_ALL" else node.name.lower()
    yield op.SetSetting(at, name=name, values=setting_values(node), local=node.is_local)


def setting_values(node: Node) -> tuple[str, ...]:
    """Return the values of a SET, strings without quotes; empty for RESET and SET ... TO DEFAULT."""
    if enum(node, "kind") == "VAR_SET_MULTI":
        return tuple(
            f"{w.def_elem.defname} {_text(w.def_elem.arg)}".strip() for w in node.args if kind(w) == "def_elem"
        )
    return tuple(_text(wrapper) for wrapper in node.args)


def _text(node: Node) -> str:
    if kind(node) == "a_const" and node.a_const.WhichOneof("val") == "sval":
        return str(node.a_const.sval.sval)
    return expression_sql(node) if kind(node) else ""


def config_calls(select: Node, at: op.Statement) -> tuple[op.Operation, ...]:
    """Return the settings that a SELECT of nothing but `set_config` calls makes; empty for any other query."""
    if select.from_clause or not select.target_list:
        return ()
    found = tuple(_config_call(wrapper.res_target.val, at) for wrapper in select.target_list)
    settings = tuple(setting for setting in found if setting is not None)
    return settings if len(settings) == len(found) else ()


def _config_call(node: Node, at: op.Statement) -> op.SetSetting | None:
    if kind(node) != "func_call" or strings(node.func_call.funcname)[-1] != "set_config":
        return None
    arguments = node.func_call.args
    if len(arguments) != 3 or any(kind(a) not in {"a_const", "type_cast"} for a in arguments):
        return None
    name, value = _text(arguments[0]).lower(), _text(arguments[1])
    values = _listed(value) if name == "search_path" else (value,)
    return op.SetSetting(at, name=name, values=values, local="t" in expression_sql(arguments[2])[:2].lower())


def _listed(value: str) -> tuple[str, ...]:
    """The schemas in the text of a search path, as SplitIdentifierString() folds them."""
    matches = (m for m in _LISTED.finditer(value) if m.group())
    found = tuple(m[1].replace('""', '"') if m[1] is not None else m[2].lower() for m in matches)
    return found or ("",)


def transaction(node: Node, at: op.Statement) -> Iterator[op.Operation]:
    """BEGIN, COMMIT, ROLLBACK and their relatives."""
    yield op.TransactionControl(at, action=_TRANSACTIONS.get(enum(node, "kind"), ""))


def lock(node: Node, at: op.Statement) -> Iterator[op.Operation]:
    """LOCK TABLE."""
    tables = tuple(relation_name(wrapper.range_var) for wrapper in node.relations)
    mode = _LOCKS[node.mode - 1] if 0 < node.mode <= len(_LOCKS) else ""
    yield op.LockTable(at, tables=tables, mode=mode)


def vacuum(node: Node, at: op.Statement) -> Iterator[op.Operation]:
    """VACUUM and ANALYZE."""
    full = any(name == "full" and value_sql(value).lower() not in _OFF for name, value in options(node.options))
    words = ("VACUUM FULL" if full else "VACUUM") if node.is_vacuumcmd else "ANALYZE"
    tables = tuple(relation_name(w.vacuum_relation.relation) for w in node.rels)
    yield op.Maintenance(at, kind=words, tables=tables)


def cluster(node: Node, at: op.Statement) -> Iterator[op.Operation]:
    """CLUSTER."""
    tables = (relation_name(node.relation),) if node.HasField("relation") else ()
    yield op.Maintenance(at, kind="CLUSTER", tables=tables)


def maintenance(_: Node, at: op.Statement) -> Iterator[op.Operation]:
    """Statements without any effect on the schema, by their first word: CHECKPOINT, NOTIFY, DISCARD, LISTEN, ..."""
    yield op.Maintenance(at, kind=at.text.split(None, 1)[0].rstrip(";").upper())


def set_constraints(_: Node, at: op.Statement) -> Iterator[op.Operation]:
    """SET CONSTRAINTS."""
    yield op.Maintenance(at, kind="SET CONSTRAINTS")
