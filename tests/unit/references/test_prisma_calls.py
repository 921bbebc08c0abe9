"""Calls of the Prisma client, resolved through the models of schema.prisma."""

import pytest

from midflight.references.languages import extract
from support.mapped_lines import mapped

SCHEMA = """
datasource db {
  provider = "postgresql"
}
model User {
  id        String   @id @default(uuid())
  email     String   @unique
  fullName  String?  @map("full_name")
  createdAt DateTime @default(now()) @map("created_at")
  posts     Post[]
  @@map("users")
}
model Post {
  id       Int    @id @default(autoincrement())
  title    String
  authorId String @map("author_id")
  author   User   @relation(fields: [authorId], references: [id])
  tags     Tag[]
  @@unique([authorId, title])
  @@map("posts")
}
model Tag {
  id    Int    @id @default(autoincrement())
  name  String
  posts Post[]
}
"""
ALL = "~1 select users(id email full_name created_at)"


def shown(code: str, schema: str = SCHEMA) -> list[str]:
    return mapped({"prisma/schema.prisma": schema, "src/a.ts": code}, "src/a.ts")


READS = {
    "no_select": ("await prisma.user.findMany()", ["1 select users()", ALL]),
    "select": ("prisma.user.findMany({ select: { id: true, fullName: true } })", ["1 select users(id full_name)"]),
    "deselected": ("prisma.user.findMany({ select: { id: true, fullName: false } })", ["1 select users(id)"]),
    "omit": (
        "prisma.user.findUnique({ where: { id }, omit: { fullName: true } })",
        ["1 select users(id)", "~1 select users(id email created_at)"],
    ),
    "include": (
        "prisma.user.findMany({ include: { posts: true } })",
        ["1 select users()", "1 select posts()", "~1 select posts(id title author_id)", ALL],
    ),
    "nested_select": (
        "prisma.user.findMany({ select: { posts: { select: { title: true }, where: { id: 1 } } } })",
        ["1 select users()", "1 select posts(id title)"],
    ),
    "foreign_key_side": (
        "prisma.post.findMany({ select: { author: { select: { email: true } } } })",
        ["1 select posts(author_id)", "1 select users(email)"],
    ),
    "counts": (
        "prisma.user.findMany({ select: { _count: { select: { posts: true } } } })",
        ["1 select users()", "1 select posts()"],
    ),
    "logic": (
        "prisma.user.findFirst({ where: { OR: [{ email }, { NOT: { fullName: null } }] }, select: { id: true } })",
        ["1 select users(email full_name id)"],
    ),
    "related_filter": (
        "prisma.post.findMany({ where: { author: { is: { email } } }, select: { id: true } })",
        ["1 select posts(author_id id)", "1 select users(email)"],
    ),
    "filter_through_lists": (
        "prisma.user.count({ where: { posts: { every: { tags: { some: { name } } } } } })",
        ["1 select users()", "1 select posts()", "1 select Tag(name)"],
    ),
    "compound_unique": (
        "prisma.post.findUnique({ where: { authorId_title: { authorId, title } }, select: { id: true } })",
        ["1 select posts(author_id title id)"],
    ),
    "order": (
        "prisma.post.findMany({ orderBy: [{ author: { fullName: 'asc' } }, { title: 'desc' }], select: { id: true } })",
        ["1 select posts(author_id title id)", "1 select users(full_name)"],
    ),
    "distinct": (
        "prisma.user.findMany({ distinct: ['fullName'], select: { id: true } })",
        ["1 select users(full_name id)"],
    ),
    "count": ("prisma.user.count({ where: { fullName: 'x' } })", ["1 select users(full_name)"]),
    "group": (
        "prisma.post.groupBy({ by: ['authorId'], _count: { _all: true }, _max: { title: true } })",
        ["1 select posts(author_id title)"],
    ),
    "aggregate": ("prisma.post.aggregate({ _max: { id: true }, where: { title } })", ["1 select posts(id title)"]),
    "fluent": (
        "prisma.user.findUnique({ where: { id } }).posts({ select: { title: true } })",
        ["1 select users(id)", "1 select posts(title)"],
    ),
    "then": ("prisma.user.findMany({ select: { id: true } }).then(show)", ["1 select users(id)"]),
    "filter_is_a_variable": ("prisma.user.findMany({ where: filter })", ["1 select users()", ALL]),
    "selection_is_a_variable": ("prisma.user.findMany({ select: columns })", ["1 select users()"]),
    "options_are_a_constant": (
        "const args = { select: { id: true } }\nprisma.user.findMany(args)",
        ["2 select users(id@1)"],
    ),
    "lines": (
        "prisma.user\n  .findMany({\n  select: {\n    id: true,\n    fullName: true,\n  },\n})",
        ["1 select users(id@4 full_name@5)"],
    ),
}
WRITES = {
    "create": (
        "prisma.user.create({ data: { email }, select: { id: true } })",
        ["1 insert users(+email +id +created_at id) complete"],
    ),
    "create_gives_the_row_back": (
        "prisma.post.create({ data: { title, authorId } })",
        ["1 insert posts(+title +author_id) complete", "~1 select posts(id title author_id)"],
    ),
    "undefined_is_not_written": (
        "prisma.user.create({ data: { email, fullName: undefined }, select: { id: true } })",
        ["1 insert users(+email +id +created_at id) complete"],
    ),
    "spread": (
        "prisma.user.create({ data: { email, ...rest }, select: { id: true } })",
        ["1 insert users(+email +id +created_at id)"],
    ),
    "create_many": (
        "prisma.user.createMany({ data: [{ email: 'a' }, { email: 'b', fullName: 'B' }] })",
        ["1 insert users(+email +full_name +id +created_at) complete"],
    ),
    "create_many_mapped": (
        "prisma.user.createMany({ data: people.map((p) => ({ email: p.email })) })",
        ["1 insert users(+email +id +created_at) complete"],
    ),
    "update": (
        "prisma.user.update({ where: { id }, data: { fullName: 'x' }, select: { id: true } })",
        ["1 update users(+full_name id)"],
    ),
    "update_many": (
        "prisma.user.updateMany({ where: { email }, data: { fullName: null } })",
        ["1 update users(+full_name email)"],
    ),
    "upsert": (
        "prisma.user.upsert({ where: { email }, create: { email }, update: { fullName: 'x' }, select: { id: true } })",
        ["1 upsert users(+email +id +created_at email id) complete", "1 update users(+full_name)"],
    ),
    "delete": ("prisma.user.delete({ where: { id } })", ["1 delete users(id)", ALL]),
    "delete_many": ("prisma.user.deleteMany({ where: { createdAt: { lt } } })", ["1 delete users(created_at)"]),
    "delete_all": ("prisma.user.deleteMany()", ["1 delete users()"]),
    "nested_create": (
        "prisma.user.create({ data: { email, posts: { create: { title } } }, select: { id: true } })",
        [
            "1 insert users(+email +id +created_at id) complete",
            "1 insert posts(+author_id +title) complete",
        ],
    ),
    "nested_create_many": (
        "prisma.user.update({ data: { posts: { createMany: { data: [{ title }] } } }, select: { id: true } })",
        ["1 update users(id)", "1 insert posts(+author_id +title) complete"],
    ),
    "nested_update_and_delete": (
        (
            "prisma.user.update({ where: { id }, select: { id: true }, data: { posts: {"
            " deleteMany: { title: 'x' }, updateMany: { where: { id: 1 }, data: { title: 'b' } } } } })"
        ),
        ["1 update users(id)", "1 delete posts(title)", "1 update posts(+title id)"],
    ),
    "nested_upsert": (
        (
            "prisma.user.update({ where: { id }, select: { id: true }, data: { posts: {"
            " upsert: { where: { id: 1 }, create: { title: 'c' }, update: { title: 'd' } } } } })"
        ),
        ["1 update users(id)", "1 upsert posts(+author_id +title id) complete", "1 update posts(+title)"],
    ),
    "connect_writes_the_foreign_key": (
        "prisma.post.create({ data: { title, author: { connect: { email } } }, select: { id: true } })",
        ["1 insert posts(+title +author_id id) complete", "1 select users(email)"],
    ),
    "connect_from_the_other_side": (
        "prisma.user.update({ where: { id }, data: { posts: { connect: [{ id: 1 }] } }, select: { id: true } })",
        ["1 update users(id)", "1 update posts(+author_id id)"],
    ),
    "connect_or_create": (
        (
            "prisma.post.create({ select: { id: true }, data: { title,"
            " author: { connectOrCreate: { where: { id }, create: { email } } } } })"
        ),
        [
            "1 insert posts(+title +author_id id) complete",
            "1 insert users(+email +id +created_at id) complete",
        ],
    ),
}
CLIENTS = {
    "this": ("this.prisma.user.count()", ["1 select users()"]),
    "context": ("ctx.prisma.user.count()", ["1 select users()"]),
    "other_name": ("db.user.findMany({ select: { id: true } })", ["1 select users(id)"]),
    "other_name_that_only_writes": (
        "db.user.update({ where: { id }, data: { email }, select: { id: true } })",
        ["1 update users(+email id)"],
    ),
    "transaction": (
        "prisma.$transaction(async (tx) => {\n  await tx.post.deleteMany({ where: { title } })\n})",
        ["2 delete posts(title)"],
    ),
    "extended": ("const x = prisma.$extends({})\nx.user.findMany({ select: { id: true } })", ["2 select users(id)"]),
    "held": ("const users = this.prisma.user\nusers.findMany({ select: { id: true } })", ["2 select users(id)"]),
    "taken": ("const { post } = prisma\npost.findMany({ select: { id: true } })", ["2 select posts(id)"]),
    "index": ("prisma['user'].findMany({ select: { id: true } })", ["1 select users(id)"]),
    "guarded": (
        "if (process.env.NAMES === 'true') prisma.user.findMany({ select: { fullName: true } })",
        ["1 select users(full_name)"],
    ),
}
RAW = {
    "query": ("prisma.$queryRaw`SELECT full_name FROM users WHERE id = ${id}`", ["1 select users(full_name id)"]),
    "execute": (
        "prisma.$executeRaw(Prisma.sql`UPDATE users SET full_name = ${name}`)",
        ["1 update users(+full_name) complete"],
    ),
    "unsafe": ("prisma.$queryRawUnsafe('SELECT title FROM posts WHERE id = $1', id)", ["1 select posts(title id)"]),
    "fragment": (
        "const only = Prisma.sql`WHERE\n  title = ${t}`\nprisma.$queryRaw`SELECT id FROM posts ${only}`",
        ["3 select posts(id title)"],
    ),
    "conditional_fragment": (
        "prisma.$queryRaw`SELECT id FROM users ${by ? Prisma.sql`WHERE email = ${e}` : Prisma.empty}`",
        ["1 select users(id email)"],
    ),
}
UNRESOLVED = {
    "payload": (
        "prisma.user.create({ data, select: { id: true } })",
        ["1 insert users(id)", "1 ? what is written to `users` is a variable"],
    ),
    "options": ("prisma.user.create(args)", ["1 insert users()", "1 ? what is written to `users` is a variable"]),
    "no_such_field": (
        "prisma.user.findMany({ select: { nickname: true } })",
        ["1 select users()", "1 ? the model `User` has no field `nickname`"],
    ),
    "no_such_model": ("prisma.comment.findMany()", ["1 ? the model of `comment` is in no schema.prisma"]),
    "dynamic_model": ("prisma[name].findMany()", ["1 ? the model is a variable: `prisma[name].findMany()`"]),
}
OTHERS = {
    "comment": "// prisma.user.findMany()",
    "string": 'const s = "prisma.user.findMany()"',
    "other_arguments": "cache.user.delete(key)",
    "text_argument": "this.hash.user.update('text')",
    "other_model_of_another_client": "stripe.customers.update({ where: id })",
    "other_options": "api.user.create({ name: 'x', body: data })",
    "function_argument": "list.post.count((one) => one.done)",
    "transaction_itself": "prisma.$transaction([])",
}


