"""Shows where a check with a shadow database spends its time, or how much of a history applies.

    python bench/shadow.py check REPO BASE HEAD [--cache FOLDER] [--rounds N]
    python bench/shadow.py apply REPO[:FOLDER] [...] [--postgres-bin DIR] [--show]

`check` runs the command in this process and adds up the seconds of each stage of the proof. `apply` runs every
migration of a history on one database, goes on after one that fails, and counts. Bare repositories do.
"""

import argparse
import io
import os
import secrets
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing, redirect_stderr, redirect_stdout
from typing import Any

from midflight import app
from midflight.adapters.git import GitRepository
from midflight.adapters.shadow import choice as shadow_choice
from midflight.adapters.shadow import history as shadow_history
from midflight.adapters.shadow import proving as shadow
from midflight.adapters.shadow import run as shadow_run
from midflight.adapters.shadow.server import Lockdown, ShadowServer, find_server
from midflight.adapters.shadow.session import Failure, Watch
from midflight.adapters.shadow.standins import provide
from midflight.cli import main as command
from midflight.migrations.find import find_histories
from midflight.migrations.model import History
from midflight.proof.model import Bounds
from midflight.proof.platforms import platform_of

_BOUNDS = Bounds(history_seconds=600)
_STAGES: tuple[tuple[Any, str], ...] = (
    (shadow_choice, "prove_all"),
    (ShadowServer, "__enter__"),
    (ShadowServer, "stop"),
    (ShadowServer, "create_database"),
    (ShadowServer, "drop_database"),
    (shadow, "build_template"),
    (shadow_history.Builder, "prepare"),
    (shadow, "bring_checker"),
    (shadow, "seed"),
    (shadow_run.Run, "prove"),
    (shadow_run.Run, "_ask"),
    (shadow_run.Run, "_bodies"),
    (shadow_run.Run, "_visible"),
    (shadow_run.Run, "_apply"),
    (shadow_run.Run, "_back"),
    (shadow_run.Run, "_losses"),
    (shadow_run, "read_catalog"),
    (shadow_run, "facts"),
    (shadow, "judged_downs"),
    (shadow, "partial_failures"),
)


def timed(
    spent: defaultdict[str, float], calls: Counter[str], name: str, inner: Callable[..., Any]
) -> Callable[..., Any]:
    """Return a function that adds up what it takes."""

    def outer(*given: Any, **named: Any) -> Any:  # noqa: ANN401 - whatever it wraps
        begin = time.perf_counter()
        try:
            return inner(*given, **named)
        finally:
            spent[name] += time.perf_counter() - begin
            calls[name] += 1

    return outer


def check(options: argparse.Namespace) -> None:
    """Print the seconds of each stage; stages lie within one another."""
    spent: defaultdict[str, float] = defaultdict(float)
    calls: Counter[str] = Counter()
    for holder, name in _STAGES:
        setattr(holder, name, timed(spent, calls, name, getattr(holder, name)))
    setattr(app, "prove_all", shadow_choice.prove_all)  # noqa: B010 - imported there by name
    os.chdir(options.repository)
    words = ["check", "--shadow=required", "--base", options.base, "--head", options.head]
    words += ["--cache", options.cache] if options.cache else []
    if options.postgres_bin:
        found = find_server(options.postgres_bin)
        setattr(shadow_choice, "find_server", lambda _: found)  # noqa: B010 - the repository's own setting is another
    for _ in range(options.rounds):
        spent.clear()
        calls.clear()
        begin = time.perf_counter()
        out = io.StringIO()
        with redirect_stdout(out), redirect_stderr(out):
            try:
                sys.argv = ["midflight", *words]
                command()
                code: object = 0
            except SystemExit as ended:
                code = ended.code
        print(f"exit {code}, {time.perf_counter() - begin:.2f} s")
        for name, seconds in sorted(spent.items(), key=lambda each: -each[1]):
            print(f"  {seconds:6.2f} s {calls[name]:3} x {name}")
        if options.show:
            print(out.getvalue())


def histories(argument: str) -> Iterator[tuple[str, History]]:
    """Yield the Postgres histories with more than one migration of a repository."""
    place, _, folder = argument.partition(":")
    repository = GitRepository(place)
    tree = repository.tree(repository.resolve("HEAD"))
    for history in find_histories(tree, repository, ()):
        if history.dialect == "postgres" and len(history.migrations) > 1 and folder in history.folder:
            yield place.rstrip("/"), history


def apply(options: argparse.Namespace) -> None:
    """Print for each history how many of its migrations apply."""
    binaries = find_server(options.postgres_bin)
    if binaries is None:
        raise SystemExit("no PostgreSQL server was found")
    for argument in options.repositories:
        for place, history in histories(argument):
            with ShadowServer(binaries, lockdown=Lockdown("midflight_bench", secrets.token_hex(16), 0, ())) as server:
                print(f"{place} {history.folder} ({history.format}, PostgreSQL {binaries.version})", end=": ")
                applied(server, history, show=options.show)


def applied(server: ShadowServer, history: History, *, show: bool) -> None:
    """Run each migration, whatever became of those before it."""
    secret = secrets.token_hex(16)
    with closing(server.connect()) as root:
        root.execute(f"CREATE ROLE {shadow_history.OWNER} LOGIN SUPERUSER PASSWORD '{secret}'".encode())
        provide(root, server.home, shadow_history.OWNER)
    name = server.create_database(shadow_history.OWNER)
    template = shadow_history.Template(name, secret, platform=platform_of(history))
    failing: list[tuple[str, Failure]] = []
    with closing(Watch(server, seconds=600, disk=_BOUNDS.disk)) as watch:
        builder = shadow_history.Builder(server, template, watch, _BOUNDS)
        if failed := builder.prepare(history.format):
            print(failed)
            return
        with closing(builder.session()) as session:
            for migration in history.migrations:
                session.run("ROLLBACK")
                session.run("DISCARD ALL")
                if failure := builder.script(session, migration.up):
                    failing.append((migration.path, failure))
    template.stand_ins += builder.stand_ins()
    first = next((n for n, m in enumerate(history.migrations) if failing and m.path == failing[0][0]), None)
    whole = "whole" if first is None else f"{first} before the first failure"
    print(f"{len(history.migrations) - len(failing)} of {len(history.migrations)} apply, {whole}; {template.stand_ins}")
    for path, failure in failing if show else failing[:1]:
        print(f"    {path}: {failure.message[:200]} ({failure.sqlstate})")


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    kinds = parser.add_subparsers(required=True)
    one = kinds.add_parser("check")
    one.add_argument("repository")
    one.add_argument("base")
    one.add_argument("head")
    one.add_argument("--cache", default="")
    one.add_argument("--postgres-bin", default="")
    one.add_argument("--rounds", type=int, default=1)
    one.set_defaults(run=check)
    two = kinds.add_parser("apply")
    two.add_argument("repositories", nargs="+")
    two.add_argument("--postgres-bin", default="")
    two.set_defaults(run=apply)
    for kind in (one, two):
        kind.add_argument("--show", action="store_true", help="print all that is said")
    options = parser.parse_args()
    options.run(options)


if __name__ == "__main__":
    main()
