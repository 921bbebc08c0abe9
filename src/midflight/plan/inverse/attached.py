"""Triggers, policies and rules that a step made, dropped or changed."""

from collections.abc import Iterator
from dataclasses import replace

from midflight.catalog.ddl import create_policy, create_trigger
from midflight.operations.shapes import Name, Policy, Trigger, quote
from midflight.plan.inverse.difference import StepDifference, changed, only_in
from midflight.plan.inverse.piece import Piece, Rank


def attached_pieces(d: StepDifference) -> Iterator[Piece]:
    """Yield what restores the triggers, policies and rules of relations that stay, and of those that come back."""
    yield from _triggers(d)
    yield from _policies(d)
    for (table, name), _ in only_in(d.after.rules, d.before.rules):
        if table not in d.created:
            yield _drop("RULE", name, table)
    for _, definition in only_in(d.before.rules, d.after.rules):
        yield Piece(Rank.MAKE_ATTACHED, definition)
    for (table, name), before, _after in changed(d.before.rules, d.after.rules):
        yield _drop("RULE", name, table)
        yield Piece(Rank.MAKE_ATTACHED, before)


def _drop(kind: str, name: str, table: Name) -> Piece:
    return Piece(Rank.DROP_ATTACHED, f"DROP {kind} IF EXISTS {quote(name)} ON {table.short}")


def _triggers(d: StepDifference) -> Iterator[Piece]:
    for (table, name), _ in only_in(d.after.triggers, d.before.triggers):
        if table not in d.created:
            yield _drop("TRIGGER", name, table)
    for _, trigger in only_in(d.before.triggers, d.after.triggers):
        yield from _make(trigger)
    for (table, name), before, after in changed(d.before.triggers, d.after.triggers):
        if replace(after, enabled=before.enabled) == before:
            switch = "ENABLE" if before.enabled else "DISABLE"
            sql = f"ALTER TABLE {table.short} {switch} TRIGGER {quote(name)}"
            yield Piece(Rank.MAKE_ATTACHED, sql)
        else:
            yield _drop("TRIGGER", name, table)
            yield from _make(before)


def _make(trigger: Trigger) -> Iterator[Piece]:
    for sql in create_trigger(trigger):
        yield Piece(Rank.MAKE_ATTACHED, sql)


def _policies(d: StepDifference) -> Iterator[Piece]:
    for (table, name), _ in only_in(d.after.policies, d.before.policies):
        if table not in d.created:
            yield _drop("POLICY", name, table)
    for _, policy in only_in(d.before.policies, d.after.policies):
        yield Piece(Rank.MAKE_ATTACHED, create_policy(policy))
    for (table, name), before, after in changed(d.before.policies, d.after.policies):
        if _alterable(before, after):
            yield Piece(Rank.MAKE_ATTACHED, _alter(before))
        else:
            yield _drop("POLICY", name, table)
            note = f"Run the DROP and the CREATE of policy {quote(name)} in one transaction: between them it is absent."
            yield Piece(Rank.MAKE_ATTACHED, create_policy(before), note=note)


def _alterable(before: Policy, after: Policy) -> bool:
    """Whether ALTER POLICY can go back: it cannot change the command, nor take away an expression."""
    if (before.command, before.permissive) != (after.command, after.permissive):
        return False
    pairs = ((before.using, after.using), (before.check, after.check))
    return all(then is not None or now is None for then, now in pairs)


def _alter(policy: Policy) -> str:
    roles = f" TO {', '.join(policy.roles)}" if policy.roles else ""
    using = f" USING ({policy.using})" if policy.using is not None else ""
    check = f" WITH CHECK ({policy.check})" if policy.check is not None else ""
    return f"ALTER POLICY {quote(policy.name)} ON {policy.table.short}{roles}{using}{check}"
