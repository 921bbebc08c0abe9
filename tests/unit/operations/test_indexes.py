"""Indexes."""

import pytest

from midflight.operations import model as op
from midflight.operations.shapes import Index, Name
from support.sql_scripts import AT, operation


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (
            "CREATE INDEX i ON t (a, b DESC)",
            op.CreateIndex(
                AT,
                index=Index(Name("i"), Name("t"), ("a", "b"), "CREATE INDEX i ON t USING btree (a, b DESC)"),
            ),
        ),
        (
            'CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS "I" ON s.t (lower(a)) INCLUDE (b) WHERE c IS NULL',
            op.CreateIndex(
                AT,
                index=Index(
                    Name("I", "s"),
                    Name("t", "s"),
                    ("lower(a)",),
                    'CREATE UNIQUE INDEX "I" ON s.t USING btree (lower(a)) INCLUDE (b) WHERE c IS NULL',
                    unique=True,
                    include=("b",),
                    predicate="c IS NULL",
                ),
                concurrently=True,
                if_not_exists=True,
            ),
        ),
        (
            "CREATE INDEX ON ONLY t USING gin ((a || b) gin_trgm_ops)",
            op.CreateIndex(
                AT,
                index=Index(
                    Name(""),
                    Name("t"),
                    ("(a || b)",),
                    "CREATE INDEX ON ONLY t USING gin ((a || b) gin_trgm_ops)",
                    method="gin",
                ),
                only=True,
            ),
        ),
        ("REINDEX INDEX CONCURRENTLY s.i", op.Reindex(AT, kind="INDEX", name=Name("i", "s"), concurrently=True)),
        ("REINDEX TABLE t", op.Reindex(AT, kind="TABLE", name=Name("t"))),
        ("REINDEX SCHEMA s", op.Reindex(AT, kind="SCHEMA", name=Name("s"))),
    ],
)
def test_an_index_keeps_keys_predicate_and_a_definition_without_concurrently(sql, expected):
    assert operation(sql) == expected
