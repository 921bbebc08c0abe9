"""Tells which reader knows the calls and the implicit lists of the object mappers and query builders of TypeScript."""

import re
from collections.abc import Iterable

from midflight.changes.model import NotAnalysed
from midflight.references import builder_calls, row_calls, sequelize_calls, typeorm_calls
from midflight.references.classes import CLASSED
from midflight.references.lookup import Models
from midflight.references.mapping import MappedModel, Mapper, ModelCall
from midflight.references.model import Reference

Found = tuple[Iterable[Reference], Iterable[NotAnalysed]]

CALLS = {
    Mapper.TYPEORM: typeorm_calls.read_call,
    Mapper.SEQUELIZE: sequelize_calls.read_call,
    Mapper.KYSELY: builder_calls.read_call,
    Mapper.KNEX: builder_calls.read_call,
}
OWN = frozenset(CALLS) | CLASSED


_DECLARES = re.compile(
    rb"@(?:View|Child)?Entity\b|\bEntitySchema\b|@(?:Primary(?:Generated)?)?Column\b|\bextends\s+(?:Tree)?Repository\b"
    rb"|\bnamingStrategy\b|\bentityPrefix\b|\.define\s*[(<]|\.init\s*\(|\bbelongsTo\s*\(|@Table\b|\bunderscored\b"
    rb"|\bfreezeTableName\b|\bKysely\b|\bCamelCasePlugin\b|\bknexSnakeCaseMappers\b|\bwrapIdentifier\b|\.\s*with(?:Recursive)?\s*\("
)
LIBRARIES = (b"typeorm", b"sequelize", b"datatypes", b"kysely", b"knex", b"dialect")  # in lower case


def declares(source: bytes) -> bool:
    """Whether a file may hold models of these libraries, or what they all depend on: cheap, every file is asked."""
    lower = source.lower()  # the names first: looking for a text is many times faster than for a pattern
    return any(library in lower for library in LIBRARIES) and bool(_DECLARES.search(source))


def lists(model: MappedModel, models: Models) -> Found:
    """Give the implicit lists of a class, or why its table is not known."""
    known = models.by_name.get((model.mapper, model.name), ())
    made = next((each for each in known if each.place == model.place and not each.declared), None)
    if made is None:
        return (), ()
    if not made.table:
        reason = f"the table of the model `{made.name}` is not known: {made.untold}"
        return (), (NotAnalysed(made.place.path, made.place.line, reason),)
    return row_calls.implicit(made, named=made.mapper is Mapper.TYPEORM), ()


def read_call(call: ModelCall, models: Models) -> Found:
    """Give what one call reaches."""
    return CALLS[call.mapper](call, models)
