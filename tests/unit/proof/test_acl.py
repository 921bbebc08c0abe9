"""Rights that a rollback loses or leaves, in the words of GRANT and REVOKE."""

import pytest

from midflight.proof.acl import mended, wanted
from midflight.proof.compare import compare_facts
from midflight.proof.model import Fact


@pytest.mark.parametrize(
    ("now", "before", "back"),
    [
        ("postgres=arwdDxt/postgres", "postgres=arwdDxt/postgres, anon=r/postgres", "GRANT SELECT TO anon"),
        ("p=X/p, =X/p", "p=X/p", "REVOKE EXECUTE FROM PUBLIC"),
        ("p=r/p", "p=arwdDxt/p", "GRANT INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER TO p"),
        ("", "anon=arwdDxt/p", "GRANT ALL TO anon"),
        ("p: p=X/p, =X/p", "p: p=X/p, anon=X/p", "GRANT EXECUTE TO anon; REVOKE EXECUTE FROM PUBLIC"),
        ('p p=UC/p, "my role"=U/p', "p p=UC/p", 'REVOKE USAGE FROM "my role"'),
        ("a=r/p", "a=r*/p", "GRANT SELECT TO a WITH GRANT OPTION"),
        ("a=r*/p", "a=r/p", "REVOKE GRANT OPTION FOR SELECT FROM a"),
    ],
)
def test_the_statements_that_put_rights_right_are_told(now, before, back):
    assert mended(now, before) == back


@pytest.mark.parametrize(
    ("now", "before"),
    [("p: p=X/p", "q: q=X/q"), ("p=?/p", "p=r/p"), ("p=Z/p", "p=r/p"), ("p=r/p", "no list at all")],
)
def test_another_owner_or_an_unknown_list_is_told_as_the_server_prints_it(now, before):
    assert mended(now, before) == ""


def test_the_rights_of_what_is_lost_are_told_as_grants():
    assert wanted("p=arw/p, =r/p") == "GRANT SELECT TO PUBLIC; GRANT INSERT, SELECT, UPDATE TO p"


def test_the_difference_names_object_and_statement():
    kind, name = "routine privileges", "public.f()"
    found = compare_facts({Fact(kind, name, "p: p=X/p")}, {Fact(kind, name, "p: p=X/p, anon=X/p")})
    assert found.differences == (
        "routine privileges `public.f()` differ from before: `REVOKE EXECUTE FROM anon` would put it right",
    )
    lost = compare_facts({Fact("column privileges", "t.a", "anon=r/p")}, set())
    assert lost.differences == ("column privileges `t.a` are lost: `GRANT SELECT TO anon`",)
