"""Reads schema.prisma: each model is a table that the client selects and inserts with the columns of its fields."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from midflight.changes.model import NotAnalysed
from midflight.references.extractors.prisma.blocks import RELATIONS, Block, Field, Line, blocks_of, string_in
from midflight.references.mapping import MappedField, MappedModel, Mapper
from midflight.references.model import Access, Api, ColumnUse, Extracted, Place, TableReference, Verb

SUFFIXES = frozenset({".prisma"})
SCALARS = frozenset({"String", "Boolean", "Int", "BigInt", "Float", "Decimal", "DateTime", "Json", "Bytes"})
# what the database fills when an insert does not name the column; the client writes every other default itself
# (Prisma documentation, "Defining a default value": functions implemented by Prisma or by the database)
_BY_DATABASE = frozenset({"autoincrement", "dbgenerated", "sequence"})
_DIALECTS = {
    '"postgresql"': "postgres",
    '"postgres"': "postgres",
    '"cockroachdb"': "postgres",
    '"mysql"': "mysql",
    '"sqlite"': "sqlite",
    '"sqlserver"': "tsql",
}
# a relation field takes none of these, so that a type which the file does not declare is an enum of another file
_SCALAR_ONLY = frozenset({"@map", "@default", "@id", "@unique"})


@dataclass(frozen=True, slots=True)
class _Types:
    """The names that the file itself declares."""

    enums: frozenset[str]
    others: frozenset[str]


def extract(path: str, source: bytes) -> Extracted:
    """Give two references for each model: the select of all its columns and the insert that creates a row.

    The client names every scalar column in a select unless the call says otherwise, and in an insert those that are
    required or have a default of its own (Prisma documentation, "Select fields" and "CRUD"). `quiet` are the lines
    that reach no column: relation fields, ignored and unsupported ones, settings.
    """
    blocks = list(blocks_of(source.decode("utf-8", "replace")))
    if any(_is_document_store(block) for block in blocks):
        return Extracted()  # MongoDB has no migrations
    types = _Types(
        frozenset(block.name for block in blocks if block.kind == "enum"),
        frozenset(block.name for block in blocks if block.kind in RELATIONS | {"type"}),
    )
    closed = [block for block in blocks if block.closed]
    models = [block for block in closed if block.kind in RELATIONS and "@@ignore" not in block.attributes]
    mapped = (*(found for block in models for found in _references(path, block, types)), *_joins(path, models))
    dialect = next((each for block in blocks if (each := _dialect(block))), "")
    return Extracted(
        references=tuple(replace(found, dialect=dialect) for found in mapped) if dialect else mapped,
        unresolved=tuple(
            NotAnalysed(path, block.lines[0].first, f"the block `{block.name}` is not closed")
            for block in blocks
            if not block.closed
        ),
        quiet=frozenset(number for block in closed for number in _quiet(block, types)),
        models=tuple(_model(path, block, types) for block in models),
    )


def _dialect(block: Block) -> str:
    """The grammar of a datasource, as histories call it (Prisma documentation, "Data sources")."""
    given = [line.words[2:] for line in block.lines if line.words[:2] == ("provider", "=")]
    return _DIALECTS.get(" ".join(given[0]), "") if given and block.kind == "datasource" else ""


def _is_document_store(block: Block) -> bool:
    if block.kind == "datasource":
        return any(line.words == ("provider", "=", '"mongodb"') for line in block.lines)
    return any("@db.ObjectId" in line.words for line in block.lines)


def _references(path: str, block: Block, types: _Types) -> Iterator[TableReference]:
    """Yield the insert first: where both fail at one line, the one told is the last, and every query selects."""
    columns = [each for each in block.fields if _is_column(each, types)]
    names = ", ".join(each.column for each in columns)
    select = TableReference(
        place=Place(path, block.lines[0].first),
        table=_table(block),
        schema=string_in(block.attributes.get("@@schema", ())),
        verb=Verb.SELECT,
        api=Api.SQL,
        columns=tuple(_use(path, each, Access.READ) for each in columns),
        text=f"{block.kind} {block.name}: {names}"[:200],
        mapped=True,
    )
    if block.kind == "model":
        written = tuple(_use(path, each, Access.WRITE) for each in columns if _is_written(each))
        yield replace(select, verb=Verb.INSERT, columns=written)
    yield select


def _model(path: str, block: Block, types: _Types) -> MappedModel:
    """Give the model as the client's calls name it."""
    return MappedModel(
        Mapper.PRISMA,
        block.name,
        Place(path, block.lines[0].first),
        table=_table(block),
        schema=string_in(block.attributes.get("@@schema", ())),
        fields=tuple(_mapped(each, types) for each in block.fields if "@ignore" not in each.attributes),
        view=block.kind == "view",
        declared=True,
    )


