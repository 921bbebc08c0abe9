"""Which probes a change calls for, and as which roles each is run."""

from collections.abc import Iterator, Mapping
from itertools import chain

from midflight.compatibility.probes import NoProbe, Probe, is_by_clients, probe_of
from midflight.inspection.model import Context
from midflight.references.model import Reference

_CLIENTS: Mapping[str, tuple[str, ...]] = {"supabase": ("service_role", "authenticated", "anon")}
"""The roles of a platform's own interface: which of them a client has, its key decides and no line of code."""


def probes_for(context: Context, role: str = "") -> dict[Probe, tuple[str, ...]]:
    """Return the probes of old and new code with the roles to run them as; none is the owner of the schema.

    `role` is the one that the application logs in as.
    """
    found: dict[Probe, tuple[str, ...]] = {}
    for reference in chain(context.old_code.references, context.new_code.references):
        probe = probe_in(context, reference)
        if isinstance(probe, Probe):
            found.setdefault(probe, _roles(context, reference, role))
    return found


def probe_in(context: Context, reference: Reference) -> Probe | NoProbe:
    """Return the probe of a reference to this database."""
    return probe_of(reference, context.before, context.after)


def roles_for(context: Context, role: str = "") -> frozenset[str]:
    """Return every role that a probe may run as."""
    return frozenset(_all_roles(context, role))


def _roles(context: Context, reference: Reference, role: str) -> tuple[str, ...]:
    if role:
        return (role,)
    return _CLIENTS.get(context.database.head.format, ()) if is_by_clients(reference) else ()


def _all_roles(context: Context, role: str) -> Iterator[str]:
    yield from (role,) if role else _CLIENTS.get(context.database.head.format, ())
