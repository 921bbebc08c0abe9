"""Fixtures of all tests; those for Postgres start a server only when a test asks for it."""

from support.postgres import database, server

__all__ = ["database", "server"]