@pytest.mark.parametrize(("code", "expected"), READS.values(), ids=READS)
def test_reads(code, expected):
    assert shown(code) == expected


@pytest.mark.parametrize(("code", "expected"), WRITES.values(), ids=WRITES)
def test_writes(code, expected):
    assert shown(code) == expected


@pytest.mark.parametrize(("code", "expected"), CLIENTS.values(), ids=CLIENTS)
def test_a_client_is_known_by_the_shape_of_its_calls(code, expected):
    assert shown(code) == expected


@pytest.mark.parametrize(("code", "expected"), RAW.values(), ids=RAW)
def test_raw_sql_is_read_with_its_fragments(code, expected):
    assert shown(code) == expected


@pytest.mark.parametrize(("code", "expected"), UNRESOLVED.values(), ids=UNRESOLVED)
def test_what_does_not_resolve_is_told(code, expected):
    assert shown(code) == expected


@pytest.mark.parametrize("code", OTHERS.values(), ids=OTHERS)
def test_other_code_is_no_reference(code):
    assert shown(code) == []


def test_a_guard_covers_a_call():
    call = extract("a.ts", b"if (process.env.NAMES === 'true') prisma.user.findMany()").calls[0]
    assert call.guard is not None
    assert call.guard.flag == "NAMES"


def test_the_nearest_of_several_schemas_counts():
    other = SCHEMA.replace('@@map("users")', '@@map("people")')
    files = {
        "apps/a/prisma/schema.prisma": SCHEMA,
        "apps/b/prisma/schema.prisma": other,
        "apps/b/src/x.ts": "prisma.user.count()",
        "tools/x.ts": "prisma.user.count()",
    }
    assert mapped(files, "apps/b/src/x.ts") == ["1 select people()"]
    assert mapped(files, "tools/x.ts") == ["1 ? the model of `user` is declared by several schemas"]


def test_a_filter_too_deep_to_follow_names_no_column():
    code = "prisma.user.count({ where: " + "{ AND: [" * 40 + "{ email }" + "] }" * 40 + " })"
    assert shown(code) == ["1 select users()"]
