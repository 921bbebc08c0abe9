"""Finds edge functions and storage buckets that TypeScript and JavaScript name."""

from collections.abc import Iterator
from itertools import islice

from tree_sitter import Node

from midflight.references.drafts import Draft
from midflight.references.extractors.javascript.flags import Flags
from midflight.references.extractors.javascript.names import Names
from midflight.references.extractors.javascript.syntax import arguments, bare, called, line
from midflight.references.extractors.javascript.values import value_of
from midflight.references.model import Place, ServiceKind, ServiceUse
from midflight.references.services import CALL, MARK, MOST_USES, URL, kind_of, name_in, variable
from midflight.references.values import shorten

MOST_CALLS = 5_000
_STRINGS = frozenset({"string", "string_fragment", "template_string"})


def find_services(names: Names, flags: Flags) -> list[Draft]:
    """Give a draft for each call of an edge function and each use of a bucket."""
    if not MARK.search(names.source.text):
        return []
    return list(islice(_uses(names, flags), MOST_USES))


def _uses(names: Names, flags: Flags) -> Iterator[Draft]:
    source = names.source
    for found in islice(CALL.finditer(source.text), MOST_CALLS):
        node = source.root.descendant_for_byte_range(found.start(1), found.end(1))
        path = source.path_to(node) if node is not None else []
        call = called(path)
        if call is None:
            continue
        owner, given = path[-2].child_by_field_name("object"), arguments(call)
        kind = kind_of(found[1].decode(), source.read(bare(owner))[-100:]) if owner is not None else None
        if kind is not None and given:
            yield _draft(names, flags, kind, given[0])
    for found in URL.finditer(source.text):
        node = source.root.descendant_for_byte_range(found.start(1), found.start(1) + 1)
        if node is not None and node.type in _STRINGS:
            place = Place(source.path, source.text.count(b"\n", 0, found.start()) + 1)
            name, text = found[1].decode(), shorten(source.read(node))
            use = ServiceUse(place, ServiceKind.FUNCTION, name, flags.guard_of(node), text)
            yield Draft(found.start(1), service=use)


def _draft(names: Names, flags: Flags, kind: ServiceKind, given: Node) -> Draft:
    value = value_of(given, names)
    name = name_in(kind, value)
    if not name:
        return Draft(given.start_byte, unresolved=(variable(names.source.path, kind, value),))
    path = names.source.path_to(given)
    text = shorten(names.source.read(path[-3]))
    use = ServiceUse(Place(names.source.path, line(given)), kind, name, flags.guard_of(given), text)
    return Draft(given.start_byte, service=use)
