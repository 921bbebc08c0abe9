"""Times squawk and `midflight lint` over the same files, in turn, and prints seconds, CPU seconds and peak memory.

    python bench/lint_speed.py --squawk PATH [--rounds N] [--parts] MIGRATION...

Midflight is timed four times: cold, with kept results of the same files, with those of all files but the last, and for
the last file alone. Each command runs once to warm the caches before the rounds that count. Python keeps its bytecode
in a folder of this run, because an installed Midflight (the image, a wheel) has it and a checkout may not. With
`--parts`, one process that is warm also says how long reading, folding and the cost of every step take.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from midflight.catalog.cost import cost_of
from midflight.catalog.fold import fold
from midflight.catalog.initial import initial_catalog
from midflight.catalog.model import Step
from midflight.migrations.model import Script, Transactions
from midflight.operations.read import read_operations


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a command; memory is the most that it held, in MiB."""

    seconds: float
    cpu: float
    memory: float


def timed(command: Sequence[str], environment: dict[str, str]) -> Run:
    """Run a command without its output; a linter that finds something exits with another code than 0."""
    started = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    _, _, used = os.wait4(child.pid, 0)
    return Run(time.perf_counter() - started, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def line(name: str, runs: Sequence[Run]) -> str:
    """One row of the table."""
    seconds, cpu = [run.seconds for run in runs], [run.cpu for run in runs]
    memory = max(run.memory for run in runs)
    times = f"{min(seconds):.2f} | {statistics.median(seconds):.2f} | {min(cpu):.2f} | {statistics.median(cpu):.2f}"
    return f"| {name} | {times} | {memory:.0f} |"


@dataclass(frozen=True, slots=True)
class Command:
    """What is timed; before each round, `forget` is removed and `before` runs."""

    words: list[str]
    forget: str = ""
    before: list[str] = field(default_factory=list)


def commands_of(files: Sequence[str], squawk: str | None, folder: str) -> dict[str, Command]:
    """The commands by their name in the table; `folder` is for kept results."""
    lint = [sys.executable, "-m", "midflight", "lint"]
    kept, older = f"{folder}/kept", f"{folder}/older"
    found = {
        "midflight lint": Command([*lint, *files]),
        "midflight lint, kept results": Command([*lint, "--cache", kept, *files]),
        "midflight lint, kept results and one new file": Command(
            [*lint, "--cache", older, *files], older, [*lint, "--cache", older, *files[:-1]]
        ),
        "midflight lint, the last file alone": Command([*lint, files[-1]]),
    }
    return {**found, "squawk": Command([squawk, *files])} if squawk else found


def print_table(files: Sequence[str], squawk: str | None, rounds: int) -> None:
    """Run all commands in turn, so that whatever else the machine does meets them alike."""
    with tempfile.TemporaryDirectory() as folder:
        commands = commands_of(files, squawk, folder)
        found: dict[str, list[Run]] = {name: [] for name in commands}
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": folder}  # noqa: TID251 - passed on to a child
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        for number in range(rounds + 1):
            for name, command in commands.items():
                if command.before:
                    shutil.rmtree(command.forget, ignore_errors=True)
                    timed(command.before, environment)
                run = timed(command.words, environment)
                if number:
                    found[name].append(run)
    print("| command | seconds, least | median | CPU seconds, least | median | peak MiB |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name, runs in found.items():
        print(line(name, runs))


def print_parts(files: Sequence[str], rounds: int) -> None:
    """What reading, folding and costing take in a warm process, the least of the rounds."""
    scripts = [Script(path, Path(path).read_text(), Transactions.PER_FILE) for path in files]
    least: dict[str, float] = {}
    for _ in range(rounds):
        read_operations.cache_clear()
        began = time.process_time()
        read = [read_operations(script) for script in scripts]
        after_read = time.process_time()
        catalog, steps = initial_catalog("plain"), list[Step]()
        for operations in read:
            for step in fold(catalog, operations):
                steps.append(step)
                catalog = step.after
        after_fold = time.process_time()
        for step in steps:
            cost_of(step)
        spent = {"read": after_read - began, "fold": after_fold - after_read, "cost": time.process_time() - after_fold}
        least = {part: min(seconds, least.get(part, seconds)) for part, seconds in spent.items()}
    print(", ".join(f"{part} {seconds:.3f} s" for part, seconds in least.items()))


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", metavar="MIGRATION")
    parser.add_argument("--squawk", default="squawk", help="the command of squawk")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--parts", action="store_true", help="also time the parts in one process")
    options = parser.parse_args()
    squawk = shutil.which(options.squawk)
    if squawk is None:
        print(f"squawk is not timed: there is no command {options.squawk}", file=sys.stderr)
    print_table(options.files, squawk, options.rounds)
    if options.parts:
        print_parts(options.files, options.rounds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
