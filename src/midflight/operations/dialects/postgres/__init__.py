"""PostgreSQL's own grammar (libpg_query by way of postgast), translated into operations."""
