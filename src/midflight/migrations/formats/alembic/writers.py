"""Which directive writes which SQL."""

from collections.abc import Callable, Iterator, Mapping

from midflight.migrations.formats.alembic.columns import add_column, alter_column, drop_column
from midflight.migrations.formats.alembic.constraints import (
    create_check,
    create_foreign,
    create_key,
    create_unique,
    drop_constraint,
)
from midflight.migrations.formats.alembic.directives import Directive
from midflight.migrations.formats.alembic.entities import create_entity, drop_entity, replace_entity
from midflight.migrations.formats.alembic.indexes import create_index, drop_index
from midflight.migrations.formats.alembic.tables import create_table, drop_table, rename_table

WRITERS: Mapping[str, Callable[[Directive], Iterator[str]]] = {
    "create_table": create_table,
    "drop_table": drop_table,
    "add_column": add_column,
    "drop_column": drop_column,
    "alter_column": alter_column,
    "create_index": create_index,
    "drop_index": drop_index,
    "create_unique_constraint": create_unique,
    "create_primary_key": create_key,
    "create_check_constraint": create_check,
    "create_foreign_key": create_foreign,
    "drop_constraint": drop_constraint,
    "rename_table": rename_table,
    "create_entity": create_entity,
    "replace_entity": replace_entity,
    "drop_entity": drop_entity,
}
SILENT = frozenset({"create_table_comment", "drop_table_comment", "get_bind", "get_context", "f", "print"})
