"""Grants, default privileges and roles."""

from collections.abc import Iterator

from midflight.operations import model as op
from midflight.operations.dialects.postgres.names import object_kind, role_name, target_of
from midflight.operations.dialects.postgres.tree import Node, enum, options, strings
from midflight.operations.shapes import Name, Target


def grant(node: Node, at: op.Statement) -> Iterator[op.Operation]:
    """GRANT and REVOKE on objects: one operation for each list of columns."""
    what = object_kind(node, "objtype")
    if enum(node, "targtype") == "ACL_TARGET_ALL_IN_SCHEMA":
        targets = tuple(Target(what, Name("*", schema)) for schema in strings(node.objects))
    else:
        targets = tuple(target_of(what, wrapper) for wrapper in node.objects)
    for columns, privileges in _by_columns(node).items():
        yield op.Grant(
            at,
            privileges=privileges,
            targets=targets,
            roles=_grantees(node),
            revoke=not node.is_grant,
            columns=columns,
        )


def _by_columns(node: Node) -> dict[tuple[str, ...], tuple[str, ...]]:
    """The privileges by the columns they are limited to: `SELECT (a), INSERT ON t` gives two rights."""
    found: dict[tuple[str, ...], tuple[str, ...]] = {} if node.privileges else {(): ("ALL",)}
    for wrapper in node.privileges:
        columns = strings(wrapper.access_priv.cols)
        # `ALL (column)` is a privilege without a name
        found[columns] = (*found.get(columns, ()), wrapper.access_priv.priv_name.upper() or "ALL")
    return found


def default_privileges(node: Node, at: op.Statement) -> Iterator[op.Operation]:
    """ALTER DEFAULT PRIVILEGES: one operation for each role that it names."""
    given = dict(options(node.options))
    schemas = strings(given["schemas"].list.items) if "schemas" in given else ()
    roles = [role_name(w.role_spec) for w in given["roles"].list.items] if "roles" in given else [""]
    for role in roles:
        yield op.AlterDefaultPrivileges(
            at,
            kind=object_kind(node.action, "objtype"),
            privileges=_by_columns(node.action)[()],
            roles=_grantees(node.action),
            schemas=schemas,
            role=role,
            revoke=not node.action.is_grant,
        )


def _grantees(node: Node) -> tuple[str, ...]:
    return tuple(role_name(wrapper.role_spec) for wrapper in node.grantees)


def create_role(node: Node, at: op.Statement) -> Iterator[op.Operation]:
    """CREATE ROLE, USER and GROUP."""
    yield op.RoleStatement(at, role=node.role, action="CREATE")


def alter_role(node: Node, at: op.Statement) -> Iterator[op.Operation]:
    """ALTER ROLE, also its settings."""
    yield op.RoleStatement(at, role=role_name(node.role) if node.HasField("role") else "ALL", action="ALTER")


def drop_role(node: Node, at: op.Statement) -> Iterator[op.Operation]:
    """DROP ROLE."""
    yield from (op.RoleStatement(at, role=role_name(w.role_spec), action="DROP") for w in node.roles)


def grant_role(node: Node, at: op.Statement) -> Iterator[op.Operation]:
    """GRANT role TO role."""
    action = "GRANT" if node.is_grant else "REVOKE"
    for wrapper in node.granted_roles:
        yield op.RoleStatement(at, role=wrapper.access_priv.priv_name, action=action)


def reassign_owned(node: Node, at: op.Statement) -> Iterator[op.Operation]:
    """REASSIGN OWNED."""
    yield from (op.RoleStatement(at, role=role_name(w.role_spec), action="REASSIGN") for w in node.roles)


def drop_owned(node: Node, at: op.Statement) -> Iterator[op.Operation]:
    """DROP OWNED, which drops what its text does not name."""
    roles = ", ".join(role_name(wrapper.role_spec) for wrapper in node.roles)
    yield op.Opaque(at, reason=f"DROP OWNED drops whatever {roles} owns")
