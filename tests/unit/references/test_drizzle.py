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


def shown(code: str, imports: str = IMPORTS) -> list[str]:
    return mapped({"src/schema.ts": SCHEMA, "src/a.ts": imports + code}, "src/a.ts")


def declared(code: str, **others: str) -> list[str]:
    files = {"src/schema.ts": 'import { x } from "drizzle-orm/pg-core";' + code}
    files |= {f"src/{name}.ts": text for name, text in others.items()}
    return mapped(files, "src/schema.ts")


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


@pytest.mark.parametrize(("code", "expected"), TEMPLATES.values(), ids=TEMPLATES)
def test_sql_templates_name_tables_and_columns(code, expected):
    assert shown(code) == expected


def test_a_table_is_selected_and_inserted_with_all_its_columns():
    assert mapped({"src/schema.ts": SCHEMA}, "src/schema.ts") == [
        "~3 insert users(+id@4 +full_name@5 +email@6 +created_at@7)",
        "~3 select users(id@4 full_name@5 email@6 created_at@7)",
        "~9 insert posts(id@10 +title@11 +author_id@12)",
        "~9 select posts(id@10 title@11 author_id@12)",
    ]


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
