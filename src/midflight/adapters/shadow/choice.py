"""Whether there is a server to prove a plan on, and what is said where there is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec

from midflight.adapters.kept import FolderStore
from midflight.adapters.shadow.server import GivenServer, ServerBinaries, find_server
from midflight.errors import ToolError
from midflight.inspection.model import Context
from midflight.plan.model import RollbackPlan
from midflight.proof.model import Proof


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the settings say: `auto`, `required` or `off`, where the server is, and why it may not be used.

    `given` is a server that is up already, used instead of any that is found.
    `roles` are by database those that the application logs in as; `rows` are generated for each table.
    The `store` keeps the schema at base.
    """

    shadow: str = "off"
    postgres_bin: str = ""
    refused: str = ""
    given: GivenServer | None = None
    roles: Mapping[str, str] = field(default_factory=dict)
    rows: int = 0
    store: FolderStore | None = None


def prove_all(contexts: Sequence[Context], rollback: RollbackPlan, wanted: Wanted) -> tuple[Proof, ...]:
    """Return a proof for each database with something to apply; without a server it says so.

    Raises `ToolError` where a shadow database is required and there can be none.
    """
    changed = [context for context in contexts if context.steps]
    if wanted.shadow == "off" or not changed:
        return ()
    server, reason = _server(wanted)
    if server is None:
        if wanted.shadow == "required":
            raise ToolError(
                f"A shadow database is required: {reason}.",
                where="shadow",
                then="Install `midflight[postgres]`, name a server in `postgres_bin`, or set `shadow: auto`.",
            )
        return tuple(Proof(context.database.database, reason=reason) for context in changed)
    from midflight.adapters.shadow.proving import prove  # noqa: PLC0415 - most of it is imported for a server alone

    roles = wanted.roles
    return tuple(
        prove(
            one,
            rollback,
            server,
            role=roles.get(one.database.database, ""),
            rows=wanted.rows,
            store=wanted.store,
        )
        for one in changed
    )


def _server(wanted: Wanted) -> tuple[ServerBinaries | GivenServer | None, str]:
    if wanted.refused:
        return None, wanted.refused
    if find_spec("psycopg") is None:
        return None, "psycopg is not installed"
    if wanted.given is not None:
        from midflight.adapters.shadow.given_server import why_not  # noqa: PLC0415 - the driver is imported for a server alone

        refused = why_not(wanted.given)
        return (None, refused) if refused else (wanted.given, "")
    found = find_server(wanted.postgres_bin)
    return found, "" if found else "no PostgreSQL server was found"
