"""Types, schemas, sequences, extensions, rights, publications, comments and other objects."""

import pytest

from midflight.operations import model as op
from midflight.operations.shapes import (
    Column,
    Constraint,
    ConstraintKind,
    Name,
    ObjectKind,
    Target,
    TypeKind,
    UserType,
)
from support.sql_scripts import AT, operation, operations

ENUM = "CREATE TYPE s.mood AS ENUM ('ok', 'it''s')"
PAIR = "CREATE TYPE pair AS (a int, b text[])"
RANGE = "CREATE TYPE r AS RANGE (subtype = float8)"
DOMAIN = "CREATE DOMAIN d AS varchar(5) DEFAULT 'x' NOT NULL CONSTRAINT c CHECK (VALUE <> '')"


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (ENUM, UserType(Name("mood", "s"), TypeKind.ENUM, ENUM, labels=("ok", "it's"))),
        (
            PAIR,
            UserType(
                Name("pair"), TypeKind.COMPOSITE, PAIR, attributes=(Column("a", "integer"), Column("b", "text[]"))
            ),
        ),
        (RANGE, UserType(Name("r"), TypeKind.RANGE, RANGE)),
        (
            DOMAIN,
            UserType(
                Name("d"),
                TypeKind.DOMAIN,
                DOMAIN,
                base="character varying(5)",
                not_null=True,
                default="'x'",
                constraints=(Constraint("c", ConstraintKind.CHECK, "CHECK ((value <> ''))", expression="value <> ''"),),
            ),
        ),
        ("CREATE TYPE shell", UserType(Name("shell"), TypeKind.OTHER, "CREATE TYPE shell")),
    ],
)
def test_a_type_keeps_what_its_kind_has(sql, expected):
    found = operation(sql)
    assert isinstance(found, op.CreateType)
    assert found.type == expected


D = Name("d")


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("ALTER TYPE s.e ADD VALUE 'a'", op.AddEnumValue(AT, type=Name("e", "s"), value="a")),
        (
            "ALTER TYPE e ADD VALUE IF NOT EXISTS 'a' BEFORE 'b'",
            op.AddEnumValue(AT, type=Name("e"), value="a", before="b", if_not_exists=True),
        ),
        ("ALTER TYPE e ADD VALUE 'a' AFTER 'b'", op.AddEnumValue(AT, type=Name("e"), value="a", after="b")),
        ("ALTER TYPE e RENAME VALUE 'a' TO 'b'", op.RenameEnumValue(AT, type=Name("e"), value="a", to="b")),
        (
            "ALTER TYPE c ADD ATTRIBUTE x int CASCADE",
            op.AlterCompositeType(AT, name=Name("c"), action="ADD ATTRIBUTE x integer CASCADE"),
        ),
        (
            "ALTER TYPE c DROP ATTRIBUTE IF EXISTS x",
            op.AlterCompositeType(AT, name=Name("c"), action="DROP ATTRIBUTE IF EXISTS x"),
        ),
        ("ALTER DOMAIN d SET DEFAULT 1", op.AlterDomain(AT, name=D, action="SET DEFAULT 1", default="1")),
        ("ALTER DOMAIN d DROP DEFAULT", op.AlterDomain(AT, name=D, action="DROP DEFAULT", drop_default=True)),
        ("ALTER DOMAIN d SET NOT NULL", op.AlterDomain(AT, name=D, action="SET NOT NULL", not_null=True)),
        ("ALTER DOMAIN d DROP NOT NULL", op.AlterDomain(AT, name=D, action="DROP NOT NULL", not_null=False)),
        (
            "ALTER DOMAIN s.d DROP CONSTRAINT c",
            op.AlterDomain(AT, name=Name("d", "s"), action="DROP CONSTRAINT c", drop="c"),
        ),
        (
            "ALTER DOMAIN d VALIDATE CONSTRAINT c",
            op.AlterDomain(AT, name=D, action="VALIDATE CONSTRAINT c", validate="c"),
        ),
        (
            "ALTER DOMAIN d RENAME CONSTRAINT a TO b",
            op.AlterDomain(AT, name=D, action="RENAME CONSTRAINT a TO b"),
        ),
        (
            "ALTER DOMAIN d ADD CONSTRAINT c CHECK (VALUE > 1) NOT VALID",
            op.AlterDomain(
                AT,
                name=D,
                action="ADD CONSTRAINT c CHECK (VALUE > 1) NOT VALID",
                add=Constraint(
                    "c", ConstraintKind.CHECK, "CHECK ((value > 1))", expression="value > 1", not_valid=True
                ),
            ),
        ),
    ],
)
def test_a_type_is_altered(sql, expected):
    assert operation(sql) == expected


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("CREATE SCHEMA IF NOT EXISTS s", op.CreateSchema(AT, name="s", if_not_exists=True)),
        ("CREATE SCHEMA AUTHORIZATION bob", op.CreateSchema(AT, name="bob")),
        (
            'CREATE EXTENSION IF NOT EXISTS "uuid-ossp" WITH SCHEMA extensions',
            op.CreateExtension(AT, name="uuid-ossp", schema="extensions", if_not_exists=True),
        ),
        ("ALTER EXTENSION postgis UPDATE TO '3'", op.AlterExtension(AT, name="postgis", action="UPDATE TO '3'")),
        (
            "CREATE SEQUENCE IF NOT EXISTS s.q OWNED BY s.t.a",
            op.CreateSequence(
                AT,
                name=Name("q", "s"),
                definition="CREATE SEQUENCE IF NOT EXISTS s.q OWNED BY s.t.a",
                if_not_exists=True,
                owned_by=(Name("t", "s"), "a"),
            ),
        ),
        (
            "ALTER SEQUENCE q OWNED BY t.a",
            op.AlterSequence(AT, name=Name("q"), options="OWNED BY t.a", owned_by=(Name("t"), "a")),
        ),
        ("ALTER SEQUENCE q OWNED BY NONE", op.AlterSequence(AT, name=Name("q"), options="OWNED BY NONE", disown=True)),
        (
            "ALTER SEQUENCE IF EXISTS s.q RESTART WITH 5",
            op.AlterSequence(AT, name=Name("q", "s"), options="RESTART WITH 5"),
        ),
        (
            "CREATE PUBLICATION p FOR TABLE a, s.b WHERE (x > 1)",
            op.CreatePublication(
                AT,
                name="p",
                definition="CREATE PUBLICATION p FOR TABLE a, s.b WHERE (x > 1)",
                tables=(Name("a"), Name("b", "s")),
            ),
        ),
        (
            "CREATE PUBLICATION p FOR ALL TABLES",
            op.CreatePublication(AT, name="p", definition="CREATE PUBLICATION p FOR ALL TABLES", all_tables=True),
        ),
        ("ALTER PUBLICATION p ADD TABLE a", op.AlterPublication(AT, name="p", action="ADD", tables=(Name("a"),))),
        ("ALTER PUBLICATION p DROP TABLE a", op.AlterPublication(AT, name="p", action="DROP", tables=(Name("a"),))),
        (
            "ALTER PUBLICATION p SET (publish = 'insert')",
            op.AlterPublication(AT, name="p", action="SET (publish = 'insert')"),
        ),
        ("CREATE ROLE bob LOGIN", op.RoleStatement(AT, role="bob", action="CREATE")),
        ("ALTER ROLE bob SET search_path TO a", op.RoleStatement(AT, role="bob", action="ALTER")),
        ("GRANT admin TO bob", op.RoleStatement(AT, role="admin", action="GRANT")),
        ("REVOKE admin FROM bob", op.RoleStatement(AT, role="admin", action="REVOKE")),
        ("DROP OWNED BY bob", op.Opaque(AT, reason="DROP OWNED drops whatever bob owns")),
    ],
)
def test_a_smaller_object_is_named(sql, expected):
    assert operation(sql) == expected


