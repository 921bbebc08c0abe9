"""Django: `<app>/migrations/NNNN_name.py` of all apps of a project, read into the SQL that `sqlmigrate` prints.

The files are parsed, never run. A migration is one transaction unless it says `atomic = False`. What a database has is
recorded by app and name; nothing notices an edit, and `migrate` refuses to run while an app has two leaf nodes (Django
documentation, "Migrations").
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

from midflight.migrations.format import Conduct, Format, Found, Listing, Reaction, Reading, SortKey, by_name
from midflight.migrations.model import Migration, Transactions
from midflight.migrations.names import ancestors, join, name_of

NUMBERED = re.compile(r"[0-9]{4}_\w*\.py")
_TESTS = frozenset({"tests", "test", "testing"})
_MOST_FILES = 5_000


def _find(listing: Listing) -> Iterator[Found]:
    apps = [
        folder
        for folder, names in listing.scripts.items()
        if any(NUMBERED.fullmatch(name) for name in names)
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
    from midflight.migrations.formats.django.reading import read  # noqa: PLC0415 - the operations of Django are a lot to import, and most repositories have none

    return read(found, texts)


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
