"""Calls and models of different files in a search over two revisions."""

from midflight.references.find import SearchOptions, find_references
from midflight.references.languages import extract
from midflight.references.linking import models_of, renamed
from midflight.references.model import CodeReferences, Reference, TableReference
from support.trees import trees_of

PRISMA = """model User {
  id   Int     @id
  nick String? @map("full_name")
  posts Post[]
  @@map("users")
}
model Post {
  id Int @id
  title String
  userId Int
  user User @relation(fields: [userId], references: [id])
  @@map("posts")
}
"""
DRIZZLE = (
    'import { pgTable, text } from "drizzle-orm/pg-core";\n'
    'export const users = pgTable("users", { nick: text("full_name"), email: text() });\n'
)


def search(base: dict[str, str], head: dict[str, str] | None = None, *, words: str = "") -> list[CodeReferences]:
    old, new, blobs = trees_of(base, base if head is None else head)
    ids = [{entry.blob for entry in tree.entries.values()} for tree in (old, new)]
    changed = frozenset(ids[0] ^ ids[1])
    options = SearchOptions()
    return list(find_references(old, new, blobs, words=frozenset(words.split()), changed=changed, options=options))


def places(found: CodeReferences, path: str) -> list[tuple[int, str, bool]]:
    return [(one.place.line, table(one), is_mapped(one)) for one in found.references if one.place.path == path]


def table(reference: Reference) -> str:
    assert isinstance(reference, TableReference)
    return f"{reference.table}({' '.join(use.name for use in reference.columns)})"


def is_mapped(reference: Reference) -> bool:
    return isinstance(reference, TableReference) and reference.mapped


def test_a_file_that_names_a_column_only_as_its_model_does_is_found():
    files = {"schema.prisma": PRISMA, "a.ts": "prisma.user.findMany({ select: { nick: true } })"}
    old, _ = search(files, words="full_name")
    assert places(old, "a.ts") == [(1, "users(full_name)", False)]


def test_a_file_that_names_a_drizzle_column_only_as_its_table_does_is_found():
    files = {"schema.ts": DRIZZLE, "a.ts": "import { users } from './schema'; db.select({ n: users.nick }).from(users)"}
    old, _ = search(files, words="full_name")
    assert places(old, "a.ts") == [(1, "users(full_name)", False)]


def test_an_insert_into_a_table_that_is_searched_is_found_under_the_model_s_name():
    files = {"schema.prisma": PRISMA, "a.ts": "db.user.create({ data: { id: 1 }, select: { id: true } })"}
    old, _ = search(files, words="users")
    assert places(old, "a.ts") == [(1, "users(id id)", False)]


def test_an_unchanged_file_gives_only_what_names_a_word():
    code = "prisma.user.findMany({ select: { nick: true } })\nprisma.post.findMany({ select: { id: true } })"
    old, _ = search({"schema.prisma": PRISMA, "a.ts": code}, words="full_name")
    assert places(old, "a.ts") == [(1, "users(full_name)", False)]


def test_a_changed_file_gives_all_its_calls_through_models_that_did_not_change():
    base = {"schema.prisma": PRISMA}
    head = base | {"a.ts": "prisma.post.findMany({ select: { title: true } })"}
    old, new = search(base, head)
    assert old.references == ()
    assert places(new, "a.ts") == [(1, "posts(title)", False)]


def test_each_revision_resolves_through_its_own_models():
    code = "prisma.user.findMany()"
    base = {"schema.prisma": PRISMA, "a.ts": code + " // full_name"}
    head = {"schema.prisma": PRISMA.replace("full_name", "name"), "a.ts": code + " // full_name"}
    old, new = search(base, head, words="full_name name")
    assert places(old, "a.ts") == [(1, "users(id full_name)", True)]
    assert places(new, "a.ts") == [(1, "users(id name)", True)]


def test_a_line_that_a_call_explains_is_no_mention():
    files = {"schema.prisma": PRISMA, "a.ts": "prisma.post.findMany({ select: { title: true } })"}
    old, _ = search(files, words="title")
    assert [mention.place.path for mention in old.mentions] == []
    old, _ = search({"a.ts": "prisma.post.findMany({ select: { title: true } })"}, words="title")
    assert [mention.place.path for mention in old.mentions] == ["a.ts"]


def test_generated_clients_are_not_read():
    files = {"schema.prisma": PRISMA, "lib/prisma/client/a.ts": "prisma.user.findMany({ select: { nick: true } })"}
    old, _ = search(files, words="full_name")
    assert places(old, "lib/prisma/client/a.ts") == []


def test_an_unresolved_call_is_told_with_its_reason():
    old, _ = search(
        {"schema.prisma": PRISMA, "a.ts": "prisma.user.create({ data: { full_name: 1 } })"}, words="full_name"
    )
    assert [item.reason for item in old.unresolved] == ["the model `User` has no field `full_name`"]


def test_words_have_the_names_of_models_fields_and_relations():
    models = models_of([extract("schema.prisma", PRISMA.encode())])
    assert renamed(models, frozenset({"full_name"})) == {"nick"}
    assert renamed(models, frozenset({"posts"})) == {"post", "posts"}


def test_a_file_that_names_a_column_only_as_its_entity_does_is_found():
    entity = "import { Entity, Column } from 'typeorm';\n"
    entity += "@Entity('users') export class User { @Column({ name: 'full_name' }) nick: string }"
    code = "import { User } from './user'; getRepository(User).find({ select: { nick: true } })"
    old, _ = search({"user.ts": entity, "a.ts": code}, words="full_name")
    assert places(old, "a.ts") == [(1, "users(full_name)", False)]
    assert places(old, "user.ts") == [(2, "users(full_name)", True), (2, "users(full_name)", True)]


def test_the_plugin_of_a_file_that_names_no_word_names_the_columns_of_a_query():
    plugin = "import { Kysely, CamelCasePlugin } from 'kysely'; new Kysely({ plugins: [new CamelCasePlugin()] })"
    old, _ = search({"db.ts": plugin, "a.ts": "db.selectFrom('users').select('fullName')"}, words="full_name")
    assert places(old, "a.ts") == [(1, "users(full_name)", False)]
