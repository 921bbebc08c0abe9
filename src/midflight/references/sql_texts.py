"""Reads the SQL texts of code, with a parser that is a lot to import and that many repositories never need."""

from midflight.references.model import Extracted, SqlText


def read(query: SqlText) -> Extracted:
    """Give the references of one SQL text, or the reason why it has none."""
    from midflight.references.extractors import sql  # noqa: PLC0415 - see above

    return sql.read(query)
