"""What partitions and inheritance cost."""

from __future__ import annotations

from midflight.catalog.cost_model import Cost, Held, Lock, Work
from midflight.catalog.cost_proofs import excludes_bound, proves_bound
from midflight.catalog.cost_scene import Costs, Scene, referenced, total
from midflight.catalog.dependents import children, family
from midflight.catalog.model import Relation
from midflight.operations.model import AttachPartition, CreateTable, DetachPartition, SetInheritance

_DETACH_LOCKS_PARTITION = 14


def create_table(operation: CreateTable, scene: Scene) -> Cost:
    """CREATE TABLE: the tables its foreign keys name; PARTITION OF: the parent, and a scan of its default partition."""
    if operation.if_not_exists and scene.before.relation(operation.name) is not None:
        return Cost()
    held = list(referenced(scene, operation.constraints, Lock.SHARE_ROW_EXCLUSIVE))
    parent = scene.relation(operation.partition_of) if operation.partition_of else None
    if parent is not None:
        held += [Held(parent.name, Lock.ACCESS_EXCLUSIVE), *_default_of(parent, scene, operation.bound)]
        held += referenced(scene, parent.constraints, Lock.SHARE_ROW_EXCLUSIVE)
    for name in operation.inherits:
        held += scene.hold(name, Lock.SHARE_UPDATE_EXCLUSIVE)
    return total(*held)


def attach_partition(operation: AttachPartition, scene: Scene) -> Cost:
    """ATTACH PARTITION: the new partition is read unless a CHECK proves its bound, the default one in any case."""
    parent = scene.relation(operation.table)
    if parent is None:
        return total(*scene.hold_family(operation.partition, Lock.ACCESS_EXCLUSIVE, Work.SCAN))
    held = [Held(parent.name, Lock.SHARE_UPDATE_EXCLUSIVE)]
    for table in scene.tables(operation.partition):
        proven = proves_bound(table, parent.partition_by, operation.bound)
        work = Work.NONE if proven and not _keys_to_check(parent, table) else Work.SCAN
        if _indexes_to_build(parent, table, scene):
            work = Work.INDEX_BUILD
        held += scene.hold(table.name, Lock.ACCESS_EXCLUSIVE, work)
    if scene.relation(operation.partition) is not None:
        held += referenced(scene, parent.constraints, Lock.SHARE_ROW_EXCLUSIVE)
    return total(*held, *_default_of(parent, scene, operation.bound))


def _keys_to_check(parent: Relation, table: Relation) -> bool:
    """Whether the parent has a foreign key that the table does not have yet."""
    own = {(c.columns, c.references) for c in table.constraints}
    return any(c.references is not None and (c.columns, c.references) not in own for c in parent.constraints)


def _indexes_to_build(parent: Relation, table: Relation, scene: Scene) -> bool:
    """Whether the parent has an index for which the table has none of the same shape."""
    shapes = {(i.keys, i.unique, i.method, i.predicate) for i in scene.before.indexes_on(table.name)}
    return any((i.keys, i.unique, i.method, i.predicate) not in shapes for i in scene.before.indexes_on(parent.name))


def _default_of(parent: Relation, scene: Scene, bound: str = "") -> tuple[Held, ...]:
    """The default partition, which must be read to see that it holds no row of the new one, unless a CHECK says so."""
    return tuple(
        held
        for child in children(scene.before, parent.name)
        if child.bound.strip().upper() == "DEFAULT"
        for table in family(scene.before, child)
        for held in scene.hold(table.name, Lock.ACCESS_EXCLUSIVE, _default_work(parent, table, bound))
    )


def _default_work(parent: Relation, table: Relation, bound: str) -> Work:
    return Work.NONE if excludes_bound(table, parent.partition_by, bound) else Work.SCAN


def detach_partition(operation: DetachPartition, scene: Scene) -> Cost:
    """DETACH PARTITION: no work; the parent is locked lightly with CONCURRENTLY, the partition too since 14."""
    lock = Lock.SHARE_UPDATE_EXCLUSIVE if operation.concurrently else Lock.ACCESS_EXCLUSIVE
    held = list(scene.hold(operation.table, lock))
    if scene.version >= _DETACH_LOCKS_PARTITION:
        held += scene.hold(operation.partition, Lock.ACCESS_EXCLUSIVE)
    parent = scene.relation(operation.table)
    if parent is not None and not operation.concurrently:
        held += [Held(each.relation, each.lock) for each in _default_of(parent, scene)]
    return total(*held)


def set_inheritance(operation: SetInheritance, scene: Scene) -> Cost:
    """INHERIT and NO INHERIT: no work."""
    parent = scene.hold(operation.parent, Lock.SHARE_UPDATE_EXCLUSIVE) if operation.inherit else ()
    return total(*scene.hold(operation.table, Lock.ACCESS_EXCLUSIVE), *parent)


COSTS: Costs = {
    CreateTable: create_table,
    AttachPartition: attach_partition,
    DetachPartition: detach_partition,
    SetInheritance: set_inheritance,
}
