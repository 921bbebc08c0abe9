"""Says how code reads a feature flag, and which branch runs where nothing sets it."""

import re
from dataclasses import replace
from enum import StrEnum
from functools import partial
from typing import TypeVar

from midflight.references.guards import FALLBACK
from midflight.references.mapping import ModelCall
from midflight.references.model import Extracted, Guard, Reference, ServiceUse

T = TypeVar("T", Reference, ServiceUse, ModelCall)

_LINES = 3  # a call with a default is seldom longer
_LONGEST = 300
_OFF = frozenset({"false", "0", "off", "no", "disabled", "", "null", "undefined", "none", "nil"})
_ON = frozenset({"true", "1", "on", "yes", "enabled"})
_NOTHING = frozenset({"", "null", "undefined", "none", "nil"})
_WORD = r"(?:(?P<quote>['\"])(?P<quoted>\w{0,20})(?P=quote)|(?P<bare>\w{1,20}))"
_BEGIN = r"\A['\"\])\s]*(?:(?:\?\.|\.)(?:toLowerCase|trim|lower|strip|toString)\(\)\s*)*"
_OTHERWISE = re.compile(_BEGIN + r"(?:\?\?|\|\||\?:|\bor\b)\s*" + _WORD)
_SECOND = re.compile(r"\A['\"]?\s*,\s*(?:default\s*[:=]\s*)?" + _WORD + r"\s*[,)]")
_LAST = re.compile(r"\A['\"]?\s*,[^()]{0,120}?(?:\([^()]{0,80}\)[^()]{0,60}?)?,\s*" + _WORD + r"\s*,?\s*\)")
_COMPARED = re.compile(r"\A[\s)\]'\"]*(?:(?:\?\.|\.)\w+\(\)\s*)*(?P<operator>[!=]==?|\bis not\b|\bis\b)\s*" + _WORD)
_COMPARED_BEFORE = re.compile(_WORD + r"\s*(?P<operator>[!=]==?)\s*[\w.?$]*[.(\[]?(?:get\()?['\"]?\Z")
_ONE_OF = re.compile(r"\]\s*\.includes\([^()]*(?:\(['\"])?\Z|\A[\s)'\"]*(?:\.\w+\(\)\s*)*in\s*[(\[{]")

_UNKNOWN_IS_OFF = frozenset({"unleash", "posthog", "statsig"})
"""Services that answer off for a flag that they do not know, and while they cannot be reached."""
_GROWTHBOOK_OFF = frozenset({"ison", "isoff", "usefeatureison"})


_CONFIGURED = frozenset({"config", "Config::get"})
"""What reads a file of the project, which may set everything; an object `env` is often one, with values of its own."""


class Unset(StrEnum):
    """What holds where nothing sets a flag; `UNKNOWN` where the code does not say."""

    ON = "on"
    OFF = "off"
    UNKNOWN = "unknown"


def with_reads(found: Extracted, source: bytes) -> Extracted:
    """Return what an extractor found, each guard with the source that reads its flag."""
    guarded = any(each.guard for each in (*found.references, *found.calls, *found.services))
    if not guarded:
        return found
    lines = source.decode("utf-8", "replace").split("\n")
    told = partial(_with_read, lines=lines)
    return replace(
        found,
        references=tuple(told(each) for each in found.references),
        calls=tuple(told(each) for each in found.calls),
        services=tuple(told(each) for each in found.services),
    )


def _with_read(each: T, lines: list[str]) -> T:
    guard = each.guard
    if guard is None or guard.provider == FALLBACK:
        return each
    at = guard.place.line - 1
    shown = (line.strip()[:_LONGEST] for line in lines[at : at + _LINES])
    return replace(each, guard=replace(guard, read="\n".join(shown)[:_LONGEST]))


def unset(guard: Guard) -> Unset:
    """Return whether the flag is on or off where nothing sets it, as its read says."""
    before, found, after = guard.read.partition(guard.flag.rsplit(".", 1)[-1])
    while found and _is_target(after):  # `USE_X = get("USE_X")` names it twice
        more, found, after = after.partition(guard.flag)
        before += more
    if not found:
        return Unset.UNKNOWN
    if guard.provider != "environment":
        return _of_service(guard, after)
    default, rest = _default(guard, after)
    if guard.set_by in _CONFIGURED or (
        default is None and guard.set_by == "env" and not before.rstrip("'\"").endswith("(")
    ):
        return Unset.UNKNOWN
    return _compared(default, before, rest)


def runs_unset(guard: Guard) -> bool:
    """Return whether what the flag guards certainly runs where nothing sets the flag."""
    return unset(guard) is (Unset.OFF if guard.negated else Unset.ON)


def _is_target(after: str) -> bool:
    return bool(re.match(r"\s*(?::\s*\w+\s*)?(?:=(?!=)|:=|:)\s*", after))


def _of_service(guard: Guard, after: str) -> Unset:
    method = guard.set_by.rsplit(".", 1)[-1].replace("_", "").lower()
    if guard.provider == "growthbook" and method in _GROWTHBOOK_OFF:
        return Unset.OFF
    pattern = _LAST if guard.provider in {"launchdarkly", "unleash"} else _SECOND
    found = pattern.match(after)
    said = _meant(_text(found)) if found else Unset.UNKNOWN
    return Unset.OFF if said is Unset.UNKNOWN and guard.provider in _UNKNOWN_IS_OFF else said


def _default(guard: Guard, after: str) -> tuple[str | None, str]:
    """The value that code falls back to, None where there is none, and the source behind it."""
    found = _OTHERWISE.match(after)
    if found is None and "(" not in guard.set_by:
        found = _SECOND.match(after)
    return (_text(found), after[found.end() :]) if found else (None, after)


def _compared(default: str | None, before: str, after: str) -> Unset:
    if _ONE_OF.search(before) or _ONE_OF.search(after[:40]):
        return Unset.OFF if default is None else _meant(default)
    found = _COMPARED.match(after) or _COMPARED_BEFORE.search(before)
    if found is None:
        return Unset.OFF if default is None else _meant(default)
    word = _text(found)
    different = found["operator"] in {"!=", "!==", "is not"}
    equal = word in _NOTHING if default is None else default == word
    holds = equal != different
    return Unset.ON if holds == ((word in _OFF) == different) else Unset.OFF


def _meant(word: str) -> Unset:
    return Unset.OFF if word in _OFF else Unset.ON if word in _ON else Unset.UNKNOWN


def _text(found: re.Match[str]) -> str:
    return (found["quoted"] if found["quote"] else found["bare"]).lower()
