"""The level of a finding after what the team decided and what is known of the tables' size."""

from __future__ import annotations

from dataclasses import replace

from midflight.catalog.cost_model import Cost
from midflight.inspection.finding import Finding, Level
from midflight.inspection.tables import Tables
from midflight.operations.shapes import Name

_LOWER = {Level.ERROR: Level.NOTE, Level.WARNING: Level.NOTE, Level.NOTE: Level.NOTE}


def sized(finding: Finding, tables: Tables) -> Finding:
    """Return the finding of a rule about waiting with the level that the locked tables' size asks for.

    Where every table that stops readers or writers is small, it is a note; where one is large or hot, an error. The
    message says why.
    """
    stopped = _stopped(finding.cost)
    felt = [name for name in stopped if tables.is_felt(name)]
    if felt:
        return replace(finding, level=Level.ERROR, message=f"{finding.message} {_said(felt[0], tables)}")
    if stopped and all(tables.is_small(name) for name in stopped):
        level = _LOWER[finding.level]
        return replace(finding, level=level, message=f"{finding.message} {_said(stopped[0], tables)}")
    return finding


def _stopped(cost: Cost | None) -> list[Name]:
    return [held.relation for held in cost.held if held.lock.blocks_writes] if cost else []


def _said(table: Name, tables: Tables) -> str:
    fact = tables.of(table)
    if fact is None:
        return ""
    what = " and ".join((*((fact.size.value,) if fact.size else ()), *(("hot",) if fact.hot else ())))
    return f"`{table.short}` is {what}{f' ({fact.by})' if fact.by else ''}."
