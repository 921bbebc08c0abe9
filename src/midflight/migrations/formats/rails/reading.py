"""Reads the files of one Rails database into its history."""

import re
from collections.abc import Mapping

from midflight.changes.model import NotAnalysed
from midflight.migrations.dialect import NAMED
from midflight.migrations.format import Found, Reading
from midflight.migrations.formats.rails import FILE
from midflight.migrations.formats.rails.inverse import backward, forward
from midflight.migrations.formats.rails.known import Known
from midflight.migrations.formats.rails.model import Command, RubyMigration, UnreadableError, Value
from midflight.migrations.formats.rails.ruby import read_ruby
from midflight.migrations.formats.rails.script import write
from midflight.migrations.formats.rails.tables import Scene
from midflight.migrations.model import Migration, Script, Transactions
from midflight.migrations.names import name_of, natural

_CLASS = re.compile(r"\bclass\b[^\n]*<[^\n]*\bMigration\b")
_ADAPTER = re.compile(r"^\s*adapter:[\s\"']*(?:<%=[^%\n]*[\"'])?(postg\w+|mysql2?|trilogy|sqlite3?)", re.MULTILINE)
_KEY_TYPE = re.compile(r"\bprimary_key_type\b\s*(?::|=>|=)\s*:(\w+)")
_DIALECTS = {**NAMED, "postgis": "postgres", "mysql2": "mysql", "trilogy": "mysql"}


def read(found: Found, texts: Mapping[str, str]) -> Reading | None:
    """Return the migrations of a folder in the order of their versions, None where its files are no migrations."""
    files = [path for path in found.files if path in texts]
    named = [(match, path) for path in files if (match := FILE.fullmatch(name_of(path)))]
    if not named or 2 * sum(bool(_CLASS.search(texts[path])) for _, path in named) < len(named):
        return None
    named.sort(key=lambda each: (natural(each[0]["version"]), each[0]["name"]))
    known, names = Known(), _key_types(found, texts)
    migrations: list[Migration] = []
    unread: list[NotAnalysed] = []
    for match, path in named:
        try:
            migrations.append(_migration(match, path, read_ruby(texts[path], names), known))
        except UnreadableError as error:
            unread.append(NotAnalysed(path, 1, str(error)))
        except RecursionError:
            unread.append(NotAnalysed(path, 1, "the Ruby is nested too deeply"))
    reason = "its name is not <version>_name.rb in small letters, so Rails does not run it"
    skipped = tuple(NotAnalysed(path, 1, reason) for path in found.files if not FILE.fullmatch(name_of(path)))
    return Reading(tuple(migrations), tuple(unread), skipped, _dialect(found, texts))


def _key_types(found: Found, texts: Mapping[str, str]) -> dict[str, Value]:
    """What the migrations that Rails itself installs call their key's types: those of the generators' settings."""
    set_by = (each for path in found.markers for each in _KEY_TYPE.findall(texts.get(path, "")))
    kind = next(set_by, "")
    return {"primary_key_type": kind or "primary_key", "foreign_key_type": kind or "bigint"}


def _dialect(found: Found, texts: Mapping[str, str]) -> str:
    """PostgreSQL where `config/database.yml` names it at all, since others may stand there for tests."""
    named = [_DIALECTS.get(each, "sqlite") for path in found.markers for each in _ADAPTER.findall(texts.get(path, ""))]
    return "postgres" if "postgres" in named or not named else named[0]


def _migration(match: re.Match[str], path: str, ruby: RubyMigration, known: Known) -> Migration:
    transactions = Transactions.PER_FILE if ruby.in_transaction else Transactions.NONE
    text, lines = write(Scene(known, ruby.version), forward(ruby.up))
    up = Script(path, text, transactions, lines=lines)
    back = backward(ruby.up) if ruby.changes else _explicit(ruby)
    down = None
    if back is not None:
        text, lines = write(Scene(known.copy(), ruby.version), back)
        down = Script(path, text, transactions, lines=lines)
    return Migration(match["version"], match["name"], path, up, down)


def _explicit(ruby: RubyMigration) -> tuple[Command, ...] | None:
    """What `down` says; None where it is missing or refuses."""
    if ruby.down is None or any(one.source.startswith("raise") for one in ruby.down):
        return None
    return forward(ruby.down)
