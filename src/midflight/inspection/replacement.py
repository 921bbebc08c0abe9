"""How a column gets another type without anybody waiting: a new column beside the old one."""

# ruff: noqa: S608 - the SQL is shown to people, and identifiers in it are quoted

from __future__ import annotations

from midflight.catalog.dependents import index_names_column
from midflight.catalog.model import Catalog
from midflight.inspection.finding import Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.wording import named
from midflight.operations.model import AlterColumnType
from midflight.operations.shapes import Name, quote


def replacement(table: Name, alter: AlterColumnType, catalog: Catalog) -> tuple[RecipeStep, ...]:
    """Return the steps that replace a column (of a resolved table, in the catalog before) by one of the new type."""
    old, new = quote(alter.column), quote(f"{alter.column}_new")
    value = alter.using or f"{old}::{alter.type}"
    return (
        RecipeStep(
            Phase.EXPAND,
            "Add a column of the new type.",
            f"ALTER TABLE {table.short} ADD COLUMN {new} {written_type(alter)};",
        ),
        RecipeStep(Phase.ROLLOUT, "Deploy code that writes both columns and reads the old one."),
        RecipeStep(
            Phase.EXPAND,
            "Copy the values, in batches on a large table.",
            f"UPDATE {table.short} SET {new} = {value} WHERE {new} IS NULL AND {old} IS NOT NULL;",
        ),
        *_indexes(table, alter.column, catalog),
        RecipeStep(Phase.ROLLOUT, "Deploy code that reads the new column and falls back to the old one."),
        RecipeStep(Phase.CONTRACT, "Drop the old column.", f"ALTER TABLE {table.short} DROP COLUMN {old};"),
    )


def written_type(alter: AlterColumnType) -> str:
    """Return the new type with its collation, as ADD COLUMN and ALTER COLUMN take it."""
    return f"{alter.type} COLLATE {alter.collation}" if alter.collation else alter.type


def alone(alter: AlterColumnType) -> str:
    """Return the type change as the only action of an ALTER TABLE, without its head."""
    using = f" USING {alter.using}" if alter.using else ""
    return f"ALTER COLUMN {quote(alter.column)} TYPE {written_type(alter)}{using}"


def _indexes(table: Name, column: str, catalog: Catalog) -> tuple[RecipeStep, ...]:
    indexes = sorted(i.name.name for i in catalog.indexes_on(table) if index_names_column(i, column))
    if not indexes:
        return ()
    words = f"Build the like of {named(indexes)} on the new column, with CONCURRENTLY, and give it the constraints."
    return (RecipeStep(Phase.EXPAND, words),)
