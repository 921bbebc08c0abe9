"""What a way back leaves behind, forgets or gets wrong: two schemas compared as people would."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from midflight.catalog.compare import Difference, compare_catalogs
from midflight.catalog.model import Catalog
from midflight.operations.shapes import Column, Constraint, ConstraintKind, Index, Name, TypeKind

_NOT_VALID = re.compile(r"\s+NOT VALID\b", re.IGNORECASE)


def leftovers(before: Catalog, restored: Catalog, unknown: frozenset[Name] = frozenset()) -> tuple[str, ...]:
    """Return what `restored` has or lacks beside `before`, each as a part of a sentence.

    Names of constraints and indexes, the order of columns and the text of bodies are no difference; a label that was
    added to an enum stays for good and is none either. `unknown` are relations that `before` can hold unseen.
    """
    d = compare_catalogs(before, restored)
    d = replace(d, relations_added=tuple(r for r in d.relations_added if r.complete and r.name not in unknown))
    views = {name for name, relation in before.relations.items() if not relation.is_table}
    d = replace(d, columns_added=tuple(added for added in d.columns_added if added[0] not in views))
    found = (*_whole(d), *_columns(d), *_constraints(d), *_indexes(d), *_attached(d))
    return tuple(dict.fromkeys(found))


def _whole(d: Difference) -> Iterator[str]:
    yield from (f"does not bring back {r.kind.value} `{r.name.short}`" for r in d.relations_removed)
    yield from (f"leaves {r.kind.value} `{r.name.short}`" for r in d.relations_added)
    changed = {r.name for r, _ in d.signatures_changed}
    yield from (f"does not bring back `{r.name.short}()`" for r in d.routines_removed if r.name not in changed)
    yield from (f"leaves `{r.name.short}()`" for r in d.routines_added if r.name not in changed)
    yield from (f"leaves `{new.signature}` for `{old.signature}`" for old, new in d.signatures_changed)
    kept = (t for t in d.types_removed if t.kind is not TypeKind.OTHER)
    yield from (f"does not bring back type `{t.name.short}`" for t in kept)
    yield from (f"leaves type `{t.name.short}`" for t in d.types_added)
    yield from (f"does not bring back label `{label}` of `{enum.short}`" for enum, label in d.labels_removed)


def _columns(d: Difference) -> Iterator[str]:
    yield from (f"does not bring back column `{table.short}.{c.name}`" for table, c in d.columns_removed)
    yield from (f"leaves column `{table.short}.{c.name}`" for table, c in d.columns_added)
    for table, old, new in d.columns_changed:
        yield from (f"leaves `{table.short}.{old.name}` {text}" for text in _changed(old, new))


def _changed(old: Column, new: Column) -> Iterator[str]:
    if old.type != new.type:
        yield f"{new.type}, not {old.type}"
    if old.not_null != new.not_null:
        yield "NOT NULL" if new.not_null else "without NOT NULL"
    if bool(old.default) != bool(new.default) and not (old.serial or new.serial):
        yield f"with DEFAULT {new.default}" if new.default else f"without DEFAULT {old.default}"


def _constraints(d: Difference) -> Iterator[str]:
    gone, made = _unmatched(d.constraints_removed, d.constraints_added)
    yield from (f"does not bring back {c.kind} `{c.name}` on `{table.short}`" for table, c in gone)
    yield from (f"leaves {c.kind} `{c.name}` on `{table.short}`" for table, c in made)
    for table, old, new in d.constraints_changed:
        if _shape(table, old) != _shape(table, new):
            yield f"leaves {new.kind} `{new.name}` on `{table.short}` as `{new.definition}`"


def _unmatched(
    removed: Iterable[tuple[Name, Constraint]], added: Iterable[tuple[Name, Constraint]]
) -> tuple[list[tuple[Name, Constraint]], list[tuple[Name, Constraint]]]:
    # NOT NULL is told by the columns; its constraint has a name of its own from PostgreSQL 18 on
    old = {_shape(table, c): (table, c) for table, c in removed if c.kind is not ConstraintKind.NOT_NULL}
    new = {_shape(table, c): (table, c) for table, c in added if c.kind is not ConstraintKind.NOT_NULL}
    return [old[key] for key in old if key not in new], [new[key] for key in new if key not in old]


def _shape(table: Name, constraint: Constraint) -> tuple[object, ...]:
    text = " ".join(_NOT_VALID.sub("", constraint.expression or "").split()).lower()
    to = (constraint.references, constraint.referenced_columns, constraint.on_delete)
    return (table, constraint.kind, constraint.columns, text, *to)


def _indexes(d: Difference) -> Iterator[str]:
    old = {_keys(index): index for index in d.indexes_removed if not index.constraint}
    new = {_keys(index): index for index in d.indexes_added if not index.constraint}
    yield from (f"does not bring back index `{old[k].name.name}`" for k in old if k not in new)
    yield from (f"leaves index `{new[k].name.name}`" for k in new if k not in old)
    changed = ((one, other) for one, other in d.indexes_changed if _keys(one) != _keys(other))
    yield from (f"leaves index `{other.name.name}` as `{other.definition}`" for _, other in changed)


def _keys(index: Index) -> tuple[object, ...]:
    keys = tuple("()" if "(" in key else key for key in index.keys)  # the text of an expression has many forms
    return (index.table, keys, index.unique, index.method, index.include, bool(index.predicate))


def _attached(d: Difference) -> Iterator[str]:
    yield from (f"does not bring back trigger `{t.name}` on `{t.table.short}`" for t in d.triggers_removed)
    yield from (f"leaves trigger `{t.name}` on `{t.table.short}`" for t in d.triggers_added)
    yield from (f"does not bring back policy `{p.name}` on `{p.table.short}`" for p in d.policies_removed)
    yield from (f"leaves policy `{p.name}` on `{p.table.short}`" for p in d.policies_added)
    yield from (f"leaves row level security of `{name.short}` on" for name in d.row_security_enabled)
    yield from (f"leaves row level security of `{name.short}` off" for name in d.row_security_disabled)
    yield from (f"does not bring back sequence `{name.short}`" for name in d.sequences_removed)
    yield from (f"leaves sequence `{name.short}`" for name in d.sequences_added)
