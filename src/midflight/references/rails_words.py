"""The methods of ActiveRecord's queries, by what they are given."""

from midflight.references.model import Verb

FILTERS = frozenset(
    "where rewhere find_by find_by! find_or_create_by find_or_create_by! find_or_initialize_by exists? not and or"
    " find_sole_by create_with".split()
)
NAMED = frozenset(
    "pluck pick select order reorder group sum average minimum maximum count reselect unscope in_order_of".split()
)
JOINS = frozenset("joins left_joins left_outer_joins includes preload eager_load".split())
BESIDE = JOINS | {"from", "with"}
"""The methods after which a name that the table lacks may be a column of another."""
WRITES = {
    "update_all": Verb.UPDATE,
    "insert_all": Verb.INSERT,
    "insert_all!": Verb.INSERT,
    "insert": Verb.INSERT,
    "upsert": Verb.UPSERT,
    "upsert_all": Verb.UPSERT,
}
CREATES = {"create": Verb.INSERT, "create!": Verb.INSERT, "update": Verb.UPDATE, "update!": Verb.UPDATE}
KEEPS = frozenset(
    "all distinct limit offset lock readonly none unscoped find find_each find_in_batches in_batches first last take"
    " references strict_loading with_deleted extending from having ids to_a load delete_all destroy_all".split()
)
ROWS = frozenset("find find_each find_in_batches first last take to_a load ids delete_all destroy_all".split())
QUERIES = (
    FILTERS - {"not", "and", "or"}
    | NAMED - {"count", "select"}
    | JOINS
    | WRITES.keys()
    | CREATES.keys()
    | KEEPS
    | {"select", "count"}
)
"""The methods that begin a query on a model."""
