"""Definitions of constraints and indexes, written again from their parts when a name in them changes."""

from __future__ import annotations

import re
from collections.abc import Mapping

from midflight.catalog.model import Relation
from midflight.catalog.rewrite import after_parentheses, after_relation, identifiers, rename_identifiers
from midflight.operations.replaced import replace
from midflight.operations.shapes import Constraint, ConstraintKind, Index, Name, Policy, Trigger, quote


def column_list(columns: tuple[str, ...]) -> str:
    """Return `(a, b)`, quoted where needed."""
    return f"({', '.join(quote(c) for c in columns)})"


def constraint_clause(constraint: Constraint) -> str:
    """Return `CONSTRAINT name definition`."""
    name = f"CONSTRAINT {quote(constraint.name)} " if constraint.name else ""
    flags = "".join(
        f" {words}"
        for wanted, words in ((constraint.not_enforced, "NOT ENFORCED"), (constraint.not_valid, "NOT VALID"))
        if wanted and words not in constraint.definition.upper()
    )
    return f"{name}{constraint.definition}{flags}"


def rendered_constraint(constraint: Constraint) -> Constraint:
    """Return the constraint with its definition written from its parts; what follows them stays as it was."""
    text = constraint.definition
    match constraint.kind:
        case ConstraintKind.PRIMARY_KEY | ConstraintKind.UNIQUE if constraint.columns:
            head = "UNIQUE NULLS NOT DISTINCT" if "NULLS NOT DISTINCT" in text.upper() else constraint.kind.value
            tail = "" if constraint.using_index else after_parentheses(text)
            return replace(constraint, definition=f"{head} {column_list(constraint.columns)}{tail}", using_index="")
        case ConstraintKind.FOREIGN_KEY if constraint.references is not None:
            return replace(constraint, definition=_foreign_key(constraint, constraint.references))
        case _:
            return constraint


def _foreign_key(constraint: Constraint, table: Name) -> str:
    tail = after_relation(constraint.definition, "REFERENCES")
    if tail.lstrip().startswith("("):
        tail = after_parentheses(tail)
    referenced = column_list(constraint.referenced_columns) if constraint.referenced_columns else ""
    return f"FOREIGN KEY {column_list(constraint.columns)} REFERENCES {table.short}{referenced}{tail}"


_VIEW_HEAD = re.compile(
    r"(?P<verb>.*?\bVIEW\s+(?:IF\s+NOT\s+EXISTS\s+)?)(?:(?:\"(?:[^\"]|\"\")*\"|[\w$]+)\.)?(?:\"(?:[^\"]|\"\")*\"|[\w$]+)"
    r"(?P<columns>\s*\([^)]*\))?(?P<rest>\s+(?:AS|WITH|USING|TABLESPACE)\b.*)",
    re.IGNORECASE | re.DOTALL,
)


def rendered_view(view: Relation, *, named: bool = False) -> Relation:
    """Return the view with its own name in the head of its definition; `named` also lists its columns there.

    The list keeps a view's columns what they are although the query calls them something else now.
    """
    match = _VIEW_HEAD.match(view.definition)
    if match is None:
        return view
    listed = f" {column_list(tuple(c.name for c in view.columns))}" if named else match["columns"] or ""
    return replace(view, definition=f"{match['verb']}{view.name.short}{listed}{match['rest']}")


def rendered_index(index: Index) -> Index:
    """Return the index with the head of its definition (name and table) written from its parts."""
    unique = "UNIQUE " if index.unique else ""
    only = "ONLY " if " ON ONLY " in index.definition.upper() else ""
    tail = after_relation(index.definition, "ON").strip()
    name = quote(index.name.name)
    return replace(index, definition=f"CREATE {unique}INDEX {name} ON {only}{index.table.short} {tail}")


def constraint_index(table: Name, constraint: Constraint) -> Index:
    """Return the index that the server makes for a primary key, unique or exclusion constraint."""
    name = Name(constraint.name, table.schema)
    unique = constraint.kind is not ConstraintKind.EXCLUDE
    method = "btree" if unique else "gist"
    definition = (
        f"CREATE {'UNIQUE ' if unique else ''}INDEX {quote(constraint.name)} ON {table.short}"
        f" USING {method} {column_list(constraint.columns)}"
    )
    return Index(name, table, constraint.columns, definition, unique=unique, method=method, constraint=constraint.name)


def renamed_in_constraint(constraint: Constraint, names: Mapping[str, str]) -> Constraint:
    """Return a constraint of the table whose columns are renamed."""
    columns = tuple(names.get(c, c) for c in constraint.columns)
    if constraint.kind in {ConstraintKind.CHECK, ConstraintKind.EXCLUDE, ConstraintKind.NOT_NULL}:
        expression = constraint.expression and rename_identifiers(constraint.expression, names)
        definition = rename_identifiers(constraint.definition, names)
        return replace(constraint, columns=columns, expression=expression, definition=definition)
    return constraint if columns == constraint.columns else rendered_constraint(replace(constraint, columns=columns))


def renamed_in_index(index: Index, names: Mapping[str, str]) -> Index:
    """Return an index of the table whose columns are renamed."""
    if not names.keys() & identifiers(index.definition):
        return index
    tail = rename_identifiers(after_relation(index.definition, "ON"), names)
    moved = replace(
        index,
        keys=tuple(names.get(k, k) if "(" not in k else rename_identifiers(k, names) for k in index.keys),
        include=tuple(names.get(k, k) for k in index.include),
        predicate=index.predicate and rename_identifiers(index.predicate, names),
        definition=f"CREATE INDEX ON t{tail}",
    )
    return rendered_index(moved)


def renamed_in_trigger(trigger: Trigger, names: Mapping[str, str]) -> Trigger:
    """Return a trigger whose definition and UPDATE OF columns name something else now."""
    columns = tuple(names.get(c, c) for c in trigger.columns)
    return replace(trigger, columns=columns, definition=rename_identifiers(trigger.definition, names))


def renamed_in_policy(policy: Policy, names: Mapping[str, str]) -> Policy:
    """Return a policy whose expressions name something else now."""
    return replace(
        policy,
        using=policy.using and rename_identifiers(policy.using, names),
        check=policy.check and rename_identifiers(policy.check, names),
        definition=rename_identifiers(policy.definition, names),
    )
