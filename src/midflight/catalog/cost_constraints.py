"""What constraints cost, added, validated and dropped."""

from __future__ import annotations

from midflight.catalog.cost_model import Cost, Held, Lock, Work
from midflight.catalog.cost_proofs import proves_not_null
from midflight.catalog.cost_scene import Costs, Scene, on_table, referenced, referencing, total
from midflight.catalog.model import Relation
from midflight.catalog.naming import INDEXED
from midflight.operations.model import (
    AddConstraint,
    AlterConstraint,
    DropConstraint,
    RenameConstraint,
    ValidateConstraint,
)
from midflight.operations.shapes import Constraint, ConstraintKind, Name


def add_constraint(operation: AddConstraint, scene: Scene) -> Cost:
    """ADD CONSTRAINT: a scan or an index build, unless it is NOT VALID, NOT ENFORCED or takes an index that exists."""
    constraint = operation.constraint
    if constraint.kind is ConstraintKind.FOREIGN_KEY:
        work = Work.NONE if _unchecked(constraint) else Work.SCAN
        parents = referenced(scene, (constraint,), Lock.SHARE_ROW_EXCLUSIVE)
        return total(*scene.hold_family(operation.table, Lock.SHARE_ROW_EXCLUSIVE, work), *parents)
    held: list[Held] = []
    for table in scene.tables(operation.table):
        held += scene.hold(table.name, Lock.ACCESS_EXCLUSIVE, _work(constraint, table, scene))
    return total(*held)


def _unchecked(constraint: Constraint) -> bool:
    return constraint.not_valid or constraint.not_enforced


def _work(constraint: Constraint, table: Relation, scene: Scene) -> Work:
    if _unchecked(constraint):
        return Work.NONE
    if constraint.using_index:
        index = scene.before.indexes.get(Name(constraint.using_index, table.name.schema))
        columns = index.keys if index else constraint.columns
        primary = constraint.kind is ConstraintKind.PRIMARY_KEY
        return Work.SCAN if primary and _nullable(table, columns, scene.text) else Work.NONE
    if constraint.kind in INDEXED:
        return Work.INDEX_BUILD
    if constraint.kind is ConstraintKind.NOT_NULL:
        return Work.SCAN if _nullable(table, constraint.columns, scene.text) else Work.NONE
    return Work.SCAN


def _nullable(table: Relation, columns: tuple[str, ...], statement: str) -> bool:
    """Whether the server has to read the table to see that the columns hold no NULL."""
    required = {c.name for c in table.columns if c.not_null}
    return any(c not in required and not proves_not_null(table, c, statement=statement) for c in columns)


def validate_constraint(operation: ValidateConstraint, scene: Scene) -> Cost:
    """VALIDATE CONSTRAINT: a scan while everybody works on; none where it is valid already."""
    relation = scene.relation(operation.table)
    known = relation.constraint(operation.constraint) if relation else None
    work = Work.NONE if known is not None and not known.not_valid else Work.SCAN
    return total(*scene.hold_family(operation.table, Lock.SHARE_UPDATE_EXCLUSIVE, work))


def drop_constraint(operation: DropConstraint, scene: Scene) -> Cost:
    """DROP CONSTRAINT: no work; a foreign key is locked on both sides, with CASCADE those that rest on a key too."""
    held = list(scene.hold_family(operation.table, Lock.ACCESS_EXCLUSIVE))
    relation = scene.relation(operation.table)
    known = relation.constraint(operation.constraint) if relation else None
    if relation is None or known is None:
        return total(*held)
    held += referenced(scene, (known,), Lock.ACCESS_EXCLUSIVE)
    if operation.cascade and known.kind in INDEXED:
        resting = referencing(scene, relation.name, known.columns)
        held += [Held(child.name, Lock.ACCESS_EXCLUSIVE) for child, _ in resting]
    return total(*held)


def alter_constraint(operation: AlterConstraint, scene: Scene) -> Cost:
    """ALTER CONSTRAINT: no work, but ENFORCED (from 18) reads what was not enforced."""
    relation = scene.relation(operation.table)
    known = relation.constraint(operation.constraint) if relation else None
    enforced = operation.definition.startswith("ENFORCED") and (known is None or known.not_enforced)
    held = scene.hold_family(operation.table, Lock.ACCESS_EXCLUSIVE, Work.SCAN if enforced else Work.NONE)
    if known is None or "ENFORCED" not in operation.definition:
        return total(*held)
    lock = Lock.SHARE_ROW_EXCLUSIVE if enforced else Lock.ACCESS_EXCLUSIVE
    return total(*held, *referenced(scene, (known,), lock))


COSTS: Costs = {
    AddConstraint: add_constraint,
    ValidateConstraint: validate_constraint,
    DropConstraint: drop_constraint,
    AlterConstraint: alter_constraint,
    RenameConstraint: on_table(Lock.ACCESS_EXCLUSIVE),
}
