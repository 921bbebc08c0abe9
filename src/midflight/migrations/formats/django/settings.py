"""What Django's settings and app configurations say that decides about tables; read by pattern, never run."""

import re
from collections.abc import Iterable, Mapping

from midflight.migrations.formats.django.files import label_in
from midflight.migrations.formats.django.state import Key, Project
from midflight.migrations.names import folder_of, name_of

_USER = re.compile(r"^\s*AUTH_USER_MODEL\s*(?::\s*\w+\s*)?=\s*[\"'](\w+)\.(\w+)[\"']", re.MULTILINE)
_AUTO = re.compile(
    r"^\s*DEFAULT_AUTO_FIELD\s*(?::\s*\w+\s*)?=\s*[\"'](?:[\w.]+\.)?(\w+AutoField|AutoField)[\"']", re.MULTILINE
)
_APP_AUTO = re.compile(r"^\s+default_auto_field\s*=\s*[\"'](?:[\w.]+\.)?(\w*AutoField)[\"']", re.MULTILINE)
_POSTGRES = re.compile(r"postgres|psycopg|postgis|dj_database_url|DATABASE_URL|env\.db", re.IGNORECASE)
_ENGINES = re.compile(r"django\.(?:contrib\.gis\.)?db\.backends\.(mysql|sqlite3|oracle)")


def labels_of(texts: Mapping[str, str]) -> dict[str, str]:
    """The labels of apps by folder, where they are not the folder's name."""
    configured = ((path, label_in(text)) for path, text in texts.items() if name_of(path) == "apps.py")
    return {folder_of(path): label for path, label in configured if label}


def read_project(texts: Mapping[str, str], labels: Mapping[str, str], guessed: Key) -> Project:
    """Read the settings among the files; `guessed` is the user model that the migrations themselves suggest."""
    settings = [text for path, text in texts.items() if "settings" in path.lower() and "migrations" not in path]
    user, auto = _first(_USER, settings), _first(_AUTO, settings)
    autos = {
        labels.get(folder_of(path), name_of(folder_of(path))): found[1]
        for path, text in texts.items()
        if name_of(path) == "apps.py" and (found := _APP_AUTO.search(text))
    }
    return Project(
        (user[1], user[2].lower()) if user else guessed,
        auto[1] if auto else "AutoField",
        autos,
        _dialect(settings),
    )


def _first(pattern: re.Pattern[str], texts: Iterable[str]) -> re.Match[str] | None:
    return next((found for text in texts if (found := pattern.search(text))), None)


def _dialect(settings: list[str]) -> str:
    """PostgreSQL unless the settings name other databases alone."""
    engines = {found for text in settings for found in _ENGINES.findall(text)}
    if not engines or any(_POSTGRES.search(text) for text in settings):
        return "postgres"
    return "mysql" if "mysql" in engines else "sqlite" if engines == {"sqlite3"} else "postgres"
