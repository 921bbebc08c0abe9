"""`midflight init`: the first workflow and configuration file, made of what is found in a repository."""

import re
from collections import Counter
from pathlib import Path, PurePosixPath

import click

from midflight.adapters.git import GitRepository
from midflight.changes.model import Blobs, Tree
from midflight.changes.read import text_at
from midflight.errors import SettingsError
from midflight.migrations.find import DatabaseOptions, find_histories
from midflight.migrations.model import History
from midflight.references.languages import suffixes
from midflight.settings.model import CONFIGURATION_PATH, Database
from midflight.settings.scaffold import Detected, configuration, workflow
from midflight.text import plural, printable

WORKFLOW_PATH = ".github/workflows/midflight.yml"
_READABLE = frozenset({"postgres", "mysql", "mariadb", "sqlite"})
_SERVER = re.compile(
    r"\bimage:\s*[\"']?(?:[\w./-]*/)?(?:postgres|postgresql|postgis|pgvector|timescaledb):(?:pg)?(1[2-8])\b(?!\.\d+-pg)"
)
_SUPABASE = re.compile(r"^major_version\s*=\s*(1[2-8])\s*(?:#.*)?$", re.MULTILINE)
_SERVICES = re.compile(r"(?:^|/)(?:docker-)?compose[\w.-]*\.ya?ml$|^\.github/workflows/[^/]+\.ya?ml$")
_MOST_FILES = 200


@click.command()
@click.option("--repo", default=".", show_default=True, help="A git repository.")
@click.option("--write", "writes", is_flag=True, help="Write the two files instead of printing them.")
@click.option("--force", is_flag=True, help="With --write: overwrite files that are there.")
@click.option(
    "--action", default="OWNER/midflight@v0", show_default=True, help="Which copy of the action, and which commit."
)
def init(*, repo: str, writes: bool, force: bool, action: str) -> None:
    """Write the first workflow and configuration file, from what is committed in the repository.

    Without --write both are printed. Files that are there stay as they are, unless --force is given.
    """
    if not re.fullmatch(r"[\w.-]+/[\w./-]+@[\w./-]+", action):
        raise SettingsError((f"option --action: {action!r} is not allowed; it must be `owner/name@commit`.",))
    repository = GitRepository(repo)
    tree = repository.tree("HEAD")
    histories = find_histories(tree, repository)
    found = detect(tree, repository, histories)
    for line in (*_told(histories, found), *_roots(tree)):
        click.echo(line, err=True)
    files = {WORKFLOW_PATH: workflow(repository.default_branch, action), CONFIGURATION_PATH: configuration(found)}
    if writes:
        _write(repository.root, files, force=force)
    else:
        for path, text in files.items():
            click.echo(f"# ---- {path}\n{text}")
    for line in _next(writes=writes, action=action):
        click.echo(line, err=True)


def detect(tree: Tree, blobs: Blobs, histories: tuple[History, ...]) -> Detected:
    """Return what the configuration can say; histories are named where that finds the same migrations."""
    known = tuple(history for history in histories if history.dialect in _READABLE)
    databases = tuple(
        Database.model_validate(
            {"name": h.database, "folder": h.folder or ".", "format": h.format, "dialect": h.dialect}
        )
        for h in known
    )
    options = tuple(DatabaseOptions(d.name, d.folder, d.format, d.dialect) for d in databases)
    again = find_histories(tree, blobs, options) if options else ()
    version, source = _postgres_version(tree, blobs)
    return Detected(databases, [_paths(h) for h in again] == [_paths(h) for h in histories], version, source)


def _paths(history: History) -> tuple[str, ...]:
    return tuple(migration.path for migration in history.migrations)


def _postgres_version(tree: Tree, blobs: Blobs) -> tuple[int, str]:
    """The server's major version where the repository's own services agree on one, and the file that says so."""
    config = next((path for path in tree.entries if path.endswith("supabase/config.toml")), "")
    if config and (found := _SUPABASE.search(text_at(tree, config, blobs) or "")):
        return int(found[1]), f"as in {config}"
    paths = [path for path in tree.entries if _SERVICES.search(path)][:_MOST_FILES]
    said = {int(v): path for path in reversed(paths) for v in _SERVER.findall(text_at(tree, path, blobs) or "")}
    return next(iter((version, f"as in {path}") for version, path in said.items())) if len(said) == 1 else (0, "")


def _told(histories: tuple[History, ...], found: Detected) -> list[str]:
    if not histories:
        return ["No migrations were found: name them under `databases` in the configuration."]
    lines = [
        f"Found {plural(len(h.migrations), 'migration')} of {h.format} ({h.dialect}) in {printable(h.folder or '.')}"
        + (f", {len(h.not_analysed)} not analysed" if h.not_analysed else "")
        + ("" if h.dialect in _READABLE else "; this SQL is not read")
        for h in histories
    ]
    if found.postgres_version:
        return [*lines, f"Found PostgreSQL {found.postgres_version}, {printable(found.version_from)}."]
    if any(h.dialect == "postgres" for h in histories):
        lines.append("Found no single version of PostgreSQL: set `postgres_version` to that of production.")
    return lines


def _roots(tree: Tree) -> list[str]:
    known = suffixes()
    tops = Counter(_top(path) for path in tree.entries if PurePosixPath(path).suffix.lower() in known)
    shown = ", ".join(f"{printable(top)} ({plural(count, 'file')})" for top, count in tops.most_common(6))
    return [f"Code is read everywhere, most of it in {shown}. To leave parts out, set `code.ignore`."] if shown else []


def _top(path: str) -> str:
    parts = path.split("/")[:-1]
    return "/".join(parts[:2] if parts[:1] in (["apps"], ["packages"], ["crates"], ["services"]) else parts[:1]) or "."


def _write(root: Path, files: dict[str, str], *, force: bool) -> None:
    present = [path for path in files if (root / path).exists() or (root / path).is_symlink()]
    if present and not force:
        raise SettingsError(
            tuple(f"{path} is there already: look at it, or overwrite it with --force." for path in present)
        )
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
        click.echo(f"Wrote {path}", err=True)


def _next(*, writes: bool, action: str) -> list[str]:
    steps = [] if writes else ["Write both files with `midflight init --write`."]
    if action.startswith("OWNER/"):
        steps.append(f"Put the owner of your copy of Midflight in place of OWNER in {WORKFLOW_PATH}.")
    steps += [
        "Commit them to the default branch: settings count from there, and so do comments' events.",
        "After the first run: Settings, Rules, Rulesets, New branch ruleset, Require status checks, add `midflight`.",
        "Run `midflight doctor` to see what is missing.",
    ]
    return ["Next:", *(f"  {number}. {step}" for number, step in enumerate(steps, 1))]
