"""What a Ruby migration says, before it is SQL: commands with their arguments and blocks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Union

DEEPEST = 60
"""Levels of Ruby that are read inside one another."""

LONGEST_TEXT = 1_000_000
"""Characters of one value."""

MOST_COMMANDS = 20_000
"""Commands that the loops of one file may give."""


@dataclass(frozen=True, slots=True)
class Sql:
    """A value that goes into the SQL as it is: `-> { "now()" }`."""

    text: str


@dataclass(frozen=True, slots=True)
class Unread:
    """A value that only running the Ruby tells."""

    source: str


Value = Union[str, int, float, bool, Sql, Unread, tuple["Value", ...], dict[str, "Value"], None]  # noqa: UP007 - a recursive alias cannot be written with `|` in 3.11


class UnreadableError(Exception):
    """A command cannot be turned into SQL; the message is the reason."""


@dataclass(frozen=True, slots=True)
class Command:
    """One call of a migration; `block` is what stands in its block, None where it has none.

    `source` is its Ruby, `guarded` says that it runs only where the object is missing, or there to be removed.
    `below` is the line on which the SQL of `execute` begins. `otherwise` is the way back of `reversible`.
    """

    name: str
    line: int
    args: tuple[Value, ...] = ()
    options: Mapping[str, Value] = field(default_factory=dict)
    block: tuple[Command, ...] | None = None
    source: str = ""
    guarded: bool = False
    below: int = 0
    otherwise: tuple[Command, ...] = ()


UNREAD = "unread"
"""The name of a command that stands for Ruby that is not read; its argument is the reason."""

ROWS = "a model changes rows"
"""How the reason begins where Ruby can change rows alone, and no table."""

COMMENT = "comment"
"""The name of a command that stands for a comment that speaks to Midflight."""


@dataclass(frozen=True, slots=True)
class RubyMigration:
    """A migration as its class says it; `version` is that of Rails in `ActiveRecord::Migration[7.1]`.

    `down` is None where the class has `change` alone.
    """

    version: tuple[int, int]
    up: tuple[Command, ...]
    down: tuple[Command, ...] | None
    changes: bool
    in_transaction: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One statement of SQL and the line of the Ruby that it is made from."""

    number: int
    sql: str
