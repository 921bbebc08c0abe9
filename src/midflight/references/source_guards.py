"""Tells from the text of a condition which feature flag it reads, for languages whose conditions are simple."""

import re

from midflight.references.guards import Condition, Flag, Not, compared, flag_called, guard_when
from midflight.references.model import Guard

_CALL = re.compile(
    r"(?P<no>!\s*)?(?P<callee>[\w\\$>.:-]{1,100})\(\s*(?P<quote>['\"])(?P<name>[\w.:-]{1,100})(?P=quote)\s*"
    r"(?:,[^()]{0,100})?\)\s*(?:(?P<operator>[!=]=?=)\s*(?P<literal>['\"]?\w*['\"]?))?"
)
_SETTINGS = frozenset({"config", "Config::get"})
_READS = frozenset({"env", "getenv", "os.Getenv", "Env::get"})


def guard_in(text: str, path: str, line: int, *, outcome: bool) -> Guard | None:
    """The guard of what runs when the condition came out as `outcome`.

    Beside the SDKs of all languages this knows Laravel's Pennant (`Feature::active`) and a setting of the project
    that is filed under features (`config("features.new")`).
    """
    text = text.strip()
    while text.startswith("(") and text.endswith(")"):
        text = text[1:-1].strip()
    found = _CALL.fullmatch(text[:400])
    if found is None:
        return None
    callee = found["callee"].lstrip("\\")
    condition: Condition = _flag(callee, found["name"], line)
    if found["operator"]:
        condition = compared(condition, found["operator"], found["literal"].strip("'\""))
    if found["no"] and condition is not None:
        condition = Not(condition)
    return guard_when(condition, outcome, path)


def _flag(callee: str, name: str, line: int) -> Flag | Not | None:
    if callee in {"Feature::active", "Feature::inactive"}:
        flag = Flag(name, "pennant", callee, line)
        return flag if callee == "Feature::active" else Not(flag)
    if callee in _SETTINGS:
        return Flag(name, "environment", callee, line) if name.startswith(("features.", "feature.")) else None
    if callee in _READS:
        found = flag_called("os.getenv", name, line)
        return Flag(name, "environment", callee, line) if isinstance(found, Flag) else None
    found = flag_called(callee.replace("->", ".").replace("::", "."), name, line)
    return found if isinstance(found, (Flag, Not)) else None
