"""What one operation locks and how long it holds that: the model, from the catalog before it and the version."""

from __future__ import annotations

from midflight.catalog import cost_columns, cost_constraints, cost_indexes, cost_objects, cost_partitions, cost_tables
from midflight.catalog.cost_model import Cost
from midflight.catalog.cost_scene import Costs, Scene
from midflight.catalog.model import Step
from midflight.operations.model import Opaque

NEWEST = 18
OLDEST = 12


def cost_of(step: Step, *, version: int = NEWEST) -> Cost:
    """Return the locks that a step takes on relations from before it, and the work under them, on a server version.

    Measured on PostgreSQL 12, 14, 15, 17 and 18 ("Explicit Locking" and ALTER TABLE of its documentation). ACCESS
    SHARE and ROW SHARE are left out: they stop nobody. A statement that could not be read costs nothing that we know
    of, and the note says so.
    """
    operation = step.operation
    if isinstance(operation, Opaque):
        return Cost(note=f"not analysed: {operation.reason}")
    cost = _COSTS.get(type(operation))
    if cost is None:
        return Cost()
    try:
        return cost(operation, Scene(step, version))
    except RecursionError:  # a chain of objects that no schema made by people has
        return Cost(note="not analysed: the objects depend on each other too deeply")


_COSTS: Costs = {
    **cost_tables.COSTS,
    **cost_partitions.COSTS,
    **cost_columns.COSTS,
    **cost_constraints.COSTS,
    **cost_indexes.COSTS,
    **cost_objects.COSTS,
}
