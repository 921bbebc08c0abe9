"""Check the commits of a repository's history whose migrations only add, or those that take away.

    python bench/additive.py REPO [--kind additive|destructive] [--number N] [--every N] [--only SHA ...] [--show]

The folded difference of the two schemas decides what a commit is, not the words of its migrations. Each is checked as
a pull request of a team that deploys the database first. On a commit that only adds, an error, a break of old code on
the new schema and a break of new code on the new schema are printed: each is a false alarm until proven otherwise.
Rules about waiting (`TRAFFIC`) are counted apart. On a destructive commit every break is printed with its line.
"""

import argparse
import os
import subprocess
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from real_histories import KeptBlobs, list_tree

from midflight.adapters.git import GitRepository
from midflight.app import check
from midflight.catalog.compare import Difference
from midflight.changes.model import Status, Tree
from midflight.compatibility.model import Break, Cell
from midflight.compatibility.schemas import Schemas, read_schemas
from midflight.inspection.finding import Finding, Level
from midflight.migrations.compare import compare_histories
from midflight.migrations.find import find_histories
from midflight.operations.model import Opaque
from midflight.operations.shapes import ConstraintKind, Name
from midflight.report.model import Report, Subject

PATHS = ("*.sql", "*migrat*", "*/versions/*.py", "*schema.rb", "*structure.sql")

TRAFFIC = frozenset(
    "blocking-index blocking-reindex constraint-scan not-null-scan table-rewrite add-column-rewrite unique-build"
    " type-change-rewrite unbounded-data-change work-under-lock lock-timeout partition-lock partition-scan"
    " foreign-key-without-index".split()
)
"""Rules about how long others wait: they speak of the statement, not of the code."""

HARMLESS = frozenset(
    "relations_added columns_added constraints_added indexes_added routines_added types_added types_changed"
    " labels_added".split()
)
"""The parts of a difference in which a commit that only adds may have something."""

ONE_ROW_EACH = frozenset({ConstraintKind.PRIMARY_KEY, ConstraintKind.UNIQUE, ConstraintKind.EXCLUDE})
"""Constraints that old code keeps only by a new column whose values differ by themselves, as NULLs do."""


def only_adds(difference: Difference) -> bool:
    """Whether the new schema takes everything that the old one took, and has something more."""
    parts = {name for name in difference.__slots__ if getattr(difference, name)}
    if not parts or parts - HARMLESS or difference.labels_removed:
        return False
    if len(difference.types_changed) > len({name for name, _ in difference.labels_added}):
        return False
    fresh: dict[Name, set[str]] = {}
    apart: dict[Name, set[str]] = {}
    for table, column in difference.columns_added:
        fresh.setdefault(table, set()).add(column.name)
        if column.serial or column.identity or (column.default is None and not column.not_null):
            apart.setdefault(table, set()).add(column.name)
    unique = [(table, each.columns) for table, each in difference.constraints_added if each.kind in ONE_ROW_EACH]
    unique += [(index.table, index.keys) for index in difference.indexes_added if index.unique]
    others = [(table, each.columns) for table, each in difference.constraints_added if each.kind not in ONE_ROW_EACH]
    required = any(column.required for _, column in difference.columns_added)
    return (
        not required
        and all(set(columns) & apart.get(table, set()) for table, columns in unique)
        and all(set(columns) & fresh.get(table, set()) for table, columns in others)
    )


def takes_away(difference: Difference) -> bool:
    """Whether a table, view, column or routine goes, a type changes, or a write must give more than before."""
    gone = difference.relations_removed or difference.columns_removed or difference.routines_removed
    retyped = any(before.type != after.type for _, before, after in difference.columns_changed)
    demanded = any(after.required and not before.required for _, before, after in difference.columns_changed)
    return bool(gone or retyped or demanded or any(column.required for _, column in difference.columns_added))


@dataclass(slots=True)
class Totals:
    """What was counted."""

    looked: int = 0
    chosen: int = 0
    alarms: int = 0
    findings: Counter[str] = field(default_factory=Counter)
    cells: Counter[str] = field(default_factory=Counter)
    crashes: list[str] = field(default_factory=list)


def commits(repository: Path) -> Iterator[tuple[str, str, str]]:
    """Yield (parent, commit, subject) of first-parent commits that touch what may be a migration, newest first."""
    command = ["git", "-C", str(repository), "log", "--first-parent", "-m", "--format=%P%x09%H%x09%s", "HEAD", "--"]
    for line in subprocess.run([*command, *PATHS], check=True, capture_output=True, text=True).stdout.splitlines():
        parents, commit, subject = line.split("\t", 2)
        if parents:
            yield parents.split()[0], commit, subject


