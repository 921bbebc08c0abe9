"""The SQL by which Django turns one declaration of a field into another (`BaseDatabaseSchemaEditor._alter_field`)."""

from midflight.migrations.formats.django.names import index_name, own_name, quoted
from midflight.migrations.formats.django.schema import (
    add_field,
    add_field_indexes,
    add_foreign_key,
    check_of,
    create_through,
    db_default,
    drop_through,
    remove_field,
)
from midflight.migrations.formats.django.state import Field, Model, State
from midflight.migrations.formats.django.types import base_of, default_of, is_guess, wants_like
from midflight.migrations.formats.django.writer import Writer


def alter_field(writer: Writer, states: tuple[State, State], model: Model, old: Field, new: Field) -> Model:
    """Give the model with what was renamed or made; `states` are those before and after."""
    if not model.has_table:
        return model
    if old.is_many and new.is_many:
        _alter_many(writer, states, model, old, new)
        return model
    if old.has_column != new.has_column:
        model = remove_field(writer, states[0], model, old)
        return add_field(writer, states[1], model, new)
    if not old.has_column:
        return model
    before, after = _types(writer, states, model, (old, new))
    had, has = _foreign(states[0], model, old), _foreign(states[1], model, new)
    moved = (had, before, old.column) != (has, after, new.column)
    if had and (had != has or before != after):
        model = _drop_constraint(writer, model, f"fk:{old.column}")
    model = _drop_indexes(writer, model, old, new, (before, after))
    if old.column != new.column:
        model = rename_column(writer, model, old.column, new.column)
    _alter_parts(writer, states[1], model, (old, new), (before, after))
    model = _add_indexes(writer, model, old, new)
    _follow_key(writer, states[1], _related(states[1], model, new) if before != after else [], (before, after))
    if has and moved and f"fk:{new.column}" not in model.made:
        model = add_foreign_key(writer, states[1], model, new)
    return model


def _types(writer: Writer, states: tuple[State, State], model: Model, fields: tuple[Field, Field]) -> tuple[str, str]:
    """The types before and after; one that nothing tells is told, and taken to stay what it was."""
    old, new = fields
    before = states[0].type_of(model, old)
    if is_guess(new.call) and not is_guess(old.call):
        reason = f"the type of `{new.name}` is from here on that of `{new.call.last}`, taken to stay what it was"
        writer.unread(reason, new.call.line, rows=True)
        return before, before
    return before, states[1].type_of(model, new)


def _alter_parts(
    writer: Writer, after: State, model: Model, fields: tuple[Field, Field], types: tuple[str, str]
) -> None:
    """Type, NULL and default of the column itself."""
    old, new = fields
    for other, one in _related(after, model, new) if types[0] != types[1] else ():
        _drop_constraint(writer, other, f"fk:{one.column}")
    _alter_type(writer, model, fields, types)
    _alter_null(writer, model, old, new, types[1])
    _alter_default(writer, model, old, new, types[1])


def _follow_key(writer: Writer, state: State, related: list[tuple[Model, Field]], types: tuple[str, str]) -> None:
    """The columns that point at a primary key take its new type, and their foreign keys again."""
    for other, one in related:
        cast = _using(one.column, *types)
        writer.run(f"ALTER TABLE {quoted(other.table)} ALTER COLUMN {quoted(one.column)} TYPE {types[1]}{cast}")
        if one.says("db_constraint", default=True):
            add_foreign_key(writer, state, other, one)


def _foreign(state: State, model: Model, one: Field) -> tuple[str, str] | None:
    """What a foreign key with a constraint points at."""
    if not one.is_foreign or not one.says("db_constraint", default=True):
        return None
    table, column, _ = state.target_column(model, one)
    return table, column


def _related(state: State, model: Model, key: Field) -> list[tuple[Model, Field]]:
    """The foreign keys whose columns follow the type of a primary key."""
    found = [(other, one) for other, one in state.pointing_at(model.key) if not one.call.get("to_field")]
    for other in state.models.values():
        for one in other.fields:
            through = state.through(other, one) if one.is_many and other.has_table else None
            if through is not None:
                found += [
                    (_with_names(through, state), each)
                    for each in through.fields
                    if each.is_foreign and state.target(through, each) == model.key
                ]
    return [(other, one) for other, one in found if other.has_table and key.is_key]


