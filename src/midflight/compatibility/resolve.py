"""One reference against one catalog: what it does not find there."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from midflight.catalog.model import PLATFORM_SCHEMAS, Catalog, Relation
from midflight.compatibility.embedding import ways
from midflight.compatibility.model import BreakKind
from midflight.operations.shapes import Generated, Identity, Mode, Name, Routine
from midflight.references.model import (
    Access,
    Api,
    ColumnUse,
    Place,
    Reference,
    RoutineReference,
    TableReference,
    Verb,
)

SYSTEM_COLUMNS = frozenset("ctid xmin xmax cmin cmax tableoid oid".split())
KEPT_BY_TOOLS = frozenset(
    "_sqlx_migrations _prisma_migrations __diesel_schema_migrations __drizzle_migrations __EFMigrationsHistory"
    " SequelizeMeta alembic_version ar_internal_metadata atlas_schema_revisions django_migrations"
    " flyway_schema_history goose_db_version gorp_migrations knex_migrations knex_migrations_lock kysely_migration"
    " pgmigrations river_migration schema_migrations".split()
)
"""Tables in which migration tools note what they have applied: the tool makes them, no migration does."""
UNSIZED_JSON = frozenset({"json", "jsonb", "text", "xml", "bytea"})


@dataclass(frozen=True, slots=True)
class Fault:
    """What a reference does not find; `object` is written as people write it."""

    kind: BreakKind
    object: str
    place: Place
    sqlstate: str
    detail: str


@dataclass(frozen=True, slots=True)
class Resolution:
    """All faults of one reference, and why it may have more (`unknown`, empty when it cannot)."""

    faults: tuple[Fault, ...] = ()
    unknown: str = ""


def resolve(reference: Reference, catalog: Catalog, other: Catalog) -> Resolution:
    """Hold one reference against one catalog.

    `other` is the catalog at the other end of the change: what one end has and the other lacks was made or removed
    by this very change, so its absence is certain even where the history has gaps.
    """
    match reference:
        case TableReference():
            return _resolve_table(reference, catalog, other)
        case RoutineReference():
            return _resolve_routine(reference, catalog, other)


def name_of(reference: Reference) -> Name:
    """Return the name as the interface resolves it: PostgREST looks in the exposed schema, `public` by default."""
    schema = reference.schema or ("public" if reference.api is Api.POSTGREST else "")
    written = reference.table if isinstance(reference, TableReference) else reference.routine
    return Name(written, schema)


def exists(reference: Reference, catalog: Catalog) -> bool:
    """Return whether the catalog has the table or any overload of the routine that the reference names."""
    name = name_of(reference)
    if isinstance(reference, TableReference):
        return catalog.relation(name) is not None
    return bool(catalog.routines_named(name))


def _resolve_table(reference: TableReference, catalog: Catalog, other: Catalog) -> Resolution:
    name = name_of(reference)
    if reference.typed or _is_system(name):
        return Resolution()
    relation = catalog.relation(name)
    if relation is None:
        elsewhere = other.relation(name) is not None
        if (reference.embedded or name.name in KEPT_BY_TOOLS) and not elsewhere:
            return Resolution()  # an embed may name a foreign key or its column instead of a table
        why = catalog.why_unknown(name)
        if why and not elsewhere:
            return Resolution(unknown=f"{name.short}: {why}")
        fault = Fault(BreakKind.MISSING_TABLE, name.short, reference.place, "42P01", "the table does not exist")
        return Resolution((fault,))
    if reference.verb is Verb.MENTION:
        return Resolution()
    faults = (
        *_columns(reference, relation, other.relation(name)),
        *_payload(reference, relation),
        *_conflict(reference, relation, catalog),
        *_joined(reference, ways(reference, catalog), ways(reference, other)),
    )
    found = {fault.object for fault in faults}
    lacking = (u for u in reference.columns if relation.column(u.name) is None and not _needless(u, relation))
    unsure = any(f"{relation.name.short}.{use.name}" not in found for use in lacking)
    return Resolution(faults, f"{name.short}: not all of its columns are known" if unsure else "")


def _needless(use: ColumnUse, relation: Relation) -> bool:
    """Whether the absence of a column says nothing: the server has it, or another table of the query."""
    return use.name in SYSTEM_COLUMNS or (use.shared and relation.complete)


def _is_system(name: Name) -> bool:
    return name.schema in PLATFORM_SCHEMAS or (not name.schema and name.name.startswith("pg_"))


def _columns(reference: TableReference, relation: Relation, other: Relation | None) -> Iterator[Fault]:
    for use in reference.columns:
        column = relation.column(use.name)
        where = f"{relation.name.short}.{use.name}"
        if column is None:
            elsewhere = other is not None and other.column(use.name) is not None
            certain = elsewhere or (relation.complete and not use.shared)
            if certain and use.name not in SYSTEM_COLUMNS:
                detail = "the column does not exist"
                yield Fault(BreakKind.MISSING_COLUMN, where, use.place, "42703", detail)
        elif use.access is Access.WRITE and _rejects_values(column.generated, column.identity, reference.verb):
            detail = "the column is generated and takes no values"
            yield Fault(BreakKind.CONSTRAINT, where, use.place, "428C9", detail)


def _rejects_values(generated: Generated | None, identity: Identity | None, verb: Verb) -> bool:
    return generated is not None or (identity is Identity.ALWAYS and verb in {Verb.INSERT, Verb.UPSERT, Verb.UPDATE})


def _payload(reference: TableReference, relation: Relation) -> Iterator[Fault]:
    if not reference.payload or reference.verb not in {Verb.INSERT, Verb.UPSERT} or not relation.is_table:
        return
    given = written(reference)
    for column in relation.columns:
        if column.required and column.name not in given:
            where = f"{relation.name.short}.{column.name}"
            detail = "the column is required and the insert leaves it out"
            yield Fault(BreakKind.REQUIRED_COLUMN, where, reference.place, "23502", detail)


def _conflict(reference: TableReference, relation: Relation, catalog: Catalog) -> Iterator[Fault]:
    named = reference.conflict_name
    if named and relation.complete and relation.is_table and relation.constraint(named) is None:
        detail = f"the upsert's target is a constraint by name, and `{relation.name.short}` has none of that name"
        yield Fault(BreakKind.UPSERT_TARGET, f"{relation.name.short}.{named}", reference.place, "42704", detail)
    if not reference.conflict or not relation.complete or not relation.is_table:
        return
    wanted = set(reference.conflict)
    if any(relation.column(name) is None for name in wanted):
        return
    # whether the target's WHERE implies the index's is the server's to say (its documentation, "INSERT")
    partial = reference.conflict_partial
    uniques = (i for i in catalog.indexes_on(relation.name) if i.unique and (partial or not i.predicate))
    if not any(set(index.keys) == wanted for index in uniques):
        target = f"{relation.name.short} ({', '.join(reference.conflict)})"
        detail = "no unique index matches the upsert's target"
        yield Fault(BreakKind.UPSERT_TARGET, target, reference.place, "42P10", detail)


def _joined(reference: TableReference, here: int | None, elsewhere: int | None) -> Iterator[Fault]:
    """Yield how an embed fails that has its one way at the other end of the change."""
    if here is not None and here != 1 and elsewhere == 1:
        yield not_joined(reference, here)


def not_joined(reference: TableReference, found: int) -> Fault:
    """Return how an embed fails that has no way or several."""
    state = "PGRST201" if found else "PGRST200"
    detail = f"{found} relationships join the two tables" if found else "nothing joins the two tables"
    return Fault(BreakKind.RELATIONSHIP, joined_name(reference), reference.place, state, detail)


def joined_name(reference: TableReference) -> str:
    """Return what an embed asks for, as people write it."""
    return f"{reference.inside} with {reference.table}"


def _resolve_routine(reference: RoutineReference, catalog: Catalog, other: Catalog) -> Resolution:
    name = name_of(reference)
    if _is_system(name):
        return Resolution()
    candidates = catalog.routines_named(name)
    if not candidates:
        return _no_routine(reference, name, catalog, other)
    state = "PGRST202" if reference.api is Api.POSTGREST else "42883"
    fitting = [routine for routine in candidates if accepts(routine, reference)]
    if not fitting:
        detail = f"no overload takes {_call(reference)}; there is {', '.join(_header(c) for c in candidates[:3])}"
        return Resolution((Fault(BreakKind.SIGNATURE, name.short, reference.place, state, detail),))
    if _is_ambiguous(fitting, reference):
        detail = f"{len(fitting)} overloads take {_call(reference)}"
        state = "PGRST203" if reference.api is Api.POSTGREST else "42725"
        return Resolution((Fault(BreakKind.AMBIGUOUS, name.short, reference.place, state, detail),))
    return Resolution()


def _is_ambiguous(fitting: Sequence[Routine], reference: RoutineReference) -> bool:
    """Whether nothing tells the overloads apart.

    PostgREST knows the names alone. PostgreSQL knows the types of what is given, and does not prefer the overload
    that needs fewer defaults (42725; measured on 15).
    """
    if reference.api is Api.POSTGREST:
        return len(fitting) > 1 and reference.arguments is not None
    given = [types for routine in fitting if (types := _given_types(routine, reference)) is not None]
    return len(given) > len(set(given))


def _given_types(routine: Routine, reference: RoutineReference) -> tuple[str, ...] | None:
    """The types of the parameters that a call gives, None where the call does not say which."""
    if any(p.mode is Mode.VARIADIC for p in routine.inputs):
        return None
    if reference.arguments is not None:
        types = {p.name: p.type for p in routine.inputs}
        return tuple(types.get(name, "") for name in reference.arguments) if not reference.count else None
    return tuple(p.type for p in routine.inputs[: reference.count]) if reference.count is not None else None


def _no_routine(reference: RoutineReference, name: Name, catalog: Catalog, other: Catalog) -> Resolution:
    elsewhere = bool(other.routines_named(name))
    why = catalog.why_unknown(name)
    if not why and reference.api is Api.SQL:
        why = "no migration makes it, so an extension or the server may"
    if why and not elsewhere:
        return Resolution(unknown=f"{name.short}(): {why}")
    state = "PGRST202" if reference.api is Api.POSTGREST else "42883"
    fault = Fault(BreakKind.MISSING_ROUTINE, name.short, reference.place, state, "the routine does not exist")
    return Resolution((fault,))


def accepts(routine: Routine, reference: RoutineReference) -> bool:
    """Return whether a call with these arguments can mean this routine.

    Named arguments: every name is an input and every input without a default is named. PostgREST also calls a
    routine with one unnamed json, jsonb, text, xml or bytea parameter with the whole body (its documentation,
    "Functions with a single unnamed parameter").
    """
    inputs = routine.inputs
    required = [p for p in inputs if p.default is None and p.mode is not Mode.VARIADIC]
    if reference.arguments is not None:
        if reference.api is Api.POSTGREST and len(inputs) == 1 and not inputs[0].name:
            return inputs[0].type in UNSIZED_JSON
        given = set(reference.arguments)
        return given <= {p.name for p in inputs} and {p.name for p in required} <= given
    if reference.count is not None:
        variadic = any(p.mode is Mode.VARIADIC for p in inputs)
        return len(required) <= reference.count and (variadic or reference.count <= len(inputs))
    return True


def _call(reference: RoutineReference) -> str:
    if reference.arguments is not None:
        return f"({', '.join(reference.arguments)})"
    return f"{reference.count} arguments" if reference.count is not None else "this call"


def _header(routine: Routine) -> str:
    names = (p.name or p.type for p in routine.inputs)
    return f"{routine.name.short}({', '.join(names)})"


def names(reference: Reference, wanted: Name) -> bool:
    """Return whether a reference means an object (resolved name); one without a schema may mean it in any."""
    return name_of(reference).may_mean(wanted)


def written(reference: TableReference) -> set[str]:
    """Return the names of the columns that a reference writes."""
    return {use.name for use in reference.columns if use.access is Access.WRITE}


def may_write(reference: TableReference, columns: Iterable[str]) -> bool:
    """Return whether a write gives a value to one of the columns, or may: its columns are not all known."""
    return not reference.payload or bool(written(reference) & set(columns))


def uses(reference: Reference, column: str) -> tuple[ColumnUse, ...]:
    """Return the uses of one column by a reference to its table."""
    return tuple(u for u in reference.columns if u.name == column) if isinstance(reference, TableReference) else ()
