"""Every query of a plan runs on a real server and answers as the plan expects."""

import pytest

from support.plans import Change, typescript
from support.schemas import operations_of

pytestmark = pytest.mark.postgres

SCHEMA = """
CREATE TABLE projects (id bigint PRIMARY KEY, title text NOT NULL, status text, size integer, price numeric(10, 2));
CREATE TABLE forms (id bigint PRIMARY KEY, project_id bigint REFERENCES projects (id));
CREATE TABLE app_logs (id bigint, level text, created_at timestamptz);
CREATE TABLE project_logs (id bigint, success boolean, timestamp timestamptz);
CREATE TYPE mood AS ENUM ('sad', 'ok');
"""
MIGRATION = """
CREATE SCHEMA app;
CREATE TABLE app.notes (id integer PRIMARY KEY, "Select" text);
CREATE MATERIALIZED VIEW totals AS SELECT count(*) AS n FROM projects;
CREATE VIEW big AS SELECT id FROM projects WHERE id > 10;
CREATE FUNCTION app.create_project(title text) RETURNS bigint LANGUAGE sql AS $$ SELECT 1::bigint $$;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER touching BEFORE UPDATE ON projects FOR EACH ROW EXECUTE FUNCTION touch();
CREATE POLICY reading ON projects USING (true);
ALTER TABLE projects ENABLE ROW LEVEL SECURITY;
ALTER TABLE projects ADD COLUMN slug text;
UPDATE projects SET slug = title;
CREATE UNIQUE INDEX by_slug ON projects (lower(slug)) WHERE slug <> '';
ALTER TABLE projects ALTER COLUMN status SET NOT NULL;
ALTER TABLE projects ADD CONSTRAINT titles UNIQUE (title, status);
ALTER TABLE projects ADD CONSTRAINT positive CHECK (size > 0) NOT VALID;
ALTER TABLE projects VALIDATE CONSTRAINT positive;
ALTER TABLE forms ADD CONSTRAINT to_project FOREIGN KEY (id) REFERENCES projects;
ALTER TABLE projects ALTER COLUMN title TYPE varchar(20);
ALTER TABLE projects ALTER COLUMN status TYPE mood USING status::mood;
ALTER TABLE projects ALTER COLUMN price TYPE integer USING price::integer;
CREATE TYPE app.level AS ENUM ('a');
ALTER TYPE app.level ADD VALUE 'b';
ALTER TABLE projects DROP COLUMN size;
DROP TABLE app_logs;
"""
INSERTS = "await supabase.from('projects').insert({ id: 1 }); await supabase.from('forms').insert({ id: 1 });"
CALL = "await supabase.schema('app').rpc('create_project', { title: 'x' });"


def run(connection, sql):
    for text in dict.fromkeys(operation.statement.text for operation in operations_of(sql)):
        connection.execute(text.encode())


def test_every_query_of_a_plan_runs_and_answers_as_expected(database):
    new = typescript(f"if (Deno.env.get('USE_NEW') === 'true') {{ {CALL} }} else {{ {INSERTS} }}")
    plan = Change(MIGRATION, SCHEMA, old=typescript(INSERTS), new=new).plan()
    run(database, SCHEMA)
    for query in (q for d in plan.deployments for q in d.pre_checks):
        database.execute(query.sql.encode())
    run(database, MIGRATION)
    verify = [q for d in plan.deployments for q in d.verify]
    answers = {q.purpose: len(database.execute(q.sql.encode()).fetchall()) for q in verify}
    assert answers == {q.purpose: int(q.expect.split()[0]) for q in verify}
    assert len(answers) == 19
    for query in plan.monitoring:
        database.execute(query.sql.encode())


def test_the_batches_of_a_backfill_fill_everything(database):
    change = "ALTER TABLE projects ADD COLUMN slug text; UPDATE projects SET slug = lower(title);"
    (batch,) = [
        s.sql for d in Change(change, SCHEMA).plan().deployments for s in d.steps if s.do.startswith("Backfill")
    ]
    run(database, SCHEMA + "ALTER TABLE projects ADD COLUMN slug text;")
    database.execute(b"INSERT INTO projects (id, title) SELECT n, 'T' || n FROM generate_series(1, 2500) n")
    updated = [database.execute(batch.encode()).rowcount for _ in range(4)]
    assert updated == [1000, 1000, 500, 0]
