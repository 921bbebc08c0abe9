"""What hangs on a table besides columns and constraints: triggers, policies and rules."""

from __future__ import annotations

from dataclasses import replace

from midflight.catalog.dependents import family
from midflight.catalog.drops import remove_policy, remove_trigger
from midflight.catalog.lookup import Folds, Outcome, candidates, certain, creation_name, relation_of, was_dropped
from midflight.catalog.model import Catalog, Problem, Relation
from midflight.catalog.moves import retarget
from midflight.catalog.rewrite import rename_identifiers
from midflight.operations.model import (
    AlterPolicy,
    CreatePolicy,
    CreateRule,
    CreateTrigger,
    DropPolicy,
    DropRule,
    DropTrigger,
    RenameTrigger,
    SetTrigger,
)
from midflight.operations.shapes import Name, ObjectKind, Policy, Target, Trigger


def create_trigger(catalog: Catalog, operation: CreateTrigger) -> Outcome:
    """CREATE [OR REPLACE] TRIGGER, on a partitioned table and its partitions."""
    found = relation_of(catalog, operation.trigger.table, operation)
    if found.relation is None:
        return found.nothing
    table = found.relation
    function = _function(found.catalog, operation.trigger.function)
    trigger = replace(operation.trigger, table=table.name, function=function)
    problems: tuple[Problem, ...] = ()
    if was_dropped(catalog, "routine", function) and not catalog.routines_named(function):
        problems = (Problem("42883", f"function {function.name}() does not exist"),)
    known = (table.name, trigger.name) in catalog.triggers
    if known and not operation.or_replace and certain(catalog, table.name):
        text = f'trigger "{trigger.name}" for relation "{table.name.name}" already exists'
        problems += (Problem("42710", text),)
    return Outcome(_with_trigger(found.catalog, table, trigger), problems)


def _function(catalog: Catalog, name: Name) -> Name:
    known = (n for n in candidates(catalog, name) if any(key.name == n for key in catalog.routines))
    return next(known, creation_name(catalog, name))


def _with_trigger(catalog: Catalog, table: Relation, trigger: Trigger) -> Catalog:
    tables = [t.name for t in family(catalog, table)] if table.partition_by else [table.name]
    row_level = "FOR EACH ROW" in " ".join(trigger.definition.upper().split())
    for name in tables if row_level else tables[:1]:
        triggers = catalog.triggers.insert((name, trigger.name), replace(trigger, table=name))
        catalog = replace(catalog, triggers=triggers)
    return catalog


def drop_trigger(catalog: Catalog, operation: DropTrigger) -> Outcome:
    """DROP TRIGGER."""
    if operation.if_exists and _absent(catalog, operation.table):
        return Outcome(catalog)
    found = relation_of(catalog, operation.table, operation)
    if found.relation is None:
        return found.nothing
    catalog = found.catalog
    if (found.relation.name, operation.name) not in catalog.triggers:
        missing = () if operation.if_exists else _missing("trigger", operation.name, "for", found.relation, catalog)
        return Outcome(catalog, missing)
    for table in family(catalog, found.relation):
        catalog = remove_trigger(catalog, table.name, operation.name)
    return Outcome(catalog)


def _absent(catalog: Catalog, name: Name) -> bool:
    return all(candidate not in catalog.relations for candidate in candidates(catalog, name))


def _missing(what: str, name: str, word: str, table: Relation, catalog: Catalog) -> tuple[Problem, ...]:
    """Return 42704 unless the table is one that the catalog does not know well."""
    if not table.complete or not certain(catalog, table.name):
        return ()
    return (Problem("42704", f'{what} "{name}" {word} table "{table.name.name}" does not exist'),)


def rename_trigger(catalog: Catalog, operation: RenameTrigger) -> Outcome:
    """ALTER TRIGGER RENAME TO."""
    found = relation_of(catalog, operation.table, operation)
    if found.relation is None:
        return found.nothing
    catalog, table = found.catalog, found.relation
    trigger = catalog.triggers.get((table.name, operation.name))
    if trigger is None:
        return Outcome(catalog, _missing("trigger", operation.name, "for", table, catalog))
    definition = rename_identifiers(trigger.definition, {operation.name: operation.to})
    moved = replace(trigger, name=operation.to, definition=definition)
    triggers = catalog.triggers.remove((table.name, operation.name)).insert((table.name, operation.to), moved)
    old = Target(ObjectKind.TRIGGER, table.name, operation.name)
    catalog = replace(catalog, triggers=triggers)
    return Outcome(retarget(catalog, lambda t: replace(t, part=operation.to) if t == old else t))


