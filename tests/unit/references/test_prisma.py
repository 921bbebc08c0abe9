"""Models of schema.prisma as references."""

import pytest

from midflight.references.extractors.prisma import extract
from midflight.references.find import SearchOptions, find_references
from midflight.references.model import Access, Api, Extracted, TableReference, Verb
from support.trees import trees_of

PATH = "prisma/schema.prisma"


def found(text: str) -> Extracted:
    return extract(PATH, text.encode())


def by_verb(text: str, verb: Verb) -> dict[str, TableReference]:
    references = found(text).references
    return {r.table: r for r in references if isinstance(r, TableReference) and r.verb is verb}


def read(text: str) -> dict[str, list[str]]:
    return {table: [use.name for use in r.columns] for table, r in by_verb(text, Verb.SELECT).items()}


def written(text: str) -> dict[str, list[str]]:
    return {table: [use.name for use in r.columns] for table, r in by_verb(text, Verb.INSERT).items()}


def test_a_model_is_selected_and_inserted_as_a_table_of_its_name():
    references = found("model User {\n  id Int @id\n}\n").references
    assert {(r.table, r.verb, r.api, r.place.line) for r in references} == {
        ("User", Verb.SELECT, Api.SQL, 1),
        ("User", Verb.INSERT, Api.SQL, 1),
    }
    assert all(r.mapped and not r.payload and not r.star for r in references)


def test_each_column_has_its_own_line_and_access():
    text = "\nmodel User {\n  id Int @id\n\n  name String\n}\n"
    select, insert = by_verb(text, Verb.SELECT)["User"], by_verb(text, Verb.INSERT)["User"]
    assert [(use.name, use.access, use.place.line) for use in select.columns] == [
        ("id", Access.READ, 3),
        ("name", Access.READ, 5),
    ]
    assert [(use.name, use.access) for use in insert.columns] == [("id", Access.WRITE), ("name", Access.WRITE)]


COLUMNS = [
    pytest.param("a String\nb Int?\nc Boolean", ["a", "b", "c"], id="plain"),
    pytest.param("a BigInt\nb Float\nc Decimal\nd DateTime\ne Json\nf Bytes", list("abcdef"), id="all scalars"),
    pytest.param('isOff Boolean @map("is_off")', ["is_off"], id="mapped"),
    pytest.param('isOff Boolean @map(name: "is_off")', ["is_off"], id="mapped by name"),
    pytest.param('isOff Boolean @default(false) @map("is_off") @db.Boolean', ["is_off"], id="mapped last"),
    pytest.param('a String @map("a \\"b\\" // c")', ['a "b" // c'], id="quotes and slashes in a name"),
    pytest.param("tags String[]\nroles Role[] @default([USER])", ["tags", "roles"], id="lists"),
    pytest.param("role Role\nother Role?", ["role", "other"], id="enum of the file"),
    pytest.param("id Int @id\nposts Post[]\nprofile Post?", ["id"], id="relations"),
    pytest.param("postId Int\npost Post @relation(fields: [postId], references: [id])", ["postId"], id="foreign key"),
    pytest.param(
        "post Post @relation(\n  fields: [postId],\n  references: [id]\n)\npostId Int",
        ["postId"],
        id="attribute over several lines",
    ),
    pytest.param('a String\nold String @ignore\nb Int @map("B") @ignore', ["a"], id="ignored fields"),
    pytest.param('a String\nplace Unsupported("geography(Point, 4326)")?', ["a"], id="unsupported"),
    pytest.param("a String // b String\n// c String\n/// d String\ne Int /// @x.y(f Int)", ["a", "e"], id="comments"),
    pytest.param("a String /* b\nc Int\n*/\nd Int", ["a", "d"], id="block comment"),
    pytest.param('a String @default("// { } (")\nb Int', ["a", "b"], id="marks in a string"),
    pytest.param('a String @default(dbgenerated("gen_random_uuid()")) @db.Uuid', ["a"], id="database default"),
    pytest.param("a Int\n@@unique([a])\n@@index([a(sort: Desc)])\n@@id([a])", ["a"], id="block attributes"),
    pytest.param("status Elsewhere\nmore Elsewhere[]\nmaybe Elsewhere?", [], id="types of another file"),
    pytest.param("a Elsewhere @default(ON)\nb Elsewhere @map('x')", ["a", "b"], id="enums of another file"),
    pytest.param("a Elsewhere @relation(fields: [b], references: [id])\nb Int", ["b"], id="model of another file"),
    pytest.param("a\nb Int\n1 2\n=", ["b"], id="lines that are no field"),
    pytest.param("", [], id="no field"),
]


@pytest.mark.parametrize(("fields", "columns"), COLUMNS)
def test_the_columns_of_a_model_are_its_scalar_fields(fields, columns):
    text = f"enum Role {{\n  USER\n}}\nmodel Post {{\n  id Int @id\n}}\nmodel User {{\n{fields}\n}}\n"
    assert read(text) == {"Post": ["id"], "User": columns}


