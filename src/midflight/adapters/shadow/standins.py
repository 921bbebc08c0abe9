"""Stand-ins for extensions that a server lacks: they can be created, hold what migrations name, and do nothing."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from midflight.adapters.shadow.server import Connection

VERSION = "stand-in"
"""The version that a stand-in says it has, which no extension has: so a server tells which ones it made."""

MADE = "SELECT extname::text FROM pg_catalog.pg_extension WHERE extversion = 'stand-in' ORDER BY extname"

_BARE = (
    "aws_commons",
    "aws_lambda",
    "aws_s3",
    "google_columnar_engine",
    "google_ml_integration",
    "hypopg",
    "index_advisor",
    "neon",
    "neon_utils",
    "pg_hashids",
    "pg_repack",
    "pg_stat_monitor",
    "pg_tle",
    "pgaudit",
    "pgsodium",
    "pgtap",
    "plv8",
    "postgis_topology",
    "rds_tools",
    "wrappers",
)
"""Extensions of which migrations name no object, or none that could be made up."""

_SCHEMAS = {"pg_session_jwt": "auth", "pgmq": "pgmq"}
"""The schema that an extension insists on, and makes where it is not."""

_REACHED = {"extension_control_path": "$system:{folder}", "extension_destdir": "{folder}"}
"""The setting that names a further place of extensions: PostgreSQL's own since 18, Debian's patch before."""


_SETTING = b"SELECT name FROM pg_settings WHERE name IN ('extension_control_path', 'extension_destdir') ORDER BY name"


def provide(root: Connection, home: Path, role: str) -> None:
    """Have the sessions of a role find stand-ins for what the server has not, where it can be told of a further place.

    They are trusted, so that a change may create one as on a hosted platform; each is text of our own.
    """
    setting = root.execute(_SETTING).fetchone()
    if setting is None:
        return
    folder = home / "extensions"
    own = setting[0] == "extension_control_path"
    (share,) = root.execute(b"SELECT setting FROM pg_config WHERE name = 'SHAREDIR'").fetchone() or ("",)
    there = {name for (name,) in root.execute(b"SELECT name FROM pg_available_extensions").fetchall()}
    _write(folder / "extension" if own else folder / share.lstrip("/") / "extension", there)
    value = _REACHED[setting[0]].format(folder=folder)
    root.execute(f"ALTER ROLE {role} SET {setting[0]} = '{value}'".encode())


def _write(place: Path, there: set[str]) -> None:
    place.mkdir(parents=True, exist_ok=True)
    for name, text in _texts().items():
        if name not in there:
            control = f"default_version = '{VERSION}'\nrelocatable = false\ntrusted = true\n"
            control += f"schema = '{_SCHEMAS[name]}'\n" if name in _SCHEMAS else ""
            (place / f"{name}.control").write_text(control)
            (place / f"{name}--{VERSION}.sql").write_text(text)


def _texts() -> dict[str, str]:
    folder = files("midflight.adapters.shadow") / "preludes" / "extensions"
    named = {each.name.removesuffix(".sql"): each.read_text("utf-8") for each in folder.iterdir()}
    return named | dict.fromkeys(_BARE, "")
