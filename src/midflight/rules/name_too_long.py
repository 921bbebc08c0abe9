"""The server cuts a name at 63 bytes, and two names can become one."""

import re
from collections.abc import Iterator
from functools import lru_cache

from midflight.catalog.naming import MAX_BYTES
from midflight.inspection.earlier import of_kinds
from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context, Example, Rule
from midflight.migrations.wording import words
from midflight.operations import model as op
from midflight.references.model import Place

_HISTORY = "CREATE TABLE projects (id bigint PRIMARY KEY, title text, state text);"
_CUT = "projects_that_are_listed_on_the_first_page_of_our_website_order"
_LONG, _LONG_TOO = f"{_CUT}_by_title", f"{_CUT}_by_state"

rule = Rule(
    id="name-too-long",
    level=Level.WARNING,
    summary="A name of more than 63 bytes, which the server cuts",
    why=(
        'PostgreSQL cuts a longer name with a notice and no error (PostgreSQL documentation, "Identifiers and Key'
        ' Words"). Tools and code that compare names find another one than the migration says; where another object has'
        " the cut name already, IF NOT EXISTS makes nothing and OR REPLACE replaces that object. Nothing is lost."
    ),
    instead=("Expand: choose a name of 63 bytes at most.",),
    bad=(
        Example(
            "A constraint's name",
            schema=_HISTORY,
            migrations=(f"ALTER TABLE projects ADD CONSTRAINT {_LONG} CHECK (title <> '') NOT VALID;",),
            says="63 bytes",
        ),
        Example(
            "Two names that are one after the cut",
            schema=f"{_HISTORY} CREATE INDEX {_LONG} ON projects (title);",
            migrations=(f"CREATE INDEX IF NOT EXISTS {_LONG_TOO} ON projects (state);",),
            says="cut to the same name",
        ),
    ),
    good=(
        Example(
            "A name of 63 bytes",
            schema=_HISTORY,
            migrations=(f"ALTER TABLE projects ADD COLUMN {_CUT} text;",),
        ),
        Example(
            "A long text is no name",
            schema=_HISTORY,
            migrations=(f"ALTER TABLE projects ADD COLUMN kind text DEFAULT '{_LONG}';",),
        ),
    ),
    recipe_differs="the name is the author's choice",
    hazards=("identifier-too-long",),
)

_NAMING = (
    op.CreateTable
    | op.AddColumn
    | op.AddConstraint
    | op.CreateIndex
    | op.CreateView
    | op.CreateRoutine
    | op.CreateTrigger
    | op.CreatePolicy
    | op.CreateType
    | op.CreateSequence
    | op.CreateSchema
    | op.RenameTable
    | op.RenameColumn
    | op.RenameConstraint
    | op.RenameIndex
    | op.RenameRoutine
    | op.RenameType
)


_MAYBE = re.compile(rf"\w{{{MAX_BYTES + 1}}}|\"[^\"]{{{MAX_BYTES + 1}}}|[^\x00-\x7f]")
"""What a text with a too long name has at least; most texts need no closer look."""


@rule.on_whole
def names_are_cut(context: Context) -> Iterator[Finding]:
    """Report each too long name where the change set first gives it."""
    kinds = {type(step.operation) for step in context.steps if _long(step.operation)}
    if not kinds:
        return
    told = {(type(operation), name) for operation in of_kinds(context.history, *kinds) for name in _long(operation)}
    for step in context.steps:
        operation = step.operation
        for name in _long(operation) if isinstance(operation, _NAMING) and not step.problems else ():
            if (type(operation), name) not in told:
                told.add((type(operation), name))
                yield _finding(name, _same(name, operation, told), operation)


def _long(operation: op.Operation) -> tuple[str, ...]:
    """The too long names in the operation's statement, as the server folds them but uncut."""
    return _long_in(operation.statement.text)


@lru_cache(maxsize=4096)  # a history is looked through again for each new migration
def _long_in(text: str) -> tuple[str, ...]:
    if not _MAYBE.search(text):
        return ()
    found = (word for word in words(text) if word[0] == '"' or word[0].isalpha() or word[0] == "_")
    names = (word[1:-1].replace('""', '"') if word[0] == '"' else word for word in found if "'" not in word)
    return tuple(dict.fromkeys(name for name in names if len(name.encode()) > MAX_BYTES))


def _cut(name: str) -> str:
    return name.encode()[:MAX_BYTES].decode(errors="ignore")


def _same(name: str, operation: op.Operation, told: set[tuple[type[op.Operation], str]]) -> str:
    """Another name of such an object that the server cuts to the same, empty without one."""
    return next((n for kind, n in told if kind is type(operation) and n != name and _cut(n) == _cut(name)), "")


def _finding(name: str, same: str, operation: op.Operation) -> Finding:
    statement = operation.statement
    what = (
        f"`{name}` and `{same}` are cut to the same name, `{_cut(name)}`, so the second one is not made as written"
        if same
        else f"`{name}` is longer than 63 bytes, so the server cuts it to `{_cut(name)}` as it is applied"
    )
    return Finding(
        rule=rule.id,
        level=Level.ERROR if same else rule.level,
        confidence=Confidence.HIGH,
        message=f"{what}. Instead, choose a name of 63 bytes at most.",
        place=Place(statement.path, statement.line),
        object=_cut(name),
        statement=statement,
        recipe=(RecipeStep(Phase.EXPAND, "Choose a name of 63 bytes at most."),),
        phase=Phase.EXPAND,
    )
