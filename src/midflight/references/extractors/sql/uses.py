"""One relation as one block of a statement uses it, and what surrounds it."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlglot import exp

from midflight.changes.model import NotAnalysed
from midflight.references.model import (
    HOLE,
    Access,
    Api,
    ColumnUse,
    Place,
    RoutineReference,
    SqlText,
    TableReference,
    Verb,
)
from midflight.references.placeholders import SLOT
from midflight.references.values import shorten

# columns that every table has (PostgreSQL documentation, "System Columns")
SYSTEM_COLUMNS = frozenset({"ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"})

BLOCKS = (exp.Select, exp.Insert, exp.Update, exp.Delete, exp.Merge)


@dataclass(slots=True)
class Use:
    """One relation as one block of a statement uses it."""

    table: str
    schema: str
    verb: Verb
    line: int
    columns: list[ColumnUse] = field(default_factory=list)
    star: bool = False
    payload: bool = False
    conflict: tuple[str, ...] = ()
    conflict_name: str = ""
    conflict_partial: bool = False

    def add(self, identifier: exp.Expression, access: Access, query: SqlText, *, shared: bool = False) -> None:
        """Note a column down, unless the program puts its name in; `shared` where it may be another table's."""
        name = folded(identifier)
        if name and SLOT not in name and name not in SYSTEM_COLUMNS:
            place = Place(query.place.path, line_of(identifier, query))
            self.columns.append(ColumnUse(name, access, place, shared))

    def reference(self, query: SqlText) -> TableReference:
        """The reference that this use comes to."""
        return TableReference(
            Place(query.place.path, self.line),
            self.table,
            self.verb,
            Api.SQL,
            schema=self.schema,
            columns=tuple(dict.fromkeys(self.columns)),
            star=self.star,
            payload=self.payload,
            conflict=self.conflict,
            conflict_name=self.conflict_name,
            conflict_partial=self.conflict_partial,
            guard=query.guard,
            text=shorten(query.text.replace(HOLE, "${...}")),
            query=query.text,
        )


@dataclass(slots=True)
class Reading:
    """What was read of one statement; `scopes` are each block's relations by alias, None for derived ones."""

    query: SqlText
    ctes: frozenset[str]
    uses: list[Use] = field(default_factory=list)
    routines: list[RoutineReference] = field(default_factory=list)
    unresolved: list[NotAnalysed] = field(default_factory=list)
    scopes: dict[int, dict[str, Use | None]] = field(default_factory=dict)


def folded(node: exp.Expression) -> str:
    """An identifier as PostgreSQL folds it: in lower case unless it is quoted."""
    identifier = node.this if isinstance(node, exp.Column) else node
    if not isinstance(identifier, exp.Identifier):
        return ""
    return identifier.name if identifier.args.get("quoted") else identifier.name.lower()


def line_of(node: exp.Expression, query: SqlText) -> int:
    """The line of the source file that a node stands on."""
    identifier = node if isinstance(node, exp.Identifier) else node.find(exp.Identifier)
    line = identifier.meta.get("line", 1) if identifier is not None else 1
    return query.place.line + int(line) - 1


def cte_names(statement: exp.Expression) -> frozenset[str]:
    """The names of the common table expressions of a statement."""
    return frozenset(cte.alias.lower() for cte in statement.find_all(exp.CTE))


def block_of(node: exp.Expression) -> exp.Expression | None:
    """The nearest block around a node."""
    return node.find_ancestor(*BLOCKS)


def is_correlated(block: exp.Expression) -> bool:
    """Whether a name without a table may be of a query around this one: not in FROM and WITH, which see none of it."""
    node: exp.Expr = block
    hidden = False
    while (around := node.parent) is not None:
        if isinstance(around, BLOCKS):
            if not hidden and not isinstance(around, exp.Insert):
                return True
            hidden = False
        else:
            joined = isinstance(around, exp.Join) and node is around.this
            hidden = hidden or joined or isinstance(around, exp.From | exp.CTE)
        node = around
    return False


def tables_of(block: exp.Expression) -> Iterator[exp.Table]:
    """The relations that a block itself names, not those of blocks inside it."""
    sources: list[object] = [] if isinstance(block, exp.Select) else [block.this, *_listed(block.args.get("using"))]
    sources += [block.args.get("from_"), *(block.args.get("joins") or ())]
    for source in sources:
        if not isinstance(source, exp.Expression):
            continue
        for table in source.find_all(exp.Table):
            nearest = block_of(table)
            if nearest is block or (isinstance(source, exp.Table) and table is source):
                yield table


def _listed(value: object) -> list[object]:
    return list(value) if isinstance(value, list) else [value]
