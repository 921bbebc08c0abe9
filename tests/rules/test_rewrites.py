"""Rules about tables that are written or read again while their users wait, and about values that change silently."""

from dataclasses import replace

import pytest

from midflight.inspection.finding import Finding, Level
from midflight.inspection.model import Example
from midflight.inspection.tables import Size, TableFact, Tables
from midflight.rules.add_column_rewrite import rule as add_column_rewrite
from midflight.rules.type_change_rewrite import rule as type_change_rewrite
from support.examples import run

ORDERS = (
    "CREATE TABLE orders (id bigint PRIMARY KEY, amount integer, made timestamp, seen timestamptz, ip cidr, page xml,"
    " note text, price numeric(12,4), code varchar(10));"
)
MADE = f"{ORDERS} CREATE INDEX orders_made ON orders (made);"
SMALL = Tables((TableFact("orders", size=Size.SMALL),))


def found(migration: str, schema: str = ORDERS, **more: object) -> list[Finding]:
    return list(run(replace(Example("x", schema=schema, migrations=(migration,)), **more)))


def rules(migration: str, schema: str = ORDERS, **more: object) -> list[tuple[str, Level]]:
    return [(finding.rule, finding.level) for finding in found(migration, schema, **more)]


@pytest.mark.parametrize(
    "change",
    [
        "made TYPE timestamptz",
        "seen TYPE timestamp",
        "ip TYPE inet",
        "page TYPE text",
        "code TYPE varchar(20) USING code::varchar(20)",
        "price TYPE numeric(16,4) USING (price)::numeric(16,4)",
    ],
)
def test_a_change_that_writes_no_row_is_no_rewrite(change: str) -> None:
    assert "type-change-rewrite" not in dict(rules(f"ALTER TABLE orders ALTER COLUMN {change};"))


def test_the_index_of_a_timestamp_is_built_again_under_utc() -> None:
    one = next(
        f for f in found("ALTER TABLE orders ALTER COLUMN made TYPE timestamptz;", MADE) if f.level is Level.ERROR
    )

    assert one.rule == "type-change-rewrite"
    assert "`orders_made` again" in one.message
    assert "TimeZone is UTC" in one.message
    assert [step.sql for step in one.recipe] == [
        "DROP INDEX CONCURRENTLY orders_made;",
        "ALTER TABLE orders ALTER COLUMN made TYPE timestamp with time zone;",
        "CREATE INDEX CONCURRENTLY orders_made ON orders USING btree (made);",
    ]


def test_a_migration_that_runs_under_utc_needs_no_condition() -> None:
    migration = "SET TIME ZONE 'UTC'; ALTER TABLE orders ALTER COLUMN made TYPE timestamptz;"
    one = next(f for f in found(migration, MADE) if f.rule == "type-change-rewrite")

    assert "TimeZone" not in one.message


def test_a_unique_index_is_not_taken_away_for_a_type() -> None:
    schema = f"{ORDERS} CREATE UNIQUE INDEX orders_made ON orders (made);"
    one = next(
        f for f in found("ALTER TABLE orders ALTER COLUMN made TYPE timestamptz;", schema) if f.level is Level.ERROR
    )

    assert "ADD COLUMN made_new timestamp with time zone" in one.recipe[0].sql


def test_a_column_that_code_reads_is_told_by_the_rule_with_the_lines() -> None:
    code = {"web/a.ts": "await db.from('orders').insert({ id: 1, code: 'x' });\n"}

    assert rules("ALTER TABLE orders ALTER COLUMN code TYPE jsonb USING to_jsonb(code);", base=code, head=code) == [
        ("change-column-type", Level.ERROR)
    ]


def test_a_rewrite_of_a_small_table_leaves_the_word_to_the_type() -> None:
    assert rules("ALTER TABLE orders ALTER COLUMN amount TYPE bigint;", tables=SMALL) == [
        ("change-column-type", Level.WARNING)
    ]


def test_a_wider_integer_in_a_small_table_is_a_note() -> None:
    schema = "CREATE TABLE orders (id bigint PRIMARY KEY, size smallint);"

    assert rules("ALTER TABLE orders ALTER COLUMN size TYPE integer;", schema, tables=SMALL) == [
        ("type-change-rewrite", Level.NOTE)
    ]


def test_lost_digits_are_told_beside_the_rewrite_of_a_table_of_unknown_size() -> None:
    assert rules("ALTER TABLE orders ALTER COLUMN price TYPE numeric(12,2);") == [
        ("type-change-rewrite", Level.ERROR),
        ("lossy-type-change", Level.WARNING),
    ]


def test_the_check_before_a_lossy_change_counts_the_rows_that_change() -> None:
    one = next(
        f for f in found("ALTER TABLE orders ALTER COLUMN price TYPE numeric(12,2);") if f.level is Level.WARNING
    )

    assert one.recipe[0].sql == (
        "SELECT count(*) FROM orders WHERE price IS DISTINCT FROM (price::numeric(12,2))::numeric(12,4);"
    )


@pytest.mark.parametrize(
    "change",
    [
        "SET LOCAL TimeZone = 'UTC'; ALTER TABLE orders ALTER COLUMN made TYPE timestamptz;",
        "ALTER TABLE orders ALTER COLUMN made TYPE timestamptz USING made AT TIME ZONE 'UTC';",
    ],
)
def test_a_zone_that_the_migration_says_is_not_silent(change: str) -> None:
    assert "lossy-type-change" not in dict(rules(change))


