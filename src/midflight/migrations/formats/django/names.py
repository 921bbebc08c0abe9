"""The names that Django gives tables, indexes and constraints (Django 5.2, `db.backends.base.schema`)."""

import hashlib

LONGEST = 63  # PostgreSQL documentation, "Identifiers and Key Words"


def quoted(name: str) -> str:
    """An identifier as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A string as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def digest(*parts: str, length: int) -> str:
    """The hash that Django puts into names."""
    found = hashlib.md5(usedforsecurity=False)
    for part in parts:
        found.update(part.encode())
    return found.hexdigest()[:length]


def index_name(table: str, columns: tuple[str, ...], suffix: str = "") -> str:
    """The name of an index or constraint that the project has not named."""
    table = table.replace('"', "").rpartition(".")[2]
    ending = f"{digest(table, *columns, length=8)}{suffix}"
    joined = "_".join(columns)
    name = f"{table}_{joined}_{ending}"
    if len(name) > LONGEST:
        ending = ending[: LONGEST // 3] if len(ending) > LONGEST / 3 else ending
        room = (LONGEST - len(ending)) // 2 - 1
        name = f"{table[:room]}_{joined[:room]}_{ending}"
    return f"D{name[:-1]}" if name[0] == "_" or name[0].isdigit() else name


def truncated(name: str, length: int = LONGEST) -> str:
    """A name that fits, its end replaced by a hash where it is too long."""
    return name if len(name) <= length else f"{name[: length - 4]}{digest(name, length=4)}"


def own_name(*parts: str, suffix: str = "") -> str:
    """A name that PostgreSQL gives to an unnamed constraint, as `table_column_key` (its `makeObjectName`)."""
    first, second = parts[0], "_".join(parts[1:])
    room = LONGEST - len(suffix) - (2 if second else 1)
    while len(first) + len(second) > room:
        if len(first) > len(second):
            first = first[:-1]
        else:
            second = second[:-1]
    return "_".join(part for part in (first, second, suffix) if part)