def _with_names(through: Model, state: State) -> Model:
    """A table behind a many-to-many field with the names that its foreign keys got when it was made."""
    for one in through.fields:
        if one.is_foreign:
            table, column, _ = state.target_column(through, one)
            through = through.knowing(
                f"fk:{one.column}", index_name(through.table, (one.column,), f"_fk_{table}_{column}")
            )
    return through


def _drop_constraint(writer: Writer, model: Model, what: str) -> Model:
    if what in model.made:
        name = quoted(model.made[what])
        if what.startswith("fk:"):
            writer.run(f"SET CONSTRAINTS {name} IMMEDIATE")
        writer.run(f"ALTER TABLE {quoted(model.table)} DROP CONSTRAINT {name}")
    return model.knowing(what, "")


def _drop_index(writer: Writer, model: Model, what: str) -> Model:
    if what in model.made:
        writer.run(f"DROP INDEX IF EXISTS {quoted(model.made[what])}")
    return model.knowing(what, "")


def _drop_indexes(writer: Writer, model: Model, old: Field, new: Field, types: tuple[str, str]) -> Model:
    if old.is_unique and not new.is_unique:
        model = _drop_constraint(writer, model, f"unique:{old.column}")
    if old.is_indexed and not new.is_indexed:
        model = _drop_index(writer, model, f"index:{old.column}")
    likes = [
        wants_like(each.call) and (each.is_indexed or each.is_unique or each.is_key) and not each.is_foreign
        for each in (old, new)
    ]
    if likes[0] and (not likes[1] or base_of(types[0]) != base_of(types[1])):
        model = _drop_index(writer, model, f"like:{old.column}")
    if check_of(old) and not check_of(new):
        model = _drop_constraint(writer, model, f"check:{old.column}")
    return model


def _add_indexes(writer: Writer, model: Model, old: Field, new: Field) -> Model:
    if new.is_unique and not old.is_unique:
        name = index_name(model.table, (new.column,), "_uniq")
        writer.run(f"ALTER TABLE {quoted(model.table)} ADD CONSTRAINT {quoted(name)} UNIQUE ({quoted(new.column)})")
        model = model.knowing(f"unique:{new.column}", name)
    if new.is_key and not old.is_key:
        name = own_name(model.table, suffix="pkey")
        for one in model.fields:
            if one.is_key and one.name != new.name:
                writer.run(f"ALTER TABLE {quoted(model.table)} DROP CONSTRAINT {quoted(name)}")
        name = index_name(model.table, (new.column,), "_pk")
        writer.run(
            f"ALTER TABLE {quoted(model.table)} ADD CONSTRAINT {quoted(name)} PRIMARY KEY ({quoted(new.column)})"
        )
    if (new.is_indexed and not old.is_indexed) or _wants_new_like(model, new):
        model = add_field_indexes(writer, model, new)
    if check_of(new) and not check_of(old):
        name = index_name(model.table, (new.column,), "_check")
        writer.run(f"ALTER TABLE {quoted(model.table)} ADD CONSTRAINT {quoted(name)} {check_of(new)}")
        model = model.knowing(f"check:{new.column}", name)
    return model


def _wants_new_like(model: Model, new: Field) -> bool:
    wants = wants_like(new.call) and (new.is_unique or new.is_key) and not new.is_foreign
    return wants and f"like:{new.column}" not in model.made


def rename_column(writer: Writer, model: Model, old: str, new: str) -> Model:
    """RENAME COLUMN; what is on the column keeps its name."""
    writer.run(f"ALTER TABLE {quoted(model.table)} RENAME COLUMN {quoted(old)} TO {quoted(new)}")
    for what, name in tuple(model.made.items()):
        kind, _, columns = what.partition(":")
        if kind not in {"named", "constraint"} and old in columns.split(","):
            moved = ",".join(new if each == old else each for each in columns.split(","))
            model = model.knowing(what, "").knowing(f"{kind}:{moved}", name)
    return model


def _using(column: str, before: str, after: str) -> str:
    """A cast where the kind of the type changes (`backends/postgresql/schema.py`, `_alter_column_type_sql`)."""
    return f" USING {quoted(column)}::{after}" if base_of(before) != base_of(after) else ""


