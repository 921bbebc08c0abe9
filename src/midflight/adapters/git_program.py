"""Calls the git program so that the machine's configuration, the repository's hooks and the network play no part."""

import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from midflight.errors import SourceError

TIMEOUT = 120.0
MAX_OUTPUT = 64 * 1024 * 1024
_PIPE = 1024 * 1024  # bytes; Linux allows as much to everybody, and most turns to read or write are saved

# safe.directory: a container runs as root while the workspace belongs to the runner's user ("dubious ownership");
# it counts only from outside the repository, the command line included (git documentation, "safe.directory").
_CONFIGURATION = {
    "safe.directory": "*",
    "safe.bareRepository": "all",
    "core.fsmonitor": "",
    "core.hooksPath": os.devnull,
    "core.bigFileThreshold": "16m",
    "protocol.allow": "never",
    "log.showSignature": "false",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a finished call left."""

    status: int
    output: str
    complaint: str


def call(repository: Path, *arguments: str, timeout: float = TIMEOUT) -> Answer:
    """Run one short git command; its exit status is the caller's to judge."""
    with stream(repository, *arguments, timeout=timeout) as running:
        output = running.read_all()
        status = running.finish()
        return Answer(status, output.decode("utf-8", "backslashreplace"), running.complaint())


class Running:
    """A git command whose standard output is read piece by piece."""

    def __init__(self, process: "subprocess.Popen[bytes]", errors: IO[bytes]) -> None:
        self._process = process
        self._errors = errors
        self.timed_out = threading.Event()

    @property
    def output(self) -> IO[bytes]:
        """Its standard output."""
        if self._process.stdout is None:
            raise SourceError("git was started without an output.")
        return self._process.stdout

    def feed(self, lines: Iterable[str]) -> None:
        """Write lines to its standard input and close it; a reader that has gone away is no error."""
        if self._process.stdin is None:
            return
        try:
            with self._process.stdin as pipe:
                for line in lines:
                    pipe.write(line.encode("ascii") + b"\n")
        except (BrokenPipeError, ValueError):
            return

    def read_all(self) -> bytes:
        """Everything it prints, refused above a bound."""
        text = self.output.read(MAX_OUTPUT + 1)
        if len(text) > MAX_OUTPUT:
            raise SourceError("git printed more than 64 MiB.", then="Check a smaller range.")
        return text

    def finish(self) -> int:
        """Wait for its end and give the exit status."""
        status = self._process.wait()
        if self.timed_out.is_set():
            raise SourceError("git did not finish in time.", then="Run again, or check a smaller repository.")
        return status

    def complaint(self) -> str:
        """The beginning of what it wrote to standard error."""
        self._errors.seek(0)
        return self._errors.read(2000).decode("utf-8", "backslashreplace").strip()

    def kill(self) -> None:
        """End it now."""
        if self._process.poll() is None:
            self._process.kill()

    def time_out(self) -> None:
        """End it because its time is over."""
        self.timed_out.set()
        self.kill()


@contextmanager
def stream(repository: Path, *arguments: str, timeout: float = TIMEOUT) -> Iterator[Running]:
    """Start a git command in `repository`; it is ended when the block is left or its time is over."""
    program = shutil.which("git")
    if program is None:
        raise SourceError("The program git is not installed.", then="Install git, or let the action read tarballs.")
    options = [part for name, value in _CONFIGURATION.items() for part in ("-c", f"{name}={value}")]
    command = [program, "--no-optional-locks", "--no-pager", *options, "-C", os.fspath(repository), *arguments]
    with tempfile.TemporaryFile() as errors, _started(command, _environment(program), errors) as process:
        running = Running(process, errors)
        watchdog = threading.Timer(timeout, running.time_out)
        watchdog.daemon = True
        watchdog.start()
        try:
            yield running
        finally:
            watchdog.cancel()
            running.kill()


def _started(command: list[str], environment: dict[str, str], errors: IO[bytes]) -> "subprocess.Popen[bytes]":
    try:
        return subprocess.Popen(  # noqa: S603 - fixed program, no shell, revisions are checked by the caller
            command,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            bufsize=_PIPE,
            pipesize=_PIPE,
        )
    except OSError as error:
        raise SourceError(f"git could not be started: {error.strerror}.") from error


def _environment(program: str) -> dict[str, str]:
    return {
        "PATH": os.pathsep.join((str(Path(program).parent), os.defpath)),
        "HOME": os.devnull,
        "LC_ALL": "C",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_OPTIONAL_LOCKS": "0",
    }
