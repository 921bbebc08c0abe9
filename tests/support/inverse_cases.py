"""Migrations whose computed inverse must restore the schema: (name, schema before, migration).

`DIFFERS` says what is meant to be left, as the beginning of the lines that may differ.
"""

PROJECTS = """
CREATE TABLE projects (id bigserial PRIMARY KEY, title text NOT NULL, status varchar(20) DEFAULT 'new', size integer);
CREATE TABLE tasks (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, project_id bigint REFERENCES projects (id),
  name text, done boolean DEFAULT false NOT NULL);
CREATE INDEX tasks_name_idx ON tasks (name);
CREATE VIEW open_tasks AS SELECT id, name FROM tasks WHERE NOT done;
COMMENT ON TABLE projects IS 'What people plan';
COMMENT ON COLUMN projects.status IS 'new or done';
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE FUNCTION project_count(min_size integer DEFAULT 0) RETURNS bigint LANGUAGE sql STABLE
  AS $$ SELECT count(*) FROM projects WHERE size >= min_size $$;
COMMENT ON FUNCTION project_count(integer) IS 'How many';
CREATE TRIGGER projects_touch BEFORE UPDATE ON projects FOR EACH ROW EXECUTE FUNCTION touch();
ALTER TABLE tasks ENABLE ROW LEVEL SECURITY;
CREATE POLICY tasks_read ON tasks FOR SELECT USING (done = false);
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE DOMAIN email AS text CONSTRAINT email_check CHECK (VALUE LIKE '%@%');
GRANT SELECT ON projects TO PUBLIC;
"""

