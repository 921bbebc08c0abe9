from dataclasses import replace

from midflight.catalog.cost_model import Cost, Held, Lock, Work
from midflight.inspection.finding import Confidence, Finding, Level
from midflight.operations.model import Statement
from midflight.operations.shapes import Name
from midflight.proof.costs import Seen, traced, with_evidence
from midflight.proof.model import Proof
from midflight.references.model import Place

T = Name("t", "public")
STATEMENT = Statement("a.sql", 1, "ALTER TABLE t ADD a int")
TAKES = Held(T, Lock.ACCESS_EXCLUSIVE)
FINDING = Finding(
    "a-rule", Level.WARNING, Confidence.HIGH, "No.", Place("a.sql", 1), statement=STATEMENT, cost=Cost((TAKES,))
)


def seen(new=None, held=None, work=None, **more):
    return Seen(STATEMENT, 1.26, new or {}, {**(held or {}), **(new or {})}, work or {}, **more)


def test_a_statement_that_does_what_the_model_says_differs_in_nothing():
    found = traced(seen(new={T: Lock.ACCESS_EXCLUSIVE}), {T: TAKES})
    assert (found.held, found.against, found.milliseconds) == ((TAKES,), (), 1.3)


def test_a_stronger_lock_than_the_model_s_is_told():
    found = traced(seen(new={T: Lock.ACCESS_EXCLUSIVE}), {T: Held(T, Lock.SHARE)})
    assert found.against == ("`t`: the server took ACCESS EXCLUSIVE, the model says SHARE",)


def test_a_lock_that_an_earlier_statement_holds_confirms_the_model():
    assert traced(seen(held={T: Lock.ACCESS_EXCLUSIVE}), {T: TAKES}).against == ()


def test_a_lock_that_nobody_took_is_told():
    assert traced(seen(), {T: TAKES}).against == ("`t`: the server took nothing, the model says ACCESS EXCLUSIVE",)


def test_a_rewrite_that_the_model_does_not_know_is_told():
    found = traced(seen(new={T: Lock.ACCESS_EXCLUSIVE}, work={T: Work.REWRITE}), {T: TAKES})
    assert found.against == ("`t`: the server did a rewrite, the model says no work",)
    assert found.work is Work.REWRITE


def test_a_scan_counts_only_where_the_model_expects_one():
    expected = {T: replace(TAKES, work=Work.SCAN)}
    scanned = seen(new={T: Lock.ACCESS_EXCLUSIVE}, scanned=frozenset({T}))
    assert traced(scanned, expected).against == ()
    assert traced(scanned, {T: TAKES}).against == ()


def test_a_statement_that_stands_alone_is_held_to_its_work_only():
    found = traced(seen(locks_seen=False), {T: Held(T, Lock.SHARE_UPDATE_EXCLUSIVE)})
    assert found.against == ()


def test_the_cost_of_a_finding_is_traced_where_its_statement_ran():
    proof = Proof("db", applied=True, statements=(traced(seen(new={T: Lock.ACCESS_EXCLUSIVE}), {T: TAKES}),))
    (found,) = with_evidence([FINDING], [proof])
    assert found.cost == Cost((TAKES,), traced=True)
    assert with_evidence([FINDING], [Proof("db")]) == (FINDING,)


def test_the_server_s_word_replaces_the_model_s():
    proof = Proof("db", applied=True, statements=(traced(seen(new={T: Lock.SHARE}), {T: TAKES}),))
    (found,) = with_evidence([FINDING], [proof])
    assert found.cost == Cost((Held(T, Lock.SHARE),), traced=True)
