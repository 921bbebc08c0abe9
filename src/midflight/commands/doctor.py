"""`midflight doctor`: what is there and what is missing for Midflight to work in a repository."""

import re
import sys
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import click

from midflight.adapters.git import GitRepository
from midflight.adapters.github.access import Access, read_access
from midflight.adapters.shadow.drift import compare_history
from midflight.adapters.shadow.server import ServerBinaries, find_server
from midflight.catalog.fold import fold
from midflight.catalog.initial import initial_catalog
from midflight.catalog.model import Catalog
from midflight.changes.model import Blobs, Tree
from midflight.changes.read import text_at
from midflight.commands.ranges import ENVIRONMENT
from midflight.errors import MidflightError, SettingsError, ToolError
from midflight.migrations.find import find_histories
from midflight.migrations.model import History
from midflight.operations.model import Opaque
from midflight.operations.read import read_operations
from midflight.rules import load_rules
from midflight.settings import Settings, configured_path, read_settings
from midflight.settings.workflows import Line, judge_workflows
from midflight.stages import Files, given_server, scope, shadow_refused
from midflight.text import plural, printable

_MOST = 5  # reasons of one database that are shown
_REMOTE = re.compile(
    r"(?:https?://(?:[^@/]*@)?|(?:ssh://)?[\w.-]+@)([\w.-]+)(?::\d+)?[:/]([\w.-]+/[\w.-]+?)(?:\.git)?/?"
)


@click.command()
@click.option("--repo", default=".", show_default=True, help="A git repository.")
@click.option("--offline", is_flag=True, help="Ask GitHub nothing.")
@click.option("--no-shadow", is_flag=True, help="Do not apply the history on a throw-away PostgreSQL.")
def doctor(*, repo: str, offline: bool, no_shadow: bool) -> None:
    """Say what is missing: workflows, token, history, configuration, migrations, and the server to try them on.

    What is committed counts, not the work tree. Exits with 2 where something is missing, else with 0. The token is
    that of GITHUB_TOKEN.
    """
    missing = False
    for line in _lines(GitRepository(repo), offline=offline, no_shadow=no_shadow):
        missing |= line.state == "missing"
        then = f" {printable(line.then)}" if line.then else ""
        stop = "." if then and not line.what.endswith((".", "?", "!")) else ""
        click.echo(f"{line.state:<8} {printable(line.what)}{stop}{then}")
    sys.exit(2 if missing else 0)


def _lines(repository: GitRepository, *, offline: bool, no_shadow: bool) -> Iterator[Line]:
    tree = repository.tree("HEAD")
    yield from _history(repository)
    yield from judge_workflows(_workflows(tree, repository))
    yield from _token(repository, offline=offline)
    try:
        settings, text = _settings(tree, repository)
    except SettingsError as error:
        yield from (Line("missing", problem, "Correct it.") for problem in error.problems)
        return
    if text is None:
        yield Line("warning", f"there is no {settings.config}: the defaults count", "`midflight init` makes one.")
    else:
        yield Line("ok", f"{settings.config} is right")
    yield from _cache(settings)
    server, lines = _server(settings, refused=no_shadow)
    yield from lines
    databases = scope(settings, Files(text)).databases
    yield from _databases(find_histories(tree, repository, databases), server)


def _history(repository: GitRepository) -> Iterator[Line]:
    yield Line("ok", repository.program_version)
    if not repository.is_shallow:
        yield Line("ok", "the clone has the whole history")
        return
    parents = repository.merge_parents("HEAD")
    if len(parents) == 2 and _has(repository, parents):
        yield Line("ok", "the clone is shallow, with the merge commit of a pull request and both its parents")
    else:
        what = "the clone is shallow: the base revision is not in it"
        yield Line("missing", what, "Set `fetch-depth: 2`, or 0 for a range.")


def _has(repository: GitRepository, commits: tuple[str, ...]) -> bool:
    try:
        return all(repository.resolve(commit) for commit in commits)
    except ToolError:
        return False


def _workflows(tree: Tree, blobs: Blobs) -> Mapping[str, str]:
    paths = [path for path in tree.entries if re.fullmatch(r"\.github/workflows/[^/]+\.ya?ml", path)]
    return {path: text for path in paths if (text := text_at(tree, path, blobs)) is not None}


def _settings(tree: Tree, blobs: Blobs) -> tuple[Settings, str | None]:
    path = configured_path(ENVIRONMENT)
    text = text_at(tree, path, blobs)
    rules = [rule.id for rule in load_rules()]
    return read_settings(ENVIRONMENT, configuration=text, configuration_path=path, known_rules=rules), text


def _token(repository: GitRepository, *, offline: bool) -> Iterator[Line]:
    name, url = _where(repository)
    token = ENVIRONMENT.get("GITHUB_TOKEN") or ENVIRONMENT.get("INPUT_GITHUB_TOKEN", "")
    if not token:
        yield Line("warning", "there is no token: what it may do is not known", "Set GITHUB_TOKEN to look.")
    elif not name:
        yield Line("warning", "the repository's name on GitHub is not known", "Set GITHUB_REPOSITORY to `owner/name`.")
    elif offline:
        yield Line("warning", "GitHub was not asked what the token may do", "Leave --offline out to look.")
    else:
        yield from _access(read_access(name, token, url), name, url)


