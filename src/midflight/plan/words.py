"""Short texts that several parts of a plan share."""

from collections.abc import Iterable, Sequence

from midflight.operations.model import Statement


def code(text: str) -> str:
    """Return the text between backticks; its own become apostrophes."""
    return "`" + " ".join(text.split()).replace("`", "'") + "`"


def listed(names: Iterable[str], limit: int = 3) -> str:
    """Return names as a list in a sentence, shortened after `limit`."""
    unique = list(dict.fromkeys(names))
    shown = unique[:limit]
    if len(unique) > limit:
        return f"{', '.join(shown)} and {len(unique) - limit} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)


def plural(count: int, noun: str) -> str:
    """Return "1 statement", "2 statements"."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def summary(statement: Statement, limit: int = 90) -> str:
    """Return the beginning of a statement on one line."""
    text = " ".join(statement.text.split())
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def where(statement: Statement) -> str:
    """Return `path:line`."""
    return f"{statement.path}:{statement.line}"


def places(statements: Sequence[Statement]) -> str:
    """Return where the statements are, shortened."""
    return listed(where(s) for s in statements)