CASES = {
    # tables
    "a new table": "CREATE TABLE notes (id serial PRIMARY KEY, project_id bigint REFERENCES projects (id), text text);",
    "a new table with all that hangs on it": "CREATE TABLE notes (id serial PRIMARY KEY, text text);"
    " CREATE INDEX notes_text_idx ON notes (text); ALTER TABLE notes ENABLE ROW LEVEL SECURITY;"
    " CREATE POLICY p ON notes USING (true); GRANT SELECT ON notes TO PUBLIC; COMMENT ON TABLE notes IS 'n';"
    " ALTER TABLE notes ADD COLUMN more integer; CREATE TRIGGER t BEFORE INSERT ON notes"
    " FOR EACH ROW EXECUTE FUNCTION touch();",
    "a dropped table": "DROP TABLE tasks CASCADE;",
    "a dropped table that others point at": "DROP TABLE projects CASCADE;",
    "a table made and dropped": "CREATE TABLE passing (id int); INSERT INTO passing VALUES (1); DROP TABLE passing;",
    "a renamed table": "ALTER TABLE tasks RENAME TO todos;",
    "a table moved to another schema": "CREATE SCHEMA app; ALTER TABLE tasks SET SCHEMA app;",
    "an unlogged table": "ALTER TABLE tasks SET UNLOGGED;",
    "a table that exists already": "CREATE TABLE IF NOT EXISTS projects (id integer);",
    "a table from a query": "CREATE TABLE copies AS SELECT id, title FROM projects;",
    "a table like another": "CREATE TABLE archive (LIKE projects INCLUDING ALL);",
    "another owner": "ALTER TABLE tasks OWNER TO pg_monitor;",
    # columns
    "a new column": "ALTER TABLE projects ADD COLUMN budget numeric(10, 2) DEFAULT 0 NOT NULL;",
    "a new column with inline constraints": "ALTER TABLE tasks ADD COLUMN parent integer REFERENCES tasks (id)"
    " CHECK (parent > 0);",
    "a new unique column": "ALTER TABLE tasks ADD COLUMN code text UNIQUE;",
    "a new serial column": "ALTER TABLE tasks ADD COLUMN number serial;",
    "a dropped column": "ALTER TABLE projects DROP COLUMN status;",
    "a dropped required column": "ALTER TABLE projects DROP COLUMN title;",
    "a dropped column with index and foreign key": "ALTER TABLE tasks DROP COLUMN project_id;"
    " ALTER TABLE tasks DROP COLUMN name CASCADE;",
    "a dropped primary key column": "ALTER TABLE projects DROP COLUMN id CASCADE;",
    "a dropped identity column": "ALTER TABLE tasks DROP COLUMN id CASCADE;",
    "a renamed column": "ALTER TABLE projects RENAME COLUMN title TO name;",
    "a widened column": "ALTER TABLE projects ALTER COLUMN status TYPE text;",
    "a narrowed column": "ALTER TABLE projects ALTER COLUMN title TYPE varchar(50);",
    "a retyped column": "ALTER TABLE projects ALTER COLUMN size TYPE text;",
    "text turned to json": "ALTER TABLE projects ALTER COLUMN title TYPE jsonb USING to_jsonb(title);",
    "text turned to an enum": "ALTER TABLE projects ALTER COLUMN status DROP DEFAULT;"
    " ALTER TABLE projects ALTER COLUMN status TYPE mood USING status::mood;"
    " ALTER TABLE projects ALTER COLUMN status SET DEFAULT 'ok';",
    "a boolean turned to an integer": "DROP VIEW open_tasks; DROP POLICY tasks_read ON tasks;"
    " ALTER TABLE tasks ALTER COLUMN done DROP DEFAULT, ALTER COLUMN done TYPE integer USING done::integer;",
    "a default set": "ALTER TABLE projects ALTER COLUMN size SET DEFAULT 5;",
    "a default dropped": "ALTER TABLE projects ALTER COLUMN status DROP DEFAULT;",
    "a default changed": "ALTER TABLE projects ALTER COLUMN status SET DEFAULT 'old';",
    "not null set": "ALTER TABLE projects ALTER COLUMN size SET NOT NULL;",
    "not null dropped": "ALTER TABLE projects ALTER COLUMN title DROP NOT NULL;",
    "an identity added": "ALTER TABLE projects ALTER COLUMN size SET NOT NULL;"
    " ALTER TABLE projects ALTER COLUMN size ADD GENERATED BY DEFAULT AS IDENTITY;",
    "an identity dropped": "ALTER TABLE tasks ALTER COLUMN id DROP IDENTITY;",
    "a generated column": "ALTER TABLE projects ADD COLUMN twice integer GENERATED ALWAYS AS (size * 2) STORED;",
    "several actions in one statement": "ALTER TABLE projects ADD COLUMN a integer, DROP COLUMN size,"
    " ALTER COLUMN title DROP NOT NULL, ADD CONSTRAINT a_positive CHECK (a > 0);",
    # constraints and indexes
    "a new check": "ALTER TABLE projects ADD CONSTRAINT size_positive CHECK (size > 0) NOT VALID;",
    "a validated check": "ALTER TABLE projects ADD CONSTRAINT size_positive CHECK (size > 0) NOT VALID;"
    " ALTER TABLE projects VALIDATE CONSTRAINT size_positive;",
    "a new unnamed unique constraint": "ALTER TABLE projects ADD UNIQUE (title, status);",
    "a new primary key": "CREATE TABLE plain (id integer); ALTER TABLE plain ADD PRIMARY KEY (id);",
    "a dropped primary key": "ALTER TABLE tasks DROP CONSTRAINT tasks_pkey;",
    "a dropped foreign key": "ALTER TABLE tasks DROP CONSTRAINT tasks_project_id_fkey;",
    "a key dropped with those that point at it": "ALTER TABLE projects DROP CONSTRAINT projects_pkey CASCADE;",
    "a renamed constraint": "ALTER TABLE tasks RENAME CONSTRAINT tasks_project_id_fkey TO to_project;",
    "a constraint from an index": "CREATE UNIQUE INDEX title_idx ON projects (title);"
    " ALTER TABLE projects ADD CONSTRAINT title_key UNIQUE USING INDEX title_idx;",
    "a deferrable foreign key": "ALTER TABLE tasks ALTER CONSTRAINT tasks_project_id_fkey DEFERRABLE;",
    "a new index": "CREATE INDEX ON projects (lower(title)) WHERE size > 0;",
    "a new index without blocking": "CREATE INDEX CONCURRENTLY projects_title ON projects (title);",
    "a dropped index": "DROP INDEX tasks_name_idx;",
    "a dropped index without blocking": "DROP INDEX CONCURRENTLY tasks_name_idx;",
    "a renamed index": "ALTER INDEX tasks_name_idx RENAME TO by_name;",
    # views
    "a new view": "CREATE VIEW big AS SELECT * FROM projects WHERE size > 10;",
    "a dropped view": "DROP VIEW open_tasks;",
    "a view with one more column": "CREATE OR REPLACE VIEW open_tasks AS SELECT id, name, done FROM tasks;",
    "a view with another condition": "CREATE OR REPLACE VIEW open_tasks AS SELECT id, name FROM tasks;",
    "a materialized view": "CREATE MATERIALIZED VIEW totals AS SELECT count(*) AS n FROM projects;"
    " CREATE UNIQUE INDEX totals_n ON totals (n);",
    "a view dropped with its readers": "DROP VIEW open_tasks CASCADE;",
    "a renamed view": "ALTER VIEW open_tasks RENAME TO todo;",
    # routines, triggers, policies
    "a new function": "CREATE FUNCTION create_project_atomic(title text, size integer DEFAULT 1) RETURNS bigint"
    " LANGUAGE sql AS $$ INSERT INTO projects (title, size) VALUES (title, size) RETURNING id $$;",
    "an overload": "CREATE FUNCTION project_count(a text, b text) RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;",
    "a replaced function": "CREATE OR REPLACE FUNCTION project_count(min_size integer DEFAULT 0) RETURNS bigint"
    " LANGUAGE sql STABLE AS $$ SELECT 42::bigint $$;",
    "a function with one more default": "CREATE FUNCTION f(a integer) RETURNS integer LANGUAGE sql AS $$ SELECT a $$;"
    " CREATE OR REPLACE FUNCTION f(a integer DEFAULT 1) RETURNS integer LANGUAGE sql AS $$ SELECT a $$;",
    "a dropped function": "DROP FUNCTION project_count(integer);",
    "a function dropped without arguments": "DROP FUNCTION project_count;",
    "a function dropped with its triggers": "DROP FUNCTION touch() CASCADE;",
    "a function with another signature": "DROP FUNCTION project_count(integer);"
    " CREATE FUNCTION project_count(min_size bigint) RETURNS bigint LANGUAGE sql AS $$ SELECT 1::bigint $$;",
    "a renamed function": "ALTER FUNCTION project_count(integer) RENAME TO count_projects;",
    "a function made secure": "ALTER FUNCTION project_count(integer) SECURITY DEFINER SET search_path = '';",
    "a procedure": "CREATE PROCEDURE tidy(days integer) LANGUAGE sql AS $$ DELETE FROM tasks WHERE id < days $$;",
    "rights on a function": "REVOKE EXECUTE ON FUNCTION project_count(integer) FROM PUBLIC;"
    " GRANT EXECUTE ON FUNCTION project_count(integer) TO pg_monitor;",
    "a dropped function with rights": "REVOKE EXECUTE ON FUNCTION project_count(integer) FROM PUBLIC;"
    " DROP FUNCTION project_count(integer);",
    "a new trigger": "CREATE TRIGGER tasks_touch AFTER INSERT ON tasks FOR EACH ROW EXECUTE FUNCTION touch();",
    "a dropped trigger": "DROP TRIGGER projects_touch ON projects;",
    "a replaced trigger": "CREATE OR REPLACE TRIGGER projects_touch BEFORE INSERT ON projects FOR EACH ROW"
    " EXECUTE FUNCTION touch();",
    "a disabled trigger": "ALTER TABLE projects DISABLE TRIGGER projects_touch;",
    "a renamed trigger": "ALTER TRIGGER projects_touch ON projects RENAME TO touching;",
    "a new policy": "CREATE POLICY tasks_write ON tasks FOR INSERT TO pg_monitor WITH CHECK (name IS NOT NULL);",
    "a dropped policy": "DROP POLICY tasks_read ON tasks;",
    "a changed policy": "ALTER POLICY tasks_read ON tasks TO pg_monitor USING (true);",
    "a renamed policy": "ALTER POLICY tasks_read ON tasks RENAME TO reading;",
    "row security on": "ALTER TABLE projects ENABLE ROW LEVEL SECURITY; ALTER TABLE projects FORCE ROW LEVEL SECURITY;",
    "row security off": "ALTER TABLE tasks DISABLE ROW LEVEL SECURITY;",
    "a rule": "CREATE RULE quiet AS ON DELETE TO projects DO INSTEAD NOTHING;",
    # types, schemas, sequences, rights
    "a new enum": "CREATE TYPE colour AS ENUM ('red', 'green'); ALTER TABLE projects ADD COLUMN colour colour;",
    "a dropped enum": "DROP TYPE mood;",
    "a renamed enum value": "ALTER TYPE mood RENAME VALUE 'ok' TO 'fine';",
    "a renamed enum": "ALTER TYPE mood RENAME TO feeling;",
    "a changed domain": "ALTER DOMAIN email SET NOT NULL; ALTER DOMAIN email DROP CONSTRAINT email_check;"
    " ALTER DOMAIN email SET DEFAULT 'a@b';",
    "a composite type": "CREATE TYPE point2 AS (x integer, y integer); ALTER TYPE point2 ADD ATTRIBUTE z integer;",
    "a new schema": "CREATE SCHEMA app; CREATE TABLE app.things (id integer);",
    "a new sequence": "CREATE SEQUENCE numbers START 5; ALTER SEQUENCE numbers INCREMENT BY 2;",
    "a dropped sequence": "CREATE SEQUENCE numbers START 5; DROP SEQUENCE numbers;",
    "rights granted": "GRANT INSERT, UPDATE ON tasks TO pg_monitor; GRANT USAGE ON SCHEMA public TO pg_monitor;",
    "rights revoked": "REVOKE SELECT ON projects FROM PUBLIC;",
    "rights granted twice": "GRANT SELECT ON projects TO PUBLIC;",
    "a column's rights": "GRANT UPDATE (title) ON projects TO pg_monitor;",
    "default rights": "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO pg_monitor;",
    "a comment changed": "COMMENT ON TABLE projects IS 'Other'; COMMENT ON COLUMN projects.status IS NULL;"
    " COMMENT ON TABLE tasks IS 'it''s new';",
    "a publication": "CREATE PUBLICATION news FOR TABLE projects;",
    "a publication with one more table": "CREATE PUBLICATION news FOR TABLE projects;"
    " ALTER PUBLICATION news ADD TABLE tasks;",
    "an extension": "CREATE EXTENSION IF NOT EXISTS plpgsql;",
    "statistics": "CREATE STATISTICS together (dependencies) ON title, status FROM projects;",
    # partitions and inheritance
    "a partition": "CREATE TABLE events (id integer, at date) PARTITION BY RANGE (at);"
    " CREATE TABLE events_24 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');"
    " ALTER TABLE events ADD COLUMN kind text; CREATE INDEX events_at ON events (at);",
    "a detached partition": "CREATE TABLE events (id integer, at date) PARTITION BY RANGE (at);"
    " CREATE TABLE events_24 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');"
    " ALTER TABLE events DETACH PARTITION events_24;",
    "a child": "CREATE TABLE child (extra integer) INHERITS (projects); ALTER TABLE projects ADD COLUMN late integer;",
    # quoting
    "names that need quotes": 'CREATE TABLE "Order Items" ("select" integer, "Größe" text);'
    ' CREATE INDEX "My Index" ON "Order Items" ("Größe"); ALTER TABLE "Order Items" DROP COLUMN "select";',
    # data and settings
    "a backfill of a new column": "ALTER TABLE projects ADD COLUMN slug text; UPDATE projects SET slug = title;"
    " ALTER TABLE projects ALTER COLUMN slug SET NOT NULL;",
    "settings": "SET lock_timeout = '1s'; SELECT set_config('search_path', 'public', false); RESET lock_timeout;",
    "data": "INSERT INTO projects (title) VALUES ('x'); UPDATE projects SET title = 'y'; DELETE FROM tasks;"
    " TRUNCATE tasks;",
}

