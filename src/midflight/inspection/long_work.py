"""What takes a migration long without stopping anybody by itself: rows written and tables read."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from midflight.catalog.cost_model import Cost, Work
from midflight.catalog.model import Step
from midflight.inspection.model import Context
from midflight.operations import model as op
from midflight.operations.shapes import Name


@dataclass(frozen=True, slots=True)
class LongWork:
    """Work with the size of a table; `certain` unless a WHERE or a query that we cannot weigh decides about it."""

    table: Name
    does: str  # a clause: "updates every row of `t`"
    certain: bool


def long_work(step: Step, cost: Cost, context: Context) -> LongWork | None:
    """Return the long work of one step on tables that are not known to be small, None where it has none.

    What itself locks readers or writers out while it works is left to the rules about that.
    """
    match step.operation:
        case op.Update(table=table, bounded=bounded, where=where):
            return _rows("updates", table, where if bounded else "", step, context)
        case op.Delete(table=table, bounded=bounded, where=where):
            return _rows("deletes", table, where if bounded else "", step, context)
        case op.Insert(table=table, reads=reads):
            return _reading(reads, f"fills `{table.short}` from", step, context)
        case op.CreateTable(name=name, query=query, depends=depends) if query:
            return _reading(depends, f"fills `{name.short}` from", step, context)
        case op.CreateView(name=name, materialized=True, with_data=True, depends=depends):
            return _reading(depends, f"fills `{name.short}` from", step, context)
        case op.ValidateConstraint():
            return _scanned("validates the rows of", cost, context)
        case op.RefreshView(concurrently=True):
            return _scanned("fills", cost, context)
        case _:
            return None


def _rows(verb: str, written: Name, where: str, step: Step, context: Context) -> LongWork | None:
    table = step.before.resolve(written)
    if table not in context.before.relations or context.tables.is_small(table):
        return None
    if not where:
        return LongWork(table, f"{verb} every row of `{table.short}`", certain=True)
    keys = {i.keys[0] for i in step.before.indexes_on(table) if i.unique and i.keys}
    if any(_names_few(where, key) for key in keys):
        return None
    return LongWork(table, f"{verb} the rows of `{table.short}` that its WHERE finds", certain=False)


def _names_few(where: str, key: str) -> bool:
    """Whether a condition compares a unique key with literals."""
    literal = r"(?:'|-?\d|\$)"
    few = rf"\b{re.escape(key)}\"?\s*(?:=\s*{literal}|IN\s*\(\s*{literal}|BETWEEN\s+{literal}|=\s*ANY\s*\()"
    return re.search(few, where, re.IGNORECASE) is not None


def _reading(written: Iterable[Name], does: str, step: Step, context: Context) -> LongWork | None:
    known = (name for name in map(step.before.resolve, written) if name in context.before.relations)
    table = next((name for name in known if not context.tables.is_small(name)), None)
    return None if table is None else LongWork(table, f"{does} `{table.short}`", certain=False)


def _scanned(does: str, cost: Cost, context: Context) -> LongWork | None:
    working = [held.relation for held in cost.held if held.work is not Work.NONE]
    table = next((name for name in working if not context.tables.is_small(name)), None)
    return None if table is None else LongWork(table, f"{does} `{table.short}`", certain=True)
