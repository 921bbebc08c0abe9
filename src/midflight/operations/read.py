"""Reads a script into operations, by the dialect of its database."""

from functools import lru_cache

from midflight.migrations.model import Script
from midflight.operations.dialects.postgres.reader import read_script
from midflight.operations.model import Opaque, Operation, Statement


@lru_cache(maxsize=64)  # a script is asked for by one rule after the other
def read_operations(script: Script, *, dialect: str = "postgres") -> tuple[Operation, ...]:
    """Return what the script does, in its order; what could not be read is Opaque with the reason."""
    if dialect == "postgres":
        return tuple(read_script(script))
    whole = Statement(script.path, script.first_line, script.text)
    return (Opaque(whole, reason=f"the SQL of {dialect} is not read yet"),)