DIFFERS = {
    "another owner": ("relation | tasks", "relation | tasks_id_seq", "rights | tasks"),  # the owner before is unknown
}

STANDING = {
    # what is in the schema before, for cases whose migration needs more than PROJECTS
    "a detached partition of the past": (
        (
            "CREATE TABLE events (id integer, at date) PARTITION BY RANGE (at); CREATE INDEX events_at ON events (at);"
            "CREATE TABLE events_24 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');"
        ),
        "ALTER TABLE events DETACH PARTITION events_24;",
    ),
    "a dropped partition": (
        (
            "CREATE TABLE events (id integer PRIMARY KEY, kind text DEFAULT 'x') PARTITION BY RANGE (id);"
            "CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (1) TO (100);"
            "CREATE INDEX events_kind ON events (kind);"
        ),
        "DROP TABLE events_1;",
    ),
    "a dropped partitioned table": (
        (
            "CREATE TABLE events (id integer PRIMARY KEY) PARTITION BY LIST (id);"
            "CREATE TABLE events_1 PARTITION OF events FOR VALUES IN (1);"
            "CREATE TABLE events_rest PARTITION OF events DEFAULT;"
        ),
        "DROP TABLE events CASCADE;",
    ),
    "a dropped schema": (
        (
            "CREATE SCHEMA app; CREATE TYPE app.state AS ENUM ('a', 'b');"
            "CREATE TABLE app.one (id integer PRIMARY KEY, state app.state DEFAULT 'a');"
            "CREATE TABLE app.two (id integer PRIMARY KEY, one_id integer NOT NULL REFERENCES app.one (id));"
            "CREATE VIEW app.both AS SELECT one.id, two.id AS two_id FROM app.one JOIN app.two ON two.one_id = one.id;"
            "CREATE FUNCTION app.f(x integer) RETURNS integer LANGUAGE sql AS $$ SELECT x $$;"
        ),
        "DROP SCHEMA app CASCADE;",
    ),
    "a not valid constraint dropped": (
        "CREATE TABLE t (a integer); ALTER TABLE t ADD CONSTRAINT positive CHECK (a > 0) NOT VALID;",
        "ALTER TABLE t DROP CONSTRAINT positive;",
    ),
    "a unique index dropped with the keys that rest on it": (
        (
            "CREATE TABLE t (id integer, a integer); CREATE UNIQUE INDEX t_id ON t (id);"
            "CREATE TABLE u (t_id integer CONSTRAINT u_t REFERENCES t (id) ON DELETE CASCADE);"
        ),
        "DROP INDEX t_id CASCADE;",
    ),
    "a wider column of an index over an expression": (
        (
            "CREATE TABLE t (id integer, rerun_of integer);"
            "CREATE INDEX t_order ON t (COALESCE(rerun_of, id) DESC, id) WHERE id > 0;"
        ),
        "ALTER TABLE t ALTER COLUMN id TYPE bigint; ALTER TABLE t ALTER COLUMN rerun_of TYPE bigint;",
    ),
    "a chain of views": (
        (
            "CREATE TABLE t (a int, b int); CREATE VIEW v1 AS SELECT a FROM t; CREATE VIEW v2 AS SELECT a FROM v1;"
            "CREATE VIEW v3 AS SELECT a FROM v2; GRANT SELECT ON v2 TO PUBLIC; COMMENT ON VIEW v3 IS 'three';"
        ),
        "DROP VIEW v1 CASCADE;",
    ),
    "a replaced view with readers": (
        (
            "CREATE TABLE t (a int, b int); CREATE VIEW v1 AS SELECT a FROM t; CREATE VIEW v2 AS SELECT a FROM v1;"
            "GRANT SELECT ON v1 TO PUBLIC;"
        ),
        "CREATE OR REPLACE VIEW v1 AS SELECT a, b FROM t;",
    ),
    "a composite index of a dropped column": (
        (
            "CREATE TABLE t (a integer, b integer, c integer, UNIQUE (a, b)); CREATE INDEX t_ab ON t (a, b);"
            "ALTER TABLE t ADD CONSTRAINT sum CHECK (a + b > 0);"
        ),
        "ALTER TABLE t DROP COLUMN b;",
    ),
    "an expression index of a dropped column": (
        (
            "CREATE TABLE t (a integer, b text); CREATE INDEX t_lower ON t (lower(b)); "
            "CREATE INDEX t_where ON t (a) WHERE b IS NOT NULL;"
        ),
        "ALTER TABLE t DROP COLUMN b;",
    ),
    "a generated column of a dropped column": (
        "CREATE TABLE t (a integer, b integer GENERATED ALWAYS AS (a + 1) STORED);",
        "ALTER TABLE t DROP COLUMN a CASCADE;",
    ),
    "a default that calls a function": (
        (
            "CREATE FUNCTION next_code() RETURNS text LANGUAGE sql AS $$ SELECT 'x' $$;"
            "CREATE TABLE t (id integer, code text DEFAULT next_code());"
        ),
        "DROP TABLE t; DROP FUNCTION next_code();",
    ),
    "a function that returns a row of a table": (
        "CREATE TABLE t (id integer); CREATE FUNCTION rows() RETURNS SETOF t LANGUAGE sql AS $$ SELECT * FROM t $$;",
        "DROP TABLE t CASCADE;",
    ),
    "a dropped materialized view": (
        "CREATE TABLE t (id int); CREATE MATERIALIZED VIEW m AS SELECT id FROM t; CREATE UNIQUE INDEX m_id ON m (id);",
        "DROP MATERIALIZED VIEW m;",
    ),
    "a sequence of one's own": (
        (
            "CREATE SEQUENCE s START 100 INCREMENT 5; CREATE TABLE t (id integer DEFAULT nextval('s') PRIMARY KEY);"
            "ALTER SEQUENCE s OWNED BY t.id;"
        ),
        "DROP TABLE t;",
    ),
    "a changed sequence": ("CREATE SEQUENCE s START 100 INCREMENT 5;", "ALTER SEQUENCE s INCREMENT 7 MAXVALUE 1000;"),
    "an owned trigger function": (
        (
            "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;"
            "CREATE TABLE t (id integer); CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();"
            "ALTER TABLE t DISABLE TRIGGER tr;"
        ),
        "DROP TRIGGER tr ON t; DROP FUNCTION f();",
    ),
    "a swapped enum": (
        "CREATE TYPE state AS ENUM ('a', 'b', 'c'); CREATE TABLE t (s state DEFAULT 'a');",
        (
            "ALTER TYPE state RENAME TO state_old; CREATE TYPE state AS ENUM ('a', 'b');"
            "ALTER TABLE t ALTER COLUMN s DROP DEFAULT; ALTER TABLE t ALTER COLUMN s TYPE state USING s::text::state;"
            "ALTER TABLE t ALTER COLUMN s SET DEFAULT 'a'; DROP TYPE state_old;"
        ),
    ),
    "a type dropped with its columns": (
        (
            "CREATE TYPE state AS ENUM ('a', 'b'); CREATE TABLE t (id integer, s state DEFAULT 'a' NOT NULL);"
            "CREATE FUNCTION f(x state) RETURNS state LANGUAGE sql AS $$ SELECT x $$;"
        ),
        "DROP TYPE state CASCADE;",
    ),
    "an attribute dropped": ("CREATE TYPE pair AS (x integer, y text);", "ALTER TYPE pair DROP ATTRIBUTE y;"),
    "a column moved by hand": (
        "CREATE TABLE t (id integer PRIMARY KEY, location text);",
        (
            "ALTER TABLE t ADD COLUMN location_structured jsonb;"
            "UPDATE t SET location_structured = jsonb_build_object('city', location);"
            "ALTER TABLE t DROP COLUMN location; ALTER TABLE t RENAME COLUMN location_structured TO location;"
        ),
    ),
    "an expression changed": (
        "CREATE TABLE t (a integer, b integer GENERATED ALWAYS AS (a + 1) STORED);",
        "ALTER TABLE t ALTER COLUMN b DROP EXPRESSION;",
    ),
    "a rule dropped": (
        "CREATE TABLE t (a integer); CREATE RULE quiet AS ON DELETE TO t DO INSTEAD NOTHING;",
        "DROP RULE quiet ON t;",
    ),
    "rights on all tables": (
        "CREATE TABLE a (id integer); CREATE TABLE b (id integer); GRANT SELECT ON a TO pg_monitor;",
        "GRANT SELECT ON ALL TABLES IN SCHEMA public TO pg_monitor;",
    ),
    "an inheritance ended": (
        "CREATE TABLE p (id integer); CREATE TABLE c (more integer) INHERITS (p);",
        "ALTER TABLE c NO INHERIT p;",
    ),
    "statistics dropped": (
        "CREATE TABLE t (a integer, b integer); CREATE STATISTICS st (dependencies) ON a, b FROM t;",
        "DROP STATISTICS st;",
    ),
}
