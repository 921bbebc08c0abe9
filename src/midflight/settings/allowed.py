"""What each setting allows, read from the models' own JSON schema, so that messages and documentation agree."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel

from midflight.settings.document import Loc
from midflight.settings.model import IN_WORDS, Settings

Part = Mapping[str, Any]
KINDS = MappingProxyType(
    {
        "array": "a list",
        "boolean": "`true` or `false`",
        "integer": "a whole number",
        "number": "a number",
        "object": "a mapping",
        "string": "a text",
    }
)


@cache
def _schema(model: type[BaseModel]) -> Part:
    return model.model_json_schema()


def part(loc: Loc, model: type[BaseModel] = Settings) -> Part:
    """Return the JSON schema of one place, `()` for everything; empty where no such place exists."""
    schema = _schema(model)
    found = schema
    for step in loc:
        inner = found.get("items") if isinstance(step, int) else found.get("properties", {}).get(step)
        by_pattern = next(iter(found.get("patternProperties", {}).values()), None)
        found = _resolved(inner or by_pattern or {}, schema)
    return found


def inputs() -> dict[str, Part]:
    """Return the action's inputs by name, each with its part of the JSON schema.

    An input is one short value, so everything that holds a list or a mapping is left to the configuration file.
    """
    parts = {name: part((name,)) for name in known(())}
    return {name: found for name, found in parts.items() if found.get("type") not in {"array", "object"}}


def known(loc: Loc, model: type[BaseModel] = Settings) -> tuple[str, ...]:
    """Return the keys that a person may write at a place."""
    return tuple(name for name in part(loc, model).get("properties", {}) if (*loc, name) != ("runner",))


def allowed(loc: Loc) -> str:
    """Return what may be written at a place, as a phrase."""
    found = part(loc)
    if values := found.get("enum"):
        return " or ".join(", ".join(f"`{value}`" for value in values).rsplit(", ", 1))
    if found.get("format") == "date":
        return "a date as YYYY-MM-DD"
    if pattern := found.get("pattern"):
        return IN_WORDS[pattern]
    kind = KINDS.get(found.get("type", ""), "another value")
    low, high = found.get("minimum"), found.get("maximum")
    if low is not None and high is not None:
        return f"{kind} from {low:g} to {high:g}"
    if low is not None:
        return f"{kind}, {low:g} or more"
    names = known(loc)
    return f"a mapping of {', '.join(names)}" if names else kind


def _resolved(found: Part, schema: Part) -> Part:
    """Follow a reference, and take the first choice of an optional value."""
    if choices := found.get("anyOf"):
        found = {**choices[0], **found}
    if reference := found.get("$ref"):
        found = {**schema["$defs"][reference.rpartition("/")[2]], **found}
    return found
