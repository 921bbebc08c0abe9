import psycopg
import pytest

from support.schemas import problems_of

pytestmark = pytest.mark.postgres

TABLE = "CREATE TABLE t (id serial PRIMARY KEY, a int, b text);"
PAIR = "CREATE TABLE p (id int PRIMARY KEY, n int); CREATE TABLE c (p_id int REFERENCES p);"
FUNCTION = "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;"

REFUSED = {
    "table exists": (TABLE, "CREATE TABLE t (x int)", "42P07"),
    "table has a view's name": (TABLE + "CREATE VIEW v AS SELECT a FROM t;", "CREATE TABLE v (x int)", "42P07"),
    "view exists": (TABLE + "CREATE VIEW v AS SELECT a FROM t;", "CREATE VIEW v AS SELECT b FROM t", "42P07"),
    "index exists": (TABLE + "CREATE INDEX i ON t (a);", "CREATE INDEX i ON t (b)", "42P07"),
    "sequence exists": ("CREATE SEQUENCE q;", "CREATE SEQUENCE q", "42P07"),
    "rename onto a table": (TABLE + "CREATE TABLE u (x int);", "ALTER TABLE t RENAME TO u", "42P07"),
    "constraint has an index's name": (
        TABLE + "CREATE INDEX i ON t (a);",
        "ALTER TABLE t ADD CONSTRAINT i UNIQUE (a)",
        "42P07",
    ),
    "column exists": (TABLE, "ALTER TABLE t ADD COLUMN a int", "42701"),
    "rename onto a column": (TABLE, "ALTER TABLE t RENAME COLUMN a TO b", "42701"),
    "altered table was dropped": (TABLE + "DROP TABLE t;", "ALTER TABLE t ADD COLUMN c int", "42P01"),
    "table was dropped before": (TABLE + "DROP TABLE t;", "DROP TABLE t", "42P01"),
    "table was renamed": (TABLE + "ALTER TABLE t RENAME TO u;", "ALTER TABLE t ADD COLUMN c int", "42P01"),
    "view was dropped": (TABLE + "CREATE VIEW v AS SELECT a FROM t; DROP VIEW v;", "DROP VIEW v", "42P01"),
    "view reads a dropped table": (TABLE + "DROP TABLE t;", "CREATE VIEW v AS SELECT a FROM t", "42P01"),
    "foreign key to a dropped table": (
        PAIR + "DROP TABLE c; DROP TABLE p; CREATE TABLE d (x int);",
        "ALTER TABLE d ADD FOREIGN KEY (x) REFERENCES p",
        "42P01",
    ),
    "index to rename is missing": (TABLE, "ALTER INDEX nothing RENAME TO i", "42P01"),
    "dropped column is missing": (TABLE, "ALTER TABLE t DROP COLUMN zzz", "42703"),
    "renamed column is missing": (TABLE, "ALTER TABLE t RENAME COLUMN zzz TO y", "42703"),
    "column was dropped": (
        TABLE + "ALTER TABLE t DROP COLUMN a;",
        "ALTER TABLE t ALTER COLUMN a SET NOT NULL",
        "42703",
    ),
    "indexed column is missing": (TABLE, "CREATE INDEX i ON t (zzz)", "42703"),
    "key column is missing": (TABLE, "ALTER TABLE t ADD UNIQUE (zzz)", "42703"),
    "referenced column is missing": (PAIR, "ALTER TABLE c ADD FOREIGN KEY (p_id) REFERENCES p (zzz)", "42703"),
    "commented column is missing": (TABLE, "COMMENT ON COLUMN t.zzz IS 'x'", "42703"),
    "type is missing": (TABLE, "DROP TYPE nothing", "42704"),
    "type was renamed": (
        "CREATE TYPE m AS ENUM ('a'); ALTER TYPE m RENAME TO n;",
        "ALTER TYPE m ADD VALUE 'b'",
        "42704",
    ),
    "index is missing": (TABLE, "DROP INDEX nothing", "42704"),
    "constraint is missing": (TABLE, "ALTER TABLE t DROP CONSTRAINT nothing", "42704"),
    "trigger is missing": (TABLE, "DROP TRIGGER nothing ON t", "42704"),
    "policy is missing": (TABLE, "DROP POLICY nothing ON t", "42704"),
    "constraint to validate is missing": (TABLE, "ALTER TABLE t VALIDATE CONSTRAINT nothing", "42704"),
    "constraint to rename is missing": (TABLE, "ALTER TABLE t RENAME CONSTRAINT nothing TO x", "42704"),
    "extension is missing": (TABLE, "DROP EXTENSION citext", "42704"),
    "publication is missing": (TABLE, "DROP PUBLICATION nothing", "42704"),
    "rule is missing": (TABLE, "DROP RULE nothing ON t", "42704"),
    "trigger to disable is missing": (TABLE, "ALTER TABLE t DISABLE TRIGGER nothing", "42704"),
    "policy to alter is missing": (TABLE, "ALTER POLICY nothing ON t USING (true)", "42704"),
    "schema is missing": (TABLE, "DROP SCHEMA nothing", "3F000"),
    "schema exists": ("CREATE SCHEMA s;", "CREATE SCHEMA s", "42P06"),
    "function is missing": (TABLE, "DROP FUNCTION nothing(int)", "42883"),
    "function has other types": (
        "CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT 1';",
        "DROP FUNCTION f(text)",
        "42883",
    ),
    "trigger's function was dropped": (
        TABLE + FUNCTION + "DROP FUNCTION f();",
        "CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()",
        "42883",
    ),
    "function name is not unique": (
        (
            "CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT 1';"
            "CREATE FUNCTION f(a text) RETURNS int LANGUAGE sql AS 'SELECT 1';"
        ),
        "DROP FUNCTION f",
        "42725",
    ),
    "function exists": (
        "CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT 1';",
        "CREATE FUNCTION f(b int) RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "42723",
    ),
    "type exists": ("CREATE TYPE m AS ENUM ('a');", "CREATE TYPE m AS ENUM ('b')", "42710"),
    "table's row type has the name": (TABLE, "CREATE TYPE t AS ENUM ('b')", "42710"),
    "enum label exists": ("CREATE TYPE m AS ENUM ('a');", "ALTER TYPE m ADD VALUE 'a'", "42710"),
    "constraint exists": (
        TABLE + "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0);",
        "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 1)",
        "42710",
    ),
    "trigger exists": (
        TABLE + FUNCTION + "CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();",
        "CREATE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f()",
        "42710",
    ),
    "policy exists": (TABLE + "CREATE POLICY p ON t;", "CREATE POLICY p ON t", "42710"),
    "publication exists": (TABLE + "CREATE PUBLICATION p FOR TABLE t;", "CREATE PUBLICATION p FOR TABLE t", "42710"),
    "view depends on table": (TABLE + "CREATE VIEW v AS SELECT a FROM t;", "DROP TABLE t", "2BP01"),
    "foreign key depends on table": (PAIR, "DROP TABLE p", "2BP01"),
    "foreign key depends on primary key": (PAIR, "ALTER TABLE p DROP CONSTRAINT p_pkey", "2BP01"),
    "foreign key depends on column": (PAIR, "ALTER TABLE p DROP COLUMN id", "2BP01"),
    "view depends on column": (TABLE + "CREATE VIEW v AS SELECT t.a FROM t;", "ALTER TABLE t DROP COLUMN a", "2BP01"),
    "view depends on view": (
        TABLE + "CREATE VIEW v AS SELECT a FROM t; CREATE VIEW w AS SELECT a FROM v;",
        "DROP VIEW v",
        "2BP01",
    ),
    "policy depends on column": (TABLE + "CREATE POLICY p ON t USING (a > 0);", "ALTER TABLE t DROP COLUMN a", "2BP01"),
    "trigger depends on column": (
        TABLE + FUNCTION + "CREATE TRIGGER g BEFORE UPDATE OF a ON t FOR EACH ROW EXECUTE FUNCTION f();",
        "ALTER TABLE t DROP COLUMN a",
        "2BP01",
    ),
    "generated column depends on column": (
        "CREATE TABLE t (a int, g int GENERATED ALWAYS AS (a * 2) STORED);",
        "ALTER TABLE t DROP COLUMN a",
        "2BP01",
    ),
    "column has the type": ("CREATE TYPE m AS ENUM ('a'); CREATE TABLE t (x m);", "DROP TYPE m", "2BP01"),
    "array column has the type": ("CREATE TYPE m AS ENUM ('a'); CREATE TABLE t (x m[]);", "DROP TYPE m", "2BP01"),
    "function has the type": (
        "CREATE TYPE m AS ENUM ('a'); CREATE FUNCTION f(x m) RETURNS int LANGUAGE sql AS 'SELECT 1';",
        "DROP TYPE m",
        "2BP01",
    ),
    "trigger uses function": (
        TABLE + FUNCTION + "CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();",
        "DROP FUNCTION f()",
        "2BP01",
    ),
    "constraint owns index": (TABLE, "DROP INDEX t_pkey", "2BP01"),
    "child inherits": ("CREATE TABLE t (a int); CREATE TABLE u () INHERITS (t);", "DROP TABLE t", "2BP01"),
    "default uses sequence": (
        "CREATE SEQUENCE q; CREATE TABLE t (a int DEFAULT nextval('q'));",
        "DROP SEQUENCE q",
        "2BP01",
    ),
    "schema is not empty": ("CREATE SCHEMA s; CREATE TABLE s.t (a int);", "DROP SCHEMA s", "2BP01"),
    "function gives the row type": (
        "CREATE TABLE t (a int); CREATE FUNCTION f() RETURNS SETOF t LANGUAGE sql AS 'SELECT * FROM t';",
        "DROP TABLE t",
        "2BP01",
    ),
    "return type changes": (
        "CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT 1';",
        "CREATE OR REPLACE FUNCTION f(a int) RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint'",
        "42P13",
    ),
    "returned table changes": (
        "CREATE FUNCTION f() RETURNS TABLE (a int) LANGUAGE sql AS 'SELECT 1';",
        "CREATE OR REPLACE FUNCTION f() RETURNS TABLE (a int, b int) LANGUAGE sql AS 'SELECT 1, 2'",
        "42P13",
    ),
    "parameter is renamed": (
        "CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT 1';",
        "CREATE OR REPLACE FUNCTION f(b int) RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "42P13",
    ),
    "default is removed": (
        "CREATE FUNCTION f(a int DEFAULT 1) RETURNS int LANGUAGE sql AS 'SELECT 1';",
        "CREATE OR REPLACE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "42P13",
    ),
    "view loses a column": (
        TABLE + "CREATE VIEW v AS SELECT a, b FROM t;",
        "CREATE OR REPLACE VIEW v AS SELECT a FROM t",
        "42P16",
    ),
    "view renames a column": (
        TABLE + "CREATE VIEW v AS SELECT a FROM t;",
        "CREATE OR REPLACE VIEW v AS SELECT a AS x FROM t",
        "42P16",
    ),
    "two primary keys": (TABLE, "ALTER TABLE t ADD PRIMARY KEY (a)", "42P16"),
    "primary key stays not null": (TABLE, "ALTER TABLE t ALTER COLUMN id DROP NOT NULL", "42P16"),
    "view uses the retyped column": (
        TABLE + "CREATE VIEW v AS SELECT t.a FROM t;",
        "ALTER TABLE t ALTER COLUMN a TYPE bigint",
        "0A000",
    ),
    "generated column uses the retyped column": (
        "CREATE TABLE t (a int, g int GENERATED ALWAYS AS (a * 2) STORED);",
        "ALTER TABLE t ALTER COLUMN a TYPE bigint",
        "0A000",
    ),
    "policy uses the retyped column": (
        TABLE + "CREATE POLICY p ON t USING (a > 0);",
        "ALTER TABLE t ALTER COLUMN a TYPE bigint",
        "0A000",
    ),
    "circular inheritance": (
        "CREATE TABLE t (a int); CREATE TABLE u () INHERITS (t);",
        "ALTER TABLE t INHERIT u",
        "42P07",
    ),
    "not a view": (TABLE, "DROP VIEW t", "42809"),
    "not a materialized view": (TABLE + "CREATE VIEW v AS SELECT a FROM t;", "DROP MATERIALIZED VIEW v", "42809"),
    "table is not replaced by a view": (TABLE, "CREATE OR REPLACE VIEW t AS SELECT 1 AS id", "42809"),
    "enum label to rename is missing": (
        "CREATE TYPE m AS ENUM ('a');",
        "ALTER TYPE m RENAME VALUE 'z' TO 'b'",
        "22023",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_the_fold_calls_a_problem_the_server_refuses_with_the_same_code(case, database):
    before, statement, code = REFUSED[case]
    database.execute(before.encode())
    with pytest.raises(psycopg.Error) as refused:
        database.execute(statement.encode())
    assert refused.value.sqlstate == code


@pytest.mark.parametrize("case", REFUSED)
def test_the_fold_claims_one_problem_with_that_code(case):
    before, statement, code = REFUSED[case]
    assert problems_of(before) == []
    assert problems_of(f"{before} {statement};") == [code]
