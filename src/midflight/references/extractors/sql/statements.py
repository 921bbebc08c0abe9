"""Reads parsed statements: the blocks in them, and the routines they call."""

import re

from sqlglot import exp

from midflight.changes.model import NotAnalysed
from midflight.references.builtins import is_builtin
from midflight.references.extractors.sql.blocks import read_block, use_of
from midflight.references.extractors.sql.uses import BLOCKS, Reading, cte_names, folded
from midflight.references.model import HOLE, Api, Extracted, Place, Reference, RoutineReference, SqlText
from midflight.references.placeholders import SLOT
from midflight.references.values import shorten


def unread(query: SqlText, reason: str) -> Extracted:
    """A text that gives no reference, and why."""
    return Extracted(unresolved=(NotAnalysed(query.place.path, query.place.line, reason),))


def read_statements(query: SqlText, statements: list[exp.Expression]) -> Extracted:
    """Give the references of parsed statements."""
    references: list[Reference] = []
    unresolved: list[NotAnalysed] = []
    for statement in statements:
        if isinstance(statement, exp.Command) and query.certain:
            unresolved += unread(query, f"the SQL command {str(statement.this)[:30]} is not read").unresolved
        reading = Reading(query, cte_names(statement))
        for block in statement.find_all(*BLOCKS):
            read_block(reading, block)
        if isinstance(statement, exp.TruncateTable):
            tables = statement.find_all(exp.Table)
            reading.uses += [
                use for table in tables if (use := use_of(reading, table, statement, is_target=True)) is not None
            ]
        read_routines(reading, statement)
        references += [*(use.reference(query) for use in reading.uses), *reading.routines]
        unresolved += reading.unresolved
    return Extracted(tuple(references), tuple(dict.fromkeys(unresolved)))


def read_routines(reading: Reading, statement: exp.Expression) -> None:
    """Note the calls of functions down that neither the parser nor the server knows."""
    for call in statement.find_all(exp.Anonymous):
        name = str(call.this).lower() if isinstance(call.this, str) else folded(call.this)
        parent = call.parent
        qualified = isinstance(parent, exp.Dot) and parent.expression is call
        schema = folded(parent.this) if qualified and isinstance(parent, exp.Dot) else ""
        if isinstance(parent, exp.Table) and parent.args.get("db"):
            schema = folded(parent.args["db"])
        if name and SLOT not in name and not is_builtin(name, schema):
            reading.routines.append(_routine(reading.query, call, name, schema))


def _routine(query: SqlText, call: exp.Anonymous, name: str, schema: str) -> RoutineReference:
    named = [argument for argument in call.expressions if isinstance(argument, exp.Kwarg | exp.PropertyEQ)]
    return RoutineReference(
        Place(query.place.path, query.place.line + _call_line(query.text, name)),
        name,
        Api.SQL,
        schema=schema,
        arguments=tuple(argument.this.name.lower() for argument in named) if named else None,
        count=len(call.expressions) - len(named),
        guard=query.guard,
        text=shorten(query.text.replace(HOLE, "${...}")),
        query=query.text,
    )


def _call_line(text: str, name: str) -> int:
    """How many lines into the text a function is called."""
    found = re.search(rf"\b{re.escape(name)}\"?\s*\(", text, re.IGNORECASE)
    return text.count("\n", 0, found.start()) if found else 0
