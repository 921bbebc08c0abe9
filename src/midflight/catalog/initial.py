"""The catalog that a history starts from."""

from __future__ import annotations

from rpds import HashTrieMap

from midflight.catalog.model import Catalog

_SUPABASE_SCHEMAS = (
    "auth",
    "extensions",
    "graphql",
    "graphql_public",
    "pgbouncer",
    "realtime",
    "storage",
    "vault",
)
_SUPABASE_EXTENSIONS = {
    "pg_graphql": "graphql",
    "pg_stat_statements": "extensions",
    "pgcrypto": "extensions",
    "supabase_vault": "vault",
    "uuid-ossp": "extensions",
}


def initial_catalog(format: str) -> Catalog:  # noqa: A002 - the word of our vocabulary
    """Return the catalog of a new database as the migrations of that tool find it.

    Supabase makes schemas and installs extensions before the first migration runs (Supabase documentation,
    "Extensions"); their contents belong to the platform and are not listed.
    """
    schemas = HashTrieMap({"public": ""})
    extensions = HashTrieMap({"plpgsql": "pg_catalog"})
    if format == "supabase":
        schemas = schemas.update(dict.fromkeys(_SUPABASE_SCHEMAS, "supabase_admin"))
        extensions = extensions.update(_SUPABASE_EXTENSIONS)
    return Catalog(schemas=schemas, extensions=extensions)
