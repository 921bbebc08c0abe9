"""Renders the expressions that conditions, indexes and defaults use; what is not known is None, never guessed."""

from midflight.migrations.formats.django.names import literal, quoted
from midflight.migrations.formats.django.state import Model
from midflight.migrations.formats.django.types import sql_value, type_of
from midflight.migrations.python import Call, Joined, Text, Value, plain

_COMPARISONS = {"exact": "=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
_FUNCTIONS = {"Upper": "UPPER", "Lower": "LOWER", "Coalesce": "COALESCE", "Length": "LENGTH", "Abs": "ABS"}
_FUNCTIONS |= {"Trim": "TRIM", "Concat": "CONCAT", "Greatest": "GREATEST", "Least": "LEAST", "MD5": "MD5"}
_CONSTANTS = {"Now": "STATEMENT_TIMESTAMP()", "RandomUUID": "GEN_RANDOM_UUID()", "TransactionNow": "CURRENT_TIMESTAMP"}
_DEEPEST = 30


def render(value: Value, model: Model | None, *, column_type: str = "", depth: int = 0) -> str | None:
    """An expression as SQL."""
    if depth > _DEEPEST:
        return None
    match value:
        case Call():
            return _call(value, model, column_type, depth)
        case Joined(operator=operator, left=left, right=right) if operator in "+-*/":
            one, other = (render(side, model, depth=depth + 1) for side in (left, right))
            return f"({one} {operator} {other})" if one and other else None
        case Text() | bool() | int() | float():
            return sql_value(value, column_type)
        case list() | dict() if column_type == "jsonb" or column_type.endswith("]"):
            return sql_value(value, column_type) if not value else None
        case _:
            return None


def _call(value: Call, model: Model | None, column_type: str, depth: int) -> str | None:
    name, first = value.last, value.args[0] if value.args else None
    if name == "F" and isinstance(first, Text):
        return column_sql(model, first.text)
    if name == "Value":
        return sql_value(value.get("value", 0), column_type)
    if name in _CONSTANTS:
        return _CONSTANTS[name]
    if name in _FUNCTIONS:
        parts = [_argument(each, model, depth) for each in value.args]
        known = [part for part in parts if part]
        return f"{_FUNCTIONS[name]}({', '.join(known)})" if len(known) == len(parts) else None
    if name == "Cast":
        inner, to = _argument(first, model, depth), value.get("output_field", 1)
        return f"({inner})::{type_of(to)}" if inner and isinstance(to, Call) else None
    if name == "Q":
        return condition(value, model, depth=depth + 1)
    return None


def _argument(value: Value, model: Model | None, depth: int) -> str | None:
    """A plain string names a field there."""
    if isinstance(value, Text):
        return column_sql(model, value.text)
    return render(value, model, depth=depth + 1)


def column_sql(model: Model | None, name: str) -> str | None:
    """A field's column."""
    one = model.field(name.removesuffix("_id")) or model.field(name) if model else None
    exact = (model.field(name) if model else None) or one
    return quoted(exact.column) if exact and exact.has_column else None


def condition(value: Value, model: Model | None, *, depth: int = 0) -> str | None:
    """A `Q` as SQL."""
    if depth > _DEEPEST:
        return None
    match value:
        case Joined(operator="~", right=right):
            inner = condition(right, model, depth=depth + 1)
            return f"NOT ({inner})" if inner else None
        case Joined(operator="&" | "|" as operator, left=left, right=right):
            one, other = (condition(side, model, depth=depth + 1) for side in (left, right))
            return f"({one} {'AND' if operator == '&' else 'OR'} {other})" if one and other else None
        case Call() if value.last == "Q":
            return _question(value, model, depth)
        case _:
            return None


def _question(value: Call, model: Model | None, depth: int) -> str | None:
    parts: list[str | None] = []
    for each in value.args:
        pair = each if isinstance(each, list) and len(each) == 2 else None
        if pair and isinstance(pair[0], Text):
            parts.append(_lookup(pair[0].text, pair[1], model, depth))
        else:
            parts.append(condition(each, model, depth=depth + 1))
    special = {"_connector", "_negated"}
    parts += [_lookup(key, given, model, depth) for key, given in value.options.items() if key not in special]
    known = [part for part in parts if part]
    if not known or len(known) != len(parts) or value.incomplete:
        return None
    connector = " OR " if plain(value.get("_connector")) == "OR" else " AND "
    joined = connector.join(known) if len(known) == 1 else f"({connector.join(known)})"
    return f"NOT ({joined})" if plain(value.get("_negated")) is True else joined


def _lookup(name: str, value: Value, model: Model | None, depth: int) -> str | None:
    field, _, lookup = name.partition("__")
    one = (model.field(field) or model.field(field.removesuffix("_id"))) if model else None
    if one is None or not one.has_column:
        return None
    column, kind = quoted(one.column), "" if one.is_foreign else type_of(one.call)
    lookup = lookup or "exact"
    match lookup, value:
        case ("isnull", bool()) | ("exact", None):
            return f"{column} IS {'NOT NULL' if value is False else 'NULL'}"
        case "exact", bool():
            return column if value else f"NOT {column}"
        case (("in" | "range"), list()):
            return _among(column, lookup, [render(each, model, column_type=kind, depth=depth + 1) for each in value])
        case "startswith", Text():
            return f"{column}::text LIKE {literal(value.text + '%')}"
        case _:
            given = _decimal(value) or render(value, model, column_type=kind, depth=depth + 1)
            sign = _COMPARISONS.get(lookup)
            return f"{column} {sign} {given}" if sign and given else None


def _among(column: str, lookup: str, items: list[str | None]) -> str | None:
    known = [item for item in items if item]
    if not known or len(known) != len(items) or (lookup == "range" and len(known) != 2):
        return None
    return f"{column} IN ({', '.join(known)})" if lookup == "in" else f"{column} BETWEEN {known[0]} AND {known[1]}"


def _decimal(value: Value) -> str | None:
    if isinstance(value, Call) and value.last == "Decimal":
        return sql_value(value, "numeric")
    return None
