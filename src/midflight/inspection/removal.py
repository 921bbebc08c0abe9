"""What the rules about removed objects share: who still names it, and what else the change set makes."""

from collections.abc import Iterator

from midflight.catalog.model import Step
from midflight.compatibility.lasting import build
from midflight.compatibility.model import Break
from midflight.inspection.causes import old_code_level
from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context
from midflight.inspection.wording import breaks_at, listed, places, searched
from midflight.operations import model as op
from midflight.operations.shapes import Name
from midflight.references.model import Mention, Place


def removal(
    rule: str, what: str, objects: tuple[str, ...], step: Step, context: Context, along: str = ""
) -> Iterator[Finding]:
    """Report one removal: an error with the lines of old code that name it, else a warning with the search shown.

    `what` is the object with its kind for people ("column `projects.title`"), `objects` its name as breaks write it
    (several where one statement removes more), `along` what the server takes with it without a word.
    """
    statement = step.operation.statement
    breaks = breaks_at(context.matrix.old_new, statement, objects)
    mentions = _mentions(objects, context)
    removed = f"{what}, and with it {along}," if along else what
    yield Finding(
        rule=rule,
        level=old_code_level(context) if breaks else Level.WARNING,
        confidence=Confidence.HIGH if breaks else Confidence.MEDIUM,
        message=_broken(removed, breaks) if breaks else _unnamed(removed, mentions, context),
        place=Place(statement.path, statement.line),
        object=objects[0],
        statement=statement,
        code=places(breaks) or tuple(m.place for m in mentions),
        recipe=recipe(what, statement.text),
        phase=Phase.CONTRACT,
    )


def recipe(what: str, sql: str) -> tuple[RecipeStep, ...]:
    """Return the safe way to remove something: code first, the statement in a later pull request."""
    return (
        RecipeStep(Phase.ROLLOUT, f"Deploy code that no longer names {what}, and watch it for a release."),
        RecipeStep(Phase.CONTRACT, f"Remove {what} in a later pull request.", f"{sql};"),
    )


def _broken(what: str, breaks: tuple[Break, ...]) -> str:
    return (
        f"Removing {what} breaks old code at {listed(places(breaks))} from the moment the migration runs until the new "
        "code is everywhere, and again when the code is rolled back. Instead, deploy the code that no longer names it "
        "first, and remove it in a later pull request."
    )


def _unnamed(what: str, mentions: tuple[Mention, ...], context: Context) -> str:
    if mentions:
        lines = listed(tuple(m.place for m in mentions))
        return (
            f"Removing {what} deletes it for good, and code at base has its name at {lines}, which could not be "
            "resolved. Instead, confirm that these lines do not reach the database, and keep it until the old code is "
            "gone."
        )
    return (
        f"Removing {what} cannot be undone without its data; {searched(context)} names it. Instead of relying on the "
        f"search alone, confirm that no other service, report or job still uses it.{builds_told(context)}"
    )


def builds_told(context: Context) -> str:
    """What the search cannot see: code at older commits, which builds that people still have were made of."""
    told = [f"no {build(each)} older than the change that stopped naming it" for each in context.long_lived]
    return f" Confirm that {' and '.join(told)} is in use." if told else ""


def _mentions(objects: tuple[str, ...], context: Context) -> tuple[Mention, ...]:
    words = {name.rsplit(".", 1)[-1].strip('"') for name in objects}
    return tuple(m for m in context.old_code.mentions if m.word in words)


def expands_beside(table: Name, context: Context) -> bool:
    """Return whether the same change set adds a column to the table: the two are one replacement."""
    return any(
        isinstance(step.operation, op.AddColumn) and step.before.resolve(step.operation.table) == table
        for step in context.steps
    )
