"""The four cells for a project whose tables are mapped by schema.prisma."""

import pytest

from midflight.compatibility.model import BreakKind, Matrix, State
from midflight.references.model import Verb
from support.examples import assess_files

HISTORY = "prisma/migrations/20240101000000_init/migration.sql"
PENDING = "prisma/migrations/20240201000000_change/migration.sql"
LOCK = {"prisma/migrations/migration_lock.toml": 'provider = "postgresql"\n'}
SCHEMA = "prisma/schema.prisma"
TABLES = (
    "CREATE TYPE \"Role\" AS ENUM ('USER', 'ADMIN');"
    ' CREATE TABLE "User" ("id" SERIAL PRIMARY KEY, "email" TEXT NOT NULL, "nick_name" TEXT, "role" "Role" NOT NULL);'
)
ENUM = "enum Role {\n  USER\n  ADMIN\n}\n"  # lines 1 to 4
FIELDS = (
    '  id    Int     @id @default(autoincrement())\n  email String\n  nick  String? @map("nick_name")\n  role  Role\n'
)
USERS = f"{ENUM}model User {{\n{FIELDS}}}\n"  # the model is line 5, its fields are 6 to 9
CODE = {"web/login.ts": "const user = await prisma.user.findFirst({ where: { disabled: false, nick_name: 'x' } });\n"}

H, B, U = State.HOLDS, State.BREAKS, State.UNDETERMINED


def matrix(migration: str, old: str, new: str, before: str = TABLES) -> Matrix:
    base = {**LOCK, **CODE, HISTORY: before, SCHEMA: old}
    head = {**LOCK, **CODE, HISTORY: before, PENDING: migration, SCHEMA: new}
    return assess_files(base, head).matrix


def states(found: Matrix) -> tuple[State, State, State, State]:
    return (found.old_new.state, found.new_old.state, found.new_new.state, found.old_old.state)


def model(*more: str) -> str:
    return f"{ENUM}model User {{\n{FIELDS}" + "".join(f"  {line}\n" for line in more) + "}\n"


ADD = 'ALTER TABLE "User" ADD COLUMN "disabled" BOOLEAN NOT NULL DEFAULT false;'
DROP = 'ALTER TABLE "User" DROP COLUMN "nick_name";'
WITHOUT = USERS.replace('  nick  String? @map("nick_name")\n', "")
IGNORED = USERS.replace('@map("nick_name")', '@map("nick_name") @ignore')

CASES = [
    pytest.param(ADD, USERS, model("disabled Boolean @default(false)"), (H, B, H, H), id="a column is added"),
    pytest.param(DROP, USERS, WITHOUT, (B, H, H, H), id="a column is dropped under the model"),
    pytest.param(DROP, USERS, USERS, (B, H, B, H), id="a column is dropped and still mapped"),
    pytest.param(DROP, IGNORED, WITHOUT, (U, H, H, H), id="a column that the old model ignores, named by a line"),
    pytest.param(
        'ALTER TABLE "User" RENAME COLUMN "nick_name" TO "nick";',
        USERS,
        USERS.replace(' @map("nick_name")', ""),
        (B, B, H, H),
        id="a column is renamed",
    ),
    pytest.param(
        'CREATE TABLE "Post" ("id" INTEGER PRIMARY KEY);',
        USERS,
        USERS + "model Post {\n  id Int @id\n}\n",
        (H, B, H, H),
        id="a table is added",
    ),
    pytest.param('DROP TABLE "User";', USERS, ENUM, (B, H, H, H), id="a table is dropped"),
    pytest.param('CREATE INDEX "e" ON "User" ("email");', USERS, USERS, (H, H, H, H), id="an index"),
    pytest.param(
        'ALTER TABLE "User" ADD COLUMN "full" TEXT GENERATED ALWAYS AS (email) STORED;',
        USERS,
        model("full String?"),
        (H, B, H, H),
        id="a generated column is read and not written",
    ),
    pytest.param(
        'ALTER TABLE "User" ALTER COLUMN "email" TYPE INTEGER USING 1;',
        USERS,
        USERS.replace("email String", "email Int"),
        (B, H, H, H),
        id="another type, and a model whose columns have the same names",
    ),
]


@pytest.mark.parametrize(("migration", "old", "new", "expected"), CASES)
def test_the_cells_of_mapped_models(migration, old, new, expected):
    assert states(matrix(migration, old, new)) == expected


def test_a_relation_of_many_to_many_needs_a_table_that_no_model_declares():
    before = f'{TABLES} CREATE TABLE "Tag" ("id" INTEGER PRIMARY KEY);'
    join = 'CREATE TABLE "_TagToUser" ("A" INTEGER NOT NULL, "B" INTEGER NOT NULL);'
    old = f"{model()}model Tag {{\n  id Int @id\n}}\n"
    new = f"{model('tags Tag[]')}model Tag {{\n  id Int @id\n  users User[]\n}}\n"
    assert states(matrix(join, old, new, before)) == (H, B, H, H)


def test_a_new_column_breaks_new_code_at_its_field_because_every_select_lists_it():
    breaks = matrix(ADD, USERS, model("disabled Boolean @default(false)")).new_old.breaks
    (found, call) = breaks
    assert (call.place.path, call.place.line) == ("web/login.ts", 1)
    assert (found.kind, found.object) == (BreakKind.MISSING_COLUMN, '"User".disabled')
    assert (found.place.path, found.place.line) == (SCHEMA, 10)
    assert found.reference.verb is Verb.SELECT
    assert found.statement is not None
    assert found.statement.path == PENDING


def test_a_dropped_column_breaks_old_code_at_its_field_of_base():
    (found, call) = matrix(DROP, USERS, WITHOUT).old_new.breaks
    assert (found.object, found.place.line, found.sqlstate) == ('"User".nick_name', 8, "42703")
    assert (call.object, call.place.path) == ('"User".nick_name', "web/login.ts")


def test_a_column_that_no_migration_makes_is_not_blamed_on_a_later_change():
    found = matrix(ADD, model("old String?"), model("old String?", "disabled Boolean @default(false)"))
    assert states(found) == (H, B, H, U)
    assert {each.object for each in found.new_old.breaks} == {'"User".disabled'}


def test_a_model_that_names_no_changed_word_is_not_looked_into():
    drifted = model("old String?")
    assert states(matrix('CREATE INDEX "e" ON "User" ("email");', drifted, drifted)) == (H, H, H, H)


def test_a_new_limit_on_what_the_model_inserts_is_for_the_values_to_decide():
    found = matrix('ALTER TABLE "User" ALTER COLUMN "nick_name" SET NOT NULL;', USERS, USERS)
    assert states(found) == (U, H, H, H)
    places = [doubt.place for doubt in found.old_new.doubts if doubt.place]
    assert [place.line for place in places if place.path == SCHEMA] == [5]


def test_a_schema_for_mysql_is_not_held_against_postgres() -> None:
    other = 'datasource db {\n  provider = "mysql"\n}\nmodel User {\n' + FIELDS + "}\n"
    base = {**LOCK, HISTORY: TABLES, SCHEMA: USERS, "db/mysql/schema.prisma": other}
    found = assess_files(base, base | {PENDING: DROP, SCHEMA: WITHOUT}).matrix

    assert {each.place.path for each in found.old_new.breaks} == {SCHEMA}
    assert found.new_new.breaks == ()
