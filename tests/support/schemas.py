"""SQL folded without a server, and catalogs reduced to what a fold and a server must agree on."""

import re

from midflight.catalog.fold import fold, fold_all
from midflight.catalog.initial import initial_catalog
from midflight.catalog.model import Catalog, RelationKind
from midflight.migrations.model import Script, Transactions
from midflight.operations.read import read_operations

VIEWS = (RelationKind.VIEW, RelationKind.MATERIALIZED_VIEW)


def operations_of(sql, path="up.sql"):
    """Return the operations of a script."""
    return read_operations(Script(path, sql, Transactions.PER_FILE))


def folded(*scripts, before=None):
    """Return the catalog after the scripts, each a migration."""
    catalog = before or initial_catalog("")
    for number, sql in enumerate(scripts):
        catalog = fold_all(catalog, operations_of(sql, f"{number}.sql"), migration=str(number))
    return catalog


def steps_of(sql, before=None):
    """Return the steps of one script."""
    return list(fold(before or initial_catalog(""), operations_of(sql)))


def problems_of(sql, before=None):
    """Return the SQLSTATEs that the fold claims for a script, in order."""
    return [problem.sqlstate for step in steps_of(sql, before) for problem in step.problems]


def summary(catalog: Catalog) -> dict[str, object]:
    """Return names and shapes, without the texts that a server writes in its own words."""
    relations = {n: r for n, r in catalog.relations.items() if n.schema != "pg_temp"}
    return {
        "relations": {str(n): r.kind.value for n, r in sorted(relations.items())},
        "columns": {str(n): _columns(r) for n, r in sorted(relations.items()) if r.is_table},
        "views": {str(n): [c.name for c in r.columns] for n, r in sorted(relations.items()) if r.kind in VIEWS},
        "depends": {str(n): sorted(map(str, r.depends)) for n, r in sorted(relations.items()) if r.kind in VIEWS},
        "owned": {str(n): str(r.owned_by) for n, r in sorted(relations.items()) if r.owned_by},
        "constraints": {str(n): _constraints(r) for n, r in sorted(relations.items()) if r.is_table},
        "security": {str(n): (r.row_security, r.force_row_security) for n, r in sorted(relations.items())},
        "partitions": {str(n): str(r.partition_of) for n, r in sorted(relations.items()) if r.partition_of},
        "indexes": {str(n): _index(i) for n, i in sorted(catalog.indexes.items()) if n.schema != "pg_temp"},
        "routines": sorted(f"{k.name}({', '.join(k.types)})" for k in catalog.routines),
        "triggers": {f"{t} {n}": _trigger(g) for (t, n), g in sorted(catalog.triggers.items())},
        "policies": {f"{t} {n}": (p.command, p.permissive) for (t, n), p in sorted(catalog.policies.items())},
        "types": {str(n): _type(t) for n, t in sorted(catalog.types.items())},
        "schemas": sorted(catalog.schemas),
        "extensions": dict(sorted(catalog.extensions.items())),
        "comments": sorted((str(t), text) for t, text in catalog.comments.items() if t.name.name != "plpgsql"),
        "rules": sorted(f"{t} {n}" for t, n in catalog.rules),
        "publications": sorted(catalog.publications),
    }


def _columns(relation):
    return [(c.name, c.type, c.not_null, c.default is not None, c.identity, c.generated) for c in relation.columns]


def _constraints(relation):
    return {
        c.name: (c.kind.value, _order(c), str(c.references), c.referenced_columns, c.on_delete, c.not_valid)
        for c in sorted(relation.constraints, key=lambda c: c.name)
        if c.kind.value != "NOT NULL"
    }


def _order(constraint):
    # the server lists the columns of a CHECK in an order of its own
    return tuple(sorted(constraint.columns)) if constraint.kind.value == "CHECK" else constraint.columns


def _index(index):
    keys = tuple("expression" if "(" in key else key for key in index.keys)
    return (str(index.table), keys, index.unique, index.method, index.include, index.constraint, bool(index.predicate))


def _trigger(trigger):
    return (trigger.timing, tuple(sorted(trigger.events)), str(trigger.function), trigger.columns, trigger.enabled)


def _type(user_type):
    attributes = [(a.name, a.type) for a in user_type.attributes]
    checks = sorted(c.name for c in user_type.constraints)
    return (user_type.kind.value, user_type.labels, user_type.base, user_type.not_null, attributes, checks)


def differences(folded_catalog: Catalog, live: Catalog) -> list[str]:
    """Return one line for each thing in which the two disagree."""
    mine, theirs = summary(folded_catalog), summary(live)
    found = []
    for part, value in mine.items():
        other = theirs[part]
        if isinstance(value, dict) and isinstance(other, dict):
            found += [
                f"{part} {key}: fold {value.get(key)} server {other.get(key)}"
                for key in sorted(value.keys() | other.keys())
                if value.get(key) != other.get(key)
            ]
        elif value != other:
            lost = [v for v in other if v not in value]
            more = [v for v in value if v not in other]
            found.append(f"{part}: fold only {more} server only {lost}")
    return found


def without_spaces(sql):
    """Return SQL with every run of white space as one blank."""
    return re.sub(r"\s+", " ", sql).strip()
