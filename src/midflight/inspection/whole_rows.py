"""Queries that take whole rows: their answer changes its shape with the table."""

import re

from midflight.inspection.model import Context
from midflight.inspection.usage import READS, table_uses
from midflight.operations.shapes import Name
from midflight.references.model import WRITES, Api, TableReference, Verb

# a `*` in the list of the outermost SELECT: one inside parentheses is counted or thrown away by the query itself
_OUTER = re.compile(
    r"\s*\(?\s*select\b(?:\([^()]*\)|(?!\bfrom\b)[^()])*?[\s,.]\*\s*(?:,|\bfrom\b)", re.IGNORECASE | re.DOTALL
)
_COMPARED = re.compile(r"\bselect\s+distinct\b|\bunion\b(?!\s+all\b)|\bintersect\b|\bexcept\b", re.IGNORECASE)


def whole_rows(context: Context, table: Name) -> tuple[TableReference, ...]:
    """Return the SQL of old code that gets all columns of a table (resolved name) as its answer."""
    found = (r for r in table_uses(context, table, (*READS, *WRITES, Verb.DELETE)) if r.star and r.api is Api.SQL)
    return tuple(r for r in found if not r.mapped and (r.verb is not Verb.SELECT or _OUTER.match(r.text)))


def compared_rows(context: Context, table: Name) -> tuple[TableReference, ...]:
    """Return the SQL of old code that compares whole rows of a table: DISTINCT, UNION, INTERSECT, EXCEPT."""
    found = (r for r in table_uses(context, table, READS) if r.star and r.api is Api.SQL)
    return tuple(r for r in found if _COMPARED.search(r.text))