def test_the_elements_of_a_schema_are_made_in_it():
    schema, table, view = operations("CREATE SCHEMA s CREATE TABLE t (a int) CREATE VIEW v AS SELECT a FROM t")
    assert schema == op.CreateSchema(AT, name="s")
    assert isinstance(table, op.CreateTable)
    assert table.name == Name("t", "s")
    assert isinstance(view, op.CreateView)
    assert (view.name, view.definition) == (Name("v", "s"), "CREATE OR REPLACE VIEW s.v AS SELECT a FROM t")


def table(name: str, schema: str = "") -> Target:
    return Target(ObjectKind.TABLE, Name(name, schema))


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (
            "GRANT SELECT, insert ON t, s.u TO bob, PUBLIC",
            [op.Grant(AT, ("SELECT", "INSERT"), (table("t"), table("u", "s")), ("bob", "public"))],
        ),
        (
            "GRANT SELECT (a, b), UPDATE (a, b), DELETE ON t TO bob",
            [
                op.Grant(AT, ("SELECT", "UPDATE"), (table("t"),), ("bob",), columns=("a", "b")),
                op.Grant(AT, ("DELETE",), (table("t"),), ("bob",)),
            ],
        ),
        (
            "REVOKE ALL ON ALL TABLES IN SCHEMA public, s FROM anon CASCADE",
            [op.Grant(AT, ("ALL",), (table("*", "public"), table("*", "s")), ("anon",), revoke=True)],
        ),
        (
            "GRANT EXECUTE ON FUNCTION f(int), g TO anon",
            [
                op.Grant(
                    AT,
                    ("EXECUTE",),
                    (
                        Target(ObjectKind.FUNCTION, Name("f"), arguments=("integer",)),
                        Target(ObjectKind.FUNCTION, Name("g")),
                    ),
                    ("anon",),
                )
            ],
        ),
        (
            "GRANT USAGE ON SCHEMA s TO anon",
            [op.Grant(AT, ("USAGE",), (Target(ObjectKind.SCHEMA, Name("s")),), ("anon",))],
        ),
        (
            "GRANT USAGE ON TYPE s.e TO anon",
            [op.Grant(AT, ("USAGE",), (Target(ObjectKind.TYPE, Name("e", "s")),), ("anon",))],
        ),
        (
            "ALTER DEFAULT PRIVILEGES FOR ROLE a, b IN SCHEMA s REVOKE ALL ON FUNCTIONS FROM PUBLIC",
            [
                op.AlterDefaultPrivileges(AT, ObjectKind.FUNCTION, ("ALL",), ("public",), ("s",), "a", revoke=True),
                op.AlterDefaultPrivileges(AT, ObjectKind.FUNCTION, ("ALL",), ("public",), ("s",), "b", revoke=True),
            ],
        ),
        (
            "ALTER DEFAULT PRIVILEGES GRANT SELECT, UPDATE ON TABLES TO anon",
            [op.AlterDefaultPrivileges(AT, ObjectKind.TABLE, ("SELECT", "UPDATE"), ("anon",))],
        ),
    ],
)
def test_rights_name_privileges_objects_and_roles(sql, expected):
    assert operations(sql) == expected


