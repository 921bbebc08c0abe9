"""Two schemas, each a set of facts, compared: what a rollback lost, changed or left behind."""

from collections.abc import Collection, Iterator
from dataclasses import replace

from midflight.proof.acl import mended, wanted
from midflight.proof.model import Fact, Grade, Restored
from midflight.text import shorten

ORDER = "column order"
LABEL = "enum label"
_SHOWN = 160
_UNCHECKED = " NOT VALID"
_LISTS = frozenset({"privileges", "column privileges", "routine privileges", "default privileges", "schema"})
"""Facts whose definition ends in an access control list."""


def compare_facts(before: Collection[Fact], after: Collection[Fact]) -> Restored:
    """Return what the rollback gave back.

    Other positions of columns, labels that an enum has gained and constraints that stay validated are no failure:
    PostgreSQL has no statement that moves a column, drops a label or forgets a validation (PostgreSQL documentation,
    "ALTER TYPE", "ALTER TABLE").
    """
    lost, left = set(before) - set(after), set(after) - set(before)
    if not lost and not left:
        return Restored(Grade.RESTORED)
    validated = {fact for fact in left if replace(fact, definition=f"{fact.definition}{_UNCHECKED}") in lost}
    checked = {replace(fact, definition=f"{fact.definition}{_UNCHECKED}") for fact in validated}
    hard = any(f.kind != ORDER for f in lost - checked) or any(f.kind not in {ORDER, LABEL} for f in left - validated)
    return Restored(Grade.NOT_RESTORED if hard else Grade.BUT_FOR, tuple(_differences(lost, left)))


def _differences(lost: set[Fact], left: set[Fact]) -> Iterator[str]:
    gone = {(fact.kind, fact.name) for fact in lost}
    for fact in sorted(lost, key=_sorted):
        now = [other for other in left if (other.kind, other.name) == (fact.kind, fact.name)]
        if now:
            yield _changed(now[0], fact)
        else:
            yield f"{_called(fact)} {_is(fact)} lost{_defined(fact)}"
    for fact in sorted(left, key=_sorted):
        if (fact.kind, fact.name) not in gone:
            yield f"{_called(fact)} {_is(fact)} left behind{_defined(fact)}"


def _changed(now: Fact, fact: Fact) -> str:
    back = mended(now.definition, fact.definition) if fact.kind in _LISTS else ""
    if back:
        differ = "differ" if _is(fact) == "are" else "differs"
        return f"{_called(fact)} {differ} from before: `{_one_line(back)}` would put it right"
    return f"{_called(fact)} is {_short(now)} and was {_short(fact)}"


def _sorted(fact: Fact) -> tuple[str, str, str]:
    return fact.kind, fact.name, fact.definition


def _called(fact: Fact) -> str:
    return f"{fact.kind} `{_one_line(fact.name)}`"


def _is(fact: Fact) -> str:
    return "are" if fact.kind.endswith("privileges") else "is"


def _short(fact: Fact) -> str:
    return f"`{_one_line(fact.definition)}`"


def _defined(fact: Fact) -> str:
    if fact.kind in _LISTS and (granted := wanted(fact.definition)):
        return f": `{_one_line(granted)}`"
    return f": `{_one_line(fact.definition)}`" if fact.definition else ""


def _one_line(text: str) -> str:
    return shorten(" ".join(text.split()).replace("`", "'"), _SHOWN)
