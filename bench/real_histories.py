"""Walk a repository's first-parent history and check every commit that touches a migration, as a pull request would be.

    python bench/real_histories.py REPO [--limit N] [--every N] [--only SHA ...] [--show]

Nothing is checked out: trees and contents are read through git (bare repositories too).
"""

import argparse
import subprocess
import sys
import time
import traceback
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from midflight.adapters.git import GitRepository
from midflight.app import Checked, check, render
from midflight.changes.model import Entry, EntryKind, Tree
from midflight.migrations.compare import compare_histories
from midflight.migrations.find import find_histories
from midflight.migrations.model import DatabaseChange, MigrationChange
from midflight.migrations.order import find_problems
from midflight.report.model import Subject


@dataclass(slots=True)
class KeptBlobs:
    """Contents read once: one commit's migrations are nearly those of the next."""

    repository: GitRepository
    known: dict[str, bytes] = field(default_factory=dict)

    def read(self, blobs: Collection[str]) -> Iterator[tuple[str, bytes]]:
        """Yield the known contents, reading the rest from git first."""
        missing = set(blobs) - self.known.keys()
        if missing:
            self.known.update(self.repository.read(missing))
        yield from ((blob, self.known[blob]) for blob in blobs if blob in self.known)


@dataclass(slots=True)
class Totals:
    """What was counted over all commits."""

    commits: int = 0
    crashes: list[str] = field(default_factory=list)
    formats: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    pending: int = 0
    problems: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    verdicts: Counter[str] = field(default_factory=Counter)
    cells: Counter[str] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    statements: int = 0
    opaque: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)


def commits_with_sql(repository: Path) -> Iterator[tuple[str, str, str]]:
    """Yield (parent, commit, subject) of first-parent commits that touch SQL, the newest first."""
    command = ["git", "-C", str(repository), "log", "--first-parent", "-m", "--format=%P%x09%H%x09%s"]
    command += ["HEAD", "--", "*.sql", "*migration_lock.toml", "*_journal.json"]
    for line in subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines():
        parents, commit, subject = line.split("\t", 2)
        if parents:
            yield parents.split()[0], commit, subject


def list_tree(repository: Path, revision: str) -> Tree:
    """The tree of a revision; a mirror may lack its largest files, which then have no size."""
    kinds = {"120000": EntryKind.SYMLINK, "160000": EntryKind.SUBMODULE}
    command = ["git", "-C", str(repository), "ls-tree", "-r", "-z", "-l", revision]
    entries: dict[str, Entry] = {}
    for record in subprocess.run(command, check=True, capture_output=True).stdout.split(b"\0")[:-1]:
        facts, _, raw = record.partition(b"\t")
        mode, _, blob, size = facts.decode().split()
        path = raw.decode("utf-8", "backslashreplace")
        kind = kinds.get(mode, EntryKind.FILE)
        entries[path] = Entry(path, blob, kind, int(size) if size.isdigit() else 0)
    return Tree(revision, entries)


def analyse(base: Tree, head: Tree, blobs: KeptBlobs) -> tuple[DatabaseChange, ...]:
    """Run what is measured on one commit."""
    return compare_histories(find_histories(base, blobs), find_histories(head, blobs))


def run(base: Tree, head: Tree, blobs: KeptBlobs, title: str) -> Checked:
    """Check one commit and render everything, as the action does."""
    subject = Subject(base=base.revision, head=head.revision, title=title)
    checked = check(blobs, base, head, subject=subject, environment={}, options={"shadow": "off"})
    render(checked)
    return checked


def count_report(totals: Totals, checked: Checked, *, show: bool) -> None:
    """Add one report to the totals."""
    report = checked.report
    totals.verdicts[f"{report.verdict} ({report.plan.order})"] += 1
    totals.statements += report.coverage.statements
    totals.opaque.update(item.reason for item in report.coverage.opaque)
    totals.rules.update(f"{f.rule} ({f.level})" for f in report.findings if f.suppressed is None)
    totals.cells.update(f"{name}: {cell.state}" for name, cell in report.matrix.cells)
    if show:
        print(f"  => {report.verdict} {report.plan.order}: {report.headline}")
        print("     " + ", ".join(f"{name} {cell.state}" for name, cell in report.matrix.cells))
        for finding in report.findings:
            print(
                f"     {finding.level} {finding.rule} {finding.place.path}:{finding.place.line} {finding.message[:230]}"
            )
        for name, cell in report.matrix.cells:
            for doubt in cell.doubts[:3]:
                place = f"{doubt.place.path}:{doubt.place.line}" if doubt.place else ""
                print(f"       doubt {name}: {doubt.reason[:150]} {place}")


