"""The four cells for a project whose tables are structs of GORM."""

import pytest

from midflight.compatibility.model import State
from support.examples import assess_files

HISTORY = {"migrations/20240101000000_tokens.up.sql": "CREATE TABLE tokens (id uuid PRIMARY KEY, value text);"}
PENDING = "migrations/20240201000000_change.up.sql"
STRUCT = (
    'package model\nimport "gorm.io/gorm"\ntype Token struct {\n\tID string `gorm:"primaryKey"`\n\tValue string\n}\n'
)
OTHER = STRUCT.replace("\tValue", '\tLimit int `gorm:"-"`\n\tValue')
QUERY = (
    'package service\nimport ("example.org/app/model"; "gorm.io/gorm")\n'
    'func Find(db *gorm.DB) { db.Model(&model.Token{}).Where("value = ?", 1).Find(&rows) }\n'
)
B, H, U = State.BREAKS, State.HOLDS, State.UNDETERMINED


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        pytest.param({}, (B, U), id="a struct that stays behind"),
        pytest.param({"service/find.go": QUERY}, (B, B), id="a struct that is queried"),
    ],
)
def test_a_struct_of_a_removed_table_breaks_new_code_where_it_is_queried(more, expected):
    base = {**HISTORY, "model/token.go": STRUCT, **more}
    found = assess_files(base, {**base, "model/token.go": OTHER, PENDING: "DROP TABLE tokens;"}).matrix
    assert (found.old_new.state, found.new_new.state) == expected


@pytest.mark.parametrize(
    ("into", "expected"),
    [("varchar(128)", H), ("text", H), ("varchar(20)", B), ("bytea USING id::text::bytea", B)],
)
def test_what_go_sends_as_text_may_become_text(into, expected):
    base = {**HISTORY, "model/token.go": STRUCT, "service/find.go": QUERY}
    migration = f"ALTER TABLE tokens ALTER COLUMN id TYPE {into};"
    assert assess_files(base, {**base, PENDING: migration}).matrix.old_new.state is expected
