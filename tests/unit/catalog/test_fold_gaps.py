"""What the fold does not know is a gap with a reason, never a problem."""

from midflight.catalog.fold import fold, fold_all
from midflight.catalog.initial import initial_catalog
from midflight.operations.model import Opaque, Statement
from midflight.operations.shapes import Name
from support.schemas import folded, operations_of, problems_of, steps_of

OPAQUE = Opaque(Statement("0.sql", 7, "DO $$ ... $$"), reason="dynamic SQL")


def test_a_table_that_no_migration_creates_is_assumed_and_named_as_a_gap():
    catalog = folded("ALTER TABLE foo ADD COLUMN a integer;")
    relation = catalog.relations[Name("foo", "public")]
    assert not relation.complete
    assert [c.name for c in relation.columns] == ["a"]
    assert [g.reason for g in catalog.gaps] == ["table foo is altered at 0.sql:1 but no migration creates it"]


def test_an_assumed_table_raises_no_problem():
    assert problems_of("ALTER TABLE foo DROP COLUMN a; ALTER TABLE foo DROP CONSTRAINT c; DROP TABLE foo;") == []


def test_a_second_statement_about_an_assumed_table_adds_no_second_gap():
    catalog = folded("ALTER TABLE foo ADD a integer; ALTER TABLE foo ADD b integer;")
    assert len(catalog.gaps) == 1


def test_a_platform_schema_gives_no_gap():
    catalog = folded("ALTER TABLE auth.users ADD COLUMN a integer; CREATE TABLE t (u uuid REFERENCES auth.users);")
    assert catalog.gaps == ()
    assert Name("users", "auth") in catalog.relations


def test_the_books_of_a_migration_tool_give_no_gap():
    assert folded("ALTER TABLE __diesel_schema_migrations ADD COLUMN a integer;").gaps == ()


def test_alter_table_if_exists_on_an_unknown_table_changes_nothing():
    catalog = folded("ALTER TABLE IF EXISTS foo ADD COLUMN a integer;")
    assert (catalog.gaps, len(catalog.relations)) == ((), 0)


def test_an_opaque_statement_is_a_gap_with_its_place():
    catalog = fold_all(initial_catalog(""), [OPAQUE])
    assert [(g.reason, g.path, g.line) for g in catalog.gaps] == [("dynamic SQL", "0.sql", 7)]


def test_after_an_opaque_statement_nothing_is_certain_any_more():
    before = fold_all(folded("CREATE TABLE t (a integer);"), [OPAQUE])
    for statement in (
        "ALTER TABLE t DROP COLUMN zzz;",
        "CREATE TABLE t (b integer);",
        "DROP INDEX nothing;",
        "DROP TYPE nothing;",
        "DROP FUNCTION nothing();",
    ):
        assert problems_of(statement, before) == []


def test_an_unknown_table_makes_no_other_table_uncertain():
    before = folded("CREATE TABLE t (a integer); ALTER TABLE foo ADD COLUMN a integer;")
    assert problems_of("ALTER TABLE t DROP COLUMN zzz;", before) == ["42703"]


def test_a_function_that_an_extension_may_have_brought_is_no_problem():
    before = folded("CREATE EXTENSION pgcrypto; CREATE TABLE t (a integer);")
    assert problems_of("DROP FUNCTION digest(text, text);", before) == []


def test_a_view_whose_star_is_not_decided_is_incomplete():
    catalog = folded(
        "CREATE TABLE a (x integer); CREATE TABLE b (y integer);"
        "CREATE VIEW v AS SELECT * FROM a, b; CREATE VIEW w AS SELECT * FROM unknown;"
    )
    assert not catalog.relations[Name("v", "public")].complete
    assert not catalog.relations[Name("w", "public")].complete


def test_the_search_path_ends_with_the_migration():
    catalog = folded(
        "CREATE SCHEMA s; SET search_path TO s; CREATE TABLE a (x integer);", "CREATE TABLE b (x integer);"
    )
    assert set(catalog.relations) == {Name("a", "s"), Name("b", "public")}


def test_a_temporary_table_is_seen_in_its_migration_and_gone_after_it():
    sql = "CREATE TEMP TABLE x (a integer); ALTER TABLE x ADD COLUMN b integer; INSERT INTO x VALUES (1, 2);"
    assert folded(sql).gaps == ()
    assert set(folded(sql, "CREATE TABLE t (a integer);").relations) == {Name("t", "public")}


def test_a_step_holds_the_catalog_before_and_after_and_the_migration():
    steps = list(fold(initial_catalog(""), operations_of("CREATE TABLE t (a integer); DROP TABLE t;"), migration="7"))
    assert [Name("t", "public") in s.before.relations for s in steps] == [False, True]
    assert [Name("t", "public") in s.after.relations for s in steps] == [True, False]
    assert {s.migration for s in steps} == {"7"}


def test_after_a_problem_the_fold_goes_on_as_if_it_had_worked():
    (step,) = steps_of("ALTER TABLE t ADD COLUMN a text;", folded("CREATE TABLE t (a integer);"))
    assert [p.sqlstate for p in step.problems] == ["42701"]
    column = step.after.relations[Name("t", "public")].column("a")
    assert column is not None
    assert column.type == "text"


def test_a_chain_of_views_too_long_to_drop_is_a_gap():
    views = "".join(f"CREATE VIEW v{n} AS TABLE v{n - 1};" for n in range(1, 1500))
    before = folded("CREATE TABLE v0 (a integer);" + views)
    (step,) = steps_of("DROP TABLE v0 CASCADE;", before)
    assert [g.reason for g in step.after.gaps] == ["not analysed: the objects depend on each other too deeply"]


def test_a_table_does_not_become_its_own_partition():
    sql = "CREATE TABLE m (a integer) PARTITION BY LIST (a); ALTER TABLE m ATTACH PARTITION m DEFAULT;"
    assert problems_of(sql) == ["42P07"]
    assert folded(sql).relations[Name("m", "public")].partition_of is None


def test_a_lattice_of_parents_is_walked_once():
    levels = "CREATE TABLE a0 (x integer); CREATE TABLE b0 (x integer);" + "".join(
        f"CREATE TABLE {t}{n} () INHERITS (a{n - 1}, b{n - 1});" for n in range(1, 40) for t in "ab"
    )
    catalog = folded(levels + "ALTER TABLE a0 ADD CONSTRAINT positive CHECK (x > 0);")
    assert catalog.relations[Name("b39", "public")].constraint("positive") is not None
