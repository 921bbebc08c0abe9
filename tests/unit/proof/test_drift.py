"""Which differences between the folded catalog and the server's are told."""

from midflight.catalog.model import Catalog, Relation, RelationKind
from midflight.operations.shapes import Name
from midflight.proof.drift import drift_of

VIEW = Name("v", "public")


def catalog(*relations):
    found = Catalog()
    for relation in relations:
        found = found.with_relation(relation)
    return found


def test_a_view_whose_columns_the_text_does_not_decide_is_on_both_sides():
    folded = catalog(Relation(VIEW, RelationKind.VIEW, complete=False))
    assert drift_of(folded, catalog(Relation(VIEW, RelationKind.VIEW))) == ()


def test_a_relation_that_is_only_assumed_is_no_difference():
    assert drift_of(catalog(Relation(VIEW, RelationKind.TABLE, complete=False)), catalog()) == ()


def test_a_relation_that_one_side_lacks_is_told():
    made = catalog(Relation(VIEW, RelationKind.VIEW))
    assert drift_of(made, catalog()) == ("relation `v` is only in the folded history",)
    assert drift_of(catalog(), made) == ("relation `v` is only on the server",)
