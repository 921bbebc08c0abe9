"""What constraints cost, in the cases that the rules' examples do not show."""

import pytest

from midflight.inspection.finding import Finding, Level
from midflight.inspection.model import Example
from midflight.inspection.tables import Size, TableFact, Tables
from support.examples import run

OWNERS = "CREATE TABLE owners (id bigint PRIMARY KEY);"
PROJECTS = "CREATE TABLE projects (id bigint PRIMARY KEY, title text, state text, owner_id bigint);"
DOMAIN = "CREATE DOMAIN address AS text; CREATE TABLE people (id bigint PRIMARY KEY, mail address);"
CHECK = "ALTER TABLE projects ADD CONSTRAINT known CHECK (state <> '')"


def found(migration: str, *, schema: str = PROJECTS, version: int = 0, tables: Tables | None = None) -> list[Finding]:
    example = Example("x", schema=schema, migrations=(migration,), postgres_version=version, tables=tables or Tables())
    return list(run(example))


def recipe(finding: Finding) -> list[str]:
    return [step.sql for step in finding.recipe if step.sql]


@pytest.mark.parametrize(
    ("migration", "says"),
    [
        ("ALTER DOMAIN address VALIDATE CONSTRAINT given;", "Instead, leave it NOT VALID"),
        ("ALTER DOMAIN address SET NOT NULL;", "Instead, add it NOT VALID"),
    ],
)
def test_a_domain_stops_the_writers_of_its_tables_however_it_is_tightened(migration: str, says: str) -> None:
    schema = f"{DOMAIN} ALTER DOMAIN address ADD CONSTRAINT given CHECK (VALUE <> '') NOT VALID;"
    scans = [f for f in found(migration, schema=schema) if f.rule == "constraint-scan"]

    assert len(scans) == 1
    assert "`people`" in scans[0].message
    assert says in scans[0].message


def test_enforcing_a_foreign_key_is_replaced_by_a_new_one_that_is_not_valid() -> None:
    key = "ALTER TABLE projects ADD CONSTRAINT owned FOREIGN KEY (owner_id) REFERENCES owners NOT ENFORCED;"
    findings = found(
        "ALTER TABLE projects ALTER CONSTRAINT owned ENFORCED;", schema=f"{OWNERS} {PROJECTS} {key}", version=18
    )

    assert [f.rule for f in findings] == ["constraint-scan"]
    assert recipe(findings[0]) == [
        (
            "ALTER TABLE projects DROP CONSTRAINT owned, ADD CONSTRAINT owned FOREIGN KEY (owner_id)"
            " REFERENCES owners(id) NOT VALID;"
        ),
        "ALTER TABLE projects VALIDATE CONSTRAINT owned;",
    ]


@pytest.mark.parametrize(("version", "steps"), [(15, 0), (18, 2)])
def test_a_foreign_key_of_a_partitioned_table_is_not_valid_only_from_18(version: int, steps: int) -> None:
    table = (
        "CREATE TABLE events (id bigint, owner_id bigint) PARTITION BY RANGE (id);"
        " CREATE TABLE events_one PARTITION OF events FOR VALUES FROM (0) TO (9);"
    )
    key = "ALTER TABLE events ADD CONSTRAINT owned FOREIGN KEY (owner_id) REFERENCES owners;"
    scans = [f for f in found(key, schema=OWNERS + table, version=version) if f.rule == "constraint-scan"]

    assert len(scans) == 1
    assert len(recipe(scans[0])) == steps


def test_a_primary_key_that_is_replaced_gives_way_in_the_statement_that_takes_the_index() -> None:
    migration = (
        "ALTER TABLE projects DROP CONSTRAINT projects_pkey;"
        " ALTER TABLE projects ALTER COLUMN title SET NOT NULL; ALTER TABLE projects ADD PRIMARY KEY (title);"
    )
    built = next(f for f in found(migration) if f.rule == "unique-build")

    assert recipe(built) == [
        "CREATE UNIQUE INDEX CONCURRENTLY projects_title_new ON projects (title);",
        (
            "ALTER TABLE projects DROP CONSTRAINT projects_pkey,"
            " ADD CONSTRAINT projects_pkey PRIMARY KEY USING INDEX projects_title_new;"
        ),
    ]


def test_the_parts_of_a_unique_constraint_are_kept() -> None:
    migration = (
        "ALTER TABLE projects ADD CONSTRAINT once UNIQUE NULLS NOT DISTINCT (title) INCLUDE (state)"
        " DEFERRABLE INITIALLY DEFERRED;"
    )

    assert recipe(found(migration)[0]) == [
        "CREATE UNIQUE INDEX CONCURRENTLY once ON projects (title) INCLUDE (state) NULLS NOT DISTINCT;",
        "ALTER TABLE projects ADD CONSTRAINT once UNIQUE USING INDEX once DEFERRABLE INITIALLY DEFERRED;",
    ]


def test_a_statement_that_the_server_refuses_locks_nothing() -> None:
    findings = found(f"{CHECK};", schema=f"{PROJECTS} {CHECK};")

    assert [f.rule for f in findings] == ["fails-on-apply"]


def test_validating_after_the_scripts_own_commit_lets_everybody_work_on() -> None:
    example = Example(
        "x",
        schema=PROJECTS,
        migrations=(f"BEGIN; {CHECK} NOT VALID; COMMIT; ALTER TABLE projects VALIDATE CONSTRAINT known;",),
        transactions=False,
    )

    assert not [f for f in run(example) if f.rule == "constraint-scan"]


def test_validating_in_the_statement_of_another_action_reads_under_its_lock() -> None:
    schema = f"{PROJECTS} {CHECK} NOT VALID;"
    scans = found("ALTER TABLE projects VALIDATE CONSTRAINT known, ADD COLUMN size int;", schema=schema)

    assert [f.rule for f in scans] == ["constraint-scan"]
    assert "from this statement" in scans[0].message


@pytest.mark.parametrize(
    ("fact", "level"),
    [(TableFact("projects", Size.SMALL), Level.NOTE), (TableFact("projects", Size.LARGE), Level.ERROR)],
)
def test_the_size_of_the_table_decides_the_level(fact: TableFact, level: Level) -> None:
    scans = [f for f in found(f"{CHECK};", tables=Tables((fact,))) if f.rule == "constraint-scan"]

    assert [f.level for f in scans] == [level]


def test_the_default_name_of_a_not_null_that_is_not_valid_is_remembered() -> None:
    schema = f"{PROJECTS} ALTER TABLE projects ADD NOT NULL title NOT VALID;"
    findings = found("ALTER TABLE projects ALTER COLUMN title SET NOT NULL;", schema=schema, version=18)
    scan = next(f for f in findings if f.rule == "not-null-scan")

    assert recipe(scan) == ["ALTER TABLE projects VALIDATE CONSTRAINT projects_title_not_null;"]


def test_a_foreign_key_of_two_new_columns_goes_out_with_its_column() -> None:
    teams = "CREATE TABLE teams (id bigint PRIMARY KEY);"
    migration = (
        "ALTER TABLE projects ADD COLUMN boss bigint REFERENCES owners, ADD COLUMN team bigint REFERENCES teams;"
    )
    several = next(f for f in found(migration, schema=OWNERS + teams + PROJECTS) if f.rule == "several-foreign-keys")

    assert recipe(several)[0] == (
        "ALTER TABLE projects ADD COLUMN boss bigint, ADD CONSTRAINT projects_boss_fkey FOREIGN KEY (boss)"
        " REFERENCES owners(id) NOT VALID;"
    )
    assert several.level is Level.WARNING