@pytest.mark.parametrize("using", ["left(note, 40)", "substring(note from 1 for 40)", "note::varchar(40)"])
def test_texts_that_using_cuts_are_told(using: str) -> None:
    change = f"ALTER TABLE orders ALTER COLUMN note TYPE varchar(40) USING {using};"

    assert rules(change, tables=SMALL) == [("lossy-type-change", Level.WARNING)]


def test_texts_that_are_only_assigned_fail_instead_of_being_cut() -> None:
    assert "lossy-type-change" not in dict(rules("ALTER TABLE orders ALTER COLUMN note TYPE varchar(40);"))


def test_a_default_of_unknown_volatility_is_a_warning_that_says_so() -> None:
    schema = f"CREATE EXTENSION pgcrypto; {ORDERS}"
    one = found("ALTER TABLE orders ADD COLUMN ref text DEFAULT nanoid();", schema)

    assert [(f.rule, f.level) for f in one] == [("add-column-rewrite", Level.WARNING)]
    assert "if nanoid() is volatile" in one[0].message


def test_a_stored_column_before_18_is_filled_by_a_trigger() -> None:
    migration = "ALTER TABLE orders ADD COLUMN twice integer GENERATED ALWAYS AS (amount * 2) STORED;"
    old = found(migration, postgres_version=15)[0]
    new = found(migration, postgres_version=18)[0]

    assert "CREATE TRIGGER orders_twice BEFORE INSERT OR UPDATE ON orders" in old.recipe[1].sql
    assert [step.sql for step in new.recipe] == [
        "ALTER TABLE orders ADD COLUMN twice integer GENERATED ALWAYS AS (amount * 2) VIRTUAL;"
    ]


def test_the_rule_of_a_domain_becomes_a_check_of_the_column() -> None:
    example = add_column_rewrite.bad[4]
    steps = run(example)[0].recipe

    assert [step.sql for step in steps] == [
        "ALTER TABLE users ADD COLUMN age integer;",
        "ALTER TABLE users ADD CONSTRAINT users_age_check CHECK (age > 0) NOT VALID;",
        "ALTER TABLE users VALIDATE CONSTRAINT users_age_check;",
    ]


RECIPES = [pytest.param(e, id=e.title) for rule in (add_column_rewrite, type_change_rewrite) for e in rule.bad]


@pytest.mark.parametrize("example", RECIPES)
def test_every_way_out_passes_the_rules_about_waiting(example: Example) -> None:
    history, errors = example.schema, []
    for step in (s for s in run(example)[0].recipe if s.sql):
        alone = step.sql.count(";") == 1 and "CONCURRENTLY" in step.sql
        one = replace(example, schema=history, migrations=(step.sql,), transactions=not alone)
        errors += [(f.rule, f.message) for f in run(one) if f.level is Level.ERROR]
        history += f"\n{step.sql}"

    assert errors == []


@pytest.mark.postgres
@pytest.mark.parametrize("example", RECIPES)
def test_every_way_out_is_what_postgres_takes(example: Example, database) -> None:
    old = replace(example, postgres_version=15)
    database.execute(example.schema)
    for step in (s for s in run(old)[0].recipe if s.sql):
        database.execute(step.sql)


@pytest.mark.postgres
def test_an_identity_goes_on_behind_the_numbers_that_were_filled_in(database) -> None:
    example = add_column_rewrite.bad[2]
    database.execute(f"{example.schema} INSERT INTO users SELECT g FROM generate_series(1, 10) g;")
    for step in (s for s in run(example)[0].recipe if s.sql):
        database.execute(step.sql)

    assert database.execute("INSERT INTO users (id) VALUES (11) RETURNING number").fetchone() == (11,)


@pytest.mark.parametrize(
    ("change", "writes"),
    [
        ("SET TABLESPACE fast", True),
        ("SET ACCESS METHOD columnar", True),
        ("SET TABLESPACE pg_default", False),
        ("SET LOGGED", False),
    ],
)
def test_a_table_is_copied_only_to_where_it_is_not(change: str, writes: bool) -> None:
    assert ("table-rewrite" in dict(rules(f"ALTER TABLE orders {change};"))) is writes


def test_a_table_that_went_to_a_tablespace_is_copied_on_its_way_back() -> None:
    moved = f"{ORDERS} ALTER TABLE orders SET TABLESPACE fast;"

    assert rules("ALTER TABLE orders SET TABLESPACE fast;", moved) == []
    assert rules("ALTER TABLE orders SET TABLESPACE pg_default;", moved) == [("table-rewrite", Level.ERROR)]


def test_vacuum_full_of_everything_names_the_tables() -> None:
    one = found("VACUUM FULL;", f"{ORDERS} CREATE TABLE users (id bigint PRIMARY KEY);", transactions=False)

    assert [(f.rule, f.level) for f in one] == [("table-rewrite", Level.ERROR)]
    assert "`orders`" in one[0].message
    assert "`users`" in one[0].message


def test_a_view_that_was_emptied_has_no_reader_to_stop() -> None:
    view = f"{ORDERS} CREATE MATERIALIZED VIEW codes AS SELECT code FROM orders;"

    assert rules("REFRESH MATERIALIZED VIEW codes;", view) == [("refresh-materialized-view", Level.ERROR)]
    assert rules("REFRESH MATERIALIZED VIEW codes;", f"{view} REFRESH MATERIALIZED VIEW codes WITH NO DATA;") == []