def describe(change: MigrationChange) -> str:
    """One line of a migration's change."""
    cosmetic = " (white space or comments)" if change.cosmetic else ""
    origin = change.before.path if change.before and change.after and change.before.path != change.after.path else ""
    return f"    {change.status:8} {change.migration.path}{cosmetic}{' from ' + origin if origin else ''}"


def count(totals: Totals, databases: tuple[DatabaseChange, ...], *, show: bool) -> None:
    """Add one commit's result to the totals."""
    for database in databases:
        totals.formats[f"{database.head.format} {database.head.folder} ({database.head.dialect})"] += 1
        totals.statuses.update(f"{each.status}{' cosmetic' if each.cosmetic else ''}" for each in database.changes)
        totals.pending += len(database.pending)
        problems = find_problems(database)
        totals.problems.update(f"{problem.kind}" for problem in problems)
        totals.reasons.update(each.reason for each in database.head.not_analysed)
        totals.skipped.update(each.reason for each in database.head.skipped)
        if show:
            lines = [describe(each) for each in database.changes]
            lines += [f"    !{problem.kind}: {problem.message}" for problem in problems]
            print("\n".join(lines))


def main() -> int:
    """Print the counts; the exit code tells whether anything crashed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("repository", type=Path)
    parser.add_argument("--limit", type=int, default=0, help="only the newest N commits")
    parser.add_argument("--every", type=int, default=1, help="only each Nth commit")
    parser.add_argument("--only", nargs="*", default=[], help="only commits that begin with one of these")
    parser.add_argument("--show", action="store_true", help="print what each commit does")
    options = parser.parse_args()
    repository = GitRepository(options.repository)
    blobs, totals = KeptBlobs(repository), Totals()
    started = time.perf_counter()
    wanted = tuple(options.only)
    commits = [c for c in commits_with_sql(options.repository) if not wanted or c[1].startswith(wanted)]
    for parent, commit, subject in commits[: options.limit or None : options.every]:
        totals.commits += 1
        if options.show:
            print(f"{commit[:10]} {subject}")
        try:
            trees = [list_tree(options.repository, revision) for revision in (parent, commit)]
            count(totals, analyse(trees[0], trees[1], blobs), show=options.show)
            begun = time.perf_counter()
            count_report(totals, run(trees[0], trees[1], blobs, subject), show=options.show)
            totals.seconds.append(time.perf_counter() - begun)
        except Exception:  # noqa: BLE001 - every crash is counted and shown
            totals.crashes.append(f"{commit} {subject}\n{traceback.format_exc(limit=-3)}")
    report(totals, time.perf_counter() - started)
    return 1 if totals.crashes else 0


def report(totals: Totals, seconds: float) -> None:
    """Print the totals."""
    print(f"commits {totals.commits}, crashes {len(totals.crashes)}, {seconds:.1f} s, pending {totals.pending}")
    print(f"statements of pending migrations {totals.statements}, not read {sum(totals.opaque.values())}")
    if totals.seconds:
        ordered = sorted(totals.seconds)
        print(f"seconds for one check: median {ordered[len(ordered) // 2]:.2f}, slowest {ordered[-1]:.2f}")
    for title in ("verdicts", "cells", "rules", "opaque", "formats", "statuses", "problems", "reasons", "skipped"):
        counter: Counter[str] = getattr(totals, title)
        print(f"{title}:")
        for name, number in counter.most_common(20):
            print(f"  {number:6} {name}")
    for crash in totals.crashes[:5]:
        print(crash)


if __name__ == "__main__":
    sys.exit(main())
