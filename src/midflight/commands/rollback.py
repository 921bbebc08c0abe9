"""`midflight rollback`: the SQL that takes a migration back."""

import click

from midflight.adapters.disk import files_and_surroundings
from midflight.commands.output import write
from midflight.errors import SourceError
from midflight.inspection.lint import Server
from midflight.linting import contexts_of
from midflight.plan.rollback import undo
from midflight.report.rollback_script import rollback_script


@click.command()
@click.argument("files", nargs=-1, required=True)
@click.option("--output", type=click.Path(dir_okay=False), help="Write to a file instead of the terminal.")
def rollback(*, files: tuple[str, ...], output: str | None) -> None:
    """Print the SQL that takes migrations back, the last one first.

    It is computed from the schema that the migrations before them leave, so that what was dropped comes back as it
    was: definition, rights and comments. FILES are SQL files; the migrations around them are read. The author's down
    scripts are not looked at.
    """
    given = files_and_surroundings(files)
    found = tuple(contexts_of(given.tree, given.disk, given.wanted, (), Server()))
    if not found:
        raise SourceError(f"There is no migration in {', '.join(files)}.", then="Name SQL files of a migration folder.")
    scripts = (
        rollback_script(given.disk.shown(context.database.pending[0].path), undo(context.steps, context))
        for context in reversed(found)
    )
    write("\n".join(scripts), output)
