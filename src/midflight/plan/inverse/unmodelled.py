"""Operations whose effect the catalog does not keep: options, default privileges, roles, calls, opaque statements."""

from dataclasses import replace

from midflight.catalog.model import Catalog
from midflight.catalog.platform_rights import CLIENTS, defaults_revoked, is_supabase
from midflight.operations import model as op
from midflight.operations.shapes import Name, ObjectKind, Target, quote
from midflight.plan.inverse.piece import NOTHING, commented
from midflight.plan.inverse.storage import undo_option
from midflight.plan.model import Inverse, Reversibility

NEUTRAL = (
    op.SetSetting,
    op.TransactionControl,
    op.LockTable,
    op.Maintenance,
    op.Reindex,
    op.RefreshView,
    op.ValidateConstraint,
)
HARMLESS_CALLS = frozenset(
    "set_config pg_sleep now clock_timestamp count sum min max avg coalesce current_setting version to_regclass"
    " pg_advisory_lock pg_advisory_unlock pg_advisory_xact_lock pg_notify exists array_agg string_agg length lower"
    " upper format concat pg_get_serial_sequence txid_current generate_series unnest jsonb_build_object row_to_json"
    " to_regprocedure to_regtype pg_try_advisory_lock current_database".split()
)


def undo_unmodelled(operation: op.Operation, before: Catalog) -> Inverse | None:
    """Return the inverse of an operation that leaves no trace in the catalog, None for any other."""
    match operation:
        case op.Opaque(reason=reason):
            return by_hand(f"not analysed: write the rollback by hand ({reason})", operation)
        case op.Query(calls=calls):
            return _calls(operation, calls, before)
        case op.AlterDefaultPrivileges():
            return _default_privileges(operation, before)
        case op.Grant(columns=columns) if columns:
            return Inverse(_column_grant(operation, before), Reversibility.LOSSLESS, _ASSUMED)
        case op.RoleStatement(role=role):
            sentence = f"Roles belong to the server, not to this database: undo the change of {role} by hand."
            return Inverse(commented(sentence), Reversibility.LOSSLESS, sentence)
        case op.SetColumnOption() | op.SetTableOption() | op.AttachIndex() | op.AlterExtension():
            return _option(operation, before)
        case op.AlterPublication(name=name, action=action, tables=tables):
            return _publication(name, action, tables, before)
        case _:
            return NOTHING if isinstance(operation, NEUTRAL) else None


_ASSUMED = "It assumes that the right was not there (or, for a REVOKE, was there) before."


def by_hand(sentence: str, operation: op.Operation) -> Inverse:
    """Return an irreversible inverse that is a comment with the statement."""
    return Inverse(
        commented(f"{sentence}\n{operation.statement.text}"), Reversibility.IRREVERSIBLE, f"{_capital(sentence)}."
    )


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _calls(operation: op.Query, calls: tuple[Name, ...], before: Catalog) -> Inverse:
    unknown = sorted({c.short for c in calls if c.name.lower() not in HARMLESS_CALLS})
    if not unknown:
        return NOTHING
    listed = ", ".join(unknown)
    pure = all(r.volatility != "VOLATILE" for c in calls for r in before.routines_named(c)) and all(
        before.routines_named(c) or c.name.lower() in HARMLESS_CALLS for c in calls
    )
    return NOTHING if pure else by_hand(f"not analysed: what {listed} changed must be undone by hand", operation)


def _default_privileges(operation: op.AlterDefaultPrivileges, before: Catalog) -> Inverse:
    """Turn it round for the roles for which it changed something, as far as the history shows."""
    operation = replace(operation, roles=tuple(r for r in operation.roles if not _had_default(operation, r, before)))
    if not operation.roles:
        return NOTHING
    role = f" FOR ROLE {quote(operation.role)}" if operation.role else ""
    schemas = f" IN SCHEMA {', '.join(map(quote, operation.schemas))}" if operation.schemas else ""
    sql = f"ALTER DEFAULT PRIVILEGES{role}{schemas} {_turned(operation, f'{operation.kind.value}S')};"
    return Inverse(sql, Reversibility.LOSSLESS, _ASSUMED)


