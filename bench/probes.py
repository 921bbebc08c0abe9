"""Tries the statements of code on the commits of a repository's history, and says where the server and reading differ.

    python bench/probes.py REPO [--number N] [--every N] [--only SHA ...] [--rows N] [--postgres-bin DIR] [--show]

Each commit whose migrations PostgreSQL applies is one change. A line is printed for each break that reading claims and
the server takes, and for each that the server shows and reading has not seen. `--show` also prints each statement that
the server refuses on both schemas, which says nothing of the change, with the line of code. Bare repositories do.
"""

import argparse
import sys
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from additive import commits, schemas_of
from real_histories import KeptBlobs, list_tree

from midflight.adapters.git import GitRepository
from midflight.adapters.kept import FolderStore
from midflight.adapters.shadow.proving import prove
from midflight.adapters.shadow.server import ServerBinaries, find_server
from midflight.compatibility.model import Break, CellName, Tried
from midflight.compatibility.probes import Probe
from midflight.inspection.assess import Scope, assess
from midflight.inspection.model import Context
from midflight.plan.options import PlanOptions
from midflight.plan.rollback import plan_rollback
from midflight.proof.model import Bounds, Proof
from midflight.proof.probing import probe_in
from midflight.proof.trying import with_probes
from midflight.references.model import CodeReferences

BOUNDS = Bounds(history_seconds=300, change_seconds=60, probe_seconds=60, probes=20_000)


@dataclass(slots=True)
class Totals:
    """What was counted over all commits."""

    looked: int = 0
    applied: int = 0
    cells: dict[CellName, Counter[str]] = field(default_factory=lambda: {name: Counter() for name in CellName})
    reasons: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    crashes: list[str] = field(default_factory=list)


def shown(cell: CellName, found: Break, what: str) -> str:
    """One line about a break on which reading and the server differ."""
    cause = f"{found.statement.path}:{found.statement.line}" if found.statement else "no statement"
    place = f"{found.place.path}:{found.place.line}"
    return f"    {cell} {what}: {found.kind} {found.object} at {place} ({found.detail}) <- {cause}"


def count(totals: Totals, before: Context, after: Context) -> None:
    """Add one change to the totals, and print where reading and the server differ."""
    for (name, read), (_, cell) in zip(before.matrix.cells, after.matrix.cells, strict=True):
        tried, counter = cell.tried, totals.cells[name]
        if tried is None:
            continue
        _add(totals, name, tried)
        known = {(each.object, each.place) for each in read.breaks}
        for found in cell.breaks:
            fresh = (found.object, found.place) not in known
            if fresh:
                counter["seen by the server alone"] += 1
                print(shown(name, found, "SERVER ALONE"), flush=True)
            elif found.proven is False:
                counter["taken by the server"] += 1
                print(shown(name, found, "SERVER TAKES"), flush=True)
            else:
                counter["confirmed" if found.proven else "not tried"] += 1


def _add(totals: Totals, name: CellName, tried: Tried) -> None:
    counts = {"hold": tried.hold, "fail": tried.fail, "undecided": tried.incomplete, "left out": tried.left_out}
    totals.cells[name].update(counts)
    totals.reasons.update(dict(tried.reasons))


def refused(context: Context, code: CodeReferences, proof: Proof, already: set[str]) -> None:
    """Print the statements that the schema which the code is made for refuses, each once."""
    if proof.old is None or proof.new is None:
        return
    own = proof.new if code is context.new_code else proof.old
    for reference in code.references:
        probe = probe_in(context, reference)
        if not isinstance(probe, Probe) or probe.sql in already:
            continue
        answers = own.given.get(probe, ())
        if answers and not any(each.holds for each in answers):
            already.add(probe.sql)
            at, said = f"{reference.place.path}:{reference.place.line}", answers[0]
            print(f"      refused {at} {said.message} ({said.sqlstate}): {' '.join(probe.sql.split())[:300]}")


def look(repository: Path, binaries: ServerBinaries, options: argparse.Namespace) -> Totals:
    """Walk the history until the wanted number of commits was tried."""
    blobs, totals, already = KeptBlobs(GitRepository(repository)), Totals(), set[str]()
    store, started = FolderStore(options.cache) if options.cache else None, time.perf_counter()
    chosen = [each for each in commits(repository) if not options.only or each[1].startswith(tuple(options.only))]
    for parent, commit, subject in chosen[:: options.every]:
        if totals.applied >= options.number or time.perf_counter() - started > options.seconds:
            break
        totals.looked += 1
        try:
            base, head = list_tree(repository, parent), list_tree(repository, commit)
            if not schemas_of(base, head, blobs):
                continue
            for context in assess(base, head, blobs, Scope()).contexts:
                if not context.steps:
                    continue
                rollback = plan_rollback([context], [], PlanOptions())
                proof = prove(context, rollback, binaries, BOUNDS, rows=options.rows, store=store)
                print(f"{commit[:10]} {subject[:100]} ({context.database.database})", flush=True)
                if not proof.applied:
                    totals.failed[proof.reason[:160]] += 1
                    print(f"    not applied: {proof.reason[:300]}", flush=True)
                    continue
                totals.applied += 1
                (after,) = with_probes([context], [proof])
                count(totals, context, after)
                for code in (context.old_code, context.new_code) if options.show else ():
                    refused(context, code, proof, already)
        except Exception:  # noqa: BLE001 - every crash is counted and shown
            totals.crashes.append(f"{commit} {subject}\n{traceback.format_exc(limit=-4)}")
    return totals


def main() -> int:
    """Print the differences and the counts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repository", type=Path)
    parser.add_argument("--number", type=int, default=10, help="how many changes are tried at most")
    parser.add_argument("--every", type=int, default=1, help="only each Nth commit that touches migrations")
    parser.add_argument("--seconds", type=float, default=600, help="begin no further commit after so long")
    parser.add_argument("--only", nargs="*", default=[], help="only commits that begin with one of these")
    parser.add_argument("--rows", type=int, default=0, help="generated rows for each table")
    parser.add_argument("--cache", default="", help="a folder that keeps schemas at base")
    parser.add_argument("--postgres-bin", default="")
    parser.add_argument("--show", action="store_true", help="print the statements that are refused on both schemas")
    options = parser.parse_args()
    binaries = find_server(options.postgres_bin)
    if binaries is None:
        parser.error("no PostgreSQL server was found")
    totals = look(options.repository, binaries, options)
    print(f"{options.repository.parent.name}: looked at {totals.looked}, applied {totals.applied}")
    for name, counter in totals.cells.items():
        print(f"  {name}: {', '.join(f'{number} {what}' for what, number in counter.most_common())}")
    print(*(f"  {number:5} {reason}" for reason, number in totals.reasons.most_common(40)), sep="\n")
    print(*(f"  not applied {number:3} {reason}" for reason, number in totals.failed.most_common(10)), sep="\n")
    print(*totals.crashes[:5], sep="\n")
    return 1 if totals.crashes else 0


if __name__ == "__main__":
    sys.exit(main())
