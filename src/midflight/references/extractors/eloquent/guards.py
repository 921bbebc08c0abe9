"""Gives the flag that a condition of PHP reads."""

from midflight.references.grammar import Node, Tree, line
from midflight.references.model import Guard
from midflight.references.source_guards import guard_in


def guard_of(tree: Tree, condition: Node, *, outcome: bool) -> Guard | None:
    """The guard of the branch that runs when the condition came out as `outcome`."""
    return guard_in(tree.read(condition), tree.path, line(condition), outcome=outcome)
