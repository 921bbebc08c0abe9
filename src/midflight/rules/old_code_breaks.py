"""Any other statement after which a reference of old code fails."""

from collections.abc import Iterator

from midflight.compatibility.model import Break, BreakKind
from midflight.inspection.causes import by_object, confidence_of, old_code_level, operations_of, unguarded
from midflight.inspection.finding import Finding, Level, Phase, Step
from midflight.inspection.model import Context, Example, Rule
from midflight.inspection.wording import at, listed, places
from midflight.operations import model as op
from midflight.references.model import Place

_HISTORY = (
    "CREATE TABLE settings (id bigint PRIMARY KEY, name text); CREATE UNIQUE INDEX settings_name ON settings (name);"
)
_UPSERT = {"api/save.ts": "await db.from('settings').upsert({ id: 1, name }, { onConflict: 'name' });\n"}

_NAMED = "CREATE TABLE settings (id bigint PRIMARY KEY, name text, CONSTRAINT name_once UNIQUE (name));"
_BY_NAME = {
    "api/save.py": (
        'cursor.execute("INSERT INTO settings (id, name) VALUES (1, %s)'
        ' ON CONFLICT ON CONSTRAINT name_once DO NOTHING")\n'
    )
}

COVERED = (
    op.DropColumn,
    op.DropTable,
    op.DropView,
    op.DropRoutine,
    op.RenameColumn,
    op.RenameTable,
    op.RenameRoutine,
    op.SetSchema,
    op.AlterColumnType,
    op.AddColumn,
    op.SetNotNull,
    op.SetDefault,
    op.SetIdentity,
    op.SetExpression,
    op.DropType,
    op.DropSchema,
    op.DropExtension,
    op.DropSequence,
)
"""Operations whose breaks have a rule of their own."""

rule = Rule(
    id="old-code-breaks",
    level=Level.ERROR,
    summary="A statement after which old code fails",
    why=(
        "Old code that works on the old schema fails on the new one, between the migration and the end of the rollout, "
        "and again after a rollback of the code."
    ),
    instead=(
        "Rollout: deploy code that works with and without the statement.",
        "Contract: apply the statement in a later pull request.",
    ),
    bad=(
        Example(
            "The unique index behind an upsert goes away",
            schema=_HISTORY,
            migrations=("DROP INDEX settings_name;",),
            base=_UPSERT,
            head={"api/save.ts": "await db.from('settings').upsert({ id: 1 });\n"},
            says="42P10",
        ),
        Example(
            "The constraint that an upsert names gets another name",
            schema=_NAMED,
            migrations=("ALTER TABLE settings RENAME CONSTRAINT name_once TO settings_name_key;",),
            base=_BY_NAME,
            says="42704",
        ),
    ),
    good=(
        Example(
            "The constraint keeps its name",
            schema=_NAMED,
            migrations=("ALTER TABLE settings RENAME CONSTRAINT settings_pkey TO settings_key;",),
            base=_BY_NAME,
            head=_BY_NAME,
        ),
        Example(
            "Another unique index serves the upsert",
            schema=_HISTORY + " ALTER TABLE settings ADD UNIQUE (name);",
            migrations=("DROP INDEX settings_name;",),
            base=_UPSERT,
            head=_UPSERT,
        ),
    ),
    hazards=(
        "drop-unique-breaks-upsert",
        "rename-constraint-breaks-upsert",
    ),
)


_HAVE_RULES = frozenset({BreakKind.SIGNATURE, BreakKind.AMBIGUOUS, BreakKind.RELATIONSHIP})


@rule.on_whole
def reference_fails_on_the_new_schema(context: Context) -> Iterator[Finding]:
    """Report the breaks of old code that no other rule reports."""
    concerned = [found for found in unguarded(context.matrix.old_new.breaks) if not _has_a_rule(found, context)]
    for name, breaks in by_object(concerned).items():
        yield _finding(name, breaks, context)


def _has_a_rule(found: Break, context: Context) -> bool:
    if found.statement is None or found.kind in _HAVE_RULES:
        return True
    return any(isinstance(operation, COVERED) for operation in operations_of(context, found.statement))


def _finding(name: str, breaks: list[Break], context: Context) -> Finding:
    first = breaks[0]
    statement = first.statement
    if statement is None:
        raise ValueError("a break of this rule has a statement")
    made = Place(statement.path, statement.line)
    return Finding(
        rule=rule.id,
        level=old_code_level(context),
        confidence=confidence_of(breaks),
        message=(
            f"Old code that uses `{name}` at {listed(places(breaks))} fails with {first.sqlstate} after {at(made)}: "
            f"{first.detail}. Instead, deploy code that does without it first, and apply this statement later."
        ),
        place=made,
        object=name,
        statement=statement,
        code=places(breaks),
        recipe=(
            Step(Phase.ROLLOUT, f"Deploy code that does without `{name}`."),
            Step(Phase.CONTRACT, "Apply the statement in a later pull request.", f"{statement.text};"),
        ),
        phase=Phase.CONTRACT,
    )
