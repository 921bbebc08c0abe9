"""Guess the SQL grammar of a history from its folder and from words that only one database knows."""

from collections.abc import Iterable

from midflight.migrations.wording import words

NAMED = {
    "postgres": "postgres",
    "postgresql": "postgres",
    "pg": "postgres",
    "cockroachdb": "postgres",
    "mysql": "mysql",
    "mariadb": "mysql",
    "singlestore": "mysql",
    "sqlite": "sqlite",
    "sqlite3": "sqlite",
    "turso": "sqlite",
    "d1": "sqlite",
    "sqlserver": "tsql",
    "mssql": "tsql",
    "clickhouse": "clickhouse",
}
"""Grammars by the names that tools and folders give a database; the values are sqlglot's words."""

_MYSQL = frozenset("auto_increment engine utf8mb4 unsigned tinyint mediumtext longtext".split())
_SQLITE = frozenset("autoincrement pragma rowid".split())
_POSTGRES = frozenset("serial bigserial timestamptz jsonb bytea plpgsql extension uuid concurrently policy".split())
_READ = 200_000  # characters; the first migrations tell, later ones only cost


def guess_dialect(folder: str, texts: Iterable[str]) -> str:
    """Give "postgres" unless the folder's name or the SQL says otherwise."""
    for part in reversed(folder.lower().split("/")[-2:]):
        if part in NAMED:
            return NAMED[part]
    found = frozenset(words(_beginning(texts)))
    quoted = any(word.startswith("`") for word in found)
    scores = {
        "postgres": 2 * len(found & _POSTGRES),
        "sqlite": 2 * len(found & _SQLITE) + quoted,
        "mysql": 2 * len(found & _MYSQL) + quoted,
    }
    best = max(scores.values())
    if scores["postgres"] == best:
        return "postgres"
    return "mysql" if scores["mysql"] == best else "sqlite"


def _beginning(texts: Iterable[str]) -> str:
    parts: list[str] = []
    room = _READ
    for text in texts:
        if room <= 0:
            break
        parts.append(text[:room])
        room -= len(text)
    return "\n".join(parts)
