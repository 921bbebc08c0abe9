"""Reads one block of a statement (SELECT, INSERT, ...): its relations, and the columns that belong to them."""

from collections.abc import Iterator, Mapping

from sqlglot import exp

from midflight.changes.model import NotAnalysed
from midflight.references.extractors.sql.targets import read_target
from midflight.references.extractors.sql.uses import Reading, Use, block_of, folded, is_correlated, line_of, tables_of
from midflight.references.model import Access, Verb
from midflight.references.placeholders import SLOT

_VERBS: dict[type[exp.Expression], Verb] = {
    exp.Select: Verb.SELECT,
    exp.Insert: Verb.INSERT,
    exp.Update: Verb.UPDATE,
    exp.Delete: Verb.DELETE,
    exp.TruncateTable: Verb.DELETE,
}


def read_block(reading: Reading, block: exp.Expression) -> None:
    """Note the relations and columns of one block down; blocks around it were read before."""
    scope: dict[str, Use | None] = {}
    reading.scopes[id(block)] = scope
    if isinstance(block.parent, exp.When):  # the actions of MERGE name columns of its target
        return
    target = _target(block)
    for table in tables_of(block):
        use = use_of(reading, table, block, is_target=table is target)
        alias = table.args.get("alias")
        names = [folded(alias.this)] if alias is not None and alias.this is not None else []
        scope[(names or [table.name.lower()])[0]] = use
        if use is not None:
            reading.uses.append(use)
    for derived in _derived(block):
        scope.setdefault(derived.lower(), None)
    first = next(iter(scope.values()), None) if target is not None else None
    if first is not None:
        read_target(reading, block, first)
    _read_columns(reading, block, first)


def _target(block: exp.Expression) -> exp.Expression | None:
    """The relation that a writing statement writes to."""
    if isinstance(block, exp.Select):
        return None
    this = block.this
    return this.this if isinstance(this, exp.Schema) else this if isinstance(this, exp.Table) else None


def _derived(block: exp.Expression) -> Iterator[str]:
    """The aliases of sub-queries and table functions in FROM."""
    for source in [block.args.get("from_"), *(block.args.get("joins") or ()), *(block.args.get("laterals") or ())]:
        if isinstance(source, exp.Expression):
            for node in source.find_all(exp.Subquery, exp.Lateral, exp.Unnest, exp.Values):
                if isinstance(node, exp.Expression) and block_of(node) is block:
                    yield node.alias or f"?{id(node)}"


def use_of(reading: Reading, table: exp.Table, block: exp.Expression, *, is_target: bool) -> Use | None:
    """The use of a relation; None for relations of the query itself or the server, functions, and names put in."""
    query = reading.query
    if not isinstance(table.this, exp.Identifier):
        return None
    name = folded(table.this)
    schema = folded(table.args["db"]) if table.args.get("db") else ""
    if SLOT in name or SLOT in schema:
        what = "table" if SLOT in name else "schema"
        reading.unresolved.append(
            NotAnalysed(query.place.path, line_of(table.this, query), f"{what} name is put in by the code")
        )
        return None
    if _is_catalog(name, schema) or (not schema and name in reading.ctes and not _defines(table, name)):
        return None
    verb = _VERBS.get(type(block), Verb.UPDATE)
    return Use(name, schema, verb if is_target else Verb.SELECT, line_of(table.this, query))


def _is_catalog(name: str, schema: str) -> bool:
    """Whether a relation is the server's own."""
    return schema in {"pg_catalog", "information_schema"} or (not schema and name.startswith(("pg_", "sqlite_")))


def _defines(table: exp.Table, name: str) -> bool:
    """Whether a table stands inside the definition of the common table expression of its own name."""
    cte = table.find_ancestor(exp.CTE)
    while cte is not None:
        outer = cte.find_ancestor(exp.With)
        if cte.alias.lower() == name and not (outer is not None and outer.args.get("recursive")):
            return True
        cte = cte.find_ancestor(exp.CTE)
    return False


def _written(column: exp.Column) -> bool:
    """Whether a column stands where it is assigned to."""
    parent = column.parent
    if isinstance(parent, exp.Tuple | exp.Paren):
        column_or_row: exp.Expression = parent
        parent = parent.parent
    else:
        column_or_row = column
    places = (exp.Update, exp.OnConflict)
    return isinstance(parent, exp.EQ) and parent.this is column_or_row and isinstance(parent.parent, places)


def _read_columns(reading: Reading, block: exp.Expression, target: Use | None) -> None:
    aliases = {item.alias.lower() for item in getattr(block, "expressions", ()) if isinstance(item, exp.Alias)}
    relations = reading.scopes[id(block)]
    if isinstance(block, exp.Select) and any(isinstance(item, exp.Star) for item in block.expressions):
        for use in relations.values():
            if use is not None:
                use.star = True
    _read_using(reading, block)
    inner = isinstance(block, exp.Select) and is_correlated(block)
    for column in block.find_all(exp.Column):
        if block_of(column) is not block or _written(column):
            continue
        use = _owner(reading, block, column, target)
        if use is None:
            continue
        if isinstance(column.this, exp.Star):
            use.star = True
        elif column.table or not _means_more(column, aliases, relations):
            use.add(column.this, Access.READ, reading.query, shared=inner and not column.table)


def _means_more(column: exp.Column, aliases: set[str], relations: Mapping[str, Use | None]) -> bool:
    """Whether an unqualified name is a whole row, or an output column in ORDER BY and GROUP BY."""
    name = folded(column)
    return name in relations or (name in aliases and column.find_ancestor(exp.Order, exp.Group) is not None)


def _read_using(reading: Reading, block: exp.Expression) -> None:
    """`a JOIN b USING (id)` reads the column of both."""
    relations = list(reading.scopes[id(block)].values())
    for join in block.args.get("joins") or ():
        for name in join.args.get("using") or ():
            for use in relations if len(relations) == 2 and isinstance(name, exp.Identifier) else ():
                if use is not None:
                    use.add(name, Access.READ, reading.query)


def _owner(reading: Reading, block: exp.Expression, column: exp.Column, target: Use | None) -> Use | None:
    """The relation a column belongs to: by its qualifier, or the only one there is."""
    qualifier = column.table.lower()
    if not qualifier:
        relations = reading.scopes[id(block)]
        if column.find_ancestor(exp.OnConflict, exp.Returning) and not isinstance(block, exp.Select):
            return target
        return next(iter(relations.values())) if len(relations) == 1 else None
    if qualifier == "excluded" and target is not None:
        return target
    outer: exp.Expression | None = block
    while outer is not None:
        relations = reading.scopes.get(id(outer), {})
        if qualifier in relations:
            return relations[qualifier]
        outer = block_of(outer)
    return None
