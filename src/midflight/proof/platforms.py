"""Hosted platforms: what they make before the first migration, and how a history shows that it was written for one."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from midflight.migrations.model import History, Migration

_MOST = 10
_COMMENT = re.compile(r"--[^\n]*")


@dataclass(frozen=True, slots=True)
class Platform:
    """One platform: the stand-in for what it makes, the tools that are its own, and what only its histories name.

    `schemas` are its own; a history that makes the one in `rival` itself was written for another server.
    """

    name: str
    prelude: str
    schemas: frozenset[str]
    tools: frozenset[str] = frozenset()
    named: str = ""
    rival: str = ""


NEON = Platform(
    "Neon",
    "neon.sql",
    frozenset({"auth", "neon_auth"}),
    named=r'"?\bneon_auth"?\s*\.|\bauth"?\s*\.\s*"?(?:user_id|session)"?\s*\(',
    rival="auth",
)
"""Named by Neon's documentation of `pg_session_jwt` and of Neon Auth."""

SUPABASE = Platform(
    "Supabase",
    "supabase.sql",
    frozenset(
        "auth storage extensions realtime _realtime vault graphql graphql_public cron net pgsodium "
        "supabase_functions supabase_migrations".split()
    ),
    frozenset({"supabase"}),
    r'\bauth"?\s*\.\s*"?(?:(?:uid|jwt|role|email)"?\s*\(|users\b)|\bstorage"?\s*\.\s*"?(?:buckets|objects)\b'
    r"|\bpublication\s+supabase_realtime\b",
    rival="auth",
)
"""Named by Supabase's documentation of Auth, Storage and Realtime."""

HASURA = Platform(
    "Hasura",
    "hasura.sql",
    frozenset({"hdb_catalog", "hdb_views"}),
    frozenset({"hasura"}),
    r'\bhdb_catalog"?\s*\.',
    rival="hdb_catalog",
)
"""Hasura's server makes them when it starts, before migrations are applied through it."""

PLATFORMS = (NEON, SUPABASE, HASURA)
SCHEMAS = frozenset(schema for platform in PLATFORMS for schema in platform.schemas)
"""Schemas of a platform: a history does not make what is in them."""


def platform_of(history: History, pending: Iterable[Migration] = ()) -> Platform | None:
    """Return the platform that a history and the migrations after it were written for: its tool's, or the one named."""
    own = next((each for each in PLATFORMS if history.format in each.tools), None)
    if own is not None:
        return own
    texts = [_COMMENT.sub("", each.up.text) for each in (*history.migrations, *pending)]
    return next((each for each in PLATFORMS if _is_named(each, texts)), None)


def _is_named(platform: Platform, texts: list[str]) -> bool:
    if not any(re.search(platform.named, text, re.IGNORECASE) for text in texts):
        return False
    makes = rf'\bcreate\s+schema\s+(?:if\s+not\s+exists\s+)?"?{platform.rival}\b'
    return not any(re.search(makes, text, re.IGNORECASE) for text in texts)


def rests_on(platform: Platform, texts: Iterable[str]) -> tuple[str, ...]:
    """Return what statements name of a platform, as stand-ins that a proof of them rests on."""
    found = (name for text in texts for name in _objects(platform, text))
    return tuple(f"{platform.name}'s {name}" for name in list(dict.fromkeys(found))[:_MOST])


def _objects(platform: Platform, text: str) -> Iterator[str]:
    schemas = "|".join(sorted(map(re.escape, platform.schemas)))
    named = re.compile(rf'(?<![\w.$])"?({schemas})"?\s*\.\s*"?(\w{{1,63}})', re.IGNORECASE)
    for match in named.finditer(_COMMENT.sub("", text)):
        yield f"{match[1].lower()}.{match[2]}"


def speaks_of(platform: Platform, message: str) -> bool:
    """Return whether a server's message names something of a platform, which its stand-in may lack."""
    return bool(tuple(_objects(platform, message))) or any(f'schema "{name}"' in message for name in platform.schemas)
