"""Whether a default gives every row a value of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from midflight.catalog.lookup import BUILT_IN_EXTENSION
from midflight.catalog.model import Catalog
from midflight.catalog.rewrite import identifier, tokens
from midflight.operations.shapes import Name

_VOLATILE = frozenset(
    "clock_timestamp currval gen_random_bytes gen_random_uuid gen_salt lastval nextval pg_sleep random random_normal"
    " set_config setseed setval timeofday uuid_generate_v1 uuid_generate_v1mc uuid_generate_v4 uuidv4 uuidv7".split()
)
"""PostgreSQL's `pg_proc.provolatile = 'v'`, and uuid-ossp's and pgcrypto's, as far as defaults use them."""

_STEADY = frozenset(
    "abs array array_append array_cat cast ceil coalesce concat concat_ws current_date current_setting current_time"
    " current_timestamp current_user date_part date_trunc decode digest encode extract floor format greatest hstore"
    " initcap json_build_array json_build_object jsonb_build_array jsonb_build_object least left length localtime"
    " localtimestamp lower lpad ltrim make_date make_interval make_time make_timestamp make_timestamptz md5 mod now"
    " nullif overlay point position power regexp_replace repeat replace right round row rpad rtrim session_user"
    " sha256 split_part sqrt statement_timestamp string_to_array strpos substr substring timezone to_char to_date"
    " to_json to_jsonb to_number to_timestamp to_tsvector transaction_timestamp trim trunc upper user uuid_nil"
    " uuid_ns_dns uuid_ns_url varchar numeric decimal char character bit time timestamp timestamptz interval and or"
    " not in any all exists".split()
)
"""Functions that give all rows of a statement one value, and the keywords and types that stand before a bracket."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call that is volatile, or (`known` is False) of a function whose volatility nothing says."""

    name: str
    known: bool = True


def volatile_call(default: str, catalog: Catalog) -> Call | None:
    """Return the call that makes a default volatile, a known one first; None for a default of one value."""
    found = [call for name in _called(default) if (call := _judged(name, catalog)) is not None]
    return max(found, key=lambda call: call.known, default=None)


def _called(sql: str) -> Iterator[Name]:
    """The names before an opening bracket."""
    waiting: list[str] = []
    dotted = False
    for kind, text, _ in tokens(sql):
        if kind in {"space", "comment"}:
            continue
        name = identifier(kind, text)
        if name is not None:
            waiting = [*waiting[-1:], name] if dotted else [name]
            dotted = False
        elif text == ".":
            dotted = True
        else:
            if text == "(" and waiting:
                yield Name(waiting[-1], waiting[0] if len(waiting) > 1 else "")
            waiting, dotted = [], False


def _judged(name: Name, catalog: Catalog) -> Call | None:
    routines = catalog.routines_named(name)
    if routines and name.schema != "pg_catalog":
        return Call(name.name) if any(r.volatility == "VOLATILE" for r in routines) else None
    if name.name in _VOLATILE:
        return Call(name.name)
    if name.name in _STEADY or name.schema == "pg_catalog":
        return None
    extended = any(extension != BUILT_IN_EXTENSION for extension in catalog.extensions)
    return Call(name.name, known=False) if name.schema or extended or catalog.gaps else None
