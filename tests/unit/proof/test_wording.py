from midflight.proof.model import Grade, Proof, Restored
from midflight.proof.wording import not_proven, rollback_line

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
