"""Whether a server that was given for trying a change is one that can be thrown away."""

import ipaddress
import re
from dataclasses import dataclass

MOST_BYTES = 512 * 1024 * 1024
_PRODUCTION = re.compile(r"(?<![a-z])(prod|prd|production|live)(?![a-z])", re.IGNORECASE)
_PRIVATE = ("localhost", ".internal", ".local", ".localdomain", ".localhost", ".test")
_PLAIN = frozenset({"postgres", "template0", "template1"})


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server is said to be: hosts or folders of sockets, and the names of database and login."""

    hosts: tuple[str, ...]
    database: str
    user: str


@dataclass(frozen=True, slots=True)
class Found:
    """What such a server holds: `objects` of the database that was named, `sessions` of others, bytes in all."""

    superuser: bool
    databases: tuple[str, ...]
    objects: int
    size: int
    sessions: int
    replicated: bool


def wrong_address(address: Address, *, deployed: Address | None = None) -> str:
    """Return why nothing is even connected to, empty when it may be.

    The host must be this machine or a private network's: a container of the job has such an address, and managed
    databases have a public one. `deployed` is the address of the database that is deployed to.
    """
    if not address.hosts:
        return "it names no host"
    public = next((host for host in address.hosts if not _is_near(host)), "")
    if public:
        return "its host is neither this machine nor in a private network"
    if any(_PRODUCTION.search(text) for text in (*address.hosts, address.database, address.user)):
        return "by its names it is production's"
    if deployed is not None and (address.hosts, address.database) == (deployed.hosts, deployed.database):
        return "it is the address of `database_url`"
    return ""


def _is_near(host: str) -> bool:
    if host.startswith(("/", "@")):
        return "cloudsql" not in host  # the proxy of Cloud SQL listens there for a managed database
    try:
        at = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return "." not in host or host.lower().endswith(_PRIVATE)
    return at.is_loopback or (at.is_private and not at.is_unspecified)


def in_use(found: Found, named: str) -> str:
    """Return why a server is not to be thrown away, empty when nothing says so."""
    others = sorted(set(found.databases) - _PLAIN - {named})
    if found.objects:
        return f"its database is not empty: {found.objects} tables, routines or types are in it"
    if others:
        return f"it has other databases ({', '.join(others[:3])})"
    if found.sessions:
        return f"{found.sessions} other sessions are connected to it"
    if found.replicated:
        return "it takes part in replication"
    if found.size > MOST_BYTES:
        return f"it holds {found.size // (1024 * 1024)} MB"
    return "" if found.superuser else "its login is no superuser, who alone can make extensions and roles there"
