"""Reads the names of Spring Data's query methods by the attributes of their entity (Spring Data, "Query Methods")."""

import re
from collections.abc import Iterator

from midflight.references.entities import Entities, Entity
from midflight.references.entity_paths import find_member, target_of
from midflight.references.implied import embedded
from midflight.references.model import Verb

METHOD = re.compile(
    r"(find|read|get|query|search|stream|count|exists|delete|remove)((?:[A-Z]\w*?)??)By(?=[A-Z])(\w+)\Z"
)
_ENDINGS = re.compile(
    r"(?:IsNotBetween|IsBetween|Between|IsNotNull|NotNull|IsNull|Null|IsLessThanEqual|LessThanEqual|IsLessThan|LessThan"
    r"|IsGreaterThanEqual|GreaterThanEqual|IsGreaterThan|GreaterThan|IsBefore|Before|IsAfter|After|IsNotLike|NotLike"
    r"|IsLike|Like|IsStartingWith|StartingWith|StartsWith|IsEndingWith|EndingWith|EndsWith|IsNotEmpty|NotEmpty|IsEmpty"
    r"|Empty|IsNotContaining|NotContaining|NotContains|IsContaining|Containing|Contains|IsNotIn|NotIn|IsIn|In|IsNear"
    r"|Near|IsWithin|Within|MatchesRegex|Matches|Regex|Exists|IsTrue|True|IsFalse|False|IsNot|Not|Is|Equals)\Z"
)
_IGNORES = re.compile(r"(?:IgnoreCase|IgnoringCase)\Z")
_DIRECTION = re.compile(r"(?:Asc|Desc)\Z")
_ORDERS = re.compile(r"(?<=Asc)(?=[A-Z])|(?<=Desc)(?=[A-Z])")
_LONGEST = 300  # characters


def verb_of(name: str) -> Verb:
    """What a method does."""
    return Verb.DELETE if name.startswith(("delete", "remove")) else Verb.SELECT


def paths_of(name: str, entity: Entity, entities: Entities) -> Iterator[list[str] | str]:
    """Give the paths of attributes in a method's name; a part that is none comes as the text that it is."""
    found = METHOD.match(name) if len(name) <= _LONGEST else None
    if found is None:
        return
    condition, _, order = found[3].partition("OrderBy")
    for part in re.split(r"(?:Or|And)(?=[A-Z])", re.sub(r"All(?:Ignor(?:e|ing)Case)\Z", "", condition)):
        if part:
            yield _condition(_IGNORES.sub("", part), entity, entities) or part
    for part in _ORDERS.split(order):
        if part:
            yield path_of(_DIRECTION.sub("", part), entity, entities) or part


def _condition(part: str, entity: Entity, entities: Entities) -> list[str]:
    """The path of a condition, which may end in a word that says how it is compared."""
    bare = _ENDINGS.sub("", part)
    return (path_of(bare, entity, entities) if bare else []) or path_of(part, entity, entities)


def path_of(words: str, entity: Entity, entities: Entities, depth: int = 0) -> list[str]:
    """The path that words in camel case stand for: as much as fits first, as Spring splits it; none gives nothing."""
    if depth > 10:
        return []
    cuts = [len(words), *(found.start() for found in reversed(list(re.finditer(r"(?<!\A)(?:_|(?=[A-Z]))", words))))]
    for cut in cuts:
        head, rest = words[:cut], words[cut:].lstrip("_")
        for name in dict.fromkeys((head[:1].lower() + head[1:], head)):
            spot = find_member(entities, entity, name)
            if spot is None:
                continue
            if not rest:
                return [name]
            target = target_of(entities, spot)
            inner = path_of(rest, target, entities, depth + 1) if target is not None else []
            if inner:
                return [name, *inner]
            plain = rest[:1].lower() + rest[1:]
            if any(member.name == plain for _, member in embedded(entities, spot.path, spot.member) or ()):
                return [name, plain]
    return []
