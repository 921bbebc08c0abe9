"""What a query reads: relations, columns, routines; and the names of its result columns.

Trees are never deep here, because the decoder refuses more than 100 levels: recursion is bounded by it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from midflight.operations.dialects.postgres.labels import column_label
from midflight.operations.dialects.postgres.names import list_name, relation_name
from midflight.operations.dialects.postgres.tree import Node, kind, message_type, strings, walk
from midflight.operations.shapes import Name

_WRITING = frozenset({"InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"})
_SELECT_FIELDS = frozenset({"with_clause", "larg", "rarg", "into_clause"})
_ALIASED_FIELDS = frozenset({"sort_clause", "group_clause"})
_SELECTS = frozenset({"SelectStmt", *_WRITING})


def relations(roots: Iterable[Node]) -> tuple[Name, ...]:
    """Return the relations that trees read, in order; names of WITH queries and targets of writes are left out."""
    found: dict[Name, None] = {}
    ctes: set[str] = set()
    targets: set[int] = set()
    for root in roots:
        for node in walk(root, columns=False):
            match message_type(node):
                case "RangeVar" if node.location not in targets:
                    found[relation_name(node)] = None
                case "CommonTableExpr":
                    ctes.add(node.ctename)
                case name if name in _WRITING:
                    targets.add(node.relation.location)
    return tuple(name for name in found if name.schema or name.name not in ctes)


def calls(root: Node) -> tuple[Name, ...]:
    """Return the routines that a tree calls, without those that the grammar itself puts in (pg_catalog)."""
    names = (list_name(node.funcname) for node in walk(root, columns=False) if message_type(node) == "FuncCall")
    return tuple(dict.fromkeys(name for name in names if name.schema != "pg_catalog"))


# --- result columns -------------------------------------------------------------------------------------------------


def output_names(select: Node) -> tuple[str, ...]:
    """Return a SelectStmt's result columns as the server names them; "*" for each star."""
    while select.HasField("larg"):
        select = select.larg
    if select.values_lists:
        return tuple(f"column{n + 1}" for n in range(len(select.values_lists[0].list.items)))
    targets = (wrapper.res_target for wrapper in select.target_list)
    return tuple(target.name or column_label(target.val) for target in targets)


# --- columns that are read ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Scope:
    """What one FROM clause offers: alias to relation, None for what is not a relation of the schema."""

    sources: dict[str, Name | None]

    @property
    def only(self) -> Name | None:
        """The relation, if there is nothing else in the scope."""
        return next(iter(self.sources.values())) if len(self.sources) == 1 else None


def column_reads(select: Node) -> tuple[tuple[Name, str], ...]:
    """Return (relation, column) for each column that the text of a query ties to one relation; "*" for stars."""
    return tuple(dict.fromkeys(_reads(select, (), frozenset())))


def _reads(select: Node, outer: tuple[_Scope, ...], ctes: frozenset[str]) -> Iterator[tuple[Name, str]]:
    for wrapper in select.with_clause.ctes:
        ctes |= {wrapper.common_table_expr.ctename}
    for wrapper in select.with_clause.ctes:
        if kind(wrapper.common_table_expr.ctequery) == "select_stmt":
            yield from _reads(wrapper.common_table_expr.ctequery.select_stmt, outer, ctes)
    if select.HasField("larg"):
        yield from _reads(select.larg, outer, ctes)
        yield from _reads(select.rarg, outer, ctes)
        return
    scope = _scope(select.from_clause, ctes)
    aliases = frozenset(output_names(select))
    for field, node in _expressions(select):
        if message_type(node) == "ColumnRef":
            parts = strings(node.fields)
            if field not in _ALIASED_FIELDS or len(parts) > 1 or parts[0] not in aliases:
                yield from _resolved(parts, (scope, *outer))
        elif message_type(node) == "SelectStmt":
            # a query in FROM sees the tables beside it only when it is LATERAL; then too an alias decides
            yield from _reads(node, outer if field == "from_clause" else (scope, *outer), ctes)


def _scope(clause: Iterable[Node], ctes: frozenset[str]) -> _Scope:
    sources: dict[str, Name | None] = {}
    for item in clause:
        for node in _shallow(item):
            match message_type(node):
                case "RangeVar":
                    name = relation_name(node)
                    known = None if not name.schema and name.name in ctes else name
                    sources[node.alias.aliasname or name.name] = known
                case "RangeSubselect" | "RangeFunction" | "JoinExpr" | "RangeTableFunc" | "JsonTable":
                    if node.HasField("alias"):
                        sources[node.alias.aliasname] = None
                    elif message_type(node) != "JoinExpr":
                        sources[f"?{len(sources)}"] = None
    return _Scope(sources)


def _resolved(parts: tuple[str, ...], scopes: tuple[_Scope, ...]) -> Iterator[tuple[Name, str]]:
    column = parts[-1]
    if len(parts) > 2:
        yield Name(parts[-2], parts[-3]), column
    elif len(parts) == 2:
        source = next((s.sources[parts[0]] for s in scopes if parts[0] in s.sources), None)
        if source is not None:
            yield source, column
    elif column == "*":
        yield from ((source, "*") for source in scopes[0].sources.values() if source is not None)
    elif column in scopes[0].sources:  # a whole row, as in row_to_json(t)
        source = scopes[0].sources[column]
        yield from ((source, "*"),) if source is not None else ()
    elif len(scopes) == 1 and scopes[0].only is not None:
        yield scopes[0].only, column


def _expressions(select: Node) -> Iterator[tuple[str, Node]]:
    """The column references and queries directly in a SelectStmt, with the clause each stands in."""
    for field, value in select.ListFields():
        if field.message_type is None or field.name in _SELECT_FIELDS:
            continue
        clause = field.name
        for wrapper in value if field.is_repeated else (value,):
            if clause == "target_list" and kind(wrapper.res_target.val) == "column_ref":
                yield clause, wrapper.res_target.val.column_ref  # nine of ten, and nothing else is in them
                continue
            for node in _shallow(wrapper):
                if message_type(node) in {"ColumnRef", "SelectStmt"}:
                    yield clause, node


def _shallow(root: Node) -> Iterator[Node]:
    """The messages of a tree; a query in it is given but not entered."""
    return walk(root, stop=_SELECTS)
