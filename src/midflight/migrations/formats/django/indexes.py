"""The SQL of Django's indexes and constraints."""

from midflight.migrations.formats.django.expressions import column_sql, condition, render
from midflight.migrations.formats.django.names import index_name, quoted
from midflight.migrations.formats.django.state import Model
from midflight.migrations.formats.django.writer import Writer
from midflight.migrations.python import Call, Text, Value, plain

_METHODS = {"GinIndex": "gin", "GistIndex": "gist", "BrinIndex": "brin", "HashIndex": "hash", "SpGistIndex": "spgist"}
_METHODS |= {"BloomIndex": "bloom", "BTreeIndex": "btree"}
_KNOWN = frozenset(_METHODS) | {"Index"}


def _texts(value: Value) -> tuple[str, ...]:
    return tuple(item.text for item in value if isinstance(item, Text)) if isinstance(value, list) else ()


def add_index(writer: Writer, model: Model, index: Call, *, later: bool = False, concurrently: bool = False) -> Model:
    """CREATE INDEX of an index of the model's `Meta`."""
    if not model.has_table:
        return model
    name = plain(index.get("name"))
    parts = _parts(model, index)
    where = condition(index.get("condition"), model) if index.get("condition") is not None else ""
    if parts is None or where is None or index.last not in _KNOWN or not isinstance(name, str):
        writer.unread(
            f"the index `{name if isinstance(name, str) else index.last}` is of a form that is not read",
            index.line,
            rows=True,
        )
        return model
    method = f" USING {_METHODS[index.last]}" if index.last in _METHODS else ""
    include = model.columns_of(_texts(index.get("include")))
    more = f" INCLUDE ({', '.join(quoted(each) for each in include)})" if include else ""
    sql = (
        f"CREATE INDEX {'CONCURRENTLY ' if concurrently else ''}{quoted(name)} ON {quoted(model.table)}{method}"
        f" ({', '.join(parts)}){more}{f' WHERE {where}' if where else ''}"
    )
    (writer.later if later else writer.run)(sql)
    return model.knowing(f"named:{name}", name)


def _parts(model: Model, index: Call) -> list[str] | None:
    """What an index is on, None where one part is not known."""
    operators = _texts(index.get("opclasses"))
    found: list[str | None] = []
    for number, name in enumerate(_texts(index.get("fields"))):
        column = column_sql(model, name.removeprefix("-"))
        operator = f" {operators[number]}" if number < len(operators) else ""
        found.append(f"{column}{operator}{' DESC' if name.startswith('-') else ''}" if column else None)
    found += [_expression(each, model) for each in index.args]
    known = [each for each in found if each]
    return known if known and len(known) == len(found) else None


def _expression(value: Value, model: Model) -> str | None:
    """`F("a").desc()` is not followed; `OrderBy(F("a"), descending=True)` and `OpClass(F("a"), name="x")` are."""
    if isinstance(value, Text):
        column = column_sql(model, value.text.removeprefix("-"))
        return f"{column} DESC" if column and value.text.startswith("-") else column
    if isinstance(value, Call) and value.last == "OrderBy":
        inner = _expression(value.get("expression", 0), model)
        return f"{inner} DESC" if inner and plain(value.get("descending")) is True else inner
    if isinstance(value, Call) and value.last == "OpClass":
        inner, name = _expression(value.get("expression", 0), model), plain(value.get("name", 1))
        return f"{inner} {name}" if inner and isinstance(name, str) and name.isidentifier() else None
    found = render(value, model)
    plain_column = isinstance(value, Call) and value.last == "F"
    return found if found is None or plain_column else f"({found})"


def remove_index(writer: Writer, model: Model, name: str, *, concurrently: bool = False) -> Model:
    """DROP INDEX of one that was made."""
    if f"named:{name}" in model.made:
        writer.run(
            f"DROP INDEX {'CONCURRENTLY ' if concurrently else ''}IF EXISTS {quoted(model.made[f'named:{name}'])}"
        )
    return model.knowing(f"named:{name}", "")


