"""`dataclasses.replace` for slotted values that are replaced thousands of times in a run: no constructor is called."""

from __future__ import annotations

from collections import deque
from dataclasses import fields
from functools import cache
from itertools import repeat
from operator import attrgetter, call
from typing import TYPE_CHECKING, Any

__all__ = ["replace"]

if TYPE_CHECKING:
    from dataclasses import replace
else:

    def replace(value: object, /, **changes: object) -> object:
        """Return the value with other fields; the type checker sees `dataclasses.replace`."""
        kind = value.__class__
        read, write, settle = _slots(kind)
        new = object.__new__(kind)
        deque(map(call, write.values(), repeat(new), read(value)), maxlen=0)
        for name, changed in changes.items():
            write[name](new, changed)
        if settle:
            new.__post_init__()
        return new


@cache
def _slots(kind: type[Any]) -> tuple[Any, dict[str, Any], bool]:
    """What reads all fields of a class in one call, what writes each, and whether something has to follow."""
    names = [field.name for field in fields(kind)]
    write = {name: getattr(kind, name).__set__ for name in names}
    if len(names) > 1:
        return attrgetter(*names), write, hasattr(kind, "__post_init__")
    return lambda value: [getattr(value, name) for name in names], write, hasattr(kind, "__post_init__")
