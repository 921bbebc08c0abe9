"""A whole history applied on a throw-away server, and where the folded catalog differs from the server's."""

import secrets
from contextlib import closing
from dataclasses import dataclass

from midflight.adapters.live_catalog import read_catalog
from midflight.adapters.shadow.history import OWNER, build_template
from midflight.adapters.shadow.prepared import SUPERUSER
from midflight.adapters.shadow.proving import server_settings
from midflight.adapters.shadow.server import Lockdown, ServerBinaries, ShadowServer
from midflight.catalog.model import Catalog
from midflight.errors import ToolError
from midflight.migrations.model import History
from midflight.proof.drift import drift_of
from midflight.proof.model import Bounds


@dataclass(frozen=True, slots=True)
class Compared:
    """The differences, or the reason why there is nothing to compare; `stand_ins` were made up."""

    version: int = 0
    differences: tuple[str, ...] = ()
    stand_ins: tuple[str, ...] = ()
    reason: str = ""


def compare_history(history: History, folded: Catalog, binaries: ServerBinaries) -> Compared:
    """Apply the history and compare the two catalogs; whatever goes wrong on the way is the reason."""
    bounds = Bounds()
    lockdown = Lockdown(SUPERUSER, secrets.token_hex(16), bounds.memory, server_settings(bounds))
    try:
        with ShadowServer(binaries, lockdown=lockdown) as server:
            template = build_template(server, history, password=secrets.token_hex(16), bounds=bounds)
            made = tuple(dict.fromkeys(template.stand_ins))
            if template.failure:
                return Compared(server.version, stand_ins=made, reason=template.failure)
            name = server.create_database(OWNER, template=template.name)
            with closing(server.connect(name, user=OWNER, password=template.password)) as connection:
                return Compared(server.version, drift_of(folded, read_catalog(connection)), made)
    except ToolError as failed:
        return Compared(binaries.version, reason=failed.sentence)
    except Exception as lost:  # noqa: BLE001 - a server that the history's SQL has killed answers in many ways
        return Compared(binaries.version, reason=f"the shadow database was lost ({type(lost).__name__})")
