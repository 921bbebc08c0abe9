"""An index goes on which queries or the refusal of duplicates rest."""

import re
from collections.abc import Iterator, Sequence

from midflight.catalog.cost_model import Cost
from midflight.catalog.fold_indexes import find_index
from midflight.catalog.model import Step
from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context, Example, Rule
from midflight.inspection.usage import lines, table_uses, writers
from midflight.inspection.wording import breaks_at, listed
from midflight.operations.model import DropIndex
from midflight.operations.shapes import Index
from midflight.references.model import Place, TableReference, Verb

_HISTORY = (
    "CREATE TABLE projects (id bigint PRIMARY KEY, title text, state text);"
    " CREATE INDEX projects_title ON projects (title);"
    " CREATE UNIQUE INDEX projects_state ON projects (state);"
)
_SEARCH = {"web/find.ts": "await db.from('projects').select('id').eq('title', wanted);\n"}
_LIST = {"web/list.ts": "await db.from('projects').select('id, title').eq('id', wanted);\n"}
_ADD = {"web/add.ts": "await db.from('projects').insert({ id: 1, state: 'new' });\n"}
_SORTED = {"web/sorted.ts": "await db.query('SELECT id FROM projects ORDER BY title');\n"}
_USES = frozenset({Verb.SELECT, Verb.WATCH, Verb.UPDATE, Verb.DELETE})

rule = Rule(
    id="drop-index",
    level=Level.WARNING,
    summary="Dropping an index that old code still relies on",
    why=(
        "Queries that filter or sort by the index's columns read the whole table from then on, and after a unique index"
        " is gone old code writes duplicates without an error: making it again fails on them (23505). DROP INDEX takes"
        " ACCESS EXCLUSIVE on the table for a moment, DROP INDEX CONCURRENTLY lets everybody work on (PostgreSQL"
        " documentation, DROP INDEX; measured on 12 to 18)."
    ),
    instead=(
        "Rollout: deploy code that does without the index, and see in `pg_stat_user_indexes` that nothing scans it.",
        "Contract: drop it with CONCURRENTLY in a later pull request, outside a transaction.",
    ),
    bad=(
        Example(
            "Old code filters on its column",
            schema=_HISTORY,
            migrations=("DROP INDEX projects_title;",),
            base=_SEARCH,
            head={},
            says="`web/find.ts:1`",
        ),
        Example(
            "A unique index on a column that old code writes",
            schema=_HISTORY,
            migrations=("DROP INDEX CONCURRENTLY projects_state;",),
            base=_ADD,
            head=_ADD,
            transactions=False,
            says="duplicates",
        ),
        Example(
            "SQL sorts by it",
            schema=_HISTORY,
            migrations=("DROP INDEX projects_title;",),
            base=_SORTED,
            head=_SORTED,
            says="`web/sorted.ts:1`",
        ),
    ),
    good=(
        Example(
            "Old code only shows the column",
            schema=_HISTORY,
            migrations=("DROP INDEX projects_title;",),
            base=_LIST,
            head=_LIST,
        ),
        Example(
            "Another index serves the same queries",
            schema=_HISTORY + " CREATE INDEX projects_title_state ON projects (title, state);",
            migrations=("DROP INDEX CONCURRENTLY projects_title;",),
            base=_SEARCH,
            head=_SEARCH,
            transactions=False,
        ),
        Example(
            "It is made again in the next migration, concurrently",
            schema=_HISTORY,
            migrations=(
                "DROP INDEX CONCURRENTLY projects_title;",
                "CREATE INDEX CONCURRENTLY projects_title ON projects (title, id);",
            ),
            base=_SEARCH,
            head=_SEARCH,
            transactions=False,
        ),
        Example(
            "An index of the same change set",
            schema="CREATE TABLE projects (id bigint PRIMARY KEY, title text);",
            migrations=(
                "CREATE INDEX CONCURRENTLY projects_title ON projects (title);",
                "DROP INDEX CONCURRENTLY projects_title;",
            ),
            base=_SEARCH,
            head=_SEARCH,
            transactions=False,
        ),
    ),
    hazards=("drop-index-blocking", "drop-index-in-use", "drop-unique-breaks-upsert"),
)


