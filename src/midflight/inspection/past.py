"""What is wrong with the order and the past of a database's migrations."""

from functools import lru_cache

from midflight.inspection.model import Context
from midflight.migrations.order import HistoryProblem, find_problems


@lru_cache(maxsize=4)
def history_problems(context: Context) -> tuple[HistoryProblem, ...]:
    """Return the problems of the history that the change set brings in."""
    return find_problems(context.database)
