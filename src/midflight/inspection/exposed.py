"""What an API that serves the schema itself (PostgREST, Supabase) makes of a change."""

from collections.abc import Iterator

from midflight.catalog.model import Catalog, Step
from midflight.compatibility.resolve import name_of
from midflight.inspection.model import Context
from midflight.operations.shapes import Name
from midflight.references.model import Api, CodeReferences, TableReference, Verb

EXPOSED = "public"
"""The schema that PostgREST serves unless it is told otherwise (Supabase documentation, "Using Custom Schemas")."""


def has_api(context: Context) -> bool:
    """Return whether people outside can reach the schema through such an API."""
    code = (*context.old_code.references, *context.new_code.references)
    return context.database.head.format == "supabase" or any(r.api is Api.POSTGREST for r in code)


def api_uses(code: CodeReferences, table: Name, catalog: Catalog) -> Iterator[TableReference]:
    """Yield the references that reach a table (resolved name) through the API."""
    for reference in code.references:
        if not isinstance(reference, TableReference) or reference.verb is Verb.MENTION:
            continue
        if reference.api is Api.POSTGREST and catalog.resolve(name_of(reference)) == table:
            yield reference


def relies_on_row_security(catalog: Catalog, schema: str) -> bool:
    """Return whether any table of the schema has row security."""
    return any(r.row_security for r in catalog.relations.values() if r.name.schema == schema)


def enables_in_bulk(context: Context) -> bool:
    """Return whether row security is enabled by a routine or block that names no table."""
    words = "ROW LEVEL SECURITY"
    blocks = (step.operation.statement.text for step in context.steps)
    triggers = (r.body for r in context.after.routines.values() if "event_trigger" in r.returns)
    return any(text[:2].upper() == "DO" and words in text.upper() for text in blocks) or any(
        words in body.upper() for body in triggers
    )


def made_by(context: Context, table: Name) -> Step | None:
    """Return the first pending step after which the catalog has the table."""
    return next((s for s in context.steps if table in s.after.relations and table not in s.before.relations), None)
