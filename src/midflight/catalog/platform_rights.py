"""Rights that a platform gives by itself, so that granting them changes nothing and revoking them does."""

from __future__ import annotations

from midflight.catalog.model import Catalog, Granted
from midflight.operations.shapes import ObjectKind

CLIENTS = frozenset({"postgres", "anon", "authenticated", "service_role"})
_KINDS = frozenset({ObjectKind.TABLE, ObjectKind.SEQUENCE, ObjectKind.FUNCTION, ObjectKind.PROCEDURE})


def is_supabase(catalog: Catalog) -> bool:
    """Return whether the catalog began as Supabase's: no migration makes schema `auth` for that owner."""
    return catalog.schemas.get("auth") == "supabase_admin"


def given_by_platform(granted: Granted, catalog: Catalog) -> bool:
    """Return whether the right is there without a migration.

    Supabase's default privileges give its own roles all rights on what is made in `public`, and the schema's use
    (Supabase documentation, "Securing your API"), until a migration changes them.
    """
    if granted.role not in CLIENTS or not is_supabase(catalog):
        return False
    target = granted.target
    if target.kind is ObjectKind.SCHEMA:
        return target.name.name == "public" and granted.privilege == "USAGE"
    return target.kind in _KINDS and target.name.schema == "public" and not defaults_revoked(catalog, granted.role)


def defaults_revoked(catalog: Catalog, role: str) -> bool:
    """Return whether a migration has taken default privileges from a role."""
    return any(
        kind == "DEFAULT PRIVILEGES" and name.name.startswith("REVOKE ") and f" {role} BY " in name.name
        for kind, name in catalog.others
    )
