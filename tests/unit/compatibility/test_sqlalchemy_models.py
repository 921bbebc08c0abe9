"""SQLAlchemy models against migrations."""

import pytest

from midflight.compatibility.model import State
from support.examples import assess_files

H, B = State.HOLDS, State.BREAKS
SCHEMA = "CREATE TABLE posts (id bigint PRIMARY KEY, title text NOT NULL, note text, stars integer);"
HEAD = 'from sqlalchemy.orm import Mapped, mapped_column\n\nclass Post(Base):\n    __tablename__ = "posts"\n'
OLD = HEAD + "    id: Mapped[int]\n    title: Mapped[str]\n"
NOTED = OLD + "    note: Mapped[str]\n"
DROP = "ALTER TABLE posts DROP COLUMN note;"
RATED = OLD + "    stars: Mapped[int]\n"
WIDEN = "ALTER TABLE posts ALTER COLUMN stars TYPE {};"
ADD = "ALTER TABLE posts ADD COLUMN views bigint;"

CASES = [
    pytest.param(ADD, OLD, OLD, (H, H, H, H), id="a column that no model knows"),
    pytest.param(ADD, OLD, OLD + "    views: Mapped[int]\n", (H, B, H, H), id="a column added with its attribute"),
    pytest.param(DROP, NOTED, OLD, (B, H, H, H), id="a column dropped with its attribute"),
    pytest.param(
        DROP,
        OLD + "    note: Mapped[str] = mapped_column(deferred=True)\n",
        OLD,
        (B, H, H, H),
        id="a deferred column is still in every insert",
    ),
    pytest.param(DROP, OLD, OLD, (H, H, H, H), id="a column dropped that the model does not map"),
    pytest.param(WIDEN.format("bigint"), RATED, RATED, (H, H, H, H), id="an integer that gets wider"),
    pytest.param(WIDEN.format("smallint"), RATED, RATED, (B, H, H, H), id="an integer that gets narrower"),
    pytest.param(WIDEN.format("text"), RATED, RATED, (B, H, H, H), id="an integer that becomes text"),
]


@pytest.mark.parametrize(("migration", "old", "new", "expected"), CASES)
def test_the_four_cells(migration: str, old: str, new: str, expected: tuple[State, State, State, State]) -> None:
    history, pending = "supabase/migrations/20240101000000_a.sql", "supabase/migrations/20240201000000_b.sql"
    base, head = {history: SCHEMA, "app/models.py": old}, {history: SCHEMA, pending: migration, "app/models.py": new}
    found = assess_files(base, head).matrix
    states = (found.old_new.state, found.new_old.state, found.new_new.state, found.old_old.state)
    assert states == expected
