"""`midflight lint`: migrations checked alone, as fast as a linter must be."""

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from midflight.adapters.disk import Given, files_and_surroundings
from midflight.commands.output import write

if TYPE_CHECKING:
    from midflight.adapters.kept_lint import KeptRun

ENVIRONMENT = os.environ  # noqa: TID251 - the doors hand the environment to settings.py
CONFIG = ".github/midflight.yml"
FAILED = 10
LEVELS = click.Choice(["error", "warning", "never"])
_CACHE = re.compile(r"""^cache:[ \t]+(["']?)([^"'#\s][^"'#\n]*?)\1[ \t]*(?:#.*)?$""", re.MULTILINE)


@click.command()
@click.argument("files", nargs=-1, required=True)
@click.option("--alone", is_flag=True, help="Judge each file on a database of which nothing is known.")
@click.option("--format", "form", type=click.Choice(["text", "json", "sarif"]), default="text", show_default=True)
@click.option("--output", type=click.Path(dir_okay=False), help="Write to a file instead of the terminal.")
@click.option("--fail-on", type=LEVELS, help="The lowest level that exits with 10.")
@click.option("--config", type=click.Path(dir_okay=False), help=f"The configuration file; {CONFIG} where it exists.")
@click.option("--postgres-version", type=click.IntRange(12, 18), help="The server's major version.")
@click.option("--write-baseline", type=click.Path(dir_okay=False), help="Write the findings to a baseline file.")
@click.option("--cache", type=click.Path(file_okay=False), help="A folder that keeps results for the next run.")
def lint(  # noqa: PLR0913 - one parameter for each option of the command
    *,
    files: tuple[str, ...],
    alone: bool,
    form: str,
    output: str | None,
    fail_on: str | None,
    config: str | None,
    postgres_version: int | None,
    write_baseline: str | None,
    cache: str | None,
) -> None:
    """Check migrations alone, each on the schema that those before it leave: no code, no server.

    FILES are SQL files or folders; the other migrations around them are read for the schema, and not judged.
    """
    given = files_and_surroundings(files)
    path = config or (CONFIG if Path(CONFIG).exists() else "")
    asked: dict[str, object] = {"form": form, "alone": alone, "config": path, "fail_on": fail_on}
    asked |= {"version": postgres_version}
    run = None if write_baseline else _kept_run(given, cache, asked, path)
    answer = run.load() if run else None
    if answer is None:
        from midflight.commands.linted import Asked  # noqa: PLC0415 - 0.2 s that a kept answer does without
        from midflight.commands.linted import answer as fresh  # noqa: PLC0415

        wanted = Asked(form, alone, path, fail_on, postgres_version, write_baseline, ENVIRONMENT)
        answer = fresh(given, run.contents if run else given.disk, wanted)
        if run:
            run.save(answer)
    write(answer.text, output)
    sys.exit(FAILED if answer.failed else 0)


def _kept_run(given: Given, cache: str | None, asked: Mapping[str, object], path: str) -> "KeptRun | None":
    """The run in the folder of the option, the input or the configuration; the file is not parsed for one line."""
    text = _text(path) if path else ""
    folder = cache or ENVIRONMENT.get("INPUT_CACHE", "").strip()
    if not folder and (found := _CACHE.search(text)):
        folder = found[2]
    if not folder:
        return None
    from midflight.adapters.clock import today  # noqa: PLC0415 - most runs keep nothing
    from midflight.adapters.kept_lint import kept_run  # noqa: PLC0415

    return kept_run(given, folder, {**asked, "text": text, "day": today()}, ENVIRONMENT)


def _text(path: str) -> str:
    file = Path(path)
    return file.read_text(encoding="utf-8", errors="backslashreplace") if file.is_file() else ""