@pytest.mark.parametrize(
    ("named", "target"),
    [
        ("TABLE s.t", table("t", "s")),
        ("COLUMN s.t.c", Target(ObjectKind.COLUMN, Name("t", "s"), part="c")),
        ("CONSTRAINT k ON t", Target(ObjectKind.CONSTRAINT, Name("t"), part="k")),
        ("TRIGGER k ON s.t", Target(ObjectKind.TRIGGER, Name("t", "s"), part="k")),
        ("POLICY k ON t", Target(ObjectKind.POLICY, Name("t"), part="k")),
        ("VIEW v", Target(ObjectKind.VIEW, Name("v"))),
        ("MATERIALIZED VIEW v", Target(ObjectKind.MATERIALIZED_VIEW, Name("v"))),
        ("INDEX s.i", Target(ObjectKind.INDEX, Name("i", "s"))),
        ("SEQUENCE q", Target(ObjectKind.SEQUENCE, Name("q"))),
        ("FUNCTION f(int)", Target(ObjectKind.FUNCTION, Name("f"), arguments=("integer",))),
        ("TYPE s.e", Target(ObjectKind.TYPE, Name("e", "s"))),
        ("DOMAIN d", Target(ObjectKind.DOMAIN, Name("d"))),
        ("SCHEMA s", Target(ObjectKind.SCHEMA, Name("s"))),
        ("EXTENSION e", Target(ObjectKind.EXTENSION, Name("e"))),
        ("DATABASE d", Target(ObjectKind.DATABASE, Name("d"))),
        ("ROLE r", Target(ObjectKind.OTHER, Name("r"))),
        ("CONSTRAINT k ON DOMAIN d", Target(ObjectKind.OTHER, Name("d"), part="k")),
    ],
)
def test_a_comment_names_any_object(named, target):
    assert operation(f"COMMENT ON {named} IS 'x'") == op.Comment(AT, target=target, text="x")


@pytest.mark.parametrize("text", ["NULL", "''"])
def test_an_empty_comment_takes_the_comment_away(text):
    assert operation(f"COMMENT ON TABLE t IS {text}") == op.Comment(AT, target=table("t"), text=None)


@pytest.mark.parametrize(
    ("sql", "kind", "action", "name"),
    [
        ("CREATE STATISTICS s.x ON a, b FROM t", "STATISTICS", "CREATE", Name("x", "s")),
        ("CREATE EVENT TRIGGER x ON ddl_command_end EXECUTE FUNCTION f()", "EVENT TRIGGER", "CREATE", Name("x")),
        ("CREATE CAST (a AS b) WITHOUT FUNCTION", "CAST", "CREATE", Name("")),
        ("CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = f)", "OPERATOR", "CREATE", Name("===")),
        ("CREATE COLLATION c (LOCALE = 'de')", "COLLATION", "CREATE", Name("c")),
        (
            "CREATE TEXT SEARCH CONFIGURATION s.c (COPY = simple)",
            "TEXT SEARCH CONFIGURATION",
            "CREATE",
            Name("c", "s"),
        ),
        ("DROP TEXT SEARCH CONFIGURATION s.c", "TEXT SEARCH CONFIGURATION", "DROP", Name("c", "s")),
        ("CREATE SERVER x FOREIGN DATA WRAPPER f", "SERVER", "CREATE", Name("x")),
        ("DROP SERVER x", "SERVER", "DROP", Name("x")),
        ("CREATE SUBSCRIPTION x CONNECTION 'c' PUBLICATION p", "SUBSCRIPTION", "CREATE", Name("x")),
        ("SECURITY LABEL ON TABLE t IS 'x'", "SECURITY LABEL", "CREATE", Name("t")),
        ("ALTER DATABASE d SET search_path TO a", "DATABASE", "ALTER", Name("d")),
    ],
)
def test_an_object_outside_the_catalog_is_known_by_kind_and_name(sql, kind, action, name):
    assert operation(sql) == op.OtherObject(AT, kind=kind, action=action, name=name, definition=sql)
