"""Mapped models and the calls on them, as one file tells them; `linking` joins the files of a revision."""

from dataclasses import dataclass
from enum import StrEnum

from midflight.references.model import Guard, Place, SqlText, Verb
from midflight.references.postgrest import Named
from midflight.references.values import Call


class Mapper(StrEnum):
    """The library that turns names of code into names of the schema."""

    PRISMA = "prisma"
    DRIZZLE = "drizzle"
    TYPEORM = "typeorm"
    SEQUELIZE = "sequelize"
    KYSELY = "kysely"
    KNEX = "knex"
    RAILS = "rails"
    JPA = "jpa"
    EF = "ef"
    ELOQUENT = "eloquent"
    GORM = "gorm"
    DJANGO = "django"


@dataclass(frozen=True, slots=True)
class MappedField:
    """A field of a model: a column, or a relation to the model `target`.

    `column` is empty for a relation, whose foreign key is in `keys` (names of fields of this model; none where the
    other model has it). `relation` is the name that both ends of a relation share. `cased` says that the column's
    name is the field's in the casing of the client. `filled` fields get a value from the library in every insert
    that gives none, `generated` ones take no value. `read` and `updated` say whether the library selects and updates
    it by itself; `given` that the code names the column. A field that `embeds` a class stands for its columns
    under a `prefix` (None: the field's name). `key` marks a primary key.
    """

    name: str
    line: int
    column: str = ""
    cased: bool = False
    target: str = ""
    keys: tuple[str, ...] = ()
    relation: str = ""
    filled: bool = False
    generated: bool = False
    read: bool = True
    updated: bool = True
    given: bool = False
    embeds: str = ""
    prefix: str | None = None
    key: bool = False


@dataclass(frozen=True, slots=True)
class MappedModel:
    """A table as code names it.

    One without a `table` adds fields to the model of its name in the same files (`relations(users, ...)`); one
    without a name only says which `casing` the client uses. `complete` says that no field is missing, `view` that
    nothing is inserted, `declared` that the mapper's own reader gives the model's implicit lists. A class of an
    object mapper extends `bases` (`classes`); `given` says that the code names its table, and
    `untold` why the table is not known. `role` tells what it is: "entity", "part" (a base or what others
    embed), "child" of an inheritance in one table or its "root", or "alias" of its base.
    """

    mapper: Mapper
    name: str
    place: Place
    table: str = ""
    schema: str = ""
    fields: tuple[MappedField, ...] = ()
    complete: bool = True
    view: bool = False
    declared: bool = False
    casing: str = ""
    bases: tuple[str, ...] = ()
    role: str = ""
    given: bool = False
    untold: str = ""

    def field(self, name: str) -> MappedField | None:
        """The field of a name."""
        return next((field for field in self.fields if field.name == name), None)


@dataclass(frozen=True, slots=True)
class FieldUse:
    """A field that code names through its model, `users.fullName`."""

    model: str
    field: Named


@dataclass(frozen=True, slots=True)
class ModelCall:
    """One use of mapped models; `model` as the code writes it, without the client.

    `steps` are the calls with what they are given, the first of which says what is done. `uses` are the fields
    that the text names beside them, `sets` those to which it gives values, `whole` the models of which it takes
    every column. `certain` says that this is a call of the library whatever its model is. `query` is SQL that names
    models between `OPEN` and `CLOSE`, or JPQL.
    """

    mapper: Mapper
    place: Place
    model: str
    steps: tuple[Call, ...] = ()
    verb: Verb = Verb.SELECT
    uses: tuple[FieldUse, ...] = ()
    sets: tuple[FieldUse, ...] = ()
    whole: tuple[str, ...] = ()
    certain: bool = False
    guard: Guard | None = None
    text: str = ""
    query: SqlText | None = None
    subquery: bool = False


OPEN, CLOSE = "\ue000", "\ue001"
