"""What an extractor found, before error fallbacks are joined to it: a call that another one replaces when it fails."""

import re
from dataclasses import dataclass, replace

from midflight.changes.model import NotAnalysed
from midflight.references.guards import FALLBACK
from midflight.references.mapping import ModelCall
from midflight.references.model import (
    Extracted,
    Guard,
    Place,
    Reference,
    RoutineReference,
    ServiceUse,
    SqlText,
    Verb,
)

_LOG = re.compile(r"(?:^|_)(?:logs?|errors?|audits?|events?|history|failures?|dead_letters?)(?:$|_)", re.IGNORECASE)
_MAKES = frozenset({"select", "insert", "upsert", "with", "call"})


@dataclass(frozen=True, slots=True)
class Draft:
    """One use of the database in a source file; `start` is its first byte."""

    start: int
    references: tuple[Reference, ...] = ()
    unresolved: tuple[NotAnalysed, ...] = ()
    query: SqlText | None = None
    call: ModelCall | None = None
    service: ServiceUse | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """Source that another part of it rescues when it fails, by bytes from and to.

    `code` is the error code that the rescue asks for, `nearest` says that only the last call before the rescue is
    meant (`if (error.code === ...)`), `line` where the rescue begins, `rethrown` that the failure goes on after it.
    """

    tried: tuple[int, int]
    rescue: tuple[int, int]
    line: int
    code: str = ""
    nearest: bool = False
    rethrown: bool = False


def assemble(drafts: list[Draft], attempts: list[Attempt], path: str) -> Extracted:
    """Join drafts in source order, with the fallback guards that `attempts` give to those without a flag."""
    ordered = sorted(drafts, key=lambda draft: draft.start)
    for attempt in attempts:
        ordered = _with_fallback(ordered, attempt, path)
    return Extracted(
        references=tuple(reference for draft in ordered for reference in draft.references),
        unresolved=tuple(problem for draft in ordered for problem in draft.unresolved),
        queries=tuple(draft.query for draft in ordered if draft.query),
        calls=tuple(draft.call for draft in ordered if draft.call),
        services=tuple(draft.service for draft in ordered if draft.service),
    )


def _with_fallback(drafts: list[Draft], attempt: Attempt, path: str) -> list[Draft]:
    tried = [draft for draft in drafts if attempt.tried[0] <= draft.start < attempt.tried[1]]
    rescue = [draft for draft in drafts if attempt.rescue[0] <= draft.start < attempt.rescue[1]]
    if attempt.nearest:
        tried = tried[-1:]
    if not attempt.code:
        tried = [draft for draft in tried if not attempt.rethrown and any(_replaces(r, draft) for r in rescue)]
    if not tried:
        return drafts
    guard = Guard(attempt.code or "catch", FALLBACK, Place(path, attempt.line), _set_by(attempt))
    changes = {draft.start: _guarded(draft, guard) for draft in tried}
    changes |= {draft.start: _guarded(draft, replace(guard, negated=True)) for draft in rescue}
    return [changes.get(draft.start, draft) for draft in drafts]


def _set_by(attempt: Attempt) -> str:
    return "error.code" if attempt.code else "catch"


def _guarded(draft: Draft, guard: Guard) -> Draft:
    references = tuple(
        reference if reference.guard else replace(reference, guard=guard) for reference in draft.references
    )
    query = replace(draft.query, guard=guard) if draft.query and not draft.query.guard else draft.query
    call = replace(draft.call, guard=guard) if draft.call and not draft.call.guard else draft.call
    service = replace(draft.service, guard=guard) if draft.service and not draft.service.guard else draft.service
    return replace(draft, references=references, query=query, call=call, service=service)


def _replaces(rescue: Draft, tried: Draft) -> bool:
    """Whether the rescue does the work again, rather than note the failure down (a log row, a status)."""
    verb, tables = _work(rescue)
    if not verb or (tables and all(_LOG.search(table) for table in tables)):
        return False
    tried_verb, tried_tables = _work(tried)
    if tried_verb == "call":
        return verb in _MAKES
    return verb == tried_verb and (verb in _MAKES or not tables.isdisjoint(tried_tables))


def _work(draft: Draft) -> tuple[str, frozenset[str]]:
    if draft.query:
        words = draft.query.text.split(None, 1)
        return (words[0].lower() if words else ""), frozenset()
    if draft.call:
        return draft.call.verb.value, frozenset({draft.call.model})
    if draft.service:
        return "call", frozenset({draft.service.name})
    if not draft.references:
        return "", frozenset()
    first = draft.references[0]
    if isinstance(first, RoutineReference):
        return "call", frozenset()
    verb = "" if first.verb in {Verb.MENTION, Verb.WATCH} else first.verb.value
    return verb, frozenset({first.table})