def _mapped(each: Field, types: _Types) -> MappedField:
    if _is_column(each, types):
        filled = _is_filled(each)
        return MappedField(each.name, each.line.first, each.column, filled=filled)
    relation = each.attributes.get("@relation", ())
    keys = _listed(relation, "fields")
    target = "" if each.type == "Unsupported" else each.type
    return MappedField(each.name, each.line.first, target=target, keys=keys, relation=string_in(_own(relation)))


def _own(arguments: Sequence[str]) -> Sequence[str]:
    """Return the arguments up to the first list, so that the name of a constraint is not taken for the relation's."""
    ends = [at for at, word in enumerate(arguments) if word in {"[", "map"}]
    return arguments[: ends[0]] if ends else arguments


def _listed(arguments: Sequence[str], name: str) -> tuple[str, ...]:
    """Return the names in `name: [a, b]`."""
    words = list(arguments)
    start = words.index(name) + 1 if name in words else len(words)
    end = words.index("]", start) if "]" in words[start:] else start
    return tuple(word for word in words[start:end] if word[0].isalpha() or word[0] == "_")


def _is_filled(each: Field) -> bool:
    """Whether the client gives a value where the code gives none."""
    return "@updatedAt" in each.attributes or ("@default" in each.attributes and _is_written(each))


def _table(block: Block) -> str:
    return string_in(block.attributes.get("@@map", ())) or block.name


def _joins(path: str, models: Sequence[Block]) -> Iterator[TableReference]:
    """Yield the tables that join two models with lists of each other, which no model declares.

    They are called `_AToB`, the models in the order of the alphabet, or after the relation, and have the columns A
    and B (Prisma documentation, "Implicit many-to-many relations").
    """
    names = {block.name for block in models}
    ends: dict[tuple[str, str, str], list[Line]] = {}
    for block in models:
        for each in block.fields:
            if each.many and each.type in names and "@ignore" not in each.attributes:
                first, second = sorted((block.name, each.type))
                relation = string_in(each.attributes.get("@relation", ()))
                ends.setdefault((first, second, relation), []).append(each.line)
    for (first, second, relation), lines in ends.items():
        if len(lines) > 1:
            place = Place(path, lines[0].first)
            join = TableReference(place, f"_{relation or f'{first}To{second}'}", Verb.SELECT, Api.SQL, mapped=True)
            for verb, access in ((Verb.INSERT, Access.WRITE), (Verb.SELECT, Access.READ)):
                columns = tuple(ColumnUse(name, access, place) for name in ("A", "B"))
                yield replace(join, verb=verb, columns=columns, text=f"relation {first} to {second}"[:200])


def _use(path: str, each: Field, access: Access) -> ColumnUse:
    return ColumnUse(each.column, access, Place(path, each.line.first))


def _is_column(each: Field, types: _Types) -> bool:
    if each.attributes.keys() & {"@ignore", "@relation"} or each.type == "Unsupported":
        return False
    if each.type in SCALARS or each.type in types.enums:
        return True
    return each.type not in types.others and bool(each.attributes.keys() & _SCALAR_ONLY)


def _is_written(each: Field) -> bool:
    """Whether every insert names the column; an optional one is named only where the code gives it a value."""
    default = each.attributes.get("@default")
    if default is None:
        return not each.optional or "@updatedAt" in each.attributes
    return not _BY_DATABASE & set(default)


def _quiet(block: Block, types: _Types) -> Iterator[int]:
    """Yield the lines that reach no column. A type of another file may be an enum: such a line is not decided."""
    if block.kind in {"datasource", "generator"} or "@@ignore" in block.attributes:
        yield from range(block.lines[0].first, block.lines[-1].last + 1)
    for line in block.lines:
        if block.kind in RELATIONS and line.words[0].startswith("@@"):
            yield from range(line.first, line.last + 1)
    for each in block.fields:
        if not _is_column(each, types) and _is_decided(each, types):
            yield from range(each.line.first, each.line.last + 1)


def _is_decided(each: Field, types: _Types) -> bool:
    return bool(each.attributes.keys() & {"@ignore", "@relation"}) or each.type in types.others | {"Unsupported"}
