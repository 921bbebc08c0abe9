"""What changes of columns cost."""

from __future__ import annotations

from midflight.catalog.cost_defaults import volatile_call
from midflight.catalog.cost_model import Cost, Held, Lock, Work
from midflight.catalog.cost_proofs import proves_not_null, unproven_not_null
from midflight.catalog.cost_scene import Costs, Scene, on_table, referenced, referencing, total
from midflight.catalog.cost_types import type_change
from midflight.catalog.lookup import domain_rules
from midflight.catalog.model import Catalog
from midflight.operations.model import (
    AddColumn,
    AlterColumnType,
    DropColumn,
    DropNotNull,
    RenameColumn,
    SetColumnOption,
    SetDefault,
    SetExpression,
    SetIdentity,
    SetNotNull,
)
from midflight.operations.shapes import Column, Constraint, ConstraintKind, Generated

_INLINE = {
    ConstraintKind.CHECK: Work.SCAN,
    ConstraintKind.UNIQUE: Work.INDEX_BUILD,
    ConstraintKind.PRIMARY_KEY: Work.INDEX_BUILD,
    ConstraintKind.EXCLUDE: Work.INDEX_BUILD,
}
_LIGHT_OPTIONS = ("SET STATISTICS", "SET (", "RESET (")


def add_column(operation: AddColumn, scene: Scene) -> Cost:
    """ADD COLUMN: a rewrite for what each row must store, a scan or a build for what an inline constraint asks."""
    relation = scene.relation(operation.table)
    known = relation is not None and relation.column(operation.column.name) is not None
    if operation.if_not_exists and known:
        return total(*scene.hold(operation.table, Lock.ACCESS_EXCLUSIVE))
    work, note = _stored_work(operation.column, scene.before)
    inline = [_inline_work(c, operation.column) for c in operation.constraints]
    worst = max((work, *inline), key=lambda each: each.rank)
    parents = referenced(scene, operation.constraints, Lock.SHARE_ROW_EXCLUSIVE)
    return total(*scene.hold_family(operation.table, Lock.ACCESS_EXCLUSIVE, worst), *parents, note=note)


def _stored_work(column: Column, catalog: Catalog) -> tuple[Work, str]:
    """The work that the column's own value asks for, and what the claim depends on."""
    if column.generated is Generated.VIRTUAL:
        return (Work.SCAN if column.not_null else Work.NONE), ""
    if column.serial or column.identity or column.generated or domain_rules(catalog, column.type):
        return Work.REWRITE, ""
    if column.default is None:
        return (Work.SCAN if column.not_null else Work.NONE), ""
    call = volatile_call(column.default, catalog)
    if call is None:
        return Work.NONE, ""
    return (
        Work.REWRITE,
        "" if call.known else f"if {call.name}() is volatile, as functions are unless declared otherwise",
    )


def _inline_work(constraint: Constraint, column: Column) -> Work:
    if constraint.not_enforced or constraint.not_valid:
        return Work.NONE
    if constraint.kind is ConstraintKind.FOREIGN_KEY:
        filled = column.default is not None or column.serial or column.identity or column.generated
        return Work.SCAN if filled else Work.NONE
    return _INLINE.get(constraint.kind, Work.NONE)


def drop_column(operation: DropColumn, scene: Scene) -> Cost:
    """DROP COLUMN: no work; foreign keys that go with it are locked on both sides, and with CASCADE the views are."""
    held = list(scene.hold_family(operation.table, Lock.ACCESS_EXCLUSIVE))
    if operation.cascade:
        held += [
            Held(name, Lock.ACCESS_EXCLUSIVE)
            for name in scene.before.relations
            if name not in scene.step.after.relations
        ]
    for table in scene.tables(operation.table):
        keys = [c for c in table.constraints if c.references is not None and operation.column in c.columns]
        held += referenced(scene, keys, Lock.ACCESS_EXCLUSIVE)
        held += [
            Held(child.name, Lock.ACCESS_EXCLUSIVE) for child, _ in referencing(scene, table.name, (operation.column,))
        ]
    return total(*held)


def change_type(operation: AlterColumnType, scene: Scene) -> Cost:
    """ALTER COLUMN TYPE: see `type_change`; the other side of a foreign key is locked, and scanned after a rewrite."""
    held: list[Held] = []
    note = ""
    for table in scene.tables(operation.table):
        work, note = type_change(operation, table, scene)
        held += scene.hold(table.name, Lock.ACCESS_EXCLUSIVE, work)
        keys = [c for c in table.constraints if c.references is not None and operation.column in c.columns]
        held += referenced(scene, keys, Lock.ACCESS_EXCLUSIVE)
        again = Work.SCAN if work is Work.REWRITE else Work.NONE
        for child, _ in referencing(scene, table.name, (operation.column,)):
            held += scene.hold(child.name, Lock.ACCESS_EXCLUSIVE, again)
    return total(*held, note=note)


def set_not_null(operation: SetNotNull, scene: Scene) -> Cost:
    """SET NOT NULL: a scan, unless the column is NOT NULL already or a valid CHECK that stays proves it."""
    held: list[Held] = []
    for table in scene.tables(operation.table):
        column = table.column(operation.column)
        done = column is not None and column.not_null and not unproven_not_null(table, operation.column)
        proven = done or proves_not_null(table, operation.column, statement=scene.text)
        held += scene.hold(table.name, Lock.ACCESS_EXCLUSIVE, Work.NONE if proven else Work.SCAN)
    return total(*held)


def set_expression(operation: SetExpression, scene: Scene) -> Cost:
    """SET EXPRESSION (from 17) writes every row of a stored column; DROP EXPRESSION nothing."""
    relation = scene.relation(operation.table)
    column = relation.column(operation.column) if relation else None
    virtual = column is not None and column.generated is Generated.VIRTUAL
    work = Work.NONE if operation.expression is None or virtual else Work.REWRITE
    return total(*scene.hold_family(operation.table, Lock.ACCESS_EXCLUSIVE, work))


def set_option(operation: SetColumnOption, scene: Scene) -> Cost:
    """Statistics and attribute options let everybody work on; storage and compression do not."""
    light = operation.option.startswith(_LIGHT_OPTIONS)
    lock = Lock.SHARE_UPDATE_EXCLUSIVE if light else Lock.ACCESS_EXCLUSIVE
    return total(*scene.hold_family(operation.table, lock))


COSTS: Costs = {
    AddColumn: add_column,
    DropColumn: drop_column,
    RenameColumn: on_table(Lock.ACCESS_EXCLUSIVE, below=True),
    AlterColumnType: change_type,
    SetDefault: on_table(Lock.ACCESS_EXCLUSIVE, below=True),
    SetNotNull: set_not_null,
    DropNotNull: on_table(Lock.ACCESS_EXCLUSIVE, below=True),
    SetIdentity: on_table(Lock.ACCESS_EXCLUSIVE),
    SetExpression: set_expression,
    SetColumnOption: set_option,
}
