"""Migrations checked alone: no code, no second revision, no server."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from midflight.catalog.cost_model import Cost
from midflight.changes.model import Blobs, NotAnalysed, Tree
from midflight.changes.read import text_at
from midflight.inspection.costs import step_costs
from midflight.inspection.finding import Finding
from midflight.inspection.lint import Server, lint_contexts, single_script
from midflight.inspection.model import Context
from midflight.inspection.run import Policy, inspect
from midflight.migrations.find import find_histories
from midflight.migrations.model import DatabaseOptions, History
from midflight.operations.model import Opaque, Statement
from midflight.rules import load_rules


@dataclass(frozen=True, slots=True)
class LintOptions:
    """Where histories are, what is known of the server, and what the team decided."""

    databases: tuple[DatabaseOptions, ...] = ()
    server: Server = field(default_factory=Server)
    policy: Policy = field(default_factory=lambda: Policy({}))


@dataclass(frozen=True, slots=True)
class Linted:
    """The findings in the wanted files, and what was read of them."""

    findings: tuple[Finding, ...]
    contexts: tuple[Context, ...]
    files: int
    not_analysed: tuple[NotAnalysed, ...]

    @property
    def statements(self) -> dict[Statement, list[Cost]]:
        """Each statement of the wanted files with the costs of its steps, in order."""
        found: dict[Statement, list[Cost]] = {}
        for context in self.contexts:
            for step, cost in zip(context.steps, step_costs(context), strict=True):
                found.setdefault(step.operation.statement, []).append(cost)
        return found


def lint(tree: Tree, blobs: Blobs, wanted: Sequence[str], options: LintOptions, *, alone: bool = False) -> Linted:
    """Judge each wanted file on the schema that the migrations before it leave.

    A file that belongs to no history, and with `alone` every file, is judged on a database of which nothing is known.
    """
    histories = () if alone else find_histories(tree, blobs, options.databases)
    contexts = tuple(_contexts(histories, tree, blobs, wanted, options.server))
    unread = tuple(_not_analysed(contexts, histories, tree, blobs, wanted=frozenset(wanted)))
    return Linted(inspect(contexts, load_rules(), options.policy), contexts, len(wanted), unread)


def contexts_of(
    tree: Tree, blobs: Blobs, wanted: Sequence[str], databases: tuple[DatabaseOptions, ...], server: Server
) -> Iterator[Context]:
    """Yield one context for each wanted migration, on the schema that those before it leave."""
    return _contexts(find_histories(tree, blobs, databases), tree, blobs, wanted, server)


def _contexts(
    histories: Sequence[History], tree: Tree, blobs: Blobs, wanted: Sequence[str], server: Server
) -> Iterator[Context]:
    within = {path for history in histories for path in _paths(history)}
    single = [path for path in wanted if path not in within]
    files = frozenset(wanted)
    for history in (*histories, *_single(tree, blobs, single)):
        yield from lint_contexts(history, files, server)


def _paths(history: History) -> Iterator[str]:
    for migration in history.migrations:
        yield migration.path
        yield migration.up.path
        if migration.down:
            yield migration.down.path
    yield from (item.path for item in (*history.not_analysed, *history.skipped))


def _single(tree: Tree, blobs: Blobs, paths: Sequence[str]) -> Iterator[History]:
    for path in paths:
        text = text_at(tree, path, blobs)
        if text is not None:
            yield single_script(path, text)


def _not_analysed(
    contexts: Sequence[Context], histories: Sequence[History], tree: Tree, blobs: Blobs, *, wanted: Collection[str]
) -> Iterator[NotAnalysed]:
    for context in contexts:
        for step in context.steps:
            if isinstance(step.operation, Opaque):
                statement = step.operation.statement
                yield NotAnalysed(statement.path, statement.line, step.operation.reason)
    known: set[str] = set()
    for history in histories:
        known.update(_paths(history))
        yield from (item for item in (*history.not_analysed, *history.skipped) if item.path in wanted)
    for path in wanted:
        if path not in known and text_at(tree, path, blobs) is None:
            yield NotAnalysed(path, 1, "not a text file of a readable size")
