"""What INSERT, UPDATE and MERGE write to the relation they name."""

from sqlglot import exp

from midflight.references.extractors.sql.uses import Reading, Use, folded
from midflight.references.model import Access, SqlText, Verb
from midflight.references.placeholders import SLOT


def is_star(node: exp.Expression) -> bool:
    """Whether a node is `*` or `t.*`."""
    return isinstance(node, exp.Star) or (isinstance(node, exp.Column) and isinstance(node.this, exp.Star))


def read_target(reading: Reading, block: exp.Expression, use: Use) -> None:
    """Add to the target's use what the block writes, and what RETURNING gives back."""
    query = reading.query
    if isinstance(block, exp.Insert):
        names = block.this.expressions if isinstance(block.this, exp.Schema) else []
        for name in names:
            use.add(name, Access.WRITE, query)
        use.payload = bool(names) and all(SLOT not in name.name for name in names)
        _read_conflict(block, use, query)
    elif isinstance(block, exp.Update):
        for assigned in block.expressions:
            for column in assigned_columns(assigned):
                use.add(column, Access.WRITE, query)
        use.payload = all(
            SLOT not in column.name for assigned in block.expressions for column in assigned_columns(assigned)
        )
    returning = block.args.get("returning")
    if returning is not None:
        use.star = use.star or any(is_star(item) for item in returning.expressions)


def assigned_columns(node: exp.Expression) -> list[exp.Expression]:
    """The columns on the left of `a = 1` or `(a, b) = (1, 2)`."""
    left = node.this if isinstance(node, exp.EQ) else node
    items = left.expressions if isinstance(left, exp.Tuple) else [left.this if isinstance(left, exp.Paren) else left]
    return [item for item in items if isinstance(item, exp.Column)]


def _read_conflict(block: exp.Insert, use: Use, query: SqlText) -> None:
    conflict = block.args.get("conflict")
    if conflict is None:
        return
    keys = [_plain(key) for key in conflict.args.get("conflict_keys") or ()]
    if all(keys):  # an expression among them is served by an index of the same expression
        use.conflict = tuple(name for name in keys if SLOT not in name)
    use.conflict_partial = conflict.args.get("index_predicate") is not None
    constraint = conflict.args.get("constraint")
    named = folded(constraint) if isinstance(constraint, exp.Identifier) else ""
    use.conflict_name = "" if SLOT in named else named
    if conflict.expressions:
        use.verb = Verb.UPSERT
    for assigned in conflict.expressions:
        for column in assigned_columns(assigned):
            use.add(column, Access.WRITE, query)


def _plain(key: exp.Expression) -> str:
    """The column that one key of a conflict's target is, "" for an expression."""
    inner = key.this if isinstance(key, exp.Ordered) else key
    return folded(inner) if isinstance(inner, exp.Column | exp.Identifier) else ""
