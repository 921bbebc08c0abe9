"""Constraints: added with the names, indexes and NOT NULLs that the server adds, renamed, validated, dropped."""

from __future__ import annotations

import re

from midflight.catalog.definitions import constraint_index, rendered_constraint, rendered_index
from midflight.catalog.dependents import constraint_blockers, family, refusal
from midflight.catalog.drops import remove_constraint, replace_column
from midflight.catalog.key_types import key_type_problems
from midflight.catalog.lookup import (
    Folds,
    Outcome,
    certain,
    missing_column,
    missing_relation,
    relation_of,
)
from midflight.catalog.model import Catalog, Problem, Relation
from midflight.catalog.naming import INDEXED, check_columns, constraint_name
from midflight.catalog.partitions import key_problems
from midflight.operations.model import (
    AddConstraint,
    AlterConstraint,
    DropConstraint,
    Operation,
    RenameConstraint,
    ValidateConstraint,
)
from midflight.operations.replaced import replace
from midflight.operations.shapes import Constraint, ConstraintKind, Name, ObjectKind, Target

_UNIQUE = frozenset({ConstraintKind.PRIMARY_KEY, ConstraintKind.UNIQUE})
_NOT_VALID = re.compile(r" ?\bNOT\s+VALID\b", re.IGNORECASE)
_DEFERRED = re.compile(r" ?\b(?:NOT\s+DEFERRABLE|DEFERRABLE|INITIALLY\s+(?:DEFERRED|IMMEDIATE))\b", re.IGNORECASE)


def add_constraint(catalog: Catalog, operation: AddConstraint) -> Outcome:
    """ADD CONSTRAINT, on the table and on the tables below it."""
    found = relation_of(catalog, operation.table, operation)
    if found.relation is None:
        return found.nothing
    return attach(found.catalog, found.relation.name, operation.constraint, operation)


def attach(catalog: Catalog, table: Name, constraint: Constraint, operation: Operation) -> Outcome:
    """Return the catalog with a constraint on a table (full name), and what the server would refuse in it."""
    relation = catalog.relations[table]
    problems = _column_problems(catalog, relation, constraint)
    if constraint.references is not None:
        target = relation_of(catalog, constraint.references, operation, verb="referenced")
        if target.relation is None:
            return Outcome(catalog, (*problems, missing_relation(constraint.references)))
        catalog = target.catalog
        constraint, more = _pointing_at(catalog, constraint, target.relation)
        problems += more or key_type_problems(relation, constraint, target.relation)
    problems += _duplicates(catalog, relation, constraint)
    catalog, name = _attached(catalog, relation.name, constraint)
    if name is None:
        return Outcome(catalog, problems)
    return Outcome(_below(catalog, relation.name, name), problems)


def _column_problems(catalog: Catalog, relation: Relation, constraint: Constraint) -> tuple[Problem, ...]:
    if constraint.kind in {ConstraintKind.CHECK, ConstraintKind.EXCLUDE}:
        return ()  # what their text names may be a function or an operator class
    return tuple(p for column in constraint.columns for p in missing_column(catalog, relation, column))


def _pointing_at(catalog: Catalog, constraint: Constraint, target: Relation) -> tuple[Constraint, tuple[Problem, ...]]:
    columns = constraint.referenced_columns or target.primary_key
    problems = tuple(p for column in columns for p in missing_column(catalog, target, column))
    return replace(constraint, references=target.name, referenced_columns=columns), problems


def _duplicates(catalog: Catalog, relation: Relation, constraint: Constraint) -> tuple[Problem, ...]:
    if not certain(catalog, relation.name):
        return ()
    name = constraint.name
    if constraint.kind is ConstraintKind.PRIMARY_KEY and relation.primary_key:
        text = f'multiple primary keys for table "{relation.name.name}" are not allowed'
        return (Problem("42P16", text),)
    taken = Name(name, relation.name.schema)
    if constraint.kind in INDEXED and not constraint.using_index and _is_relation(catalog, taken):
        return (Problem("42P07", f'relation "{name}" already exists'),)
    if name and relation.constraint(name) is not None:
        return (Problem("42710", f'constraint "{name}" for relation "{relation.name.name}" already exists'),)
    return key_problems(relation, constraint.columns) if constraint.kind in _UNIQUE else ()


def _is_relation(catalog: Catalog, name: Name) -> bool:
    return bool(name.name) and (name in catalog.relations or name in catalog.indexes)


