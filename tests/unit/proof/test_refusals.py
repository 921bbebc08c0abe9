"""What a server's refusal says: the kind of break, which reference is meant, and the object's name."""

import pytest

from midflight.compatibility.model import BreakKind
from midflight.proof.model import Answer
from midflight.proof.refusals import column_of, culprit, kind_of, object_of
from midflight.references.model import Access, Api, ColumnUse, Place, RoutineReference, TableReference, Verb

HERE, THERE = Place("a.py", 3), Place("a.py", 7)


def table(name, *columns, place=HERE):
    uses = tuple(ColumnUse(column, Access.READ, THERE) for column in columns)
    return TableReference(place, name, Verb.SELECT, Api.SQL, columns=uses)


ORDERS, USERS = table("orders", "id", "note"), table("users", "id", "name")
CALL = RoutineReference(HERE, "total", Api.SQL, count=1)
ALL = [ORDERS, USERS, CALL]

REFUSALS = {
    "42P01": ('relation "users" does not exist', BreakKind.MISSING_TABLE, USERS, "users"),
    "42P01 with a schema": ('relation "public.users" does not exist', BreakKind.MISSING_TABLE, USERS, "users"),
    "42703": ('column "name" does not exist', BreakKind.MISSING_COLUMN, USERS, "users.name"),
    "42703 with an alias": ("column u.name does not exist", BreakKind.MISSING_COLUMN, USERS, "users.name"),
    "42703 of a write": (
        'column "note" of relation "orders" does not exist',
        BreakKind.MISSING_COLUMN,
        ORDERS,
        "orders.note",
    ),
    "42883": ("function total(integer) does not exist", BreakKind.MISSING_ROUTINE, CALL, "total"),
    "42883 with a schema": (
        "function public.total(a => unknown) does not exist",
        BreakKind.MISSING_ROUTINE,
        CALL,
        "total",
    ),
    "42725": ("function total(integer) is not unique", BreakKind.AMBIGUOUS, CALL, "total"),
    "42501": ("permission denied for table users", BreakKind.PRIVILEGE, USERS, "users"),
    "42501 of a routine": ("permission denied for function total", BreakKind.PRIVILEGE, CALL, "total"),
    "42P10": (
        "there is no unique or exclusion constraint matching the ON CONFLICT specification",
        BreakKind.UPSERT_TARGET,
        ORDERS,
        "orders",
    ),
    "42704": (
        'constraint "users_key" for table "users" does not exist',
        BreakKind.UPSERT_TARGET,
        USERS,
        "users.users_key",
    ),
    "42704 of a type": ('type "mood" does not exist', BreakKind.TYPE, ORDERS, "orders"),
    "22P02": ('invalid input value for enum mood: "calm"', BreakKind.TYPE, ORDERS, "orders"),
}


@pytest.mark.parametrize(("code", "said"), REFUSALS.items(), ids=REFUSALS)
def test_a_refusal_names_what_is_missing(code, said):
    message, kind, meant, name = said
    answer = Answer(message, code.split()[0])
    assert culprit(answer, ALL) is meant
    assert kind_of(answer, meant) is kind
    assert object_of(answer, meant) == name


def test_an_operator_that_is_missing_is_a_matter_of_types():
    answer = Answer("operator does not exist: text = integer", "42883")
    assert kind_of(answer, culprit(answer, [ORDERS])) is BreakKind.TYPE


@pytest.mark.parametrize("code", ["", "57014", "53400", "42P18", "42601", "0A000", "XX000"])
def test_what_says_nothing_about_the_schema_is_no_break(code):
    assert kind_of(Answer("it ended", code), ORDERS) is None


def test_the_line_is_that_of_the_column():
    assert column_of(Answer('column "name" does not exist', "42703"), USERS).place == THERE
    assert column_of(Answer('column "other" does not exist', "42703"), USERS) is None
    assert column_of(Answer('relation "users" does not exist', "42P01"), USERS) is None
