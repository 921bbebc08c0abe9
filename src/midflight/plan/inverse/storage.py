"""Storage parameters and the replica identity of tables, as far as the history sets them."""

import re

from midflight.catalog.ddl import literal
from midflight.catalog.model import Relation
from midflight.operations.shapes import quote

IDENTITY = "REPLICA IDENTITY"
_GIVEN = re.compile(r"(SET|RESET) \((.+)\)", re.DOTALL)
_INDEX = "USING INDEX "


def undo_option(relation: Relation, option: str) -> str | None:
    """Return the SQL that gives a table the option as it was before, None where the history does not tell.

    What no statement has set is the default.
    """
    option = option.upper()
    if option == IDENTITY:
        return f"{_alter(relation)} {IDENTITY} {_identity(relation)};"
    given = _GIVEN.fullmatch(option)
    known = parameters(relation)
    if given is None or known is None:
        return None
    names = [name.strip().lower() for name in given[2].split(",")]
    kept = {name: known[name] for name in names if name in known}
    gone = [name for name in names if name not in known] if given[1] == "SET" else []
    actions = [f"SET ({_listed(kept)})"] if kept else []
    actions += [f"RESET ({', '.join(gone)})"] if gone else []
    return f"{_alter(relation)} {', '.join(actions)};" if actions else ""


def options_back(relation: Relation) -> str:
    """Return the actions that give a table made anew its options, empty without any."""
    known = parameters(relation)
    actions = [f"SET ({_listed(known)})"] if known else []
    identity = _identity(relation)
    actions += [f"{IDENTITY} {identity}"] if identity != "DEFAULT" and not identity.startswith(_INDEX) else []
    return f"{_alter(relation)} {', '.join(actions)}" if actions else ""


def parameters(relation: Relation) -> dict[str, str] | None:
    """Return the parameters that statements have set, None where their values cannot be told apart."""
    found: dict[str, str] = {}
    for option, value in relation.options:
        given = _GIVEN.fullmatch(option)
        if given is None:
            continue
        names = [name.strip().lower() for name in given[2].split(",")]
        values = value.split(", ") if given[1] == "SET" else [""] * len(names)
        if len(names) != len(values) or not all(name.replace(".", "_").isidentifier() for name in names):
            return None
        for name, each in zip(names, values, strict=True):
            found.pop(name, None)
            found |= {name: each} if given[1] == "SET" else {}
    return found


def _identity(relation: Relation) -> str:
    found = dict(relation.options).get(IDENTITY, "DEFAULT") or "DEFAULT"
    return f"{_INDEX}{quote(found.removeprefix(_INDEX))}" if found.startswith(_INDEX) else found


def _listed(given: dict[str, str]) -> str:
    return ", ".join(f"{name} = {_value(value)}" for name, value in given.items())


def _value(value: str) -> str:
    return value if re.fullmatch(r"-?\d+(\.\d+)?|true|false", value) else literal(value)


def _alter(relation: Relation) -> str:
    return f"ALTER TABLE {relation.name.short}"