def test_an_insert_names_what_code_must_give_and_what_the_client_fills_itself():
    fields = (
        "id Int @id @default(autoincrement())\nkey String @default(cuid())\nemail String\nnote String?\n"
        'token String @default(dbgenerated("gen_random_uuid()"))\nmade DateTime @default(now())\n'
        "seen DateTime? @updatedAt\ntags String[]"
    )
    assert written(f"model User {{\n{fields}\n}}") == {"User": ["key", "email", "made", "seen"]}


@pytest.mark.parametrize(
    ("text", "table", "schema"),
    [
        ('model User {\n id Int @id\n @@map("users")\n}', "users", ""),
        ('model User {\n id Int @id\n @@map(name: "users")\n @@schema("auth")\n}', "users", "auth"),
        ('model User {\n id Int @id\n @@map(\n  "app users"\n )\n}', "app users", ""),
        ("model User { id Int @id }", "User", ""),
        ("\ufeff// first\r\nmodel User {\r\n id Int @id\r\n}\r\n", "User", ""),
    ],
)
def test_a_model_may_be_mapped_to_a_table_of_another_name_or_schema(text, table, schema):
    select = by_verb(text, Verb.SELECT)[table]
    assert (select.schema, [use.name for use in select.columns]) == (schema, ["id"])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "enum Role {\n USER\n ADMIN\n}",
        'generator client {\n provider = "prisma-client-js"\n}',
        "model User {\n id Int @id\n @@ignore\n}",
        "type Photo {\n height Int\n}",
        'datasource db {\n provider = "mongodb"\n}\nmodel User {\n id Int @id\n}',
        'model User {\n id String @id @map("_id") @db.ObjectId\n}',
        "// model User {\n// id Int\n// }",
        "/* model User {\n id Int\n}",
        "the model User is here",
    ],
)
def test_what_is_no_model_of_a_sql_database_gives_nothing(text):
    assert (found(text).references, found(text).unresolved) == ((), ())


@pytest.mark.parametrize(
    ("provider", "dialect"),
    [
        ('"postgresql"', "postgres"),
        ('"cockroachdb"', "postgres"),
        ('"mysql"', "mysql"),
        ('"sqlserver"', "tsql"),
        ('env("PROVIDER")', ""),
        ("", ""),
    ],
)
def test_a_model_is_for_the_kind_of_database_that_its_datasource_names(provider, dialect):
    text = f"datasource db {{\n provider = {provider}\n}}\nmodel User {{\n id Int @id\n tags Tag[]\n}}\n"
    assert {r.dialect for r in found(text + "model Tag {\n id Int @id\n users User[]\n}\n").references} == {dialect}


PLAIN = "model Tag {{\n id Int @id\n {0}\n}}\nmodel Post {{\n id Int @id\n {1}\n}}"


@pytest.mark.parametrize(
    ("text", "joins"),
    [
        (PLAIN.format("posts Post[]", "tags Tag[]"), {"_PostToTag": ["A", "B"]}),
        (
            PLAIN.format('posts Post[] @relation("Marks")', 'tags Tag[] @relation(name: "Marks")'),
            {"_Marks": ["A", "B"]},
        ),
        (PLAIN.format("posts Post[]", "tagId Int\n tag Tag @relation(fields: [tagId], references: [id])"), {}),
        (PLAIN.format('posts Post[] @relation("One")', 'tags Tag[] @relation("Two")'), {}),
        (PLAIN.format("posts Post[] @ignore", "tags Tag[]"), {}),
        ('model A {\n id Int @id\n x A[] @relation("F")\n y A[] @relation("F")\n}', {"_F": ["A", "B"]}),
        ('model A {\n id Int @id\n p Int?\n x A? @relation("F", fields: [p])\n y A[] @relation("F")\n}', {}),
    ],
    ids=["lists of each other", "named", "one to many", "two relations", "ignored", "to itself", "a tree"],
)
def test_two_lists_of_each_other_are_a_table_that_no_model_declares(text, joins):
    assert {table: columns for table, columns in read(text).items() if table.startswith("_")} == joins
    assert {table: columns for table, columns in written(text).items() if table.startswith("_")} == joins


def test_a_join_is_found_at_the_first_of_its_fields():
    join = by_verb(PLAIN.format("posts Post[]", "tags Tag[]"), Verb.SELECT)["_PostToTag"]
    assert (join.place.line, {use.place.line for use in join.columns}) == (3, {3})


def test_a_view_is_only_selected():
    text = 'view Stats {\n total Int\n @@map("stats")\n}'
    assert (read(text), written(text)) == ({"stats": ["total"]}, {})


