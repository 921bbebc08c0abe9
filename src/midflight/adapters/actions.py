"""Speaks to the Actions runner: workflow commands on standard output, and the files it reads after the step."""

import os
import re
import secrets
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from midflight.errors import ToolError
from midflight.publish.model import Annotate, AnnotationLevel

MAX_SUMMARY = 1024 * 1024  # "File command content size" of the runner: above it the whole summary is dropped
MAX_ANNOTATIONS = 10  # of one level in one step; the runner shows no more (its _maxCountPerIssueType)
MAX_MESSAGE = 4_000  # the runner cuts at 4,096
MAX_TITLE = 255

_SUMMARY_CUT = "\n\n… The summary is cut here; the whole report is in the report file.\n"
# The runner reads lines: what a terminal or another reader would take for a line end must not make one.
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029]")
_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


@dataclass(frozen=True, slots=True)
class Actions:
    """The runner of one step. `summary` and `outputs` are its files (GITHUB_STEP_SUMMARY, GITHUB_OUTPUT), None without.

    `workspace` is where relative paths start; `token` makes the random words that delimit foreign text.
    """

    log: TextIO
    workspace: Path
    summary: Path | None = None
    outputs: Path | None = None
    token: Callable[[], str] = secrets.token_hex

    def annotate(self, annotations: Sequence[Annotate]) -> None:
        """Write annotations, ten of a level at most, and count the others in one line."""
        written: Counter[AnnotationLevel] = Counter()
        for annotation in annotations:
            written[annotation.level] += 1
            if written[annotation.level] <= MAX_ANNOTATIONS:
                self._write(annotation_command(annotation))
        if rest := [
            f"{count - MAX_ANNOTATIONS} more of level {level}"
            for level, count in written.items()
            if count > MAX_ANNOTATIONS
        ]:
            self._write(f"Not shown as annotations, but in the report: {', '.join(rest)}.")

    def error(self, message: str) -> None:
        """Write one error that belongs to no file."""
        self._write(f"::error title=Midflight::{_data(message)}")

    def warn(self, message: str) -> None:
        """Write one warning that belongs to no file."""
        self._write(f"::warning title=Midflight::{_data(message)}")

    def say(self, message: str) -> None:
        """Write one plain line to the log; what looks like a command in it is none."""
        self.foreign(message)

    def mask(self, secret: str) -> None:
        """Have the runner hide a value in the log, each of its lines."""
        for line in filter(None, secret.splitlines()):
            self._write(f"::add-mask::{_data(line)}")

    def foreign(self, text: str) -> None:
        """Log text of unknown origin: the runner obeys no command in it, not even `##[...]` inside a line."""
        word = self.token()
        self._write(f"::stop-commands::{word}")
        self._write(text)
        self._write(f"::{word}::")

    def append_summary(self, markdown: str) -> None:
        """Append to the job summary, which stays under 1 MiB."""
        if self.summary is None:
            return
        written = self.summary.stat().st_size if self.summary.exists() else 0
        text = _within(_encoded(markdown + "\n"), MAX_SUMMARY - 1 - written)
        with self.summary.open("ab") as file:
            file.write(text)

    def set_output(self, name: str, value: str) -> None:
        """Set a step output; the delimiter is random, so that no value can end it."""
        if self.outputs is None:
            return
        word = self.token()
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]*", name) or word in value:
            raise ToolError(f"The output {name!r} cannot be written.")
        with self.outputs.open("ab") as file:
            file.write(_encoded(f"{name}<<{word}\n{value}\n{word}\n"))

    def write_file(self, path: str, text: str) -> None:
        """Write a file; a relative path stays inside the workspace, whatever links a pull request put there."""
        target = self._target(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        # Written beside and renamed: a link in the place of the file is replaced, not followed.
        descriptor, temporary = tempfile.mkstemp(dir=target.parent, prefix=".midflight-")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(_encoded(text))
            Path(temporary).chmod(0o644)
            Path(temporary).replace(target)
        except OSError:
            Path(temporary).unlink(missing_ok=True)
            raise

    def _target(self, path: str) -> Path:
        if Path(path).is_absolute():
            return Path(path)
        root = self.workspace.resolve()
        folder = (root / path).parent.resolve()
        if not folder.is_relative_to(root) or Path(path).name in ("", ".."):
            raise ToolError(f"The path {path!r} leads out of the workspace.", then="Name a file inside it.")
        return folder / Path(path).name

    def _write(self, line: str) -> None:
        encoding = self.log.encoding or "utf-8"
        self.log.write(line.encode(encoding, "backslashreplace").decode(encoding) + "\n")
        self.log.flush()


def annotation_command(annotation: Annotate) -> str:
    """Write one annotation as a workflow command, everything escaped ("Workflow commands", GitHub documentation)."""
    properties = {
        "file": annotation.path,
        "line": str(annotation.line) if annotation.line > 0 else "",
        "title": annotation.title[:MAX_TITLE],
    }
    listed = ",".join(f"{name}={_property(value)}" for name, value in properties.items() if value)
    return f"::{annotation.level} {listed}::{_data(annotation.message[:MAX_MESSAGE])}"


def _data(text: str) -> str:
    return _visible(text).translate(_DATA)


def _property(text: str) -> str:
    return _visible(text).translate(_PROPERTY)


def _visible(text: str) -> str:
    return _CONTROLS.sub("\ufffd", text)


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")


def _within(text: bytes, limit: int) -> bytes:
    if len(text) <= limit:
        return text
    cut = _encoded(_SUMMARY_CUT)
    kept = text[: max(0, limit - len(cut))].decode("utf-8", "ignore").encode()
    return kept + cut if limit >= len(cut) else b""
