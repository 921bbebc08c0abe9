from dataclasses import replace

from midflight.operations.model import Statement
from midflight.proof.model import Grade, Partial, Proof, Restored
from midflight.proof.wording import half_way_line, not_proven, rollback_line, rollback_proof

RAN = Proof("db", 15, applied=True, rollback=Restored(Grade.RESTORED, again=True))


def with_rollback(*arguments, **more):
    return Proof("db", 15, applied=True, rollback=Restored(*arguments, **more))


def test_a_restored_schema_is_one_sentence():
    assert rollback_line(RAN) == "Proven on PostgreSQL 15: applied, rolled back, schema restored, and applied again."


def test_what_is_not_restored_is_named_and_counted():
    line = rollback_line(with_rollback(Grade.NOT_RESTORED, ("a", "b", "c", "d")))
    assert line == (
        "Run on PostgreSQL 15: applied and rolled back, but the schema is not restored: a; b; c; and 1 more."
    )


def test_a_rollback_that_fails_says_why():
    assert rollback_line(with_rollback(Grade.NOT_RESTORED, reason="no")) == "Not restored on PostgreSQL 15: no."


def test_a_title_says_in_a_few_words_what_running_all_rollback_plans_showed():
    differs = with_rollback(Grade.BUT_FOR, ("the order of columns of t",))
    assert rollback_proof([]) == ""
    assert rollback_proof([Proof("db", reason="no server"), RAN]) == "proven on PostgreSQL 15"
    assert rollback_proof([RAN, differs]) == "proven on PostgreSQL 15 but for 1 difference"
    assert rollback_proof([RAN, with_rollback(Grade.NOT_RESTORED, ("a",))]) == "not restored on PostgreSQL 15"


def test_what_did_not_run_has_no_line_but_a_reason():
    proof = Proof("db", reason="no PostgreSQL server was found")
    assert rollback_line(proof) == ""
    assert list(not_proven(proof)) == ["`db`: no PostgreSQL server was found"]


def test_a_proof_says_what_it_leaves_open():
    (line,) = not_proven(RAN)
    assert "tables without rows" in line
    assert "queries of old and new code were not run" in line


def test_stand_ins_weaken_a_proof():
    found = list(not_proven(Proof("db", 15, applied=True, rollback=RAN.rollback, stand_ins=("extension postgis",))))
    assert "extension postgis" in found[1]


def test_what_a_rollback_loses_is_told_with_it():
    line = rollback_line(with_rollback(Grade.RESTORED, again=True, losses=("`t.a` (2,000 of 2,000 values)",)))
    assert line.endswith("schema restored, and applied again; it loses `t.a` (2,000 of 2,000 values).")


def test_a_rollback_that_rows_stop_says_so():
    line = rollback_line(with_rollback(Grade.RESTORED, on_rows="undoing `a` fails: no (23502)"))
    assert line.endswith("schema restored; with generated rows undoing `a` fails: no (23502).")


def test_generated_rows_are_not_taken_for_those_of_production():
    (line,) = not_proven(replace(RAN, rows=4000))
    assert "on 4,000 generated rows, which are not those of production" in line


def test_a_failure_half_way_is_told_by_its_line():
    statement = Statement("b.sql", 3, "SELECT 1")
    good = replace(RAN, partial=(Partial(statement, Restored(Grade.RESTORED)),))
    assert half_way_line(good) == "After a failure at `b.sql:3` the rollback restores the schema as well."
    bad = replace(RAN, partial=(Partial(statement, Restored(Grade.NOT_RESTORED, ("index `i` is lost",))),))
    assert half_way_line(bad) == ""
    assert list(not_proven(bad))[1] == (
        "`db`: after a failure at `b.sql:3` the schema is not restored: index `i` is lost"
    )


def test_code_that_was_left_out_of_the_history_is_no_stand_in():
    code = "code that is not read (1 step, the first at `a.py:2`)"
    found = list(not_proven(replace(RAN, stand_ins=("role app", code))))
    assert found[1:] == [
        "`db`: what depends on stand-ins for what the server lacks: role app",
        f"`db`: what depends on {code}, which was left out of the history",
    ]
