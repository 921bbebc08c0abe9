"""What to copy before a statement destroys it, and how to put it back."""

# ruff: noqa: S608 - the SQL is shown to people, and identifiers in it are quoted

from collections.abc import Sequence

from midflight.catalog.model import Catalog
from midflight.operations.shapes import Name, quote

_LIMIT = 63  # bytes of an identifier (PostgreSQL documentation, "Lexical Structure")


def copy_name(table: Name, part: str = "") -> Name:
    """Return a name for the copy that fits PostgreSQL's limit."""
    stem = f"{table.name}_{part}" if part else table.name
    kept = stem.encode("utf-8", "replace")[: _LIMIT - len("_before")].decode("utf-8", "ignore")
    return Name(f"{kept}_before", table.schema)


def copy_rows(table: Name, where: str = "") -> str:
    """Return the statement that keeps the rows of a table, all or those of the condition."""
    condition = f" WHERE {where}" if where else ""
    return f"CREATE TABLE {copy_name(table).short} AS SELECT * FROM {table.short}{condition};"


def copy_columns(table: Name, columns: Sequence[str], catalog: Catalog, where: str = "") -> str:
    """Return the statement that keeps columns of a table with its key; all columns when the key is not known."""
    if not columns or not key_of(table, catalog):
        return copy_rows(table, where)
    kept = dict.fromkeys([*key_of(table, catalog), *columns])
    condition = f" WHERE {where}" if where else ""
    copy = _copy(table, columns)
    return f"CREATE TABLE {copy.short} AS SELECT {', '.join(map(quote, kept))} FROM {table.short}{condition};"


def put_back(table: Name, columns: Sequence[str], catalog: Catalog) -> str:
    """Return the UPDATE that fills columns from their copy; empty when no key joins the two."""
    key = key_of(table, catalog)
    if not key or not columns:
        return ""
    values = ", ".join(f"{quote(c)} = kept.{quote(c)}" for c in columns)
    join = " AND ".join(f"now.{quote(c)} = kept.{quote(c)}" for c in key)
    return f"UPDATE {table.short} AS now SET {values} FROM {_copy(table, columns).short} AS kept WHERE {join};"


def key_of(table: Name, catalog: Catalog) -> tuple[str, ...]:
    """Return the columns of the primary key, empty when it is not known."""
    relation = catalog.relations.get(table)
    return relation.primary_key if relation else ()


def _copy(table: Name, columns: Sequence[str]) -> Name:
    return copy_name(table, columns[0] if len(columns) == 1 else "")
