"""`midflight gate`: whether a revision may be deployed."""

import os
import sys
from pathlib import Path

import click

from midflight.adapters.git import GitRepository
from midflight.adapters.target.gating import contraction_of, gate_of
from midflight.changes.read import text_at
from midflight.commands.output import write
from midflight.publish.gate import gate_code
from midflight.report.gate import gate_json, render_gate
from midflight.settings import configured_path, read_settings
from midflight.stages import Files, gating, running_beside

ENVIRONMENT = os.environ  # noqa: TID251 - the doors hand the environment to settings.py


@click.command()
@click.option("--repo", default=".", show_default=True, help="A git repository; bare ones too.")
@click.option("--revision", default="HEAD", show_default=True, help="What is to be deployed.")
@click.option("--database", help="Which of several databases DATABASE_URL is, as the report names it.")
@click.option("--contract", is_flag=True, help="Ask whether the pending migrations may be applied while it runs.")
@click.option("--deployed-ref", help="With --contract, what runs beside it, as the setting of this name.")
@click.option("--format", "form", type=click.Choice(["markdown", "json"]), default="markdown", show_default=True)
@click.option("--output", type=click.Path(dir_okay=False), help="Write to a file instead of the terminal.")
def gate(  # noqa: PLR0913 - one parameter for each option of the command
    *,
    repo: str,
    revision: str,
    database: str | None,
    contract: bool,
    deployed_ref: str | None,
    form: str,
    output: str | None,
) -> None:
    """Say whether a revision may be deployed to the database of DATABASE_URL, which is only read.

    Exit codes: 0 go, 10 no-go, 1 it could not be told, 2 wrong settings.
    """
    repository = GitRepository(repo)
    tree, path = repository.tree(revision), configured_path(ENVIRONMENT)
    configuration = text_at(tree, path, repository)
    settings = read_settings(
        {**ENVIRONMENT, "GITHUB_WORKSPACE": str(Path(repo).absolute())},
        options={"database": database, "contract": contract or None, "deployed_ref": deployed_ref},
        configuration=configuration,
        configuration_path=path,
    )
    url = settings.database_url.get_secret_value()
    files = Files(configuration)
    options = gating(settings, files)
    if settings.contract:
        found, history = contraction_of(url, tree, repository, options, running_beside(settings, files, tree))
    else:
        found, history = gate_of(url, tree, repository, options, beside=lambda: running_beside(settings, files, tree))
    forms = {"markdown": render_gate, "json": gate_json}
    write(forms[form](found, history, tree.revision), output)
    sys.exit(gate_code(found))
