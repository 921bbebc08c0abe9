"""The columns that one part of a chain uses, by the table that has them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from midflight.references import sql_texts as sql
from midflight.references.eloquent_models import Model
from midflight.references.mapping import ModelCall
from midflight.references.model import HOLE, Access, Api, ColumnUse, Place, Reference, SqlText, TableReference, Verb
from midflight.references.values import Record, Rows, Text, Value

_COLUMN = re.compile(r"(?:(\w+)\.)?(\w+)(?:->.*|\s+as\s+\w+|\s+(?:asc|desc))?\Z", re.IGNORECASE | re.DOTALL)
_SHAPES = {"selectraw": "SELECT {} FROM {}", "orderbyraw": "SELECT 1 FROM {1} ORDER BY {0}"}


@dataclass(slots=True)
class Part:
    """A table as a chain uses it; `shared` says that a column without a table may be a joined one's.

    `aliased` says that a name may be one of the select list, `hidden` that a table is joined which is not known,
    `queried` that a method asks for something. `pivot` is the table between two others.
    """

    model: Model
    path: str
    line: int
    shared: bool = False
    verb: Verb = Verb.SELECT
    star: bool = False
    chosen: bool = False
    payload: bool = False
    aliased: bool = False
    hidden: bool = False
    pivot: str = ""
    queried: bool = False
    conflict: tuple[str, ...] = ()
    uses: list[ColumnUse] = field(default_factory=list)
    tables: dict[str, tuple[str, str, int]] = field(default_factory=dict)
    joined: dict[str, list[ColumnUse]] = field(default_factory=dict)
    others: list[Reference] = field(default_factory=list)

    def use(self, column: str, at: int, access: Access = Access.READ) -> None:
        """Note a column of the table itself."""
        shared = self.shared and access is Access.READ
        self.uses.append(ColumnUse(column, access, Place(self.path, at), shared))

    def name(self, text: Text, access: Access = Access.READ) -> None:
        """Note a column as a chain names it, `name`, `users.name` or `meta->theme`."""
        found = _COLUMN.match(text.text.strip()) if HOLE not in text.text.partition("->")[0] else None
        if found is None:
            return
        if found[1] in {None, self.model.table}:
            own = self.shared and found[1] is None and access is Access.READ
            self.uses.append(ColumnUse(found[2], access, Place(self.path, text.line), own))
        elif found[1] in self.tables:
            self.joined.setdefault(found[1], []).append(ColumnUse(found[2], Access.READ, Place(self.path, text.line)))

    def references(self, call: ModelCall) -> Iterator[Reference]:
        """Give what was noted, the table of the model first."""
        if self.uses or self.queried or self.verb is not Verb.SELECT:
            yield TableReference(
                Place(self.path, self.line),
                self.model.table,
                self.verb,
                Api.SQL,
                self.model.schema,
                tuple(dict.fromkeys(self.uses)),
                self.star,
                self.payload,
                self.conflict,
                guard=call.guard,
                text=call.text,
            )
        for alias, (schema, table, at) in self.tables.items():
            columns = tuple(dict.fromkeys(self.joined.get(alias, ())))
            place = Place(self.path, at)
            yield TableReference(place, table, Verb.SELECT, Api.SQL, schema, columns, guard=call.guard, text=call.text)
        yield from self.others

    def beside(self, call: ModelCall, model: Model, at: int, columns: list[Text]) -> None:
        """Note the use of a related table."""
        uses = []
        for text in columns:
            found = _COLUMN.match(text.text.strip()) if HOLE not in text.text else None
            if found is not None and found[1] in {None, model.table}:
                uses.append(ColumnUse(found[2], Access.READ, Place(self.path, text.line)))
        self.table(call, (model.schema, model.table), at, uses)

    def table(self, call: ModelCall, named: tuple[str, str], at: int, uses: list[ColumnUse]) -> None:
        """Note the use of another table."""
        reference = TableReference(
            Place(self.path, at),
            named[1],
            Verb.SELECT,
            Api.SQL,
            named[0],
            tuple(dict.fromkeys(uses)),
            guard=call.guard,
            text=call.text,
        )
        self.others.append(reference)


def names_in(value: Value) -> Iterator[Text]:
    """The columns in a string, a list of them, a list of conditions, or the keys of an array."""
    if isinstance(value, Text):
        yield value
    elif isinstance(value, Rows):
        for each in value.items:
            first = each.items[0] if isinstance(each, Rows) and each.items else each
            if isinstance(first, Text):
                yield first
    elif isinstance(value, Record):
        for key, inner in value.entries:
            if key.name:
                yield Text(key.name, key.line)
            else:
                yield from names_in(inner)


def records_in(value: Value) -> list[Record]:
    """The rows in a value."""
    found = value.items if isinstance(value, Rows) else (value,)
    return [each for each in found if isinstance(each, Record)]


def fragment(call: ModelCall, part: Part, kind: str, text: Text) -> tuple[list[Reference], str]:
    """A piece of SQL as part of a query on the table; beside joins nothing says whose its columns are."""
    plain = re.sub(r"(?<![:\w]):[a-z_]\w*|\?", "NULL", text.text)
    if part.shared or part.hidden or HOLE in plain:
        return [], "a condition in SQL beside joins, or put together by PHP"
    if re.search(r'"(?!\w+")[^"]*"', plain):
        return [], "a condition in SQL of another server"  # where double quotes hold strings
    table = ".".join(f'"{name}"' for name in (part.model.schema, part.model.table) if name)
    shape = _SHAPES.get(kind, "SELECT 1 FROM {1} WHERE ({0})")
    query = SqlText(Place(part.path, text.line), shape.format(plain, table), call.guard)
    return list(sql.read(query).references), ""