@pytest.mark.parametrize(
    ("text", "reason", "line"),
    [
        ("model User {\n id Int @id\n", "the block `User` is not closed", 1),
        ("enum A {\n X\n}\nmodel User {\n id Int @default(\n}\nmodel B {\n id Int\n}", "the block `User` is not", 4),
    ],
)
def test_a_block_that_is_not_closed_is_told(text, reason, line):
    (problem,) = found(text).unresolved
    assert problem.reason.startswith(reason)
    assert (problem.path, problem.line) == (PATH, line)
    assert found(text).references == ()


def test_a_block_after_one_that_is_not_closed_is_read():
    text = "model User {\n id Int @id\nmodel Post {\n id Int @id\n}"
    assert read(text) == {"Post": ["id"]}
    assert [problem.line for problem in found(text).unresolved] == [1]


@pytest.mark.parametrize(
    "source",
    [
        b"model A {\n" + b"x" * 1_000_000,
        b'model A {\n a String @default("' + b'\\"' * 500_000,
        b"/*" * 500_000,
        b"model A {\n a Int " + b"(" * 500_000,
        b"{" * 500_000 + b"}" * 500_000,
        b"model A {\n" * 50_000,
        b"@map" * 250_000,
    ],
    ids=["a long name", "an open string", "open comments", "open parentheses", "braces", "open models", "attributes"],
)
def test_hostile_text_is_read_to_its_end(source):
    assert extract(PATH, source).references == ()


def test_bytes_that_are_no_text_do_not_hide_the_rest():
    (insert, select) = extract(PATH, b"model User {\n  // \xff\xfe\n  id Int @id\n  \xff Int\n}\n").references
    assert (insert.verb, select.verb) == (Verb.INSERT, Verb.SELECT)
    assert [use.name for use in select.columns] == ["id"]


SETTINGS = 'datasource db {\n  provider = "postgresql"\n}\n'  # lines 1 to 3


def test_lines_that_reach_no_column_are_quiet():
    text = (
        f"{SETTINGS}model User {{\n  id Int @id\n  old String @ignore\n  posts Post[]\n  other Elsewhere?\n"
        "  @@index(\n    [id]\n  )\n}\nmodel Post {\n  id Int @id\n  @@ignore\n}\nenum Role {\n  USER\n}\n"
    )
    assert found(text).quiet == {1, 2, 3, 6, 7, 9, 10, 11, 13, 14, 15, 16}


# --- the search ------------------------------------------------------------------------------------------------------


def search(files: dict[str, str], words: str, beside: dict[str, set[str]]):
    base, head, blobs = trees_of(files, files)
    tables = {word: frozenset(names) for word, names in beside.items()}
    options = SearchOptions(beside=tables)
    return find_references(base, head, blobs, words=frozenset(words.split()), changed=frozenset(), options=options)[0]


USER = 'model User {\n  id Int @id\n  off Boolean @map("is_off")\n  @@map("users")\n}\n'
CODE = "const users = await sql(users, { is_off: true });\n"


def test_an_unchanged_model_counts_when_it_names_a_word_and_only_that_model():
    text = f"{USER}model Post {{\n  id Int @id\n}}\n"
    old = search({PATH: text}, "is_off", {"is_off": {"users"}})
    assert {r.table for r in old.references} == {"users"}
    assert search({PATH: text}, "nothing", {}).references == ()


def test_a_word_that_a_mapped_model_has_is_no_mention_in_other_files():
    old = search({PATH: USER, "web/a.ts": CODE}, "is_off", {"is_off": {"users"}})
    assert old.mentions == ()
    assert search({"web/a.ts": CODE}, "is_off", {"is_off": {"users"}}).mentions != ()


def test_a_mapped_table_is_no_mention_in_other_files():
    assert search({PATH: USER, "web/a.ts": CODE}, "users", {}).mentions == ()


@pytest.mark.parametrize(
    ("word", "tables"),
    [("is_off", {"users", "projects"}), ("title", {"users"}), ("is_off", {"switch_state"})],
    ids=["a table without a model", "a column that the model lacks", "an enum's label"],
)
def test_a_word_that_no_model_decides_stays_a_mention(word, tables):
    code = "await sql(users, projects, switch_state, { is_off: true, title: 1 });\n"
    old = search({PATH: USER, "web/a.ts": code}, word, {word: tables})
    assert [(mention.place.path, mention.word) for mention in old.mentions] == [("web/a.ts", word)]


def test_an_enum_label_is_a_mention_in_the_schema_too():
    text = f"enum Role {{\n  OWNER\n}}\n{USER}"
    old = search({PATH: text}, "OWNER", {"OWNER": {"Role"}})
    assert [mention.place.line for mention in old.mentions] == [2]


def test_an_ignored_field_is_no_mention():
    text = 'model User {\n  id Int @id\n  is_off Boolean @ignore\n  @@map("users")\n}\n'
    old = search({PATH: text}, "is_off", {"is_off": {"users"}})
    assert (old.mentions, old.references) == ((), ())
