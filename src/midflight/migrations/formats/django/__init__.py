"""Django: `<app>/migrations/NNNN_name.py` of all apps of a project, read into the SQL that `sqlmigrate` prints.

The files are parsed, never run. A migration is one transaction unless it says `atomic = False`. What a database has is
recorded by app and name; nothing notices an edit, and `migrate` refuses to run while an app has two leaf nodes (Django
documentation, "Migrations").
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

from midflight.changes.model import NotAnalysed
from midflight.migrations.format import Conduct, Format, Found, Listing, Reaction, Reading, SortKey, by_name
from midflight.migrations.formats.django.changes import Turn
from midflight.migrations.formats.django.files import Key, MigrationFile, read_file
from midflight.migrations.formats.django.graph import in_order, leaves, replaced_by
from midflight.migrations.formats.django.operations import backwards, forwards, turns_of, unread_in
from midflight.migrations.formats.django.settings import labels_of, read_project
from midflight.migrations.formats.django.state import Project, State
from midflight.migrations.formats.django.writer import Writer
from midflight.migrations.model import Migration, Script, Transactions
from midflight.migrations.names import ancestors, join, name_of

_NUMBERED = re.compile(r"[0-9]{4}_\w*\.py")
_TESTS = frozenset({"tests", "test", "testing"})
_USER = re.compile(r"[\"']last_login[\"']")
_CREATED = re.compile(r"CreateModel\(\s*(?:name\s*=\s*)?[\"'](\w+)[\"']")
_MOST_FILES = 5_000


def _find(listing: Listing) -> Iterator[Found]:
    apps = [
        folder
        for folder, names in listing.scripts.items()
        if any(_NUMBERED.fullmatch(name) for name in names)
        and (listing.named or name_of(folder) == "migrations")
        and (listing.configured or _TESTS.isdisjoint(folder.split("/")))
    ]
    projects = sorted({folder for folder, names in listing.scripts.items() if "manage.py" in names})
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for folder in apps:
        near = next((each for each in ancestors(folder) if each in projects), None)
        groups[near if near is not None else projects[0] if len(projects) == 1 else ""].append(folder)
    for project, folders in groups.items():
        files = [join(folder, name) for folder in folders for name in listing.scripts[folder] if _is_module(name)]
        top = _common([project, *folders] if project in projects else folders)
        yield Found(top, tuple(sorted(files)[:_MOST_FILES]), tuple(_settings(listing, top)))


def _is_module(name: str) -> bool:
    return name.endswith(".py") and name[:1] not in "_~"


def _settings(listing: Listing, top: str) -> Iterator[str]:
    for folder, names in listing.scripts.items():
        inside = not top or folder == top or folder.startswith(f"{top}/")
        for name in names if inside and _TESTS.isdisjoint(folder.split("/")) else ():
            if name == "apps.py" or "settings" in name or name_of(folder) == "settings":
                yield join(folder, name)


def _common(folders: list[str]) -> str:
    shared = folders[0].split("/")
    for folder in folders[1:]:
        parts = folder.split("/")
        count = next((at for at, (one, two) in enumerate(zip(shared, parts, strict=False)) if one != two), None)
        shared = shared[: min(len(shared), len(parts)) if count is None else count]
    return "/".join(shared)


def _read(found: Found, texts: Mapping[str, str]) -> Reading | None:
    if not any("Migration" in texts.get(path, "") and "django" in texts.get(path, "") for path in found.files):
        return None
    settings = {path: texts[path] for path in found.markers if path in texts}
    labels = labels_of(settings)
    files: dict[Key, MigrationFile] = {}
    unread: list[NotAnalysed] = []
    skipped: list[NotAnalysed] = []
    for path in found.files:
        match read_file(path, texts[path], labels) if path in texts else None:
            case MigrationFile() as one:
                files[one.key] = one
            case NotAnalysed() as problem:
                unread.append(problem)
            case None if path in texts and _NUMBERED.fullmatch(name_of(path)):
                skipped.append(NotAnalysed(path, 1, "it has no class `Migration`"))
    project = read_project(settings, labels, _guess_user(files, texts))
    try:
        migrations = tuple(_migrations(files, project))
    except RecursionError:
        return Reading((), (NotAnalysed(found.folder, 1, "the migrations are nested too deeply"),))
    return Reading(migrations, tuple(unread), tuple(skipped), project.dialect)


def _guess_user(files: Mapping[Key, MigrationFile], texts: Mapping[str, str]) -> Key:
    """The model that is made with a `last_login`, as those that extend `AbstractBaseUser` are."""
    for (app, _), one in files.items():
        text = texts[one.path]
        at = _USER.search(text)
        names = [found[1] for found in _CREATED.finditer(text, 0, at.start() if at else 0)]
        if names:
            return app, names[-1].lower()
    return "auth", "user"


def _migrations(files: Mapping[Key, MigrationFile], project: Project) -> Iterator[Migration]:
    void = replaced_by(files)
    ends = {app: leaves(files, app) for app in {key[0] for key in files}}
    state = State(project)
    for one in in_order(files, project):
        app, stem = one.key
        mode = Transactions.PER_FILE if one.atomic else Transactions.NONE
        up = down = Script(one.path, "", mode)
        if one.key not in void:
            state, up, down = _scripts(one, state, mode)
        number, _, name = stem.partition("_")
        leaf = f"{app} leaf" if len(ends[app]) > 1 and one.key in ends[app] else ""
        yield Migration(f"{app}.{number}", name, one.path, up, down, rival=leaf)


def _scripts(one: MigrationFile, state: State, mode: Transactions) -> tuple[State, Script, Script]:
    up, down = Writer(one.path), Writer(one.path)
    for line in unread_in(one.operations):
        up.unread("the operations are put together by the program", line or 1)
        down.unread("the operations are put together by the program", line or 1)
    steps: list[tuple[Turn, State, State]] = []
    marks = list(one.marks)
    for turn in turns_of(one.key[0], one.module, one.operations):
        while marks and marks[0][0] <= turn.call.line:
            up.comment(*marks.pop(0))
        after = forwards(turn, up, state)
        steps.append((turn, state, after))
        state = after
    for turn, before, after in reversed(steps):
        backwards(turn, down, before, after)
    return state, up.script(mode), down.script(mode)


def _unique(migration: Migration) -> str:
    return migration.rival or by_name(migration)


def _as_listed(_: Migration) -> SortKey:
    """Django goes by what migrations need, not by their numbers: none comes late."""
    return False, (), ""


FORMAT = Format(
    name="django",
    title="Django",
    rank=60,
    transactions=Transactions.PER_FILE,
    find=_find,
    read=_read,
    conduct=Conduct(Reaction.APPLIES, Reaction.FAILS, Reaction.IGNORES, Reaction.IGNORES),
    key=by_name,
    unique=_unique,
    sequence=_as_listed,
    scripts=frozenset({".py"}),
    scattered=True,
    rivals="is a leaf of its graph beside",
)
