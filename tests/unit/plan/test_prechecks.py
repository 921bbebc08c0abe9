"""The queries that tell from the reader's own rows whether a constraint or a type will be taken."""

import pytest

from midflight.inspection.model import Example
from midflight.plan.prechecks import precheck
from support.examples import assess_files, files_at_base, files_at_head

HISTORY = (
    "CREATE TABLE owners (id bigint PRIMARY KEY, code text UNIQUE);"
    " CREATE DOMAIN address AS text;"
    ' CREATE TABLE projects (id bigint NOT NULL, title text, "Big State" text, owner_id bigint, n int, mail address);'
)


def queries(migration: str, history: str = HISTORY) -> list[tuple[str, str]]:
    example = Example("x", schema=history, migrations=(migration,), postgres_version=18)
    context = assess_files(files_at_base(example), files_at_head(example)).contexts[0]
    return [(query.sql, query.expect) for step in context.steps for query in precheck(step)]


def test_two_nulls_are_duplicates_where_the_index_says_so() -> None:
    assert queries("ALTER TABLE projects ADD UNIQUE NULLS NOT DISTINCT (title);") == [
        (
            "SELECT title, count(*) FROM projects GROUP BY title HAVING count(*) > 1 LIMIT 20;",
            "0 rows (else SQLSTATE 23505)",
        )
    ]


def test_a_primary_key_asks_for_nulls_only_where_the_column_takes_them() -> None:
    found = [sql for sql, _ in queries("ALTER TABLE projects ADD PRIMARY KEY (id, title);")]

    assert "SELECT count(*) FROM projects WHERE title IS NULL;" in found
    assert not [sql for sql in found if "id IS NULL" in sql]


def test_a_primary_key_from_an_index_asks_for_nulls_alone() -> None:
    history = f"{HISTORY} CREATE UNIQUE INDEX once ON projects (title);"

    assert queries("ALTER TABLE projects ADD PRIMARY KEY USING INDEX once;", history) == [
        ("SELECT count(*) FROM projects WHERE title IS NULL;", "0 (else SQLSTATE 23502)")
    ]


@pytest.mark.parametrize(
    ("column", "sql", "sqlstate"),
    [
        (
            "z int DEFAULT 1 CHECK (z > n)",
            "SELECT count(*) FROM (SELECT t.*, (1)::integer AS z FROM projects t) AS projects WHERE NOT (z > n);",
            "23514",
        ),
        (
            "o bigint DEFAULT 7 REFERENCES owners",
            "SELECT count(*) FROM projects WHERE NOT EXISTS (SELECT 1 FROM owners p WHERE p.id = (7)::bigint);",
            "23503",
        ),
        ("u text DEFAULT 'x' UNIQUE", "SELECT count(*) FROM projects;", "23505"),
    ],
)
def test_the_default_of_a_new_column_has_to_satisfy_its_constraint(column: str, sql: str, sqlstate: str) -> None:
    found = queries(f"ALTER TABLE projects ADD COLUMN {column};")

    assert [text for text, _ in found] == [sql]
    assert sqlstate in found[0][1]


def test_a_new_column_without_a_default_asks_for_nothing() -> None:
    assert queries("ALTER TABLE projects ADD COLUMN o bigint REFERENCES owners CHECK (o > 0);") == []


def test_a_rule_of_a_domain_is_asked_of_every_column_of_it() -> None:
    assert queries("ALTER DOMAIN address ADD CONSTRAINT with_at CHECK (VALUE LIKE '%@%');") == [
        ("SELECT count(*) FROM projects WHERE NOT (mail LIKE '%@%');", "0 (else SQLSTATE 23514)")
    ]


def test_a_rule_of_a_domain_that_waited_is_asked_when_it_is_validated() -> None:
    history = f"{HISTORY} ALTER DOMAIN address ADD CONSTRAINT with_at CHECK (VALUE <> '') NOT VALID;"

    assert queries("ALTER DOMAIN address ADD CONSTRAINT given CHECK (VALUE <> 'x') NOT VALID;", history) == []
    assert queries("ALTER DOMAIN address VALIDATE CONSTRAINT with_at;", history) == [
        ("SELECT count(*) FROM projects WHERE NOT (mail <> '');", "0 (else SQLSTATE 23514)")
    ]


def test_a_foreign_key_that_is_enforced_from_now_on_asks_for_orphans() -> None:
    history = (
        f"{HISTORY} ALTER TABLE projects ADD CONSTRAINT owned FOREIGN KEY (owner_id) REFERENCES owners NOT ENFORCED;"
    )

    found = queries("ALTER TABLE projects ALTER CONSTRAINT owned ENFORCED;", history)

    assert "c.owner_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM owners p WHERE p.id = c.owner_id)" in found[0][0]


def test_every_number_is_true_or_false() -> None:
    assert queries("ALTER TABLE projects ALTER COLUMN n TYPE boolean USING n::boolean;") == []
