"""The operations of a history by their kind, so that who asks for one kind need not look at all of them."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from midflight.operations.model import Operation


class Ledger:
    """Operations as a history grows; what is taken from it at one point stays as it was then."""

    def __init__(self) -> None:
        self._operations: list[Operation] = []
        self._places: defaultdict[type[Operation], list[int]] = defaultdict(list)

    def add(self, operations: Iterable[Operation]) -> None:
        """Write down what the next migration does."""
        for operation in operations:
            self._places[type(operation)].append(len(self._operations))
            self._operations.append(operation)

    def so_far(self) -> Earlier:
        """Return all that is written down."""
        found = Earlier(self._operations)
        found.places = self._places
        return found


class Earlier(tuple[Operation, ...]):  # noqa: SLOT001 - a tuple with slots cannot hold anything beside
    """Operations in order, which know their places by kind."""

    places: dict[type[Operation], list[int]]


def of_kinds(operations: Sequence[Operation], *kinds: type[Operation]) -> Iterator[Operation]:
    """Yield the operations of exactly these kinds, in their order."""
    if not isinstance(operations, Earlier):
        yield from (operation for operation in operations if type(operation) in kinds)
        return
    found = [operations.places.get(kind, []) for kind in kinds]
    end = len(operations)
    for place in sorted(place for places in found for place in places[: bisect_left(places, end)]):
        yield operations[place]