def set_trigger(catalog: Catalog, operation: SetTrigger) -> Outcome:
    """ENABLE and DISABLE TRIGGER, of one or of all."""
    found = relation_of(catalog, operation.table, operation)
    if found.relation is None:
        return found.nothing
    catalog, table = found.catalog, found.relation
    everything = operation.name.upper() in {"ALL", "USER"}
    wanted = {
        key: replace(trigger, enabled=operation.enabled)
        for key, trigger in catalog.triggers.items()
        if key[0] == table.name and (everything or key[1] == operation.name)
    }
    problems: tuple[Problem, ...] = ()
    if not wanted and not everything:
        problems = _missing("trigger", operation.name, "for", table, catalog)
    return Outcome(replace(catalog, triggers=catalog.triggers.update(wanted)), problems)


def create_policy(catalog: Catalog, operation: CreatePolicy) -> Outcome:
    """CREATE POLICY."""
    found = relation_of(catalog, operation.policy.table, operation)
    if found.relation is None:
        return found.nothing
    table = found.relation
    policy = replace(operation.policy, table=table.name)
    problems: tuple[Problem, ...] = ()
    if (table.name, policy.name) in catalog.policies and certain(catalog, table.name):
        text = f'policy "{policy.name}" for table "{table.name.name}" already exists'
        problems = (Problem("42710", text),)
    policies = found.catalog.policies.insert((table.name, policy.name), policy)
    return Outcome(replace(found.catalog, policies=policies), problems)


def alter_policy(catalog: Catalog, operation: AlterPolicy) -> Outcome:
    """ALTER POLICY."""
    found = relation_of(catalog, operation.table, operation)
    if found.relation is None:
        return found.nothing
    catalog, table = found.catalog, found.relation
    policy = catalog.policies.get((table.name, operation.name))
    if policy is None:
        return Outcome(catalog, _missing("policy", operation.name, "for", table, catalog))
    altered = _altered(policy, operation)
    policies = catalog.policies.remove((table.name, operation.name)).insert((table.name, altered.name), altered)
    old = Target(ObjectKind.POLICY, table.name, operation.name)
    catalog = replace(catalog, policies=policies)
    return Outcome(retarget(catalog, lambda t: replace(t, part=altered.name) if t == old else t))


def _altered(policy: Policy, operation: AlterPolicy) -> Policy:
    return replace(
        policy,
        name=operation.to or policy.name,
        roles=policy.roles if operation.roles is None else operation.roles,
        using=policy.using if operation.using is None else operation.using,
        check=policy.check if operation.check is None else operation.check,
        definition="",  # the text that made it says less than the fields now
    )


def drop_policy(catalog: Catalog, operation: DropPolicy) -> Outcome:
    """DROP POLICY."""
    if operation.if_exists and _absent(catalog, operation.table):
        return Outcome(catalog)
    found = relation_of(catalog, operation.table, operation)
    if found.relation is None:
        return found.nothing
    catalog, table = found.catalog, found.relation
    if (table.name, operation.name) not in catalog.policies and not operation.if_exists:
        return Outcome(catalog, _missing("policy", operation.name, "for", table, catalog))
    return Outcome(remove_policy(catalog, table.name, operation.name))


def create_rule(catalog: Catalog, operation: CreateRule) -> Outcome:
    """CREATE [OR REPLACE] RULE."""
    found = relation_of(catalog, operation.table, operation)
    if found.relation is None:
        return found.nothing
    rules = found.catalog.rules.insert((found.relation.name, operation.name), operation.definition)
    return Outcome(replace(found.catalog, rules=rules))


def drop_rule(catalog: Catalog, operation: DropRule) -> Outcome:
    """DROP RULE."""
    if operation.if_exists and _absent(catalog, operation.table):
        return Outcome(catalog)
    found = relation_of(catalog, operation.table, operation)
    if found.relation is None:
        return found.nothing
    key = (found.relation.name, operation.name)
    missing = () if operation.if_exists or key in found.catalog.rules else (operation.name,)
    problems = tuple(p for n in missing for p in _missing("rule", n, "for", found.relation, found.catalog))
    return Outcome(replace(found.catalog, rules=found.catalog.rules.discard(key)), problems)


FOLDS: Folds = {
    CreateTrigger: create_trigger,
    DropTrigger: drop_trigger,
    RenameTrigger: rename_trigger,
    SetTrigger: set_trigger,
    CreatePolicy: create_policy,
    AlterPolicy: alter_policy,
    DropPolicy: drop_policy,
    CreateRule: create_rule,
    DropRule: drop_rule,
}
