"""Names of Diesel's schema modules as the database knows them."""

from dataclasses import dataclass

# Diesel CLI appends `_` to names that Rust or the macro itself reserves, and keeps the real one in `sql_name`
_RESERVED = frozenset(
    "abstract alignof as async await become bool box break columns const continue crate do dyn else enum extern false"
    " final fn for gen if impl in let loop macro match mod move mut offsetof override priv proc pub pure ref return"
    " self sizeof static struct super table trait true try type typeof unsafe unsized use virtual where while"
    " yield".split()
)


@dataclass(frozen=True, slots=True, order=True)
class Table:
    """A table as its schema module names it; `schema` is empty where the path has none."""

    name: str
    schema: str = ""


def plain(name: str, table: str = "") -> str:
    """Give the column's real name: without `r#`, and without the `_` that Diesel CLI appends."""
    name = name.removeprefix("r#")
    stem = name[:-1] if name.endswith("_") else ""
    return stem if stem and (stem in _RESERVED or stem == table) else name


def after_schema(path: tuple[str, ...]) -> tuple[str, ...] | None:
    """Give what follows the `schema` module in a path, None where it has none."""
    if "schema" not in path:
        return None
    last = len(path) - 1 - path[::-1].index("schema")
    return path[last + 1 :]
