"""The way back that Rails runs for `change` (Rails' guide, "Active Record Migrations", "Using Reversible")."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from midflight.migrations.formats.rails.model import COMMENT, UNREAD, Command, Value

_SWAPPED = {
    "add_column": "remove_column",
    "add_timestamps": "remove_timestamps",
    "add_reference": "remove_reference",
    "add_belongs_to": "remove_reference",
    "create_table": "drop_table",
    "create_join_table": "drop_join_table",
    "enable_extension": "disable_extension",
    "create_enum": "drop_enum",
    "create_schema": "drop_schema",
    "add_index": "remove_index",
    "add_foreign_key": "remove_foreign_key",
    "add_check_constraint": "remove_check_constraint",
    "add_exclusion_constraint": "remove_exclusion_constraint",
    "add_unique_constraint": "remove_unique_constraint",
}
_BACK = {gone: made for made, gone in _SWAPPED.items() if made != "add_belongs_to"} | {
    "remove_belongs_to": "add_reference"
}
_RENAMES = frozenset({"rename_table", "rename_enum"})
_RENAMED_IN = frozenset({"rename_column", "rename_index"})
_NOTHING = frozenset({"validate_foreign_key", "validate_check_constraint", "validate_constraint"})
_NEEDED = {
    "remove_column": 3,
    "remove_check_constraint": 2,
    "drop_enum": 2,
    "remove_exclusion_constraint": 2,
}
"""How many arguments a removal needs to be taken back."""


def forward(commands: Sequence[Command]) -> tuple[Command, ...]:
    """The commands as they run on the way up."""
    found: list[Command] = []
    for one in commands:
        if one.name in {"reversible", "up_only"}:
            found += forward(one.block or ())
        elif one.name == "revert" and one.block is not None:
            back = backward(one.block)
            found += back if back is not None else (_unread(one, "what `revert` takes back has no way back"),)
        else:
            found.append(one)
    return tuple(found)


def backward(commands: Sequence[Command]) -> tuple[Command, ...] | None:
    """The commands that take these back, the last first; None where Rails raises IrreversibleMigration."""
    # Ruby that is no command runs while Rails still collects the commands that it will take back
    found = [one for one in commands if one.name == UNREAD]
    for one in reversed(commands):
        match one.name:
            case "reversible":
                found += forward(one.otherwise)
            case "up_only" | "unread":
                continue
            case "revert" if one.block is not None:
                found += forward(one.block)
            case _:
                back = _inverse(one)
                if back is None:
                    return None
                found += back
    return tuple(found)


def _unread(one: Command, reason: str) -> Command:
    return replace(one, name=UNREAD, args=(reason,), options={}, block=None)


def _inverse(one: Command) -> tuple[Command, ...] | None:
    name = one.name
    if name in _NOTHING or name == COMMENT:
        return ()
    if name == UNREAD:
        return (one,)
    if name in _SWAPPED:
        return (replace(one, name=_SWAPPED[name]),)
    if name == "change_table":
        inner = [_inverse(each) for each in reversed(_in_table(one))]
        return None if any(each is None for each in inner) else tuple(e for each in inner for e in each or ())
    if name in _RENAMES or name in _RENAMED_IN:
        return _renamed(one)
    special = _SPECIAL.get(name)
    if special is not None:
        return special(one)
    return _made_again(one) if name in _BACK else None


def _in_table(one: Command) -> list[Command]:
    """`change_table`'s block as commands of their own."""
    return [in_table(one.args[0] if one.args else None, each) for each in one.block or ()]


IN_TABLE = {
    "index": "add_index",
    "references": "add_reference",
    "belongs_to": "add_reference",
    "timestamps": "add_timestamps",
    "foreign_key": "add_foreign_key",
    "check_constraint": "add_check_constraint",
    "exclusion_constraint": "add_exclusion_constraint",
    "unique_constraint": "add_unique_constraint",
    "remove": "remove_columns",
    "remove_index": "remove_index",
    "remove_references": "remove_reference",
    "remove_belongs_to": "remove_reference",
    "remove_timestamps": "remove_timestamps",
    "remove_foreign_key": "remove_foreign_key",
    "remove_check_constraint": "remove_check_constraint",
    "rename": "rename_column",
    "rename_index": "rename_index",
    "change": "change_column",
    "change_default": "change_column_default",
    "change_null": "change_column_null",
    "column": "add_column",
}
"""What the methods of `change_table`'s block are outside it."""


def in_table(table: Value, one: Command) -> Command:
    """One line of `change_table`'s block as a command on the table."""
    if one.name in {UNREAD, COMMENT}:
        return one
    if one.name in IN_TABLE:
        return replace(one, name=IN_TABLE[one.name], args=(table, *one.args))
    return replace(one, name="add_columns_of", args=(table, one.name, *one.args))


def _renamed(one: Command) -> tuple[Command, ...] | None:
    *before, first, second = one.args if len(one.args) > 1 else (None, None)
    if first is None or one.options.get("to"):
        return None
    return (replace(one, args=(*before, second, first)),)


def _made_again(one: Command) -> tuple[Command, ...] | None:
    made = _BACK[one.name]
    if one.name == "drop_table" and (one.block is None or len(one.args) > 1):
        return None
    if one.name == "remove_index" and len(one.args) + ("column" in one.options) < 2:
        return None
    if one.name == "remove_foreign_key" and len(one.args) + ("to_table" in one.options) < 2:
        return None
    if len(one.args) < _NEEDED.get(one.name, 0):
        return None
    args, options = one.args, dict(one.options)
    for key in ("column", "to_table"):
        if len(args) < 2 and one.name in {"remove_index", "remove_foreign_key"} and key in options:
            if key == "column" and one.name == "remove_foreign_key":
                continue
            args = (*args, options.pop(key))
    options.pop("if_exists", None)
    return (replace(one, name=made, args=args, options=options),)


def _columns_back(one: Command) -> tuple[Command, ...] | None:
    kind = one.options.get("type")
    if not isinstance(kind, str):
        return None
    options = {key: value for key, value in one.options.items() if key != "type"}
    return tuple(
        replace(one, name="add_column", args=(one.args[0], each, kind), options=options) for each in one.args[1:]
    )


def _columns_gone(one: Command) -> tuple[Command, ...]:
    return (replace(one, name="remove_columns", args=(one.args[0], *one.args[1:]), options={}),)


def _columns_of_gone(one: Command) -> tuple[Command, ...]:
    return (replace(one, name="remove_columns", args=(one.args[0], *one.args[2:]), options={}),)


def _default_back(one: Command) -> tuple[Command, ...] | None:
    if "from" not in one.options or "to" not in one.options:
        return None
    return (replace(one, options={"from": one.options["to"], "to": one.options["from"]}),)


def _null_back(one: Command) -> tuple[Command, ...] | None:
    if len(one.args) < 3 or not isinstance(one.args[2], bool):
        return None
    return (replace(one, args=(*one.args[:2], not one.args[2])),)


def _value_back(one: Command) -> tuple[Command, ...] | None:
    if "from" not in one.options or "to" not in one.options:
        return None
    return (replace(one, options={"from": one.options["to"], "to": one.options["from"]}),)


_SPECIAL: Mapping[str, Callable[[Command], tuple[Command, ...] | None]] = {
    "remove_columns": _columns_back,
    "add_columns": _columns_gone,
    "add_columns_of": _columns_of_gone,
    "change_column_default": _default_back,
    "change_column_null": _null_back,
    "change_column_comment": _value_back,
    "change_table_comment": _value_back,
    "rename_enum_value": _value_back,
}
