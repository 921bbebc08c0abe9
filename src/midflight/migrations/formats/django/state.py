"""The models of a project as its migrations have made them so far."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from midflight.migrations.formats.django.names import truncated
from midflight.migrations.formats.django.types import FOREIGN, MANY, NO_COLUMN, kind_of, type_of
from midflight.migrations.python import Call, Ref, Text, Value, plain

DEEPEST = 20
Key = tuple[str, str]

_CONTRIB: Mapping[Key, str] = {("contenttypes", "contenttype"): "django_content_type", ("sites", "site"): "django_site"}
_CONTRIB_KEYS: Mapping[Key, str] = {("sessions", "session"): "varchar(40)"}


@dataclass(frozen=True, slots=True)
class Field:
    """A field by its name; `call` is how the migration declares it."""

    name: str
    call: Call

    @property
    def kind(self) -> str:
        """Django's own kind."""
        return kind_of(self.call)

    @property
    def is_foreign(self) -> bool:
        """Whether it points at one row of another table."""
        return self.kind in FOREIGN

    @property
    def is_many(self) -> bool:
        """Whether it has a table of its own."""
        return self.kind == MANY

    @property
    def has_column(self) -> bool:
        """Whether it is a column of its model's table."""
        return not self.is_many and self.kind not in NO_COLUMN and self.call.last != "CompositePrimaryKey"

    @property
    def column(self) -> str:
        """The column's name."""
        given = plain(self.call.get("db_column"))
        if isinstance(given, str) and given:
            return given
        return f"{self.name}_id" if self.is_foreign else self.name

    def says(self, option: str, *, default: bool = False) -> bool:
        """Whether an option is on."""
        return bool(plain(self.call.get(option, default=default)))

    @property
    def is_key(self) -> bool:
        """Whether it is the primary key."""
        return self.says("primary_key")

    @property
    def is_unique(self) -> bool:
        """Whether it has a unique constraint of its own."""
        return not self.is_key and (self.says("unique") or self.kind == "OneToOneField")

    @property
    def is_indexed(self) -> bool:
        """Whether it has an index of its own."""
        indexed = self.is_foreign or self.kind == "SlugField"
        return self.says("db_index", default=indexed) and not self.is_unique and not self.is_key

    @property
    def is_null(self) -> bool:
        """Whether the column takes NULL."""
        return (self.says("null") or self.kind == "NullBooleanField") and not self.is_key


