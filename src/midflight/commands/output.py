"""Where a command's text goes."""

from pathlib import Path

import click


def write(text: str, output: str | None) -> None:
    """Write to the file, or to the terminal without one."""
    if output:
        Path(output).write_text(text, encoding="utf-8")
    elif text:
        click.echo(text, nl=not text.endswith("\n"))
