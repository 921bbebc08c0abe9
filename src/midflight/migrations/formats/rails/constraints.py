"""Writes foreign keys, checks, unique and exclusion constraints with the names that Rails gives them."""

import inflection

from midflight.migrations.formats.rails.columns import name_sql, quoted, text_of
from midflight.migrations.formats.rails.known import Known, Made, digest
from midflight.migrations.formats.rails.model import Command, UnreadableError, Value

_ACTIONS = {"nullify": "SET NULL", "cascade": "CASCADE", "restrict": "RESTRICT", "default": "SET DEFAULT"}


def names(value: Value, what: str) -> tuple[str, ...]:
    """One name or several."""
    return tuple(text_of(each, what) for each in value) if isinstance(value, tuple) else (text_of(value, what),)


def own_name(one: Command, prefix: str, identifier: str) -> str:
    """The name of a constraint: the one that is given, else Rails's own."""
    given = one.options.get("name")
    return text_of(given, "the name") if given is not None else f"{prefix}_rails_{digest(identifier)}"


def key_columns(one: Command, to: str) -> tuple[str, ...]:
    """The columns of a foreign key: those given, else the singular of the other table with `_id`."""
    given = one.options.get("column")
    if given is not None:
        return names(given, "the column")
    return (f"{inflection.singularize(to.rpartition('.')[2])}_id",)


def foreign_key_clause(known: Known, table: str, one: Command) -> str:
    """CONSTRAINT ... FOREIGN KEY (ActiveRecord's `foreign_key_name` is made of the table and the column)."""
    to = text_of(one.args[1] if len(one.args) > 1 else one.options.get("to_table"), "the other table")
    columns = key_columns(one, to)
    name = own_name(one, "fk", f"{table}_{columns[0] if len(columns) == 1 else '_'.join(columns)}_fk")
    given = one.options.get("primary_key")
    keys = names(given, "the key") if given is not None else ("id",)
    known.constraint(table, Made(name, columns, to))
    sql = (
        f"CONSTRAINT {quoted(name)} FOREIGN KEY ({', '.join(map(quoted, columns))})"
        f" REFERENCES {name_sql(to)} ({', '.join(map(quoted, keys))})"
    )
    for option, words in (("on_delete", "ON DELETE"), ("on_update", "ON UPDATE")):
        action = one.options.get(option)
        if action is not None:
            chosen = _ACTIONS.get(str(action))
            if chosen is None:
                raise UnreadableError(f"{option} is put in by Ruby")
            sql += f" {words} {chosen}"
    return sql + _deferrable(one) + _validity(one)


def _deferrable(one: Command) -> str:
    given = one.options.get("deferrable")
    if given in {None, False}:
        return ""
    return f" DEFERRABLE INITIALLY {str(given).upper()}" if given in {"immediate", "deferred"} else " DEFERRABLE"


def _validity(one: Command) -> str:
    return " NOT VALID" if one.options.get("validate") is False else ""


def expression_of(one: Command) -> str:
    """The expression of a check, on one line."""
    given = one.args[1] if len(one.args) > 1 else one.options.get("expression")
    return " ".join(text_of(given, "the expression of a check").split())


def check_clause(known: Known, table: str, one: Command) -> str:
    """CONSTRAINT ... CHECK."""
    given = one.args[1] if len(one.args) > 1 else None
    expression = expression_of(one)
    name = own_name(one, "chk", f"{table}_{text_of(given, 'the expression of a check')}_chk")
    known.constraint(table, Made(name, (expression,)))
    return f"CONSTRAINT {quoted(name)} CHECK ({expression}){_validity(one)}"


def key_clause(known: Known, table: str, one: Command) -> str:
    """CONSTRAINT ... UNIQUE."""
    index = one.options.get("using_index")
    columns = names(one.args[1], "the column") if len(one.args) > 1 and one.args[1] is not None else ()
    name = own_name(one, "uniq", f"{table}_{'_and_'.join(columns)}_unique")
    known.constraint(table, Made(name, columns))
    if index is not None:
        return f"CONSTRAINT {quoted(name)} UNIQUE USING INDEX {quoted(text_of(index, 'the index'))}{_deferrable(one)}"
    nulls = " NULLS NOT DISTINCT" if one.options.get("nulls_not_distinct") is True else ""
    return f"CONSTRAINT {quoted(name)} UNIQUE{nulls} ({', '.join(map(quoted, columns))}){_deferrable(one)}"


def exclusion_clause(known: Known, table: str, one: Command) -> str:
    """CONSTRAINT ... EXCLUDE."""
    expression = expression_of(one)
    name = own_name(one, "excl", f"{table}_{expression}_excl")
    known.constraint(table, Made(name, (expression,)))
    using = f" USING {one.options['using']}" if isinstance(one.options.get("using"), str) else ""
    where = f" WHERE ({one.options['where']})" if isinstance(one.options.get("where"), str) else ""
    return f"CONSTRAINT {quoted(name)} EXCLUDE{using} ({expression}){where}{_deferrable(one)}"