def _where(repository: GitRepository) -> tuple[str, str]:
    """The repository's name and the API's address: of the environment, else of the remote `origin`."""
    found = _REMOTE.fullmatch(repository.remote)
    name = ENVIRONMENT.get("GITHUB_REPOSITORY") or (found[2] if found else "")
    host = found[1] if found else "github.com"
    known = "https://api.github.com" if host == "github.com" else f"https://{host}/api/v3"
    if host.endswith(".ghe.com"):
        known = f"https://api.{host}"
    return name, ENVIRONMENT.get("GITHUB_API_URL") or known


def _access(access: Access, name: str, url: str) -> Iterator[Line]:
    host = urlsplit(url).hostname or url
    for what, why in access.refused.items():
        yield Line("missing", f"the token cannot read {what} of {name} at {host}: {why}", "Give the token that right.")
    if access.refused:
        return
    yield Line("ok", f"the token reads repository, pull requests, comments and statuses of {name} at {host}")
    match access.writes:
        case True:
            yield Line("ok", "the token's owner may write")
        case False:
            yield Line("missing", "the token's owner may not write", "Comment and status need write access.")
        case _:
            yield Line("ok", "what a workflow's token may write is what `permissions` names: see above")


def _cache(settings: Settings) -> Iterator[Line]:
    if settings.cache and Path(settings.cache).exists() and not Path(settings.cache).is_dir():
        yield Line("warning", f"the cache {settings.cache} is no folder: nothing is kept", "Name another one.")
    elif settings.cache:
        yield Line("ok", f"results are kept in {settings.cache}")


def _server(settings: Settings, *, refused: bool) -> tuple[ServerBinaries | None, list[Line]]:
    state = "missing" if settings.shadow == "required" else "warning"
    if find_spec("psycopg") is None:
        return None, [Line(state, "psycopg is not installed: nothing can be tried", "Install `midflight[shadow]`.")]
    if given := given_server(settings):
        from midflight.adapters.shadow.given_server import why_not  # noqa: PLC0415 - it needs psycopg

        refusal = why_not(given)
        usable = Line("ok", "migrations are tried on the server of `shadow_database_url`")
        return None, [Line(state, refusal, "Give an empty throw-away server.") if refusal else usable]
    try:
        server = find_server(settings.postgres_bin)
    except MidflightError as error:
        return None, [Line("missing", error.sentence)]
    if server is None:
        return None, [
            Line(
                state,
                "no PostgreSQL server was found to try migrations on",
                "Install one or `midflight[postgres]`, or set `postgres_bin`.",
            )
        ]
    lines = [Line("ok", f"PostgreSQL {server.version} was found to try migrations on")]
    if server.version != settings.postgres_version:
        what = f"the server found is {server.version}, and `postgres_version` says {settings.postgres_version}"
        lines.append(Line("warning", what, "Set it to production's version; a server of that version shows most."))
    return None if refused or shadow_refused(settings) else server, lines


def _databases(histories: tuple[History, ...], server: ServerBinaries | None) -> Iterator[Line]:
    if not histories:
        yield Line("missing", "no migrations were found", "Name their folder under `databases`.")
    for history in histories:
        yield from _database(history)
        if history.dialect == "postgres" and history.migrations:
            catalog, opaque = _folded(history)
            yield from _opaque(history, opaque)
            if server is not None:
                yield from _compared(history, catalog, server)


def _database(history: History) -> Iterator[Line]:
    said = f"{history.database}: {plural(len(history.migrations), 'migration')} of {history.format} ({history.dialect})"
    yield Line("ok" if history.migrations else "missing", said, "" if history.migrations else "Correct its folder.")
    unread = (*history.not_analysed, *history.skipped)
    for item in unread[:_MOST]:
        yield Line("warning", f"{history.database}: not analysed: {item.path}:{item.line}: {item.reason}")
    if len(unread) > _MOST:
        yield Line("warning", f"{history.database}: not analysed: {len(unread) - _MOST} more")


def _folded(history: History) -> tuple[Catalog, list[Opaque]]:
    catalog, opaque = initial_catalog(history.format), list[Opaque]()
    for migration in history.migrations:
        own = read_operations(migration.up, dialect=history.dialect)
        opaque += [each for each in own if isinstance(each, Opaque)]
        for step in fold(catalog, own, migration=migration.version):
            catalog = step.after
    return catalog, opaque


def _opaque(history: History, opaque: list[Opaque]) -> Iterator[Line]:
    if opaque:
        yield Line("warning", f"{history.database}: {plural(len(opaque), 'statement')} not analysed, for example:")
    for each in opaque[:_MOST]:
        yield Line("warning", f"{history.database}: {each.statement.path}:{each.statement.line}: {each.reason}")


def _compared(history: History, catalog: Catalog, server: ServerBinaries) -> Iterator[Line]:
    found = compare_history(history, catalog, server)
    if found.stand_ins:
        yield Line(
            "warning", f"{history.database}: the server lacks, and has stand-ins for: {', '.join(found.stand_ins)}"
        )
    if found.reason:
        yield Line("warning", f"{history.database}: its history does not run on the server: {found.reason}")
    elif not found.differences:
        yield Line(
            "ok", f"{history.database}: the history runs on PostgreSQL {found.version}, and gives what was read of it"
        )
    for difference in found.differences:
        yield Line("warning", f"{history.database}: {difference}")
