"""Holds the modelled cost of statements against what a real server does.

    python bench/costs.py REPO[:FOLDER] [...] [--newest N] [--postgres-bin DIR]
    python bench/costs.py --examples

Every migration of a history runs on a copy of the schema that those before it made, as the product's proof runs it, and
each statement in which lock or work differ from the model is printed. `--examples` runs those of the rules, each as a
pull request of its own on tables with rows. Bare repositories do.
"""

import argparse
import secrets
import sys
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from midflight.adapters.shadow import history as shadow_history
from midflight.adapters.shadow.proving import prove
from midflight.adapters.shadow.run import Ground, Run
from midflight.adapters.shadow.server import Lockdown, ServerBinaries, ShadowServer, find_server
from midflight.adapters.shadow.session import Watch
from midflight.adapters.shadow.standins import provide
from midflight.inspection.assess import Scope
from midflight.inspection.lint import Server, lint_contexts
from midflight.migrations.model import History
from midflight.plan.model import Reversibility, RollbackPlan
from midflight.plan.options import PlanOptions
from midflight.plan.rollback import plan_rollback
from midflight.proof.model import Bounds, Proof, Traced
from midflight.rules import load_rules

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from rollbacks import histories_of

from support.examples import assess_files, files_at_base, files_at_head

_BOUNDS = Bounds(history_seconds=3600, change_seconds=3600)
_NOTHING = RollbackPlan(Reversibility.LOSSLESS, ())


def differences(statements: Iterable[Traced]) -> int:
    """Print the statements of which the model says something else; return how many there are."""
    found = [each for each in statements if each.against]
    for each in found:
        text = " ".join(each.statement.text.split())[:120]
        print(f"    {each.statement.path}:{each.statement.line}: {text}: {'; '.join(each.against)}", flush=True)
    return len(found)


def walk(binaries: ServerBinaries, history: History, newest: int) -> tuple[int, int, int]:
    """Run each of the newest migrations; return how many applied, and how many statements ran and differ."""
    applied = ran = differ = 0
    secret = secrets.token_hex(16)
    with ShadowServer(binaries, lockdown=Lockdown("midflight_bench", secret, _BOUNDS.memory, ())) as server:
        with closing(server.connect()) as root:
            root.execute(f"CREATE ROLE {shadow_history.OWNER} LOGIN SUPERUSER PASSWORD '{secret}'".encode())
            provide(root, server.home, shadow_history.OWNER)
        template = shadow_history.Template(server.create_database(shadow_history.OWNER), secret)
        wanted = frozenset(migration.path for migration in history.migrations)
        first = len(history.migrations) - newest if newest else 0
        with closing(Watch(server, seconds=_BOUNDS.history_seconds, disk=_BOUNDS.disk * 8)) as watch:
            builder = shadow_history.Builder(server, template, watch, _BOUNDS)
            builder.prepare(history.format)
            for number, context in enumerate(lint_contexts(history, wanted, Server(binaries.version))):
                if number >= first:
                    name = server.create_database(shadow_history.OWNER, template=template.name)
                    ground = Ground(server, template, context, watch, _BOUNDS, None)
                    proof, _ = Run(ground).prove(name, _NOTHING, Proof("", binaries.version))
                    server.drop_database(name)
                    applied, ran = applied + proof.applied, ran + len(proof.statements)
                    differ += differences(proof.statements)
                with closing(builder.session()) as session:
                    builder.script(session, context.database.pending[0].up)
    return applied, ran, differ


def examples(binaries: ServerBinaries) -> None:
    """Run the examples of the rules that PostgreSQL takes."""
    changes = ran = differ = 0
    for rule in load_rules():
        for example in (*rule.bad, *rule.good):
            if example.fails or example.edited is not None or example.postgres_version not in {0, binaries.version}:
                continue
            scope = Scope(deploys=example.deploys, postgres_version=binaries.version, tables=example.tables)
            found = assess_files(files_at_base(example), files_at_head(example), scope)
            for context in (each for each in found.contexts if each.steps):
                proof = prove(context, plan_rollback([context], [], PlanOptions()), binaries, Bounds(), rows=100)
                changes, ran = changes + proof.applied, ran + len(proof.statements)
                differ += differences(proof.statements)
    print(f"examples (PostgreSQL {binaries.version}): {changes} apply, {ran} statements, {differ} differ")


def main() -> None:
    """Print one block a history."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repositories", nargs="*")
    parser.add_argument("--examples", action="store_true")
    parser.add_argument("--newest", type=int, default=0, help="only so many migrations of each history")
    parser.add_argument("--revision", default="HEAD")
    parser.add_argument("--postgres-bin", default="")
    options = parser.parse_args()
    binaries = find_server(options.postgres_bin)
    if binaries is None:
        raise SystemExit("no PostgreSQL server was found")
    if options.examples:
        examples(binaries)
    for argument in options.repositories:
        for place, history in histories_of(argument, options.revision):
            print(f"{place} {history.folder} ({history.format}, PostgreSQL {binaries.version})", flush=True)
            applied, ran, differ = walk(binaries, history, options.newest)
            print(
                f"  {applied} of {options.newest or len(history.migrations)} apply, {ran} statements, {differ} differ"
            )


if __name__ == "__main__":
    main()
