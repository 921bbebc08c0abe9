"""Drizzle tables and queries, resolved through the tables of other files."""

import pytest

from support.mapped_lines import mapped

SCHEMA = """import { pgTable, serial, text, uuid, timestamp } from "drizzle-orm/pg-core";
import { relations } from "drizzle-orm";
export const users = pgTable("users", {
  id: uuid().primaryKey().defaultRandom(),
  fullName: text("full_name").notNull(),
  email: text().notNull(),
  createdAt: timestamp("created_at").$defaultFn(() => new Date()),
});
export const posts = pgTable("posts", (t) => ({
  id: t.integer().primaryKey().generatedAlwaysAsIdentity(),
  title: t.text(),
  authorId: t.uuid("author_id").references(() => users.id),
}));
export const usersRelations = relations(users, ({ many }) => ({ posts: many(posts) }));
export const postsRelations = relations(posts, ({ one }) => ({
  author: one(users, { fields: [posts.authorId], references: [users.id] }),
}));
"""
IMPORTS = 'import { eq, sql } from "drizzle-orm"; import { users, posts } from "./schema"; import { db } from "./db"; '
USERS = "~1 select users(id full_name email created_at)"
POSTS = "~1 select posts(id title author_id)"


def shown(code: str, imports: str = IMPORTS) -> list[str]:
    return mapped({"src/schema.ts": SCHEMA, "src/a.ts": imports + code}, "src/a.ts")


def declared(code: str, **others: str) -> list[str]:
    files = {"src/schema.ts": 'import { x } from "drizzle-orm/pg-core";' + code}
    files |= {f"src/{name}.ts": text for name, text in others.items()}
    return mapped(files, "src/schema.ts")