def schemas_of(base: Tree, head: Tree, blobs: KeptBlobs) -> list[Schemas]:
    """The databases of PostgreSQL with migrations to apply; none where merged ones were changed or not read."""
    changes = compare_histories(find_histories(base, blobs), find_histories(head, blobs))
    if any(each.status not in {Status.ADDED, Status.MOVED} for change in changes for each in change.changes):
        return []
    found = [read_schemas(change) for change in changes if change.pending and change.head.dialect == "postgres"]
    return [] if any(isinstance(step.operation, Opaque) for one in found for step in one.steps) else found


def show_break(cell: str, found: Break) -> str:
    """One line about a break."""
    cause = f"{found.statement.path}:{found.statement.line}" if found.statement else "no statement"
    what = f"{found.kind} {found.object} tier {found.tier}{' guarded' if found.guard else ''}"
    return f"    {cell} {what} at {found.place.path}:{found.place.line} ({found.detail}) <- {cause}"


def alarms_of(report: Report, kind: str) -> list[str]:
    """What must not be said of a commit that only adds; of a destructive one, all that is said of its code."""
    cells: dict[str, Cell] = {"old-new": report.matrix.old_new, "new-new": report.matrix.new_new}
    lines = [show_break(cell, found) for cell, one in cells.items() for found in one.breaks if found.tier == 1]
    errors = [f for f in report.findings if f.level is Level.ERROR and f.suppressed is None]
    if kind == "additive":
        errors = [f for f in errors if f.rule not in TRAFFIC]
    return lines + [show_finding(each) for each in errors]


def show_finding(found: Finding) -> str:
    """One line about a finding."""
    return f"    {found.level} {found.rule} {found.place.path}:{found.place.line} {found.message[:240]}"


def count(totals: Totals, report: Report, kind: str, *, title: str, show: bool) -> None:
    """Add one report to the totals, and print what is to be looked at."""
    totals.chosen += 1
    totals.findings.update(f"{f.rule} ({f.level})" for f in report.findings if f.suppressed is None)
    totals.cells.update(f"{name}: {cell.state}" for name, cell in report.matrix.cells)
    lines = alarms_of(report, kind)
    totals.alarms += bool(lines)
    if lines or kind == "destructive" or show:
        print("\n".join([title, *lines]), flush=True)
    if show:
        print("\n".join(f"  {show_finding(f)}" for f in report.findings if f.level is not Level.ERROR))
        print("\n".join(f"      {name}: {cell.state}" for name, cell in report.matrix.cells), flush=True)


def look(repository: Path, options: argparse.Namespace) -> Totals:
    """Walk the history until the wanted number of commits was checked."""
    blobs, totals = KeptBlobs(GitRepository(repository)), Totals()
    wanted, enough = (takes_away, any) if options.kind == "destructive" else (only_adds, all)
    started = time.perf_counter()
    chosen = [c for c in commits(repository) if not options.only or c[1].startswith(tuple(options.only))]
    for parent, commit, subject in chosen[:: options.every]:
        if totals.chosen >= options.number or time.perf_counter() - started > options.seconds:
            break
        totals.looked += 1
        try:
            trees = [list_tree(repository, revision) for revision in (parent, commit)]
            schemas = schemas_of(trees[0], trees[1], blobs)
            if not schemas or not enough(wanted(one.difference) for one in schemas):
                continue
            about = Subject(base=parent, head=commit, title=subject)
            given = {"deploys": "database-first", "shadow": "off"}
            checked = check(blobs, trees[0], trees[1], subject=about, environment={}, options=given)
            count(totals, checked.report, options.kind, title=f"{commit[:10]} {subject}", show=options.show)
        except Exception:  # noqa: BLE001 - every crash is counted and shown
            totals.crashes.append(f"{commit} {subject}\n{traceback.format_exc(limit=-4)}")
    return totals


def main() -> int:
    """Print what is reported, and the counts; the exit code tells whether anything was."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repository", type=Path)
    parser.add_argument("--kind", choices=("additive", "destructive"), default="additive")
    parser.add_argument("--number", type=int, default=60, help="how many commits of that kind are checked at most")
    parser.add_argument("--every", type=int, default=1, help="only each Nth commit that touches migrations")
    parser.add_argument("--seconds", type=float, default=3600, help="begin no further commit after so long")
    parser.add_argument("--only", nargs="*", default=[], help="only commits that begin with one of these")
    parser.add_argument("--show", action="store_true", help="print every commit that is checked, with all findings")
    options = parser.parse_args()
    totals = look(options.repository, options)
    print(
        f"{options.repository.parent.name}: looked at {totals.looked}, {options.kind} {totals.chosen},"
        f" with reports {totals.alarms}, crashes {len(totals.crashes)}"
    )
    for counter in (totals.cells, totals.findings):
        print(*(f"  {number:5} {name}" for name, number in counter.most_common(25)), sep=os.linesep)
    print(*totals.crashes[:5], sep=os.linesep)
    return 1 if totals.crashes or (totals.alarms and options.kind == "additive") else 0


if __name__ == "__main__":
    sys.exit(main())
