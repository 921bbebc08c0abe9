"""What whole tables and their rows cost: dropped, renamed, moved, stored anew, emptied."""

from __future__ import annotations

from midflight.catalog.cost_model import Cost, Held, Lock, Work
from midflight.catalog.cost_scene import Costs, Scene, referenced, referencing, stored, total
from midflight.catalog.dependents import family, views_on
from midflight.catalog.model import RelationKind
from midflight.operations.model import (
    Copy,
    Delete,
    DropSchema,
    DropTable,
    Insert,
    LockTable,
    Maintenance,
    RenameTable,
    SetOwner,
    SetSchema,
    SetTableOption,
    Truncate,
    Update,
)
from midflight.operations.shapes import Name, ObjectKind

_RELATIONS = frozenset({ObjectKind.TABLE, ObjectKind.FOREIGN_TABLE, ObjectKind.VIEW, ObjectKind.MATERIALIZED_VIEW})
_LIGHT = ("SET (", "RESET (", "CLUSTER ON", "SET WITHOUT CLUSTER")
_AS_IT_IS = {"SET ACCESS METHOD": "heap", "SET TABLESPACE": "pg_default"}


def drop_table(operation: DropTable, scene: Scene) -> Cost:
    """DROP TABLE: no work; the other sides of its foreign keys, its parent, and what CASCADE takes along."""
    return total(*_dropped(operation.name, scene, cascade=operation.cascade))


def _dropped(name: Name, scene: Scene, *, cascade: bool) -> list[Held]:
    relation = scene.relation(name)
    held: list[Held] = []
    for table in family(scene.before, relation) if relation else ():
        held.append(Held(table.name, Lock.ACCESS_EXCLUSIVE))
        held += referenced(scene, table.constraints, Lock.ACCESS_EXCLUSIVE)
        if table.partition_of is not None:
            held += scene.hold(table.partition_of, Lock.ACCESS_EXCLUSIVE)
        if cascade:
            held += [Held(child.name, Lock.ACCESS_EXCLUSIVE) for child, _ in referencing(scene, table.name)]
            held += [Held(view.name, Lock.ACCESS_EXCLUSIVE) for view in views_on(scene.before, table.name)]
    return held


def drop_schema(operation: DropSchema, scene: Scene) -> Cost:
    """DROP SCHEMA CASCADE: every table in it, as DROP TABLE."""
    inside = [r.name for r in scene.before.relations.values() if r.name.schema == operation.name and _has_rows(r.kind)]
    return total(*(held for name in sorted(inside) for held in _dropped(name, scene, cascade=True)))


def _has_rows(kind: RelationKind) -> bool:
    return kind is not RelationKind.SEQUENCE


def rename_table(operation: RenameTable, scene: Scene) -> Cost:
    """RENAME TO: no work."""
    if operation.kind is ObjectKind.SEQUENCE:
        return Cost()
    return total(*scene.hold(operation.name, Lock.ACCESS_EXCLUSIVE))


def move_table(operation: SetOwner | SetSchema, scene: Scene) -> Cost:
    """OWNER TO and SET SCHEMA of tables and views: no work."""
    if operation.target.kind not in _RELATIONS:
        return Cost()
    return total(*scene.hold(operation.target.name, Lock.ACCESS_EXCLUSIVE))


def set_option(operation: SetTableOption, scene: Scene) -> Cost:
    """SET LOGGED, UNLOGGED, ACCESS METHOD and TABLESPACE write the table again, other options change no row."""
    if operation.option.startswith(_LIGHT):
        return total(*scene.hold(operation.table, Lock.SHARE_UPDATE_EXCLUSIVE))
    relation = scene.relation(operation.table)
    unlogged = relation is not None and relation.unlogged
    match operation.option:
        case "SET LOGGED":
            work = Work.REWRITE if unlogged else Work.NONE
        case "SET UNLOGGED":
            work = Work.NONE if unlogged else Work.REWRITE
        case "SET ACCESS METHOD" | "SET TABLESPACE" as option:
            now = dict(relation.options).get(option, "") if relation else ""
            work = Work.NONE if operation.value == (now or _AS_IT_IS[option]) else Work.REWRITE
        case _:
            work = Work.NONE
    return total(*scene.hold(operation.table, Lock.ACCESS_EXCLUSIVE, work))


def maintain(operation: Maintenance, scene: Scene) -> Cost:
    """VACUUM FULL and CLUSTER write tables again, VACUUM reads them; VACUUM FULL without a name takes all."""
    if operation.kind == "ANALYZE":
        return total(*(h for name in operation.tables for h in scene.hold(name, Lock.SHARE_UPDATE_EXCLUSIVE)))
    if operation.kind not in {"VACUUM", "VACUUM FULL", "CLUSTER"}:
        return Cost()
    lock = Lock.SHARE_UPDATE_EXCLUSIVE if operation.kind == "VACUUM" else Lock.ACCESS_EXCLUSIVE
    work = Work.SCAN if operation.kind == "VACUUM" else Work.REWRITE
    if operation.kind == "VACUUM FULL" and not operation.tables:
        tables = (r for r in scene.before.relations.values() if r.kind is RelationKind.TABLE)
        return total(*(Held(r.name, lock, stored(r, work)) for r in tables))
    return total(*(h for name in operation.tables for h in scene.hold_family(name, lock, work)))


def truncate(operation: Truncate, scene: Scene) -> Cost:
    """TRUNCATE: new empty files; with CASCADE the tables that point at it as well."""
    waiting = [table.name for name in operation.tables for table in scene.tables(name)]
    found: list[Name] = []
    while waiting:
        name = waiting.pop(0)
        if name not in found:
            found.append(name)
            waiting += [child.name for child, _ in referencing(scene, name)] if operation.cascade else []
    return total(*(Held(name, Lock.ACCESS_EXCLUSIVE) for name in found))


def lock_table(operation: LockTable, scene: Scene) -> Cost:
    """LOCK TABLE: the mode that it names."""
    mode = Lock(operation.mode) if operation.mode else Lock.ACCESS_EXCLUSIVE
    if mode.rank < Lock.ROW_EXCLUSIVE.rank:
        return Cost()
    return total(*(h for name in operation.tables for h in scene.hold_family(name, mode)))


def write_rows(operation: Update | Delete, scene: Scene) -> Cost:
    """UPDATE and DELETE: every row without a WHERE; tables of readers and of other writers stay open."""
    work = Work.NONE if operation.bounded else Work.SCAN
    return total(*scene.hold_family(operation.table, Lock.ROW_EXCLUSIVE, work))


def add_rows(operation: Insert | Copy, scene: Scene) -> Cost:
    """INSERT and COPY FROM."""
    if operation.table is None or (isinstance(operation, Copy) and not operation.from_):
        return Cost()
    return total(*scene.hold(operation.table, Lock.ROW_EXCLUSIVE))


COSTS: Costs = {
    DropTable: drop_table,
    DropSchema: drop_schema,
    RenameTable: rename_table,
    SetOwner: move_table,
    SetSchema: move_table,
    SetTableOption: set_option,
    Maintenance: maintain,
    Truncate: truncate,
    LockTable: lock_table,
    Update: write_rows,
    Delete: write_rows,
    Insert: add_rows,
    Copy: add_rows,
}