SELECTS = {
    "all": ("db.select().from(users)", ["1 select users()", USERS]),
    "filter": ("db.select().from(users).where(eq(users.email, e))", ["1 select users(email)", USERS]),
    "columns": (
        "db.select({ a: users.fullName, t: posts.title }).from(users).leftJoin(posts, eq(posts.authorId, users.id))",
        ["1 select users(full_name id)", "1 select posts(title author_id)"],
    ),
    "all_of_a_join": (
        "db.select().from(users).innerJoin(posts, eq(posts.authorId, users.id))",
        ["1 select users(id)", "1 select posts(author_id)", USERS, POSTS],
    ),
    "a_whole_table": (
        "db.select({ user: users, t: posts.title }).from(posts).leftJoin(users, eq(users.id, posts.authorId))",
        ["1 select posts(title author_id)", "1 select users(id)", USERS],
    ),
    "spread_columns": (
        "db.select({ ...getTableColumns(users), t: posts.title }).from(users)",
        ["1 select users()", "1 select posts(title)", USERS],
    ),
    "distinct_order_group": (
        "db.selectDistinct({ n: users.fullName }).from(users).orderBy(desc(users.createdAt)).groupBy(users.email)",
        ["1 select users(full_name created_at email)"],
    ),
    "distinct_on": ("db.selectDistinctOn([users.email]).from(users)", ["1 select users(email)", USERS]),
    "expression": ("db.select({ m: sql`max(${users.createdAt})` }).from(users)", ["1 select users(created_at)"]),
    "count": ("db.$count(users, eq(users.email, e))", ["1 select users(email)"]),
    "subquery": (
        "const sq = db.select({ id: posts.authorId }).from(posts).as('sq'); db.select({ id: sq.id }).from(sq)",
        ["1 select posts(author_id)"],
    ),
    "alias": (
        "const parent = alias(users, 'parent'); db.select({ a: parent.fullName }).from(parent)",
        ["1 select users(full_name)"],
    ),
    "conditions_before": (
        "const only = [eq(users.email, e)];\ndb.select({ id: users.id }).from(users).where(and(...only))",
        ["1 select users(email)", "2 select users(id)"],
    ),
    "lines": (
        "\ndb\n  .select({\n    id: users.id,\n    name: users.fullName,\n  })\n  .from(users)",
        ["7 select users(id@4 full_name@5)"],
    ),
    "tx": (
        "db.transaction(async (tx) => { await tx.select({ a: users.id }).from(users) })",
        ["1 select users(id)"],
    ),
}
WRITES = {
    "insert": ("db.insert(posts).values({ title })", ["1 insert posts(+title) complete"]),
    "defaults_of_the_library": (
        "db.insert(users).values({ email })",
        ["1 insert users(+email +created_at) complete"],
    ),
    "rows": (
        "db.insert(posts).values([{ title: 'a' }, { title: 'b', authorId }])",
        ["1 insert posts(+title +author_id) complete"],
    ),
    "mapped_rows": (
        "db.insert(posts).values(list.map((one) => ({ title: one.title })))",
        ["1 insert posts(+title) complete"],
    ),
    "spread": ("db.insert(posts).values({ ...input, title })", ["1 insert posts(+title)"]),
    "unknown_keys": ("db.insert(posts).values({ title, other })", ["1 insert posts(+title) complete"]),
    "returning_all": ("db.insert(posts).values({ title }).returning()", ["1 insert posts(+title) complete", POSTS]),
    "returning_some": (
        "db.insert(posts).values({ title }).returning({ id: posts.id })",
        ["1 insert posts(+title id) complete"],
    ),
    "upsert": (
        "db.insert(posts).values({ title }).onConflictDoUpdate({ target: posts.title, set: { authorId } })",
        ["1 update posts(+author_id)", "1 upsert posts(+title title) complete conflict=title"],
    ),
    "nothing_on_conflict": (
        "db.insert(posts).values({ title }).onConflictDoNothing({ target: [posts.title, posts.authorId] })",
        ["1 insert posts(+title title author_id) complete conflict=title,author_id"],
    ),
    "update": (
        "db.update(users).set({ fullName: 'x' }).where(eq(users.id, 1))",
        ["1 update users(+full_name id)"],
    ),
    "update_with_expression": (
        "db.update(users).set({ fullName: sql`lower(${users.email})` }).returning()",
        ["1 update users(+full_name email)", USERS],
    ),
    "update_from": (
        "db.update(posts).set({ title }).from(users).where(eq(posts.authorId, users.id))",
        ["1 update posts(+title author_id)", "1 select users(id)"],
    ),
    "delete": ("db.delete(users).where(eq(users.id, 1))", ["1 delete users(id)"]),
    "delete_all": ("db.delete(posts)", ["1 delete posts()"]),
    "nested_query": (
        "db.delete(posts).where(inArray(posts.authorId, db.select({ id: users.id }).from(users)))",
        ["1 delete posts(author_id)", "1 select users(id)"],
    ),
}
RELATIONAL = {
    "all": ("db.query.users.findMany()", ["1 select users()", USERS]),
    "where": ("db.query.users.findFirst({ where: eq(users.email, e) })", ["1 select users(email)", USERS]),
    "callback": (
        "db.query.users.findFirst({ where: (u, { eq }) => eq(u.email, e), columns: { id: true } })",
        ["1 select users(email id)"],
    ),
    "columns": ("db.query.users.findMany({ columns: { id: true } })", ["1 select users(id)"]),
    "all_but": (
        "db.query.users.findMany({ columns: { email: false } })",
        ["1 select users()", "~1 select users(id full_name created_at)"],
    ),
    "with": (
        "db.query.users.findMany({ columns: { id: true }, with: { posts: true } })",
        ["1 select users(id)", "1 select posts()", POSTS],
    ),
    "with_columns": (
        "db.query.posts.findMany({ columns: { id: true }, with: { author: { columns: { fullName: true } } } })",
        ["1 select posts(id)", "1 select users(full_name)"],
    ),
    "object_filter": (
        "db.query.users.findMany({ where: { email, OR: [{ fullName: 'b' }] }, columns: { id: true } })",
        ["1 select users(email full_name id)"],
    ),
}
TEMPLATES = {
    "select": (
        "db.execute(sql`select ${users.fullName} from ${users} where ${users.id} = ${id}`)",
        ["1 select users(full_name id)"],
    ),
    "update": (
        "db.execute(sql`update ${users} set full_name = ${name} where ${users.email} = ${email}`)",
        ["1 update users(+full_name email) complete"],
    ),
    "plain": ("db.execute(sql`select title from posts where id = ${id}`)", ["1 select posts(title id)"]),
}
UNRESOLVED = {
    "payload": ("db.insert(posts).values(rows)", ["1 insert posts()", "1 ? what is written to `posts` is a variable"]),
    "set": ("db.update(posts).set(patch)", ["1 update posts()", "1 ? what is written to `posts` is a variable"]),
    "table": (
        "async function all(table) { return db.select().from(table) }",
        ["1 ? the table `table` of a Drizzle query is not declared in the code"],
    ),
    "column": (
        "db.select({ a: users.nickname }).from(users)",
        ["1 select users()", "1 ? the table `users` has no column `nickname`"],
    ),
    "relation": (
        "db.query.users.findMany({ columns: { id: true }, with: { comments: true } })",
        ["1 select users(id)", "1 ? the relation `comments` of `users` is not declared in the code"],
    ),
}
OTHERS = {
    "collections": "new Map().delete(key); seen.set(a, b); list.values(); hash.update(data).digest()",
    "array": "const rows = Array.from(users)",
    "comment": "// db.select().from(users)",
    "type": "type User = typeof users.$inferSelect",
    "query_of_a_router": "const { page } = router.query; page.find(users)",
}
ACCESS = {
    "namespace": (
        "import * as schema from './schema'; db.select({ a: schema.users.fullName }).from(schema.users)",
        ["1 select users(full_name)"],
    ),
    "renamed_import": (
        "import { users as people } from './schema'; db.select({ a: people.fullName }).from(people)",
        ["1 select users(full_name)"],
    ),
    "destructured": (
        "import * as schema from './schema'; const { users } = schema; db.select({ a: users.id }).from(users)",
        ["1 select users(id)"],
    ),
    "no_import_of_the_library": (
        "import { posts } from './schema'; db.insert(posts).values({ title })",
        ["1 insert posts(+title) complete"],
    ),
}


