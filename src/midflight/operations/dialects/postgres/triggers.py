"""Triggers, row security policies and rules."""

from collections.abc import Iterator

from midflight.operations import model as op
from midflight.operations.dialects.postgres.names import list_name, relation_name, role_sql
from midflight.operations.dialects.postgres.tree import Node, optional_sql, strings
from midflight.operations.shapes import Policy, Trigger

_BEFORE, _INSTEAD = 2, 64  # TRIGGER_TYPE_* in catalog/pg_trigger.h
_EVENTS = {4: "INSERT", 16: "UPDATE", 8: "DELETE", 32: "TRUNCATE"}


def create_trigger(node: Node, at: op.Statement) -> Iterator[op.Operation]:
    """CREATE TRIGGER."""
    timings = {_BEFORE: "BEFORE", _INSTEAD: "INSTEAD OF"}
    trigger = Trigger(
        name=node.trigname,
        table=relation_name(node.relation),
        function=list_name(node.funcname),
        definition=at.text,
        timing=timings.get(node.timing & (_BEFORE | _INSTEAD), "AFTER"),
        events=tuple(word for bit, word in _EVENTS.items() if node.events & bit),
        columns=strings(node.columns),
    )
    yield op.CreateTrigger(at, trigger=trigger, or_replace=node.replace)


def create_policy(node: Node, at: op.Statement) -> Iterator[op.Operation]:
    """CREATE POLICY; its roles are SQL."""
    policy = Policy(
        name=node.policy_name,
        table=relation_name(node.table),
        definition=at.text,
        command=node.cmd_name.upper() or "ALL",
        permissive=node.permissive,
        roles=_roles(node) or ("public",),
        using=optional_sql(node, "qual"),
        check=optional_sql(node, "with_check"),
    )
    yield op.CreatePolicy(at, policy=policy)


def alter_policy(node: Node, at: op.Statement) -> Iterator[op.Operation]:
    """ALTER POLICY."""
    yield op.AlterPolicy(
        at,
        name=node.policy_name,
        table=relation_name(node.table),
        roles=_roles(node) or None,
        using=optional_sql(node, "qual"),
        check=optional_sql(node, "with_check"),
    )


def _roles(node: Node) -> tuple[str, ...]:
    return tuple(role_sql(wrapper.role_spec) for wrapper in node.roles)


def create_rule(node: Node, at: op.Statement) -> Iterator[op.Operation]:
    """CREATE RULE."""
    yield op.CreateRule(at, name=node.rulename, table=relation_name(node.relation), definition=at.text)
