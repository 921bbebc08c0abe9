"""The command line: one door to the pipeline, for people and scripts."""

import atexit
import gc
import sys
from importlib import import_module

import click

from midflight.errors import MidflightError, SettingsError

COMMANDS = {
    "check": "Check the change from one revision to another.",
    "contractions": "List what code stopped naming and may be dropped.",
    "doctor": "Say what is missing for the action to work.",
    "gate": "Say whether a revision may be deployed.",
    "init": "Write the first workflow and configuration.",
    "lint": "Check migrations alone, without code.",
    "release-notes": "Write release notes for a range of revisions.",
    "rollback": "Print what takes a migration back.",
    "rules": "List the rules, or explain one.",
    "watch": "Hold a database in use against the thresholds.",
}


class Commands(click.Group):
    """Loads a command when it is called: what the others import costs it nothing."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names, in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of a name, imported now."""
        if cmd_name not in COMMANDS:
            return None
        module = cmd_name.replace("-", "_")
        command: click.Command = getattr(import_module(f"midflight.commands.{module}"), module)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list without importing what it lists."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="midflight")
def cli() -> None:
    """Check a change for the middle of its deployment: old code on the new database, new code on the old one.

    Exit codes: 0 nothing at or above --fail-on, 10 findings at or above it, 2 wrong settings, 1 the tool failed.
    """


def main() -> None:
    """Run the command line; what a person can act on is one message, not a traceback."""
    gc.set_threshold(1_000_000)  # a large tree is many small values that all stay: looking for rubbish is vain
    atexit.register(gc.freeze)  # the end of the process frees all of it anyway
    try:
        cli()
    except SettingsError as error:
        for problem in error.problems:
            click.echo(problem, err=True)
        sys.exit(2)
    except MidflightError as error:
        click.echo(f"midflight: {error.sentence}", err=True)
        sys.exit(1)