def _attached(catalog: Catalog, table: Name, constraint: Constraint) -> tuple[Catalog, str | None]:
    """Return the catalog with the constraint on this one table, and the constraint's name."""
    if constraint.kind is ConstraintKind.NOT_NULL:
        return _not_null(catalog, table, constraint)
    catalog, constraint = _with_index(catalog, table, constraint)
    relation = catalog.relations[table]
    if constraint.kind is ConstraintKind.CHECK:
        constraint = replace(constraint, columns=check_columns(relation, constraint))
    if not constraint.name:
        constraint = replace(constraint, name=constraint_name(catalog, relation, constraint))
    constraint = rendered_constraint(constraint)
    kept = tuple(c for c in relation.constraints if c.name != constraint.name)
    catalog = catalog.with_relation(replace(relation, constraints=(*kept, constraint)))
    index = Name(constraint.name, table.schema)
    if constraint.kind in INDEXED and index not in catalog.indexes:
        catalog = catalog.with_index(constraint_index(table, constraint))
    if constraint.kind is ConstraintKind.PRIMARY_KEY:
        catalog = require(catalog, table, constraint.columns)
    return catalog, constraint.name


def _not_null(catalog: Catalog, table: Name, constraint: Constraint) -> tuple[Catalog, str | None]:
    relation = catalog.relations[table]
    catalog = require(catalog, table, constraint.columns)
    default = f"{table.name}_{'_'.join(constraint.columns)}_not_null"
    name = constraint.name or default
    if name == default and not constraint.not_valid:
        return catalog, None  # the name that the server gives from PostgreSQL 18 on, and no name before
    relation = catalog.relations[table]
    named = replace(constraint, name=name)
    return catalog.with_relation(replace(relation, constraints=(*relation.constraints, named))), None


def require(catalog: Catalog, table: Name, columns: tuple[str, ...]) -> Catalog:
    """Return the catalog in which the columns are NOT NULL."""
    for name in columns:
        column = catalog.relations[table].column(name)
        if column is not None and not column.not_null:
            catalog = replace_column(catalog, table, replace(column, not_null=True))
    return catalog


def _with_index(catalog: Catalog, table: Name, constraint: Constraint) -> tuple[Catalog, Constraint]:
    """USING INDEX: the index takes the constraint's name and belongs to it, the constraint has the index's columns."""
    if not constraint.using_index:
        return catalog, constraint
    old = Name(constraint.using_index, table.schema)
    index = catalog.indexes.get(old)
    name = constraint.name or constraint.using_index
    if index is None:
        return catalog, replace(constraint, name=name)
    moved = rendered_index(replace(index, name=Name(name, table.schema), constraint=name))
    catalog = catalog.without_index(old).with_index(moved)
    return catalog, replace(constraint, name=name, columns=index.keys)


def _below(catalog: Catalog, table: Name, name: str) -> Catalog:
    relation = catalog.relations[table]
    constraint = relation.constraint(name)
    if constraint is None or constraint.no_inherit:
        return catalog
    if not relation.partition_by and constraint.kind is not ConstraintKind.CHECK:
        return catalog
    for child in family(catalog, relation)[1:]:
        if child.partition_of is not None or constraint.kind is ConstraintKind.CHECK:
            catalog, _ = _attached(catalog, child.name, constraint_for_child(constraint))
    return catalog


def constraint_for_child(constraint: Constraint) -> Constraint:
    """Return the constraint as a partition gets it: those with an index are named anew."""
    return replace(constraint, name="") if constraint.kind in INDEXED else constraint


def drop_constraint(catalog: Catalog, operation: DropConstraint) -> Outcome:
    """DROP CONSTRAINT."""
    found = relation_of(catalog, operation.table, operation)
    relation = found.relation
    if relation is None:
        return found.nothing
    constraint = relation.constraint(operation.constraint)
    if constraint is None:
        return _drop_unknown(found.catalog, relation, operation)
    problems: tuple[Problem, ...] = ()
    if not operation.cascade:
        blockers = constraint_blockers(catalog, relation, constraint)
        what = f"constraint {constraint.name} on table {relation.name.short}"
        problems = refusal(catalog, what, blockers, statement=operation.statement.text)
    return Outcome(_dropped_below(found.catalog, relation, constraint), problems)


def _drop_unknown(catalog: Catalog, relation: Relation, operation: DropConstraint) -> Outcome:
    column = next(
        (c for c in relation.columns if operation.constraint == f"{relation.name.name}_{c.name}_not_null"), None
    )
    if column is not None:
        return Outcome(replace_column(catalog, relation.name, replace(column, not_null=False)))
    if operation.if_exists or not relation.complete or not certain(catalog, relation.name):
        return Outcome(catalog)
    return Outcome(catalog, (_missing(relation, operation.constraint),))


def _missing(relation: Relation, name: str) -> Problem:
    return Problem("42704", f'constraint "{name}" of relation "{relation.name.name}" does not exist')


def _dropped_below(catalog: Catalog, relation: Relation, constraint: Constraint) -> Catalog:
    for table in family(catalog, relation):
        current = catalog.relations[table.name]
        for own in current.constraints:
            if own.name == constraint.name or (
                own.kind is constraint.kind and own.kind in INDEXED and own.columns == constraint.columns
            ):
                catalog = remove_constraint(catalog, table.name, own.name)
        if constraint.kind is ConstraintKind.NOT_NULL:
            catalog = _nullable(catalog, table.name, constraint.columns)
    return catalog


