from midflight.proof.compare import LABEL, ORDER, compare_facts
from midflight.proof.model import Fact, Grade, Restored

TABLE = Fact("table", "public.t")
INDEX = Fact("index", "public.i", "CREATE INDEX i ON public.t USING btree (a)")


def test_equal_schemas_are_restored():
    assert compare_facts({TABLE, INDEX}, {INDEX, TABLE}) == Restored(Grade.RESTORED)


def test_a_lost_index_is_not_restored():
    found = compare_facts({TABLE, INDEX}, {TABLE})
    assert found.grade is Grade.NOT_RESTORED
    assert found.differences == ("index `public.i` is lost: `CREATE INDEX i ON public.t USING btree (a)`",)


def test_a_table_that_stays_is_not_restored():
    assert compare_facts(set(), {TABLE}).differences == ("table `public.t` is left behind",)


def test_a_changed_default_is_told_once():
    before, after = Fact("column", "public.t.a", "integer DEFAULT 1"), Fact("column", "public.t.a", "integer")
    found = compare_facts({before}, {after})
    assert found.grade is Grade.NOT_RESTORED
    assert found.differences == ("column `public.t.a` is `integer` and was `integer DEFAULT 1`",)


def test_another_order_of_columns_is_told_and_no_failure():
    found = compare_facts({Fact(ORDER, "public.t", "a, b")}, {Fact(ORDER, "public.t", "b, a")})
    assert found.grade is Grade.BUT_FOR
    assert found.differences == ("column order `public.t` is `b, a` and was `a, b`",)


def test_a_constraint_that_stays_validated_is_told_and_no_failure():
    before, after = (
        Fact("constraint", "c on t", "CHECK (a > 0) NOT VALID"),
        Fact("constraint", "c on t", "CHECK (a > 0)"),
    )
    found = compare_facts({before}, {after})
    assert found.grade is Grade.BUT_FOR
    assert found.differences == ("constraint `c on t` is `CHECK (a > 0)` and was `CHECK (a > 0) NOT VALID`",)
    assert compare_facts({after}, {before}).grade is Grade.NOT_RESTORED


def test_a_label_that_an_enum_keeps_is_no_failure_but_a_lost_one_is():
    label = Fact(LABEL, "public.mood 'sad'")
    assert compare_facts(set(), {label}).grade is Grade.BUT_FOR
    assert compare_facts({label}, set()).grade is Grade.NOT_RESTORED


def test_a_backtick_in_a_name_does_not_end_the_code_around_it():
    assert compare_facts(set(), {Fact("table", "public.`x`")}).differences == ("table `public.'x'` is left behind",)