def _had_default(operation: op.AlterDefaultPrivileges, role: str, before: Catalog) -> bool:
    """Whether the role had the default that is granted: a GRANT before said the same, or the platform gives it."""
    if operation.revoke or defaults_revoked(before, role):
        return False
    words = ", ".join(operation.privileges)
    said = f"GRANT {words} ON {operation.kind.value} {role} BY {operation.role or 'owner'}"
    if all(("DEFAULT PRIVILEGES", Name(said, schema)) in before.others for schema in operation.schemas or ("",)):
        return True
    ours = operation.role in {"", "postgres"} and operation.schemas == ("public",)
    return ours and role in CLIENTS and is_supabase(before)


def _column_grant(operation: op.Grant, before: Catalog) -> str:
    targets = ", ".join(before.resolve(t.name).short for t in operation.targets)
    columns = ", ".join(map(quote, operation.columns))
    privileges = tuple(f"{p} ({columns})" for p in operation.privileges)
    return f"{_turned(operation, f'TABLE {targets}', privileges)};"


def _turned(operation: op.Grant | op.AlterDefaultPrivileges, on: str, privileges: tuple[str, ...] | None = None) -> str:
    verb, preposition = ("GRANT", "TO") if operation.revoke else ("REVOKE", "FROM")
    roles = ", ".join("PUBLIC" if r.upper() == "PUBLIC" else quote(r) for r in operation.roles)
    return f"{verb} {', '.join(privileges or operation.privileges)} ON {on} {preposition} {roles}"


def _option(operation: op.Operation, before: Catalog) -> Inverse | None:
    match operation:
        case op.SetColumnOption(table=table, column=column, option=option):
            where = f"`{before.resolve(table).short}.{quote(column)}`"
            sentence = f"The previous {option} of {where} is not in the history; nothing breaks if it stays."
        case op.SetTableOption(table=table, option=option):
            if option.upper() in {"SET LOGGED", "SET UNLOGGED"}:
                return None
            relation = before.relations.get(before.resolve(table))
            sql = undo_option(relation, option) if relation is not None and relation.is_table else None
            if sql is not None:
                return Inverse(sql, Reversibility.LOSSLESS) if sql else NOTHING
            sentence = (
                f"The previous value of {option} of `{before.resolve(table).short}` is not in the history; "
                "nothing breaks if it stays."
            )
        case op.AttachIndex(name=name):
            sentence = f"An index cannot be detached from `{name.short}`; nothing breaks if it stays."
        case op.AlterExtension(name=name, action=action):
            if action.upper().lstrip().startswith("SET SCHEMA"):
                return None
            sentence = f"ALTER EXTENSION {name} {action} is not undone: extensions do not go back a version."
            return Inverse(commented(sentence), Reversibility.IRREVERSIBLE, sentence)
        case _:
            return None
    return Inverse(commented(sentence), Reversibility.LOSSLESS, sentence)


def _publication(name: str, action: str, tables: tuple[Name, ...], before: Catalog) -> Inverse:
    listed = ", ".join(before.resolve(t).short for t in tables)
    turned = {"ADD": "DROP", "DROP": "ADD"}.get(action.upper().split(" ", 1)[0])
    if turned and listed:
        return Inverse(f"ALTER PUBLICATION {quote(name)} {turned} TABLE {listed};", Reversibility.LOSSLESS)
    sentence = f"Set publication {quote(name)} back by hand; it was made by: {before.publications.get(name, '?')}"
    return Inverse(commented(sentence), Reversibility.LOSSLESS, sentence)


def owner_unknown(operation: op.SetOwner) -> Inverse:
    """Return the comment for an owner that the history never set."""
    target: Target = operation.target
    part = f"{target.name.short}({', '.join(target.arguments or ())})" if _is_routine(target) else target.name.short
    sql = f"ALTER {target.kind.value} {part} OWNER TO <previous owner>;"
    note = f"The owner of `{target.name.short}` before the migration is not in the history."
    return Inverse(commented(sql), Reversibility.LOSSLESS, note)


def _is_routine(target: Target) -> bool:
    return target.kind in {ObjectKind.FUNCTION, ObjectKind.PROCEDURE, ObjectKind.ROUTINE, ObjectKind.AGGREGATE}
