"""Naming strategies: what a mapper calls a class's table and a property's column where the code says nothing."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

import inflection

from midflight.references.entities import Entities, Entity, Names, named
from midflight.references.fluent import configured

# GORM's documentation, "Conventions"; these words count as one (source of its `schema.NamingStrategy`)
_INITIALISMS = re.compile(
    r"API|ASCII|CPU|CSS|DNS|EOF|GUID|HTML|HTTPS?|ID|IP|JSON|LHS|QPS|RAM|RHS|RPC|SLA|SMTP|SSH|TLS|TTL|UUID|UID|UI"
    r"|URI|URL|UTF8|VM|XML|XSRF|XSS"
)
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
# Spring Boot and Hibernate 6 break a name only between a small letter, or a digit after one, and a capital
_SPRING = re.compile(r"(?<=[a-z0-9])(?=[A-Z][A-Za-z0-9])")
_LONGEST = 200


def snake(name: str) -> str:
    """`HTTPServerId` is `http_server_id`."""
    return _HUMP.sub("_", name[:_LONGEST]).lower()


def spring(name: str) -> str:
    """A name as `CamelCaseToUnderscoresNamingStrategy` writes it (Hibernate's documentation): dots become lines."""
    return _SPRING.sub("_", name[:_LONGEST].replace(".", "_")).lower()


def gorm(name: str) -> str:
    """A name as GORM's naming strategy writes it: `UserID` is `user_id`, `OAuthURL2` is `o_auth_url2`."""
    name = _INITIALISMS.sub(lambda found: found[0].capitalize(), name[:_LONGEST])
    text = ""
    for at, letter in enumerate(name):
        before, after = name[at - 1 : at], name[at + 1 : at + 2]
        inside = before.isupper() and (not after or after.isupper() or after.isdigit())
        if letter.isupper() and at and not inside and before != "_" and after != "_":
            text += "_"
        text += letter.lower()
    return text


def plural(name: str) -> str:
    """The English plural of a name's last word, by the rules that the mappers of many languages took from Rails."""
    return inflection.pluralize(name) if name else ""


@dataclass(frozen=True, slots=True)
class _Gorm(Names):
    singular: bool = False
    prefix: str = ""
    custom: bool = False

    def table(self, name: str, *, given: bool) -> str:
        if self.custom:
            return ""
        return self.prefix + (gorm(name) if self.singular else plural(gorm(name)))

    def column(self, name: str, *, given: bool) -> str:
        return "" if self.custom else gorm(name)


@dataclass(frozen=True, slots=True)
class _Spring(Names):
    def table(self, name: str, *, given: bool) -> str:
        return spring(name)

    def column(self, name: str, *, given: bool) -> str:
        return spring(name)


class _Jakarta(Names):
    """Names as they are, which PostgreSQL folds; of several words the project may write them in another way."""

    def table(self, name: str, *, given: bool) -> str:
        return name.lower() if given or name[1:] == name[1:].lower() else ""

    def column(self, name: str, *, given: bool) -> str:
        return name.lower() if given or name == name.lower() else ""


class _Snake(Names):
    def table(self, name: str, *, given: bool) -> str:
        return snake(name)

    def column(self, name: str, *, given: bool) -> str:
        return name if given else snake(name)


def settled(entities: Entities) -> Entities:
    """Give every entity the names that the conventions of its project imply."""
    entities = replace(entities, by_name=configured(entities))
    told: dict[str, set[str]] = {}
    for mapper, convention in entities.conventions:
        told.setdefault(mapper, set()).add(convention)
    names = {mapper: _names(mapper, told.get(mapper, set())) for mapper, _ in entities.by_name}
    parts = {m.embeds for known in entities.by_name.values() for each in known for m in each.members if m.embeds}
    by_name: Mapping[tuple[str, str], tuple[Entity, ...]] = {
        key: tuple(_part(named(each, names[key[0]]), parts) for each in known)
        for key, known in entities.by_name.items()
    }
    return replace(entities, by_name=by_name)


def _part(entity: Entity, parts: set[str]) -> Entity:
    """A class that others embed is no table unless it says so itself."""
    if entity.mapped and not entity.given and f"{entity.mapper}:{entity.name}" in parts:
        return replace(entity, mapped=False)
    return entity


def _names(mapper: str, told: set[str]) -> Names:
    match mapper:
        case "gorm":
            prefixes = {each.removeprefix("prefix=") for each in told if each.startswith("prefix=")}
            custom = "custom" in told or len(prefixes) > 1
            return _Gorm("singular" in told, next(iter(prefixes), ""), custom)
        case "jpa":
            return _Spring() if "spring" in told else _Jakarta()
        case "ef":
            return _Snake() if "snake" in told else Names()
        case _:
            return Names()
