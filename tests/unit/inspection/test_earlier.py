"""The operations of a history by kind, as they were when they were asked for."""

from midflight.inspection.earlier import Ledger, of_kinds
from midflight.operations import model as op

AT = op.Statement("1.sql", 1, "SELECT 1")
MADE = op.CreateSchema(AT, name="one")
DROPPED = op.DropSchema(AT, name="one")
AGAIN = op.CreateSchema(AT, name="two")


def test_what_is_asked_for_comes_in_the_order_of_the_history():
    ledger = Ledger()
    ledger.add((MADE, DROPPED, AGAIN))

    assert tuple(of_kinds(ledger.so_far(), op.CreateSchema)) == (MADE, AGAIN)
    assert tuple(of_kinds(ledger.so_far(), op.DropSchema, op.CreateSchema)) == (MADE, DROPPED, AGAIN)
    assert tuple(of_kinds(ledger.so_far(), op.Update)) == ()


def test_what_is_added_later_was_not_there():
    ledger = Ledger()
    ledger.add((MADE,))
    then = ledger.so_far()
    ledger.add((AGAIN,))

    assert then == (MADE,)
    assert tuple(of_kinds(then, op.CreateSchema)) == (MADE,)


def test_a_plain_tuple_is_looked_through():
    assert tuple(of_kinds((MADE, DROPPED, AGAIN), op.CreateSchema)) == (MADE, AGAIN)
