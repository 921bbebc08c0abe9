"""What the migrations read so far have made: the names that Rails looks up in the database when it removes things."""

from dataclasses import dataclass, field, replace
from hashlib import sha256

from midflight.migrations.formats.rails.model import UnreadableError

LONGEST = 62
"""Bytes of an index name that Rails gives itself (max_index_name_size)."""

_SHORT_SINCE = (7, 1)


@dataclass(frozen=True, slots=True)
class Made:
    """An index, a foreign key or a check: its name, what it is over, and the table a foreign key points to."""

    name: str
    over: tuple[str, ...]
    to: str = ""


@dataclass(slots=True)
class Known:
    """Indexes and constraints by table, in the order in which they were made."""

    indexes: dict[str, list[Made]] = field(default_factory=dict)
    constraints: dict[str, list[Made]] = field(default_factory=dict)

    def copy(self) -> "Known":
        """The same, to be changed on its own."""
        return Known(
            {table: list(made) for table, made in self.indexes.items()},
            {table: list(made) for table, made in self.constraints.items()},
        )

    def drop_table(self, table: str) -> None:
        """Forget a table."""
        self.indexes.pop(table, None)
        self.constraints.pop(table, None)

    def rename_table(self, table: str, to: str) -> list[tuple[str, str]]:
        """Move a table; give the indexes that Rails renames with it, since their names are its own."""
        self.constraints[to] = self.constraints.pop(table, [])
        for constraints in self.constraints.values():
            constraints[:] = [replace(one, to=to) if one.to == table else one for one in constraints]
        renamed: list[tuple[str, str]] = []
        moved: list[Made] = []
        for one in self.indexes.pop(table, []):
            own = one.name == index_name(table, one.over)
            name = index_name(to, one.over) if own else one.name
            renamed += [(one.name, name)] if own else []
            moved.append(replace(one, name=name))
        self.indexes[to] = moved
        return renamed

    def rename_column(self, table: str, column: str, to: str) -> list[tuple[str, str]]:
        """Rename a column where indexes and constraints name it; give the indexes that Rails renames with it."""
        renamed: list[tuple[str, str]] = []
        kept: list[Made] = []
        for one in self.indexes.get(table, []):
            over = tuple(to if each == column else each for each in one.over)
            own = over != one.over and one.name == index_name(table, one.over)
            name = index_name(table, over) if own else one.name
            renamed += [(one.name, name)] if own else []
            kept.append(replace(one, name=name, over=over))
        self.indexes[table] = kept
        self.constraints[table] = [
            replace(one, over=tuple(to if each == column else each for each in one.over))
            for one in self.constraints.get(table, [])
        ]
        return renamed

    def drop_column(self, table: str, column: str) -> None:
        """Forget what PostgreSQL drops with a column."""
        for made in (self.indexes, self.constraints):
            made[table] = [one for one in made.get(table, []) if column not in one.over]

    def index(self, table: str, name: str, over: tuple[str, ...]) -> None:
        """Note an index."""
        self.indexes.setdefault(table, []).append(Made(name, over))

    def constraint(self, table: str, made: Made) -> None:
        """Note a constraint."""
        self.constraints.setdefault(table, []).append(made)

    def take_index(self, table: str, name: str, over: tuple[str, ...]) -> str:
        """Forget an index and give its name: the one that is over these columns, else the one Rails would give."""
        found = [one for one in self.indexes.get(table, []) if (one.name == name if name else one.over == over)]
        for one in found[:1]:
            self.indexes[table].remove(one)
        if name or found:
            return name or found[0].name
        if not over:
            raise UnreadableError("remove_index names neither columns nor a name")
        return index_name(table, over)

    def take_constraint(self, table: str, *, name: str = "", over: tuple[str, ...] = (), to: str = "") -> str:
        """Forget a constraint and give its name; empty where none is known by what is given."""
        for one in self.constraints.get(table, []):
            alike = (not over or one.over == over) and (not to or one.to == to)
            if one.name == name or (alike and not name):
                self.constraints[table].remove(one)
                return one.name
        return name


def index_name(table: str, over: tuple[str, ...], version: tuple[int, int] = _SHORT_SINCE) -> str:
    """The name that Rails gives an index (ActiveRecord's `index_name`, shortened from 7.1)."""
    table = table.rpartition(".")[2] if "." in table else table
    name = f"index_{table}_on_{'_and_'.join(over)}"
    if len(name.encode()) <= LONGEST or version < _SHORT_SINCE:
        return name
    short = f"idx_on_{'_'.join(over)}".encode()[: LONGEST - 11].decode("utf-8", "ignore")
    return f"{short}_{digest(name)}"


def digest(text: str) -> str:
    """The ten digits by which Rails tells names apart."""
    return sha256(text.encode()).hexdigest()[:10]
