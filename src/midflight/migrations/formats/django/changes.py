"""How the operations of a migration change the models of a project."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from midflight.migrations.formats.django.state import Field, Model, State
from midflight.migrations.python import Call, Module, Text, Value, plain


@dataclass(frozen=True, slots=True)
class Turn:
    """One operation: how it changes the models, and its SQL in both directions."""

    app: str
    call: Call
    module: Module


Change = Callable[[Turn, State], State]


def change_state(turn: Turn, state: State) -> State:
    """The models after an operation."""
    change = _CHANGES.get(turn.call.last)
    return change(turn, state) if change else state


def model_name(turn: Turn) -> str:
    """The model that an operation on a part of one names."""
    given = plain(turn.call.get("model_name", 0))
    return given if isinstance(given, str) else ""


def own_name(turn: Turn) -> str:
    """The name that an operation gives first."""
    given = plain(turn.call.get("name", 0))
    return given if isinstance(given, str) else ""


def name_in(turn: Turn, option: str, position: int = 1) -> str:
    """A name among the arguments."""
    given = plain(turn.call.get(option, position))
    return given if isinstance(given, str) else ""


def _fields(value: Value) -> tuple[Field, ...]:
    found: list[Field] = []
    for each in value if isinstance(value, list) else []:
        match each:
            case [Text(text=name), Call() as call]:
                found.append(Field(name, call))
    return tuple(found)


def _on_model(turn: Turn, state: State, change: Callable[[Model], Model], *, own: bool = False) -> State:
    model = state.get(turn.app, own_name(turn) if own else model_name(turn))
    return state.with_model(change(model)) if model else state


def _with_options(model: Model, **changed: Value) -> Model:
    return replace(model, options={**model.options, **changed})


def _create(turn: Turn, state: State) -> State:
    options = turn.call.get("options", 2)
    known = {str(key): value for key, value in options.items()} if isinstance(options, dict) else {}
    return state.with_model(Model(turn.app, own_name(turn), _fields(turn.call.get("fields", 1)), known))


def _delete(turn: Turn, state: State) -> State:
    return state.without((turn.app, own_name(turn).lower()))


def _set_field(turn: Turn, state: State) -> State:
    call, name = turn.call.get("field", 2), name_in(turn, "name")
    if not isinstance(call, Call):
        return state
    return _on_model(turn, state, lambda model: model.with_field(Field(name, call)))


def _drop_field(turn: Turn, state: State) -> State:
    name = name_in(turn, "name")
    return _on_model(
        turn, state, lambda model: replace(model, fields=tuple(one for one in model.fields if one.name != name))
    )


def _rename_field(turn: Turn, state: State) -> State:
    old, new = name_in(turn, "old_name"), name_in(turn, "new_name", 2)

    def renamed(model: Model) -> Model:
        fields = tuple(Field(new, one.call) if one.name == old else one for one in model.fields)
        options = {key: _replaced(value, old, new) if key in _NAMING else value for key, value in model.options.items()}
        return replace(model, fields=fields, options=options)

    return _on_model(turn, state, renamed)


_NAMING = frozenset({"unique_together", "index_together"})


def _replaced(value: Value, old: str, new: str) -> Value:
    match value:
        case Text(text=text, line=line) if text == old:
            return Text(new, line)
        case list():
            return [_replaced(each, old, new) for each in value]
        case _:
            return value


def _rename_model(turn: Turn, state: State) -> State:
    model = state.get(turn.app, name_in(turn, "old_name", 0))
    new = name_in(turn, "new_name")
    if model is None or not new:
        return state
    renamed = replace(model, name=new)
    found = state.without(model.key).with_model(renamed)
    to = Text(f"{turn.app}.{new}", turn.call.line)
    for other in tuple(found.models.values()):
        owner = model if other.key == renamed.key else other
        fields = tuple(
            Field(one.name, _pointed(one.call, to)) if state.target(owner, one) == model.key else one
            for one in other.fields
        )
        if fields != other.fields:
            found = found.with_model(replace(other, fields=fields))
    return found


def _pointed(call: Call, to: Text) -> Call:
    if isinstance(own := call.get("to", 0), Text) and own.text == "self":
        return call
    return replace(
        call, args=call.args[1:] if "to" not in call.options else call.args, options={**call.options, "to": to}
    )


def _set_option(option: str, argument: str, position: int = 1) -> Change:
    def change(turn: Turn, state: State) -> State:
        given = turn.call.get(argument, position)
        return _on_model(turn, state, lambda model: _with_options(model, **{option: given}), own=True)

    return change


def _set_options(turn: Turn, state: State) -> State:
    given = turn.call.get("options", 1)
    managed = given.get("managed") if isinstance(given, dict) else None
    if managed is None:
        return state
    return _on_model(turn, state, lambda model: _with_options(model, managed=managed), own=True)


def _order(turn: Turn, state: State) -> State:
    if plain(turn.call.get("order_with_respect_to", 1)) is None:
        return _on_model(
            turn, state, lambda m: replace(m, fields=tuple(f for f in m.fields if f.name != "_order")), own=True
        )
    one = Field("_order", Call("OrderWrt", (), {"default": 0}, turn.call.line))
    return _on_model(turn, state, lambda model: model.with_field(one), own=True)


def _extend_option(option: str, argument: str) -> Change:
    def change(turn: Turn, state: State) -> State:
        given = turn.call.get(argument, 1)

        def extended(model: Model) -> Model:
            known = model.options.get(option)
            return _with_options(model, **{option: [*(known if isinstance(known, list) else []), given]})

        return _on_model(turn, state, extended)

    return change


def _reduce_option(option: str) -> Change:
    def change(turn: Turn, state: State) -> State:
        name = name_in(turn, "name")

        def reduced(model: Model) -> Model:
            known = model.options.get(option)
            kept = [each for each in known if not is_named(each, name)] if isinstance(known, list) else []
            return _with_options(model, **{option: kept})

        return _on_model(turn, state, reduced)

    return change


def is_named(value: Value, name: str) -> bool:
    """Whether an index or a constraint has a name."""
    return isinstance(value, Call) and plain(value.get("name")) == name


_CHANGES: Mapping[str, Change] = {
    "CreateModel": _create,
    "DeleteModel": _delete,
    "AddField": _set_field,
    "AlterField": _set_field,
    "RemoveField": _drop_field,
    "RenameField": _rename_field,
    "RenameModel": _rename_model,
    "AlterModelTable": _set_option("db_table", "table"),
    "AlterUniqueTogether": _set_option("unique_together", "unique_together"),
    "AlterIndexTogether": _set_option("index_together", "index_together"),
    "AlterModelOptions": _set_options,
    "AlterOrderWithRespectTo": _order,
    "AddIndex": _extend_option("indexes", "index"),
    "AddIndexConcurrently": _extend_option("indexes", "index"),
    "RemoveIndex": _reduce_option("indexes"),
    "RemoveIndexConcurrently": _reduce_option("indexes"),
    "AddConstraint": _extend_option("constraints", "constraint"),
    "AddConstraintNotValid": _extend_option("constraints", "constraint"),
    "RemoveConstraint": _reduce_option("constraints"),
}