@rule.on_cost(DropIndex)
def code_relied_on_the_index(drop: DropIndex, step: Step, cost: Cost, context: Context) -> Iterator[Finding]:
    """Report an index from before the change set whose columns old code filters on, or keeps unique by it."""
    index = find_index(step.before, drop.name)
    if index is None or index.name not in context.before.indexes or step.problems:
        return
    if breaks_at(context.matrix.old_new, drop.statement) or _gone(index, context):
        return  # told as a break, of an upsert that names it or of code that names its columns
    if index.unique and not _unique_still(index, context):
        columns = [key for key in index.keys if "(" not in key]
        users: Sequence[TableReference] = writers(context, index.table, columns) if columns else ()
        harm = "lets old code write duplicates at"
    else:
        users, harm = (), ""
    if not users and not _served_still(index, context):
        users = [r for r in table_uses(context, index.table, _USES) if _filters(r, index.keys[0])]
        harm = f"makes old code read all of `{index.table.short}` at"
    if users:
        yield _finding(index, harm, users, drop, cost)


def _finding(index: Index, harm: str, users: Sequence[TableReference], drop: DropIndex, cost: Cost) -> Finding:
    statement, found = drop.statement, lines(users)
    sql = statement.text if drop.concurrently else re.sub(r"\bINDEX\b", "INDEX CONCURRENTLY", statement.text, count=1)
    return Finding(
        rule=rule.id,
        level=rule.level,
        confidence=Confidence.MEDIUM,
        message=(
            f"Dropping `{index.name.name}` {harm} {listed(found)}, from the moment the migration runs. Instead, deploy"
            " code that does without it first, and drop it with CONCURRENTLY in a later pull request."
        ),
        place=Place(statement.path, statement.line),
        object=index.table.short,
        statement=statement,
        code=found,
        recipe=(
            RecipeStep(Phase.ROLLOUT, f"Deploy code that does without `{index.name.name}`, and watch its queries."),
            RecipeStep(Phase.CONTRACT, "Drop it outside a transaction, which lets everybody work on.", f"{sql};"),
        ),
        phase=Phase.CONTRACT,
        cost=cost,
    )


def _gone(index: Index, context: Context) -> bool:
    """Whether the change set takes the table or a column of the index away as well."""
    relation = context.after.relations.get(index.table)
    columns = [key for key in index.keys if "(" not in key]
    return relation is None or (relation.complete and any(relation.column(name) is None for name in columns))


def _unique_still(index: Index, context: Context) -> bool:
    """Whether another unique index refuses the same duplicates afterwards."""
    others = (i for i in context.after.indexes_on(index.table) if i.unique)
    return any(set(i.keys) <= set(index.keys) and i.predicate in {None, index.predicate} for i in others)


def _served_still(index: Index, context: Context) -> bool:
    """Whether another index begins with the same key."""
    others = context.after.indexes_on(index.table)
    return any(i.keys[:1] == index.keys[:1] and i.predicate in {None, index.predicate} for i in others)


def _filters(reference: TableReference, key: str) -> bool:
    """Whether the code's text filters or sorts by a column, as far as a text shows it."""
    if not any(use.name == key for use in reference.columns):
        return False
    name, text = re.escape(key), reference.text
    called = rf"\.(?!select|insert|update|upsert|returns)\w+\(\s*[\"'`]{name}\b"
    asked = rf"\b(?:where|having|on|by)\b.*\b{name}\b"
    compared = rf"\b{name}\b\s*\.\s*\w+\("
    return re.search(rf"{called}|{asked}|{compared}", text, re.IGNORECASE | re.DOTALL) is not None
