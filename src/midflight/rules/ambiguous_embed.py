"""A second foreign key between two tables leaves PostgREST with two ways to join them."""

from collections.abc import Iterator

from midflight.catalog.model import Catalog, Step
from midflight.inspection.causes import old_code_level
from midflight.inspection.embeds import Pair, embeds_between, keys_between
from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context, Example, Rule
from midflight.inspection.phases import table_of
from midflight.inspection.wording import listed
from midflight.operations.shapes import Constraint, ConstraintKind, Name
from midflight.references.model import CodeReferences, Place

_HISTORY = (
    "CREATE TABLE people (id bigint PRIMARY KEY, name text);"
    " CREATE TABLE tasks (id bigint PRIMARY KEY, owner_id bigint REFERENCES people (id), checker_id bigint);"
)
_KEY = (
    "ALTER TABLE tasks ADD CONSTRAINT tasks_checker_id_fkey FOREIGN KEY (checker_id) REFERENCES people (id) NOT VALID;"
)
_PLAIN = {"web/tasks.ts": "await supabase.from('tasks').select('id, people(name)');\n"}
_HINTED = {"web/tasks.ts": "await supabase.from('tasks').select('id, people!tasks_owner_id_fkey(name)');\n"}

rule = Rule(
    id="ambiguous-embed",
    level=Level.ERROR,
    summary="A second foreign key between two tables that a PostgREST query embeds",
    why=(
        "With two foreign keys between two tables, PostgREST answers an embed that does not say which one is meant with"
        ' PGRST201 (PostgREST documentation, "Resource Embedding"). Old code fails from the moment the schema cache is'
        " read again after the migration until the new code is everywhere. Nothing is lost."
    ),
    instead=(
        "Rollout: deploy code whose embeds name the foreign key: `people!tasks_owner_id_fkey(name)`.",
        "Contract: add the second foreign key in a later pull request.",
    ),
    bad=(
        Example(
            "Old code embeds without a hint",
            schema=_HISTORY,
            migrations=(_KEY,),
            base=_PLAIN,
            head=_HINTED,
            says="`web/tasks.ts:1`",
        ),
        Example(
            "New code still does",
            schema=_HISTORY,
            migrations=(_KEY,),
            base=_PLAIN,
            head=_PLAIN,
            says="PGRST201",
        ),
    ),
    good=(
        Example("Every embed has a hint", schema=_HISTORY, migrations=(_KEY,), base=_HINTED, head=_HINTED),
        Example("No code embeds", schema=_HISTORY, migrations=(_KEY,)),
    ),
    hazards=("postgrest-ambiguous-relationship",),
)


@rule.on_whole
def embeds_have_two_ways(context: Context) -> Iterator[Finding]:
    """Report each pair of tables that gets a second foreign key while an embed without a hint joins them."""
    for step in context.steps:
        table = table_of(step)
        for key in _new_keys(table, step):
            if table is None or key.references is None:
                continue
            pair = (table, step.after.resolve(key.references))
            if len(keys_between(context.before, pair)) == 1 and len(keys_between(context.after, pair)) > 1:
                yield from _finding(pair, key, step, context)


def _new_keys(table: Name | None, step: Step) -> Iterator[Constraint]:
    """Yield the foreign keys that the table has only after the step."""
    after = step.after.relations.get(table) if table else None
    before = step.before.relations.get(table) if table else None
    had = {c.name for c in before.constraints} if before else set()
    for constraint in after.constraints if after else ():
        if constraint.kind is ConstraintKind.FOREIGN_KEY and constraint.name not in had:
            yield constraint


def _embeds(code: CodeReferences, pair: Pair, catalog: Catalog) -> tuple[Place, ...]:
    """The lines whose query asks one table of the pair and embeds the other without a hint."""
    return tuple(dict.fromkeys(r.place for r in embeds_between(code, pair, catalog) if not r.hint))


def _finding(pair: Pair, key: Constraint, step: Step, context: Context) -> Iterator[Finding]:
    old, new = (_embeds(code, pair, context.after) for code in (context.old_code, context.new_code))
    if not old and not new:
        return
    statement, (table, target) = step.operation.statement, pair
    kept = keys_between(context.before, pair)[0].name
    yield Finding(
        rule=rule.id,
        level=rule.level if new else old_code_level(context),
        confidence=Confidence.HIGH,
        message=(
            f"The second foreign key between `{table.short}` and `{target.short}` makes the {'old' if old else 'new'}"
            f" code's embeds at {listed(old or new)} fail with PGRST201 from the moment the migration runs"
            f"{'' if new else ' until the new code is everywhere'}. Instead, name the foreign key in these embeds"
            f" (`{target.name}!{kept}(...)`), and add the second one in a later pull request."
        ),
        place=Place(statement.path, statement.line),
        object=f"{table.short}.{key.name}",
        statement=statement,
        code=old or new,
        recipe=(
            RecipeStep(Phase.ROLLOUT, f"Deploy code whose embeds name `{kept}`."),
            RecipeStep(Phase.CONTRACT, "Add the foreign key in a later pull request.", f"{statement.text};"),
        ),
        phase=Phase.CONTRACT,
    )
