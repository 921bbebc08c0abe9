"""What indexes cost, built, built again and dropped."""

from __future__ import annotations

from collections.abc import Iterable

from midflight.catalog.cost_model import Cost, Held, Lock, Work
from midflight.catalog.cost_scene import Costs, Scene, stored, total
from midflight.catalog.fold_indexes import find_index
from midflight.catalog.model import Relation, RelationKind
from midflight.operations.model import CreateIndex, DropIndex, Reindex, RenameIndex


def create_index(operation: CreateIndex, scene: Scene) -> Cost:
    """CREATE INDEX: writers wait for the build, with CONCURRENTLY nobody does."""
    lock = Lock.SHARE_UPDATE_EXCLUSIVE if operation.concurrently else Lock.SHARE
    known = operation.index.name.name and find_index(scene.before, operation.index.name) is not None
    if operation.only or (operation.if_not_exists and known):
        return total(*scene.hold(operation.index.table, lock))
    return total(*scene.hold_family(operation.index.table, lock, Work.INDEX_BUILD))


def drop_index(operation: DropIndex, scene: Scene) -> Cost:
    """DROP INDEX: no work, under a lock on its table."""
    index = find_index(scene.before, operation.name)
    if index is None:
        return Cost()
    lock = Lock.SHARE_UPDATE_EXCLUSIVE if operation.concurrently else Lock.ACCESS_EXCLUSIVE
    return total(*scene.hold_family(index.table, lock))


def rename_index(operation: RenameIndex, scene: Scene) -> Cost:
    """ALTER INDEX RENAME TO: a light lock on the index alone (from 12)."""
    index = find_index(scene.before, operation.name)
    return total(Held(index.name, Lock.SHARE_UPDATE_EXCLUSIVE)) if index else Cost()


def reindex(operation: Reindex, scene: Scene) -> Cost:
    """REINDEX: writers of the table and users of the index wait for the build, with CONCURRENTLY nobody does."""
    before = scene.before
    match operation.kind:
        case "INDEX":
            index = find_index(before, operation.name)
            relation = before.relations.get(index.table) if index else None
            tables: Iterable[Relation] = (relation,) if relation else ()
            names = {index.name} if index else set()
        case "TABLE":
            tables = scene.tables(operation.name)
            names = {i.name for table in tables for i in before.indexes_on(table.name)}
        case "SCHEMA":
            tables = [r for r in before.relations.values() if r.name.schema == operation.name.name]
            names = {i.name for table in tables for i in before.indexes_on(table.name)}
        case _:
            tables, names = before.relations.values(), set(before.indexes)
    rowed = [r for r in tables if r.kind in {RelationKind.TABLE, RelationKind.MATERIALIZED_VIEW}]
    lock = Lock.SHARE_UPDATE_EXCLUSIVE if operation.concurrently else Lock.SHARE
    held = [Held(table.name, lock, stored(table, Work.INDEX_BUILD)) for table in rowed]
    if not operation.concurrently:
        held += [Held(name, Lock.ACCESS_EXCLUSIVE) for name in sorted(names)]
    return total(*held)


COSTS: Costs = {
    CreateIndex: create_index,
    DropIndex: drop_index,
    RenameIndex: rename_index,
    Reindex: reindex,
}