@dataclass(frozen=True, slots=True)
class Model:
    """A model; `made` are the names of what exists on the server, by what it is and on which columns."""

    app: str
    name: str
    fields: tuple[Field, ...]
    options: Mapping[str, Value] = field(default_factory=lambda: MappingProxyType({}))
    made: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def key(self) -> Key:
        """What names it in a project."""
        return self.app, self.name.lower()

    @property
    def table(self) -> str:
        """The table's name."""
        given = plain(self.options.get("db_table"))
        if isinstance(given, str) and given:
            return truncated(given)
        return truncated(f"{self.app}_{self.name.lower()}")

    @property
    def has_table(self) -> bool:
        """Whether migrations make its table."""
        return plain(self.options.get("managed", True)) is not False and not plain(self.options.get("proxy", False))

    def field(self, name: str) -> Field | None:
        """A field by name; `pk` is the primary key."""
        return next((each for each in self.fields if each.name == name or (name == "pk" and each.is_key)), None)

    def columns_of(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """The columns of fields."""
        found = ((name, self.field(name)) for name in names)
        return tuple(each.column if each else name for name, each in found)

    def knowing(self, what: str, name: str) -> "Model":
        """The model with one more name, or one less where it is empty."""
        made = {key: value for key, value in self.made.items() if key != what}
        return replace(self, made={**made, what: name} if name else made)

    def with_field(self, changed: Field) -> "Model":
        """The model with a field in place of the one of its name, or at the end."""
        if self.field(changed.name) is None:
            return replace(self, fields=(*self.fields, changed))
        return replace(self, fields=tuple(changed if each.name == changed.name else each for each in self.fields))


@dataclass(frozen=True, slots=True)
class Project:
    """What the settings say that migrations do not."""

    user: Key = ("auth", "user")
    auto_field: str = "AutoField"
    auto_fields: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    dialect: str = ""

    def auto(self, app: str) -> str:
        """The kind of the key that Django adds by itself in an app."""
        return self.auto_fields.get(app, self.auto_field)


@dataclass(frozen=True, slots=True)
class State:
    """All models at one point of the history."""

    project: Project
    models: Mapping[Key, Model] = field(default_factory=lambda: MappingProxyType({}))

    def get(self, app: str, name: str) -> Model | None:
        """A model of an app."""
        return self.models.get((app, name.lower()))

    def with_model(self, model: Model) -> "State":
        """The state with a model added or changed."""
        return replace(self, models={**self.models, model.key: model})

    def without(self, key: Key) -> "State":
        """The state without a model."""
        return replace(self, models={each: model for each, model in self.models.items() if each != key})

    def target(self, model: Model, one: Field) -> Key:
        """The key of the model that a field points at."""
        to = one.call.get("to", 0)
        match to:
            case Text(text="self"):
                return model.key
            case Text(text=text):
                app, _, name = text.rpartition(".")
                return (app or model.app, name.lower())
            case Ref(name=name) if name.endswith("AUTH_USER_MODEL"):
                return self.project.user
            case _:
                return "", ""

    def target_column(self, model: Model, one: Field) -> tuple[str, str, str]:
        """Table, column and type that a foreign key points at."""
        return self._target_column(model, one, DEEPEST)

    def _target_column(self, model: Model, one: Field, left: int) -> tuple[str, str, str]:
        key = self.target(model, one)
        target = self.models.get(key)
        if target is None or left == 0:
            table = _CONTRIB.get(key, "_".join(key))
            return table, "id", _CONTRIB_KEYS.get(key, "integer")
        wanted = plain(one.call.get("to_field"))
        at = target.field(wanted if isinstance(wanted, str) else "pk")
        if at is None:
            return target.table, "id", "integer" if self.project.auto(target.app) == "AutoField" else "bigint"
        if at.is_foreign:
            return target.table, at.column, self._target_column(target, at, left - 1)[2]
        return target.table, at.column, type_of(at.call)

    def type_of(self, model: Model, one: Field) -> str:
        """The type of a field's column."""
        return self.target_column(model, one)[2] if one.is_foreign else type_of(one.call)

    def through(self, model: Model, one: Field) -> Model | None:
        """The model of the table that Django makes for a many-to-many field; None where the project has its own."""
        if isinstance(one.call.get("through"), Text | Ref):
            return None
        given = plain(one.call.get("db_table"))
        name = given if isinstance(given, str) and given else truncated(f"{model.table}_{one.name}")
        target = self.target(model, one)
        own, other = model.name.lower(), target[1]
        if target == model.key:
            own, other = f"from_{own}", f"to_{other}"
        sides = tuple(
            Field(side, Call("ForeignKey", (), {"to": Text(f"{app}.{to}", one.call.line)}, one.call.line))
            for side, (app, to) in ((own, model.key), (other, target))
        )
        key = Field("id", Call(self.project.auto(model.app), (), {"primary_key": True}, one.call.line))
        options: dict[str, Value] = {
            "db_table": Text(name, one.call.line),
            "unique_together": [[Text(own, one.call.line), Text(other, one.call.line)]],
        }
        return Model(model.app, f"{model.name}_{one.name}", (key, *sides), options)

    def pointing_at(self, key: Key) -> Iterator[tuple[Model, Field]]:
        """The foreign keys to a model."""
        for model in self.models.values():
            for one in model.fields:
                if one.is_foreign and self.target(model, one) == key:
                    yield model, one