@pytest.mark.parametrize(("code", "expected"), SELECTS.values(), ids=SELECTS)
def test_selects(code, expected):
    assert shown(code) == expected


@pytest.mark.parametrize(("code", "expected"), WRITES.values(), ids=WRITES)
def test_writes(code, expected):
    assert shown(code) == expected


@pytest.mark.parametrize(("code", "expected"), RELATIONAL.values(), ids=RELATIONAL)
def test_relational_queries(code, expected):
    assert shown(code) == expected


@pytest.mark.parametrize(("code", "expected"), TEMPLATES.values(), ids=TEMPLATES)
def test_sql_templates_name_tables_and_columns(code, expected):
    assert shown(code) == expected


@pytest.mark.parametrize(("code", "expected"), UNRESOLVED.values(), ids=UNRESOLVED)
def test_what_does_not_resolve_is_told(code, expected):
    assert shown(code) == expected


@pytest.mark.parametrize("code", OTHERS.values(), ids=OTHERS)
def test_other_code_is_no_reference(code):
    assert shown(code) == []


@pytest.mark.parametrize(("code", "expected"), ACCESS.values(), ids=ACCESS)
def test_a_table_is_found_under_its_exported_name(code, expected):
    assert shown(code, imports="") == expected


def test_a_table_is_selected_and_inserted_with_all_its_columns():
    assert mapped({"src/schema.ts": SCHEMA}, "src/schema.ts") == [
        "~3 insert users(+id@4 +full_name@5 +email@6 +created_at@7)",
        "~3 select users(id@4 full_name@5 email@6 created_at@7)",
        "~9 insert posts(id@10 +title@11 +author_id@12)",
        "~9 select posts(id@10 title@11 author_id@12)",
    ]


DECLARATIONS = {
    "schema": (
        'const auth = pgSchema("auth"); export const u = auth.table("u", { id: t.text("uid") })',
        ["~1 insert auth.u(+uid)", "~1 select auth.u(uid)"],
    ),
    "creator": (
        "const make = pgTableCreator((name) => `app_${name}`); export const u = make('u', { id: t.text('uid') })",
        ["~1 insert app_u(+uid)", "~1 select app_u(uid)"],
    ),
    "view": (
        'export const v = pgView("v", { id: t.text("uid") }).existing()',
        ["~1 select v(uid)"],
    ),
    "enum": (
        'const kind = pgEnum("kind", ["a"]); export const u = pgTable("u", { kind: kind().notNull() })',
        ["~1 insert u(+kind)", "~1 select u(kind)"],
    ),
    "shared_columns": (
        'const dates = { at: t.date("made_at") }; export const u = pgTable("u", { ...dates, id: t.text("uid") })',
        ["~1 insert u(+made_at +uid)", "~1 select u(made_at uid)"],
    ),
    "name_is_a_variable": (
        "export const u = pgTable(process.env.T, {})",
        ["1 ? the name of the table `u` is a variable"],
    ),
    "no_call_of_the_library": ("export const u = makeThing('u', { id: 1 })", []),
}


@pytest.mark.parametrize(("code", "expected"), DECLARATIONS.values(), ids=DECLARATIONS)
def test_declarations(code, expected):
    assert declared(code) == expected


def test_a_column_of_an_unknown_function_without_a_name_is_not_guessed():
    code = 'import { id } from "./columns"; export const u = pgTable("u", { id: id(), name: t.text("n") })'
    assert declared(code) == ["~1 insert u(+n)", "~1 select u(n)"]


def test_the_casing_of_the_client_names_columns_that_have_no_name():
    code = 'export const u = pgTable("u", { createdAt: t.date(), userID2: t.text(), Kept: t.text("Kept") })'
    client = 'import { drizzle } from "drizzle-orm/postgres-js"; export const db = drizzle(c, { casing: "snake_case" })'
    assert declared(code, db=client)[1] == "~1 select u(created_at user_id_2 Kept)"
    assert declared(code)[1] == "~1 select u(createdAt userID2 Kept)"


def test_the_nearest_of_several_tables_of_one_name_counts():
    other = SCHEMA.replace('"users"', '"people"')
    files = {"apps/a/src/schema.ts": SCHEMA, "apps/b/src/schema.ts": other}
    files["apps/b/src/x.ts"] = IMPORTS + "db.select({ id: users.id }).from(users)"
    assert mapped(files, "apps/b/src/x.ts") == ["1 select people(id)"]
