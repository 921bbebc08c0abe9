"""What generated rows there are."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from midflight.operations.shapes import Name
from midflight.text import plural

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Seeded:
    """A database with generated rows: how many by table, which tables have none and why.

    `transaction` is the one that wrote them: what is younger has been written since.
    """

    database: str
    filled: Mapping[Name, int] = field(default_factory=dict)
    empty: tuple[tuple[Name, str], ...] = ()
    transaction: int = 0

    @property
    def rows(self) -> int:
        """How many there are in all."""
        return sum(self.filled.values())


def unfilled(seeded: Seeded) -> Iterator[str]:
    """Yield which tables have no rows and why, the first few of them."""
    yield from (f"no rows in `{table.short}`: {reason}" for table, reason in seeded.empty[:_SHOWN])
    more = len(seeded.empty) - _SHOWN
    if more > 0:
        yield f"no rows in {plural(more, 'other table')}"