def _alter_type(writer: Writer, model: Model, fields: tuple[Field, Field], types: tuple[str, str]) -> None:
    new, (before, after) = fields[1], types
    table, column = quoted(model.table), quoted(new.column)
    autos = [one.kind.endswith("AutoField") for one in fields]
    if autos[0] and not autos[1]:
        writer.run(f"ALTER TABLE {table} ALTER COLUMN {column} DROP IDENTITY IF EXISTS")
    if before != after:
        writer.run(f"ALTER TABLE {table} ALTER COLUMN {column} TYPE {after}{_using(new.column, before, after)}")
    if autos[1] and not autos[0]:
        writer.run(f"ALTER TABLE {table} ALTER COLUMN {column} ADD GENERATED BY DEFAULT AS IDENTITY")


def _alter_null(writer: Writer, model: Model, old: Field, new: Field, kind: str) -> None:
    if old.is_null == new.is_null:
        return
    table, column = quoted(model.table), quoted(new.column)
    if new.is_null:
        writer.run(f"ALTER TABLE {table} ALTER COLUMN {column} DROP NOT NULL")
        return
    default, given = default_of(new.call, kind), db_default(new, kind)
    filled = default if given is None else given
    if default is not None and given is None:
        writer.run(f"ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT {default}")
    if filled is not None:
        values = f"SET {column} = {filled} WHERE {column} IS NULL"
        writer.run(f"UPDATE {table} {values}")
        writer.run("SET CONSTRAINTS ALL IMMEDIATE")
    writer.run(f"ALTER TABLE {table} ALTER COLUMN {column} SET NOT NULL")
    if default is not None and given is None:
        writer.run(f"ALTER TABLE {table} ALTER COLUMN {column} DROP DEFAULT")


def _alter_default(writer: Writer, model: Model, old: Field, new: Field, kind: str) -> None:
    had, has = db_default(old, kind), db_default(new, kind)
    column = f"ALTER TABLE {quoted(model.table)} ALTER COLUMN {quoted(new.column)}"
    if has is not None and had != has:
        writer.run(f"{column} SET DEFAULT {has}")
    elif had is not None and has is None:
        writer.run(f"{column} DROP DEFAULT")


def _alter_many(writer: Writer, states: tuple[State, State], model: Model, old: Field, new: Field) -> None:
    """A many-to-many field whose table takes another name or points elsewhere."""
    before, after = states[0].through(model, old), states[1].through(model, new)
    if before is None or after is None:
        if before is not None:
            drop_through(writer, states[0], model, old)
        elif after is not None:
            create_through(writer, states[1], model, new)
        return
    if before.table != after.table:
        writer.run(f"ALTER TABLE {quoted(before.table)} RENAME TO {quoted(after.table)}")
    for one, other in zip(before.fields[1:], after.fields[1:], strict=True):
        if one.column != other.column:
            own = f"ALTER TABLE {quoted(after.table)} RENAME COLUMN {quoted(one.column)} TO {quoted(other.column)}"
            writer.run(own)


def follow_model(writer: Writer, states: tuple[State, State], old: Model, new: Model) -> None:
    """Rename the table of a model, and the tables and columns behind many-to-many fields at either end."""
    if not new.has_table:
        return
    if old.table != new.table:
        writer.run(f"ALTER TABLE {quoted(old.table)} RENAME TO {quoted(new.table)}")
    for key, model in states[1].models.items():
        before = states[0].models.get(old.key if key == new.key else key)
        for one in model.fields if before is not None and model.has_table else ():
            was = before.field(one.name) if before is not None else None
            if one.is_many and was is not None and was.is_many and before is not None:
                _follow_many(writer, (states[0].through(before, was), states[1].through(model, one)))


def _follow_many(writer: Writer, pair: tuple[Model | None, Model | None]) -> None:
    before, after = pair
    if before is None or after is None:
        return
    if before.table != after.table:
        writer.run(f"ALTER TABLE {quoted(before.table)} RENAME TO {quoted(after.table)}")
    for one, other in zip(before.fields[1:], after.fields[1:], strict=True):
        if one.column != other.column:
            rename_column(writer, after, one.column, other.column)
