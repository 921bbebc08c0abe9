"""Columns: added, dropped, retyped, defaulted; on the table and on the tables below it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from midflight.catalog.dependents import (
    column_blockers,
    family,
    generated_from,
    owned_sequences,
    policies_naming,
    refusal,
    views_reading,
)
from midflight.catalog.drops import remove_column, remove_relation, replace_column
from midflight.catalog.fold_constraints import attach
from midflight.catalog.lookup import Folds, Found, Outcome, certain, missing_column, relation_of, settled_type
from midflight.catalog.model import Catalog, Problem, Relation, RelationKind
from midflight.catalog.naming import choose, relation_name_taken
from midflight.operations.model import (
    AddColumn,
    AlterColumnType,
    DropColumn,
    DropNotNull,
    Operation,
    SetColumnOption,
    SetDefault,
    SetExpression,
    SetIdentity,
    SetNotNull,
)
from midflight.operations.shapes import Column, Generated, Name


def settled_column(catalog: Catalog, column: Column) -> Column:
    """Return the column as the server keeps it: type with its schema, serial and identity columns NOT NULL."""
    required = column.not_null or column.serial or column.identity is not None
    return replace(column, type=settled_type(catalog, column.type), not_null=required)


def own_sequence(catalog: Catalog, table: Name, column: Column) -> Catalog:
    """Return the catalog with the sequence of a serial or identity column and the column's default."""
    if not column.identity and not (column.serial and column.default is None):
        return catalog
    sequence_name = choose(table.name, column.name, "seq", relation_name_taken(catalog, table.schema))
    name = Name(sequence_name, table.schema)
    kind = "" if column.type == "bigint" else f" AS {column.type}"
    sequence = Relation(
        name,
        RelationKind.SEQUENCE,
        definition=f"CREATE SEQUENCE {name.short}{kind}",
        owned_by=(table, column.name),
    )
    catalog = catalog.with_relation(sequence)
    if column.identity:
        return catalog
    return replace_column(catalog, table, replace(column, default=f"nextval('{name.short}'::regclass)"))


def add_column(catalog: Catalog, operation: AddColumn) -> Outcome:
    """ADD COLUMN with its sequence and its inline constraints."""
    found = relation_of(catalog, operation.table, operation)
    relation = found.relation
    if relation is None:
        return found.nothing
    problems: tuple[Problem, ...] = ()
    if relation.column(operation.column.name) is not None:
        if operation.if_not_exists:
            return Outcome(found.catalog)
        if certain(found.catalog, relation.name):
            text = f'column "{operation.column.name}" of relation "{relation.name.name}" already exists'
            problems = (Problem("42701", text),)
    column = settled_column(found.catalog, operation.column)
    catalog = _added_below(found.catalog, relation, column)
    catalog = own_sequence(catalog, relation.name, column)
    for constraint in operation.constraints:
        outcome = attach(catalog, relation.name, constraint, operation)
        catalog, problems = outcome.catalog, (*problems, *outcome.problems)
    return Outcome(catalog, problems)


def _added_below(catalog: Catalog, relation: Relation, column: Column) -> Catalog:
    for table in family(catalog, relation):
        if table.column(column.name) is None:
            catalog = catalog.with_relation(replace(table, columns=(*table.columns, column)))
        elif table.name == relation.name:
            catalog = replace_column(catalog, table.name, column)
    return catalog


def drop_column(catalog: Catalog, operation: DropColumn) -> Outcome:
    """DROP COLUMN with everything that goes with it."""
    found = relation_of(catalog, operation.table, operation)
    relation = found.relation
    if relation is None:
        return found.nothing
    if relation.column(operation.column) is None and operation.if_exists:
        return Outcome(found.catalog)
    problems = missing_column(found.catalog, relation, operation.column)
    if not operation.cascade:
        blockers = column_blockers(found.catalog, relation, operation.column)
        problems += refusal(found.catalog, f"column {operation.column} of table {relation.name.short}", blockers)
    catalog = found.catalog
    for table in family(catalog, relation):
        catalog = remove_column(catalog, table.name, operation.column)
    return Outcome(catalog, problems)


def change_type(catalog: Catalog, operation: AlterColumnType) -> Outcome:
    """ALTER COLUMN TYPE; refused where a view, a policy or a generated column uses the column."""
    found = relation_of(catalog, operation.table, operation)
    relation = found.relation
    if relation is None:
        return found.nothing
    problems = (
        *missing_column(found.catalog, relation, operation.column),
        *_type_is_used(found.catalog, relation, operation.column),
    )
    settled = settled_type(found.catalog, operation.type)
    catalog = _changed(found, operation.column, type=settled, collation=operation.collation)
    return Outcome(catalog, problems)


