"""Runs squawk and Midflight over the same statements and prints what each tells and misses, and how long it takes.

    python bench/linters.py --squawk PATH [--files MIGRATION...]

The statements are those whose locks and work the tests measure on a real server (tests/support/cost_cases.py), and the
examples of the rules that need no code. What waits, breaks or fails must be told; what a server does at once and
harms nobody must not be. Squawk's rules about style (`prefer-*`, time-outs, robustness) are switched off, so that they
count neither as hits nor as false alarms. With files, both read them in turn and the times are printed.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from midflight.rules import load_rules  # noqa: E402
from support.cost_cases import CASES, Case  # noqa: E402 (what the tests measure is what is judged here)

VERSION = 15
STYLE = (
    "prefer-robust-stmts,prefer-bigint-over-int,prefer-bigint-over-smallint,prefer-identity,prefer-text-field,"
    "prefer-timestamp-tz,ban-char-field,require-lock-timeout,require-statement-timeout"
)
BLOCKING = {"SHARE", "SHARE ROW EXCLUSIVE", "EXCLUSIVE", "ACCESS EXCLUSIVE"}
SUPABASE = ("supabase/migrations/20240101000000_schema.sql", "supabase/migrations/20240201000000_change.sql")
GOLANG = ("migrations/000001_schema.up.sql", "migrations/000002_change.up.sql")
UNHARMED = (
    "add column: nullable",
    "add column: constant",
    "add column: required with",
    "add column: now()",
    "add column: current_timestamp",
    "add column: timezone",
    "add column: empty array",
    "add column: plain domain",
    "add column: a string",
    "add column: own stable",
    "add column: own immutable",
    "add column: references without",
    "add column: twice",
    "add column: partitions",
    "change type: varchar",
    "change type: text to varchar",
    "change type: text to a domain",
    "change type: numeric grows",
    "change type: numeric without",
    "change type: timestamp precision grows",
    "change type: time precision grows",
    "change type: interval",
    "change type: cidr",
    "change type: varbit",
    "change type: same type",
    "change type: redundant",
    "change type: two redundant",
    "change type: a cast to the new",
    "change type: index of another",
    "set statistics",
    "set storage",
    "set compression",
    "set not null, proven",
    "set not null twice",
    "validate a check",
    "validate a foreign key",
    "unique using an index",
    "primary key using an index, required",
    "create table",
    "create index concurrently",
    "comment",
    "analyze",
)


@dataclass(frozen=True)
class Labelled:
    """A statement on a schema; `told` says whether a linter has to say something."""

    title: str
    schema: str
    sql: str
    told: bool
    kind: str
    supabase: bool = False


def labelled_cases() -> Iterator[Labelled]:
    """The measured cases that wait, and those that are at once and harm nobody; others are no linter's to decide."""
    for case in (case for case in CASES if case.on(VERSION)):
        if waits(case):
            yield Labelled(case.title, case.schema, case.sql, told=True, kind="waits")
        elif case.title.startswith(UNHARMED) and not works_under_lock(case):
            yield Labelled(case.title, case.schema, case.sql, told=False, kind="harmless")


def waits(case: Case) -> bool:
    """Whether readers or writers wait for the size of a relation; nobody writes to a materialized view."""
    return works_under_lock(case) and "CONCURRENTLY mv" not in case.sql


def works_under_lock(case: Case) -> bool:
    """Whether any work is done at all under a lock that stops somebody."""
    return any(lock in BLOCKING for lock, work in case.held.values() if work != "none")


def labelled_examples() -> Iterator[Labelled]:
    """The examples of rules that one migration shows by itself, on any server."""
    for rule in load_rules():
        if rule.opt_in:
            continue
        for example, told in (*((e, True) for e in rule.bad), *((e, False) for e in rule.good)):
            plain = not (example.base or example.head or example.edited or example.names or example.down)
            alone = plain and len(example.migrations) == 1 and example.postgres_version in {0, VERSION}
            if alone and not example.tables.facts:
                yield Labelled(
                    f"{rule.id}: {example.title}",
                    example.schema,
                    example.migrations[0],
                    told=told,
                    kind="example, bad" if told else "example, good",
                    supabase=example.transactions,
                )


def write(cases: Sequence[Labelled], folder: Path) -> list[Path]:
    """Write each case as a history of two migrations; return the files to judge."""
    judged = []
    for number, case in enumerate(cases):
        layout = SUPABASE if case.supabase else GOLANG
        schema, change = (folder / f"case{number:04}" / path for path in layout)
        schema.parent.mkdir(parents=True)
        schema.write_text(case.schema or "SELECT 1;")
        change.write_text(f"{case.sql.rstrip().rstrip(';')};\n")
        judged.append(change)
    return judged


def told_by_squawk(squawk: str, files: Sequence[Path]) -> dict[str, list[str]]:
    """The rules that fired, by file."""
    command = [squawk, "--reporter", "Json", "--pg-version", str(VERSION), "--exclude", STYLE, *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found: dict[str, list[str]] = {}
    for issue in json.loads(done.stdout or "[]"):
        found.setdefault(issue["file"], []).append(issue["rule_name"])
    return found


def told_by_midflight(files: Sequence[Path]) -> dict[str, list[str]]:
    """The rules that fired, by file."""
    words = ["lint", "--format", "json", "--fail-on", "never", "--postgres-version", str(VERSION), *map(str, files)]
    done = subprocess.run([sys.executable, "-m", "midflight", *words], capture_output=True, text=True, check=True)
    found: dict[str, list[str]] = {}
    for finding in json.loads(done.stdout)["findings"]:
        path = next(str(f) for f in files if str(f).endswith(finding["path"]))
        found.setdefault(path, []).append(finding["rule"])
    return found


def compare(squawk: str) -> None:
    """Print recall and false alarms of both, and what Midflight gets wrong."""
    cases = [*labelled_cases(), *labelled_examples()]
    with tempfile.TemporaryDirectory() as folder:
        files = write(cases, Path(folder))
        answers = {"squawk": told_by_squawk(squawk, files), "midflight": told_by_midflight(files)}
    print("| statements | number | squawk | midflight |")
    print("| --- | --- | --- | --- |")
    for kind, number in Counter(case.kind for case in cases).items():
        hits = [
            sum(1 for case, file in zip(cases, files, strict=True) if case.kind == kind and str(file) in told)
            for told in answers.values()
        ]
        print(f"| {kind} | {number} | {hits[0]} told | {hits[1]} told |")
    for case, file in zip(cases, files, strict=True):
        rules = answers["midflight"].get(str(file), [])
        if bool(rules) is not case.told:
            print(f"midflight {'false alarm' if rules else 'missed'}: {case.title}: {case.sql} {rules}")


def race(squawk: str, files: Sequence[str], rounds: int) -> None:
    """Time both over the same files in turn, whole processes."""
    commands = {"squawk": [squawk, *files], "midflight": [sys.executable, "-m", "midflight", "lint", *files]}
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            start = time.perf_counter()
            subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
            taken[name].append(time.perf_counter() - start)
    print(f"\n| {len(files)} files, {rounds} rounds | minimum s | median s |")
    print("| --- | --- | --- |")
    for name, times in taken.items():
        print(f"| {name} | {min(times):.2f} | {statistics.median(times):.2f} |")


def main() -> None:
    """Compare, and race where files are given."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--squawk", default="squawk")
    parser.add_argument("--files", nargs="*", default=[])
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    compare(given.squawk)
    if given.files:
        race(given.squawk, given.files, given.rounds)


if __name__ == "__main__":
    main()