def _nullable(catalog: Catalog, table: Name, columns: tuple[str, ...]) -> Catalog:
    for name in columns:
        column = catalog.relations[table].column(name)
        if column is not None:
            catalog = replace_column(catalog, table, replace(column, not_null=False))
    return catalog


def validate_constraint(catalog: Catalog, operation: ValidateConstraint) -> Outcome:
    """VALIDATE CONSTRAINT."""
    found = relation_of(catalog, operation.table, operation)
    if found.relation is None:
        return found.nothing
    constraint = found.relation.constraint(operation.constraint)
    if constraint is None:
        return _unless_unknown(found.catalog, found.relation, operation.constraint)
    if _is_plain_not_null(found.relation, constraint):
        kept = tuple(c for c in found.relation.constraints if c.name != constraint.name)
        return Outcome(found.catalog.with_relation(replace(found.relation, constraints=kept)))
    valid = replace(constraint, not_valid=False, definition=_NOT_VALID.sub("", constraint.definition))
    return Outcome(with_constraint(found.catalog, found.relation, constraint.name, valid))


def _is_plain_not_null(relation: Relation, constraint: Constraint) -> bool:
    """Whether it is a NOT NULL under the name that the server gives, which counts as the column's own once valid."""
    default = f"{relation.name.name}_{'_'.join(constraint.columns)}_not_null"
    return constraint.kind is ConstraintKind.NOT_NULL and constraint.name == default


def _unless_unknown(catalog: Catalog, relation: Relation, name: str) -> Outcome:
    unknown = not relation.complete or not certain(catalog, relation.name) or name.endswith("_not_null")
    return Outcome(catalog, () if unknown else (_missing(relation, name),))


def alter_constraint(catalog: Catalog, operation: AlterConstraint) -> Outcome:
    """ALTER CONSTRAINT ... DEFERRABLE and the like."""
    found = relation_of(catalog, operation.table, operation)
    if found.relation is None:
        return found.nothing
    constraint = found.relation.constraint(operation.constraint)
    if constraint is None:
        return _unless_unknown(found.catalog, found.relation, operation.constraint)
    words = " ".join(m.group().strip().upper() for m in _DEFERRED.finditer(operation.definition))
    if not words:
        return Outcome(found.catalog)
    deferrable = not words.startswith("NOT DEFERRABLE")
    definition = _DEFERRED.sub("", constraint.definition) + (f" {words}" if deferrable else "")
    altered = replace(constraint, deferrable=deferrable, definition=definition)
    return Outcome(with_constraint(found.catalog, found.relation, constraint.name, altered))


def rename_constraint(catalog: Catalog, operation: RenameConstraint) -> Outcome:
    """RENAME CONSTRAINT, with the index that belongs to it."""
    found = relation_of(catalog, operation.table, operation)
    if found.relation is None:
        return found.nothing
    constraint = found.relation.constraint(operation.constraint)
    if constraint is None:
        return _unless_unknown(found.catalog, found.relation, operation.constraint)
    problems: tuple[Problem, ...] = ()
    if found.relation.constraint(operation.to) is not None and certain(catalog, found.relation.name):
        text = f'constraint "{operation.to}" for relation "{found.relation.name.name}" already exists'
        problems = (Problem("42710", text),)
    return Outcome(renamed_constraint(found.catalog, found.relation.name, constraint.name, operation.to), problems)


def renamed_constraint(catalog: Catalog, table: Name, old: str, new: str) -> Catalog:
    """Return the catalog with a constraint under a new name, and its index and comment with it."""
    for relation in family(catalog, catalog.relations[table]):
        constraint = relation.constraint(old)
        if constraint is None:
            continue
        catalog = with_constraint(catalog, catalog.relations[relation.name], old, replace(constraint, name=new))
        index = catalog.indexes.get(Name(old, relation.name.schema))
        if index is not None and index.constraint == old:
            moved = rendered_index(replace(index, name=Name(new, index.name.schema), constraint=new))
            catalog = catalog.without_index(index.name).with_index(moved)
        catalog = _moved_comment(catalog, relation.name, old, new)
    return catalog


def _moved_comment(catalog: Catalog, table: Name, old: str, new: str) -> Catalog:
    target = Target(ObjectKind.CONSTRAINT, table, old)
    text = catalog.comments.get(target)
    if text is None:
        return catalog
    comments = catalog.comments.remove(target).insert(replace(target, part=new), text)
    return replace(catalog, comments=comments)


def with_constraint(catalog: Catalog, relation: Relation, name: str, constraint: Constraint) -> Catalog:
    """Return the catalog with the constraint of that name exchanged."""
    constraints = tuple(constraint if c.name == name else c for c in relation.constraints)
    return catalog.with_relation(replace(relation, constraints=constraints))


FOLDS: Folds = {
    AddConstraint: add_constraint,
    DropConstraint: drop_constraint,
    ValidateConstraint: validate_constraint,
    AlterConstraint: alter_constraint,
    RenameConstraint: rename_constraint,
}