def inline_constraint(model: Model, constraint: Call) -> str:
    """A constraint as it stands in CREATE TABLE; empty where it is made apart."""
    found = _constraint(model, constraint)
    return found if found and not found.startswith("CREATE") else ""


def _constraint(model: Model, constraint: Call) -> str | None:
    """`CONSTRAINT name CHECK (...)`, or the whole CREATE UNIQUE INDEX."""
    name = plain(constraint.get("name"))
    if not isinstance(name, str):
        return None
    if constraint.last == "CheckConstraint":
        check = condition(constraint.get("condition", default=constraint.get("check")), model)
        return f"CONSTRAINT {quoted(name)} CHECK ({check})" if check else None
    if constraint.last != "UniqueConstraint":
        return None
    where = condition(constraint.get("condition"), model) if constraint.get("condition") is not None else ""
    parts = _parts(model, constraint)
    if where is None or parts is None:
        return None
    include = model.columns_of(_texts(constraint.get("include")))
    nulls = " NULLS NOT DISTINCT" if plain(constraint.get("nulls_distinct")) is False else ""
    if where or constraint.args or include or _texts(constraint.get("opclasses")):
        more = f" INCLUDE ({', '.join(quoted(each) for each in include)})" if include else ""
        return (
            f"CREATE UNIQUE INDEX {quoted(name)} ON {quoted(model.table)} ({', '.join(parts)}){more}{nulls}"
            f"{f' WHERE {where}' if where else ''}"
        )
    deferred = getattr(constraint.get("deferrable"), "name", "").rpartition(".")[2]
    wait = {"DEFERRED": " DEFERRABLE INITIALLY DEFERRED", "IMMEDIATE": " DEFERRABLE INITIALLY IMMEDIATE"}
    return f"CONSTRAINT {quoted(name)} UNIQUE{nulls} ({', '.join(parts)}){wait.get(deferred, '')}"


def add_constraint(writer: Writer, model: Model, constraint: Call, *, valid: bool = True) -> Model:
    """ADD CONSTRAINT of one of the model's `Meta`."""
    if not model.has_table:
        return model
    found, name = _constraint(model, constraint), plain(constraint.get("name"))
    if not found:
        shown = name if isinstance(name, str) else constraint.last
        writer.unread(f"the constraint `{shown}` is of a form that is not read", constraint.line, rows=True)
        return model
    if found.startswith("CREATE"):
        writer.run(found)
        return model.knowing(f"named:{name}", str(name))
    writer.run(f"ALTER TABLE {quoted(model.table)} ADD {found}{'' if valid else ' NOT VALID'}")
    return model.knowing(f"constraint:{name}", str(name))


def remove_constraint(writer: Writer, model: Model, name: str) -> Model:
    """DROP CONSTRAINT, or the index that stands for it."""
    if f"constraint:{name}" in model.made:
        writer.run(f"ALTER TABLE {quoted(model.table)} DROP CONSTRAINT {quoted(name)}")
        return model.knowing(f"constraint:{name}", "")
    return remove_index(writer, model, name)


def rename_index(writer: Writer, model: Model, old: str, new: str) -> Model:
    """ALTER INDEX RENAME; `old` is a name, or the columns of an index that has none of the project's own."""
    key = old if old in model.made else f"named:{old}"
    if key not in model.made:
        return model
    writer.run(f"ALTER INDEX {quoted(model.made[key])} RENAME TO {quoted(new)}")
    return model.knowing(key, "").knowing(f"named:{new}", new)


def default_index_name(model: Model, index: Call) -> str:
    """The name that a model's index without one gets."""
    columns = model.columns_of(tuple(name.removeprefix("-") for name in _texts(index.get("fields"))))
    return index_name(model.table, columns, "_idx")[:30]
