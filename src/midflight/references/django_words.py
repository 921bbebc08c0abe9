"""The methods of Django's query sets and rows, by what they do with what they are given.

Django 5.2 documentation, "QuerySet API reference" and "Model instance reference".
"""

CONDITIONS = frozenset("filter exclude get aget".split())
CREATES = frozenset("create acreate get_or_create aget_or_create update_or_create aupdate_or_create".split())
FINDS = frozenset("get_or_create aget_or_create update_or_create aupdate_or_create".split())
ALIASES = frozenset("annotate alias aggregate aaggregate".split())
PATHS = frozenset(
    "values values_list only order_by distinct latest alatest earliest aearliest dates datetimes in_bulk"
    " ain_bulk".split()
)
JOINS = frozenset({"select_related"})
ACCESSORS = frozenset({"prefetch_related"})
ROWS_OF_QUERY = frozenset("bulk_create abulk_create bulk_update abulk_update".split())
SAVES = frozenset({"save", "asave"})
DELETES = frozenset({"delete", "adelete"})
UPDATES = frozenset({"update", "aupdate"})
READ = CONDITIONS | CREATES | ALIASES | PATHS | JOINS | ACCESSORS | ROWS_OF_QUERY | SAVES | DELETES | UPDATES
"""Whose arguments name columns, or which do something to the table."""

OF_ROWS = (
    frozenset(
        "all filter exclude annotate alias values values_list only defer order_by reverse distinct select_related"
        " prefetch_related select_for_update using none union intersection difference dates datetimes"
        " get_queryset extra"
        " complex_filter iterator _clone _chain".split()
    )
    - CREATES
)
"""After which there are still rows of the same model."""

OF_ROW = frozenset("get aget first afirst last alast latest alatest earliest aearliest create acreate".split())
"""After which there is one row."""

MANAGERS = frozenset({"objects", "_default_manager", "_base_manager"})
SHORTCUTS = frozenset({"get_object_or_404", "get_list_or_404", "aget_object_or_404", "aget_list_or_404"})
