"""What triggers, policies, rules, views, domains, comments and publications cost the tables they are about."""

from __future__ import annotations

import re

from midflight.catalog.cost_model import Cost, Held, Lock, Work
from midflight.catalog.cost_scene import CostOf, Costs, Scene, on_table, stored, total
from midflight.catalog.dependents import columns_of_type
from midflight.catalog.lookup import find_type
from midflight.catalog.model import RelationKind
from midflight.catalog.rewrite import parse_name
from midflight.operations.model import (
    AlterDomain,
    AlterPolicy,
    AlterPublication,
    Comment,
    CreatePolicy,
    CreatePublication,
    CreateRule,
    CreateTrigger,
    CreateView,
    DropPolicy,
    DropRoutine,
    DropRule,
    DropTrigger,
    DropType,
    DropView,
    OtherObject,
    RefreshView,
    RenameTrigger,
    SetRowSecurity,
    SetTrigger,
)
from midflight.operations.shapes import Name, ObjectKind

_COMMENTED = frozenset({ObjectKind.TABLE, ObjectKind.COLUMN, ObjectKind.VIEW, ObjectKind.MATERIALIZED_VIEW})
_FROM = re.compile(r"\bFROM\s+(?P<table>[^\s;,]+)\s*;?\s*\Z", re.IGNORECASE)


def create_trigger(operation: CreateTrigger, scene: Scene) -> Cost:
    """CREATE TRIGGER, on the partitions too."""
    return total(*scene.hold_family(operation.trigger.table, Lock.SHARE_ROW_EXCLUSIVE))


def create_policy(operation: CreatePolicy, scene: Scene) -> Cost:
    """CREATE POLICY."""
    return total(*scene.hold(operation.policy.table, Lock.ACCESS_EXCLUSIVE))


def create_view(operation: CreateView, scene: Scene) -> Cost:
    """CREATE OR REPLACE VIEW: the view that is there; those who read it wait for nothing long."""
    found = scene.before.relation(operation.name)
    if found is None or not operation.or_replace:
        return Cost()
    return total(Held(found.name, Lock.ACCESS_EXCLUSIVE))


def drop_view(operation: DropView, scene: Scene) -> Cost:
    """DROP VIEW: no work."""
    return total(*scene.hold(operation.name, Lock.ACCESS_EXCLUSIVE))


def refresh_view(operation: RefreshView, scene: Scene) -> Cost:
    """REFRESH MATERIALIZED VIEW: readers wait for all of it, with CONCURRENTLY only other writers."""
    if operation.concurrently:
        return total(*scene.hold(operation.name, Lock.EXCLUSIVE, Work.SCAN))
    work = Work.REWRITE if operation.with_data else Work.NONE
    return total(*scene.hold(operation.name, Lock.ACCESS_EXCLUSIVE, work))


def alter_domain(operation: AlterDomain, scene: Scene) -> Cost:
    """ALTER DOMAIN: a rule that must hold already reads every table with a column of the domain; writers wait."""
    checks = operation.add is not None and not operation.add.not_valid
    if not checks and not operation.validate and operation.not_null is not True:
        return Cost()
    return _using(operation.name, scene, Lock.SHARE, Work.SCAN)


def drop_type(operation: DropType, scene: Scene) -> Cost:
    """DROP TYPE CASCADE drops the columns of the type."""
    return _using(operation.name, scene, Lock.ACCESS_EXCLUSIVE, Work.NONE) if operation.cascade else Cost()


def drop_routine(operation: DropRoutine, scene: Scene) -> Cost:
    """DROP FUNCTION CASCADE drops the triggers and policies that call it; none where they would hold it back."""
    if not operation.cascade:
        return Cost()
    before, after = scene.before, scene.step.after
    lost = [table for table, name in before.triggers if (table, name) not in after.triggers]
    lost += [table for table, name in before.policies if (table, name) not in after.policies]
    return total(*(held for table in lost for held in scene.hold_family(table, Lock.ACCESS_EXCLUSIVE)))


def _using(written: Name, scene: Scene, lock: Lock, work: Work) -> Cost:
    """The tables with a column of the type."""
    found = find_type(scene.before, written)
    if found is None:
        return Cost()
    tables = (relation for relation, _ in columns_of_type(scene.before, found.name))
    kinds = {RelationKind.TABLE, RelationKind.MATERIALIZED_VIEW}
    return total(*(Held(r.name, lock, stored(r, work)) for r in tables if r.kind in kinds))


def comment(operation: Comment, scene: Scene) -> Cost:
    """COMMENT ON a table or column: a lock that stops nobody's reads and writes."""
    if operation.target.kind not in _COMMENTED:
        return Cost()
    return total(*scene.hold(operation.target.name, Lock.SHARE_UPDATE_EXCLUSIVE))


def publish(operation: CreatePublication | AlterPublication, scene: Scene) -> Cost:
    """CREATE and ALTER PUBLICATION of tables."""
    return total(*(h for name in operation.tables for h in scene.hold(name, Lock.SHARE_UPDATE_EXCLUSIVE)))


def other_object(operation: OtherObject, scene: Scene) -> Cost:
    """CREATE STATISTICS; whatever else has no place in the catalog locks no table."""
    if (operation.kind, operation.action) != ("STATISTICS", "CREATE"):
        return Cost()
    table = _FROM.search(operation.definition)
    name = parse_name(table["table"]) if table else None
    return total(*scene.hold(name, Lock.SHARE_UPDATE_EXCLUSIVE)) if name else Cost()


_AX: CostOf = on_table(Lock.ACCESS_EXCLUSIVE)

COSTS: Costs = {
    CreateTrigger: create_trigger,
    SetTrigger: on_table(Lock.SHARE_ROW_EXCLUSIVE),
    DropTrigger: _AX,
    RenameTrigger: _AX,
    CreatePolicy: create_policy,
    AlterPolicy: _AX,
    DropPolicy: _AX,
    SetRowSecurity: _AX,
    CreateRule: _AX,
    DropRule: _AX,
    CreateView: create_view,
    DropView: drop_view,
    RefreshView: refresh_view,
    AlterDomain: alter_domain,
    DropType: drop_type,
    DropRoutine: drop_routine,
    Comment: comment,
    CreatePublication: publish,
    AlterPublication: publish,
    OtherObject: other_object,
}
