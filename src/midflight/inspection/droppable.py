"""The tables, columns and routines that a project's own history makes, and what it takes to drop one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from midflight.catalog.dependents import column_blockers, relation_blockers
from midflight.catalog.model import PLATFORM_SCHEMAS, Catalog, Relation
from midflight.catalog.rewrite import identifiers
from midflight.compatibility.resolve import KEPT_BY_TOOLS
from midflight.inspection.contraction import Contraction, Landed
from midflight.migrations.model import History
from midflight.migrations.next_file import next_file
from midflight.operations.shapes import Routine
from midflight.references.surfaces import SERVER, RunsOn

_ENDINGS = ("_id", "_type", "_digest", "_count")
"""What mappers put behind the name that code writes: associations, `has_secure_password`, counter caches."""
_LIBRARIES = (
    "action_mailbox_ action_text_ active_storage_ ahoy_ auth_ blazer_ delayed_jobs django_ flipper_ good_job oban_"
    " pghero_ que_ solid_cable_ solid_cache_ solid_queue_"
).split()
"""How the tables of libraries begin: the library names them, not the code."""


@dataclass(frozen=True, slots=True)
class Droppable:
    """One object of a database: `column` is empty for a table or routine as a whole."""

    history: History
    catalog: Catalog
    on: Relation | Routine
    column: str = ""

    @property
    def words(self) -> frozenset[str]:
        """The names by which code may use it: `password` stands for `password_digest`, which nobody writes out."""
        name = self.column or self.on.name.name
        stems = {name.removesuffix(ending) for ending in _ENDINGS if self.column and name.endswith(ending)}
        return frozenset({name} | stems - {""})


def droppable(history: History, catalog: Catalog) -> Iterator[Droppable]:
    """Yield what may be dropped at all; what a platform or a library makes is not the project's to drop."""
    for name, relation in catalog.relations.items():
        if relation.is_table and name.schema not in PLATFORM_SCHEMAS and not _of_library(name.name):
            yield Droppable(history, catalog, relation)
            yield from (Droppable(history, catalog, relation, each.name) for each in relation.columns)
    own = (routine for key, routine in catalog.routines.items() if key.name.schema not in PLATFORM_SCHEMAS)
    yield from (Droppable(history, catalog, routine) for routine in own)


def _of_library(table: str) -> bool:
    return table in KEPT_BY_TOOLS or table.startswith(tuple(_LIBRARIES))


def without_parts(found: Sequence[Droppable]) -> list[Droppable]:
    """Leave out the columns of tables that go as a whole."""
    tables = (each for each in found if not each.column and isinstance(each.on, Relation))
    whole = {(each.history.database, each.on.name) for each in tables}
    return [each for each in found if not each.column or (each.history.database, each.on.name) not in whole]


def contraction(each: Droppable, stopped: Landed, keeps: RunsOn, days: int, today: str) -> Contraction:
    """Return what dropping it takes, and the day after which it may be: old builds that `keeps` names prolong that."""
    after = days_before(stopped.day, -max(days, keeps.days))
    what = f"{each.on.name.short} {each.column}".strip()
    file = next_file(each.history, f"drop {what}", max(today, after))
    prolonged = keeps if keeps.days > days else SERVER
    signature = _signature(each.on) if isinstance(each.on, Routine) else ""
    return Contraction(
        each.history.database,
        each.on.name,
        each.column,
        stopped,
        after,
        tuple(dict.fromkeys(_dependents(each))),
        signature,
        file,
        prolonged,
    )


def _signature(routine: Routine) -> str:
    return f"{routine.kind.value} {routine.name}({', '.join(routine.key.types)})"


def _dependents(each: Droppable) -> Iterator[str]:
    """Name what stands in the way, and the routines whose body has its name, which the server does not look into."""
    needed = {each.on.name.name} | ({each.column} if each.column else set())
    match each.on:
        case Routine(name=name):
            for trigger in each.catalog.triggers.values():
                if trigger.function.may_mean(name):
                    yield f"trigger {trigger.name} on table {trigger.table.short}"
        case relation if each.column:
            yield from (what for _, what in column_blockers(each.catalog, relation, each.column))
        case relation:
            yield from (what for _, what in relation_blockers(each.catalog, relation))
    for key, routine in each.catalog.routines.items():
        if routine != each.on and needed <= identifiers(routine.body):
            yield f"function {key.name.short}"


def days_before(day: str, days: int) -> str:
    """Return the day (YYYY-MM-DD) so many days before one."""
    return (date.fromisoformat(day) - timedelta(days=days)).isoformat()
