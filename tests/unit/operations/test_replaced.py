"""Replacing without a constructor gives what `dataclasses.replace` gives."""

import dataclasses

import pytest

from midflight.catalog.model import Catalog, Relation, RelationKind
from midflight.operations.replaced import replace
from midflight.operations.shapes import Column, Name

TABLE = Relation(Name("users", "public"), RelationKind.TABLE, columns=(Column("id", "bigint"),))


@dataclasses.dataclass(frozen=True, slots=True)
class One:
    """A class with one field."""

    only: str


def test_the_other_fields_stay():
    changed = replace(TABLE, owner="admin")
    assert changed == Relation(Name("users", "public"), RelationKind.TABLE, (Column("id", "bigint"),), owner="admin")
    assert TABLE.owner == ""


def test_what_is_kept_beside_a_map_follows_it():
    view = Relation(Name("seen", "public"), RelationKind.VIEW, depends=(TABLE.name,))
    relations = Catalog().relations.insert(view.name, view).insert(TABLE.name, TABLE)
    assert replace(Catalog(), relations=relations).pointing_at(TABLE.name) == (view,)


def test_a_class_with_one_field():
    assert replace(One("a"), only="b") == One("b")
    assert replace(One("a")) == One("a")


def test_a_field_that_does_not_exist_is_an_error():
    with pytest.raises(KeyError):
        replace(One("a"), other="b")  # type: ignore[call-arg]  # what the test is about
