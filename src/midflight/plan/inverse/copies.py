"""What to copy before a statement destroys it, and how to put it back.

Copies go into a schema of their own: an API that serves `public` (PostgREST, Supabase) must not show them.
"""

# ruff: noqa: S608 - the SQL is shown to people, and identifiers in it are quoted

from collections.abc import Sequence

from midflight.catalog.ddl import literal
from midflight.catalog.model import Catalog
from midflight.operations.shapes import Name, quote
from midflight.plan.inverse.piece import commented

SCHEMA = "rollback_copies"
_LIMIT = 63  # bytes of an identifier (PostgreSQL documentation, "Lexical Structure")


def copy_name(table: Name, columns: Sequence[str] = ()) -> Name:
    """Return where the copy of a table, or of one column of it, goes."""
    schema = table.schema if table.schema not in {"", "public"} else ""
    parts = (schema, table.name, columns[0] if len(columns) == 1 else "")
    name = "_".join(part for part in parts if part)
    return Name(name.encode("utf-8", "replace")[:_LIMIT].decode("utf-8", "ignore"), SCHEMA)


def copy_rows(table: Name, where: str = "") -> str:
    """Return the statements that keep the rows of a table, all or those of the condition."""
    return _copy(copy_name(table), "*", table, where)


def copy_columns(table: Name, columns: Sequence[str], catalog: Catalog, where: str = "") -> str:
    """Return the statements that keep columns of a table with its key; whole rows when no key would join them."""
    key = _joining_key(table, columns, catalog)
    if not key:
        return copy_rows(table, where)
    kept = ", ".join(map(quote, dict.fromkeys([*key, *columns])))
    return _copy(copy_name(table, columns), kept, table, where)


def _copy(name: Name, what: str, table: Name, where: str) -> str:
    condition = f" WHERE {where}" if where else ""
    return (
        f"CREATE SCHEMA IF NOT EXISTS {SCHEMA};\n"
        f"CREATE TABLE {name.short} AS SELECT {what} FROM {table.short}{condition};"
    )


def put_back(table: Name, columns: Sequence[str], catalog: Catalog) -> str:
    """Return the UPDATE that fills columns from their copy; empty when no key joins the two."""
    key = _joining_key(table, columns, catalog)
    if not key:
        return ""
    values = ", ".join(f"{quote(c)} = kept.{quote(c)}" for c in columns)
    join = " AND ".join(f"now.{quote(c)} = kept.{quote(c)}" for c in key)
    return f"UPDATE {table.short} AS now SET {values} FROM {copy_name(table, columns).short} AS kept WHERE {join};"


def insert_back(table: Name, catalog: Catalog) -> str:
    """Return the INSERT that brings rows back from their copy; generated columns compute themselves."""
    relation = catalog.relations.get(table)
    columns = [c for c in relation.columns if c.generated is None] if relation else []
    if relation is None or len(columns) == len(relation.columns):
        listed, what = "", "*"
    else:
        what = ", ".join(quote(c.name) for c in columns)
        listed = f" ({what})"
    overriding = " OVERRIDING SYSTEM VALUE" if any(c.identity for c in columns) else ""
    insert = f"INSERT INTO {table.short}{listed}{overriding} SELECT {what} FROM {copy_name(table).short};"
    counted = [c.name for c in columns if c.identity or c.serial]
    return "\n".join([insert, *(_count_on(table, column) for column in counted)])


def _count_on(table: Name, column: str) -> str:
    """The statement that lets the column's sequence go on behind the highest value."""
    sequence = f"pg_get_serial_sequence({literal(table.short)}, {literal(column)})"
    return f"SELECT setval({sequence}, max({quote(column)})) FROM {table.short};"


def with_copy(first: str, restore: str) -> str:
    """Return the comment that says what to keep before the migration, and what puts it back."""
    return commented(f"before the migration, keep what it destroys:\n{first}\nthen this puts it back:\n{restore}")


def _joining_key(table: Name, columns: Sequence[str], catalog: Catalog) -> tuple[str, ...]:
    """The primary key, if the columns are others."""
    key = key_of(table, catalog)
    return () if not columns or set(key) & set(columns) else key


def key_of(table: Name, catalog: Catalog) -> tuple[str, ...]:
    """Return the columns of the primary key, empty when it is not known."""
    relation = catalog.relations.get(table)
    return relation.primary_key if relation else ()
