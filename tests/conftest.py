"""Fixtures of all tests; those for Postgres start a server only when a test asks for it."""

import os

from support.postgres import database, server

# What a test says of a check must not hang on whether this machine has a server: those that try changes ask for one.
os.environ["INPUT_SHADOW"] = "off"  # noqa: TID251 - the command line reads it, in other processes too

__all__ = ["database", "server"]