def _type_is_used(catalog: Catalog, relation: Relation, column: str) -> tuple[Problem, ...]:
    if not certain(catalog, relation.name):
        return ()
    return tuple(
        Problem("0A000", f"cannot alter type of a column used by a {user}")
        for user in _type_users(catalog, relation, column)
    )


def _type_users(catalog: Catalog, relation: Relation, column: str) -> Iterator[str]:
    if any(certain(catalog, view.name) for view in views_reading(catalog, relation, column)):
        yield "view or rule"
    if generated_from(relation, column):
        yield "generated column"
    if any(True for _ in policies_naming(catalog, relation.name, column)):
        yield "policy definition"


def _changed(found: Found, column: str, **values: object) -> Catalog:
    """Return the catalog with fields of a column exchanged, on the table and on the tables below it."""
    catalog = found.catalog
    for table in family(catalog, found.relation) if found.relation else ():
        known = table.column(column)
        if known is not None:
            catalog = replace_column(catalog, table.name, replace(known, **values))  # type: ignore[arg-type]  # one place for all fields
    return catalog


def _change(catalog: Catalog, operation: Operation, table: Name, column: str, **values: object) -> Outcome:
    found = relation_of(catalog, table, operation)
    if found.relation is None:
        return found.nothing
    return Outcome(_changed(found, column, **values), missing_column(found.catalog, found.relation, column))


def set_default(catalog: Catalog, operation: SetDefault) -> Outcome:
    """SET DEFAULT and DROP DEFAULT; a column with a default of its own is serial no longer."""
    return _change(catalog, operation, operation.table, operation.column, default=operation.default, serial=False)


def set_not_null(catalog: Catalog, operation: SetNotNull) -> Outcome:
    """SET NOT NULL."""
    return _change(catalog, operation, operation.table, operation.column, not_null=True)


def drop_not_null(catalog: Catalog, operation: DropNotNull) -> Outcome:
    """DROP NOT NULL; refused for the columns of a primary key."""
    outcome = _change(catalog, operation, operation.table, operation.column, not_null=False)
    relation = relation_of(catalog, operation.table, operation).relation
    if relation is None or operation.column not in relation.primary_key or not certain(catalog, relation.name):
        return outcome
    return outcome.but(Problem("42P16", f'column "{operation.column}" is in a primary key'))


def set_identity(catalog: Catalog, operation: SetIdentity) -> Outcome:
    """ADD GENERATED AS IDENTITY, SET GENERATED, DROP IDENTITY, with the sequence behind it."""
    outcome = _change(catalog, operation, operation.table, operation.column, identity=operation.identity)
    relation = relation_of(outcome.catalog, operation.table, operation).relation
    column = relation.column(operation.column) if relation else None
    if relation is None or column is None:
        return outcome
    owned = [
        r.name for r in owned_sequences(outcome.catalog, relation.name) if r.owned_by == (relation.name, column.name)
    ]
    catalog = outcome.catalog
    if operation.identity is None:
        for sequence in owned:
            catalog = remove_relation(catalog, sequence)
    elif not owned:
        catalog = own_sequence(catalog, relation.name, column)
    return Outcome(catalog, outcome.problems)


def set_expression(catalog: Catalog, operation: SetExpression) -> Outcome:
    """SET EXPRESSION and DROP EXPRESSION."""
    if operation.expression is None:
        return _change(catalog, operation, operation.table, operation.column, generated=None, expression=None)
    relation = relation_of(catalog, operation.table, operation).relation
    column = relation.column(operation.column) if relation else None
    generated = column.generated if column and column.generated else Generated.STORED
    return _change(
        catalog,
        operation,
        operation.table,
        operation.column,
        generated=generated,
        expression=operation.expression,
    )


def set_option(catalog: Catalog, operation: SetColumnOption) -> Outcome:
    """Storage and statistics: nothing that the catalog keeps."""
    return _change(catalog, operation, operation.table, operation.column)


FOLDS: Folds = {
    AddColumn: add_column,
    DropColumn: drop_column,
    AlterColumnType: change_type,
    SetDefault: set_default,
    SetNotNull: set_not_null,
    DropNotNull: drop_not_null,
    SetIdentity: set_identity,
    SetExpression: set_expression,
    SetColumnOption: set_option,
}
