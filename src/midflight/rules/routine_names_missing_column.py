"""A routine's body still names a column or table that the change takes away."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from midflight.catalog.model import Catalog, Step
from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context, Example, Rule
from midflight.inspection.shown import BodyFault
from midflight.operations import model as op
from midflight.operations.shapes import Name, Routine
from midflight.references.model import Place

_HISTORY = "CREATE TABLE projects (id bigint PRIMARY KEY, title text);"
_ROUTINE = (
    "CREATE FUNCTION publish(one bigint) RETURNS void LANGUAGE plpgsql AS"
    " $$ BEGIN UPDATE projects SET draft = NULL WHERE id = one; END $$;"
)
_REWRITTEN = _ROUTINE.replace("CREATE", "CREATE OR REPLACE").replace("draft", "title")
_COMMENTS = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_STRINGS = re.compile(r"'(?:[^']|'')*'")
_DECLARED = re.compile(r"\bdeclare\b(.*?)\bbegin\b", re.IGNORECASE | re.DOTALL)
_VARIABLE = re.compile(r"(?:\A|;)\s*(\w+)\s")
_BEFORE_TABLE = r"\b(?:from|join|into|update|only|table|using)\s+"

rule = Rule(
    id="routine-names-missing-column",
    level=Level.ERROR,
    summary="A routine whose body names what the new schema does not have",
    why=(
        "PostgreSQL does not look into the body of PL/pgSQL and string-bodied SQL routines: the migration succeeds, and"
        " the next call, or the next write that fires the trigger, fails with 42703 or 42P01 (measured on 12 to 18) for"
        " old and new code alike. Nothing is lost."
    ),
    instead=("Expand: replace the routine's body in the same migration, before the column or table goes away.",),
    bad=(
        Example(
            "A body that was written before the column was given up",
            schema=_HISTORY,
            migrations=(
                "ALTER TABLE projects ADD COLUMN draft text;",
                _ROUTINE,
                "ALTER TABLE projects DROP COLUMN draft;",
            ),
            says="`publish(bigint)`",
        ),
        Example(
            "A trigger that reads it from the row",
            schema=_HISTORY,
            migrations=(
                (
                    "ALTER TABLE projects ADD COLUMN draft text; CREATE FUNCTION clean() RETURNS trigger"
                    " LANGUAGE plpgsql AS $$ BEGIN NEW.draft := NULL; RETURN NEW; END $$; CREATE TRIGGER clean"
                    " BEFORE INSERT ON projects FOR EACH ROW EXECUTE FUNCTION clean();"
                ),
                "ALTER TABLE projects RENAME COLUMN draft TO sketch;",
            ),
            says="`clean()`",
        ),
    ),
    good=(
        Example(
            "The body is replaced with it",
            schema=_HISTORY,
            migrations=(
                "ALTER TABLE projects ADD COLUMN draft text;",
                _ROUTINE,
                f"{_REWRITTEN} ALTER TABLE projects DROP COLUMN draft;",
            ),
        ),
        Example(
            "A variable with the name",
            schema=_HISTORY,
            migrations=(
                (
                    "ALTER TABLE projects ADD COLUMN draft text; CREATE TABLE total (id bigint);"
                    " CREATE FUNCTION publish(one bigint) RETURNS text LANGUAGE plpgsql AS $$ DECLARE draft text; total"
                    " bigint := 0; BEGIN SELECT title INTO draft FROM projects WHERE id = one; SELECT count(*) INTO"
                    " total FROM projects; RETURN draft || total; END $$;"
                ),
                "ALTER TABLE projects DROP COLUMN draft; DROP TABLE total;",
            ),
        ),
        Example(
            "A column of the same name in another table",
            schema=_HISTORY + " CREATE TABLE notes (id bigint, draft text);",
            migrations=(
                "ALTER TABLE projects ADD COLUMN draft text;",
                _ROUTINE.replace("projects", "notes"),
                "ALTER TABLE projects DROP COLUMN draft;",
            ),
        ),
    ),
    recipe_differs="the routine gets a new body, which only its author can write",
    hazards=("routine-references-missing-column",),
)


@dataclass(frozen=True, slots=True)
class _Lost:
    """A table, or one of its columns, that a step takes away; `to` is the schema that it moves to."""

    table: Name
    column: str
    step: Step
    to: str = ""

    @property
    def shown(self) -> str:
        return f"{self.table.short}.{self.column}" if self.column else self.table.short


@rule.on_whole
def body_names_what_is_gone(context: Context) -> Iterator[Finding]:
    """Report each routine whose body does not fit the new schema: as a server tells, and else as its text does."""
    shown = context.shown
    told = {(fault.schema, fault.name) for fault in shown.faults}
    yield from map(_shown, shown.faults)
    for routine, finding in _read(context):
        if (routine.name.schema, routine.name.name) not in told | shown.sound:
            yield finding


def _read(context: Context) -> Iterator[tuple[Routine, Finding]]:
    lost = [found for step in context.steps for found in _lost(step) if _is_gone(found, context.after)]
    for routine in context.after.routines.values() if lost else ():
        text = _searchable(routine)
        for found in lost:
            told = _without_variable(text, routine, found.column or found.table.name)
            if told and _names(told, routine, found, context.after):
                yield routine, _finding(routine, found, sure=not _ambiguous(told, routine, found, context.after))


def _lost(step: Step) -> Iterator[_Lost]:
    match step.operation:
        case op.DropColumn(table=table, column=column) | op.RenameColumn(table=table, column=column):
            yield _Lost(step.before.resolve(table), column, step)
        case op.DropTable(name=name) | op.DropView(name=name) | op.RenameTable(name=name):
            yield _Lost(step.before.resolve(name), "", step)
        case op.SetSchema(target=target, schema=schema) if step.before.relation(target.name) is not None:
            yield _Lost(step.before.resolve(target.name), "", step, schema)
        case _:
            return


def _is_gone(found: _Lost, after: Catalog) -> bool:
    relation = after.relations.get(found.table)
    was = found.step.before.relations.get(found.table)
    if was is None or (found.column and was.complete and was.column(found.column) is None):
        return False
    if not found.column:
        return relation is None
    return relation is not None and relation.column(found.column) is None


def _searchable(routine: Routine) -> str:
    """The body without comments, and without strings where it does not run any; empty where the server checks it."""
    if routine.language not in {"plpgsql", "sql"} or routine.body.startswith(("BEGIN ATOMIC", "RETURN ")):
        return ""
    return _without_noise(routine.body)


@lru_cache(maxsize=2000)
def _without_noise(body: str) -> str:
    text = _COMMENTS.sub(" ", body)
    return text if re.search(r"\bexecute\b", text, re.IGNORECASE) else _STRINGS.sub("''", text)


def _without_variable(text: str, routine: Routine, name: str) -> str:
    """The text without its uses of a variable of that name: a column beside it must say of which table it is.

    PL/pgSQL refuses a name that may be either (42702; PostgreSQL documentation, "Variable Substitution").
    """
    if routine.language != "plpgsql" or name.lower() not in _variables(text):
        return text
    return re.sub(
        rf"\binto\s+{re.escape(name)}\b|(?<![\w.])(?<!from )(?<!join ){re.escape(name)}\b",
        " ",
        text,
        flags=re.IGNORECASE,
    )


@lru_cache(maxsize=2000)
def _variables(text: str) -> frozenset[str]:
    return frozenset(name.lower() for part in _DECLARED.findall(text) for name in _VARIABLE.findall(part))


@lru_cache(maxsize=2000)
def _lowered(text: str) -> str:
    return text.lower()


def _names(text: str, routine: Routine, found: _Lost, after: Catalog) -> bool:
    if not found.column:
        path = dict(routine.settings).get("search_path", "")
        return _uses_table(text, found.table) and not (found.to and _has_word(path, found.to))
    if _uses_table(text, found.table) and _has_word(text, found.column):
        return True
    if found.column.lower() not in _lowered(text):
        return False
    row = rf'\b(?:new|old)\s*\.\s*"?{re.escape(found.column)}"?(?!\w)'
    return re.search(row, text, re.IGNORECASE) is not None and _fires_on(routine, found.table, after)


def _fires_on(routine: Routine, table: Name, after: Catalog) -> bool:
    """Whether the routine is the function of triggers on this table alone."""
    named = (t for t in after.triggers.values() if t.function.name == routine.name.name)
    tables = {t.table for t in named if after.routines_named(t.function)[:1] == (routine,)}
    return tables == {table}


def _ambiguous(text: str, routine: Routine, found: _Lost, after: Catalog) -> bool:
    """Whether the word can be something else: a column of another table in the body, or a parameter."""
    if not found.column:
        return False
    others = (r for r in after.relations.values() if r.name != found.table and r.column(found.column) is not None)
    return any(p.name == found.column for p in routine.parameters) or any(_uses_table(text, r.name) for r in others)


def _uses_table(text: str, table: Name) -> bool:
    if table.name.lower() not in _lowered(text):
        return False
    qualified = rf'(?:"?{re.escape(table.schema)}"?\s*\.\s*)?"?{re.escape(table.name)}"?(?![\w.])'
    return re.search(_BEFORE_TABLE + qualified, text, re.IGNORECASE) is not None


def _has_word(text: str, word: str) -> bool:
    found = word.lower() in _lowered(text)
    return found and re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text, re.IGNORECASE) is not None


def _finding(routine: Routine, found: _Lost, *, sure: bool) -> Finding:
    statement = found.step.operation.statement
    name = f"{routine.name.short}({', '.join(routine.key.types)})"
    state = "42703" if found.column else "42P01"
    return Finding(
        rule=rule.id,
        level=rule.level if sure else Level.WARNING,
        confidence=Confidence.HIGH if sure else Confidence.LOW,
        message=(
            f"The body of `{name}` still names `{found.shown}`, which is gone after this statement: its calls by old "
            f"and new code fail with {state} from the moment the migration runs. Instead, replace the body in the same "
            "migration, before this statement."
        ),
        place=Place(statement.path, statement.line),
        object=f"{name}: {found.shown}",
        statement=statement,
        recipe=(
            RecipeStep(
                Phase.EXPAND, f"Replace the body of `{name}` by one that does without `{found.shown}`, before the drop."
            ),
        ),
        phase=Phase.CONTRACT,
    )


def _shown(fault: BodyFault) -> Finding:
    """A fault that a server has found."""
    statement = fault.statement
    name = fault.routine.removeprefix("public.")
    line, message = f", line {fault.line}" if fault.line else "", fault.message.replace("`", "'")
    when = (
        "as this statement writes it, does not run on the new schema: its first call fails"
        if fault.own
        else "runs before this statement and not after it: its calls by old and new code fail"
    )
    ready = "Write it for the schema that it meets" if fault.own else "Replace the body in the same migration"
    return Finding(
        rule=rule.id,
        level=rule.level,
        confidence=Confidence.HIGH,
        message=(
            f"The body of `{name}`{line}, {when} with {fault.sqlstate}, `{message}`. Instead,"
            f" {ready[0].lower()}{ready[1:]}."
        ),
        place=Place(statement.path, statement.line),
        object=f"{name}: {fault.message}",
        statement=statement,
        recipe=(RecipeStep(Phase.EXPAND, f"{ready}: `{name}` fails with `{message}`."),),
        phase=Phase.CONTRACT,
    )
