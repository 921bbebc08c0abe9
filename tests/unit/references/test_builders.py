"""Queries of Kysely and Knex, whose tables and columns are strings."""

import pytest

from support.mapped_lines import mapped

DATABASE = """import { Kysely, Generated, ColumnType } from 'kysely';
interface UsersTable { id: Generated<number>; email: string; made_at: ColumnType<Date> }
interface PostsTable { id: Generated<number>; title: string; user_id: number }
export interface Database { users: UsersTable; posts: PostsTable }
"""


def kysely(code: str, database: str = DATABASE) -> list[str]:
    return mapped({"src/db.ts": database, "src/a.ts": "import { db } from './db';\n" + code}, "src/a.ts")


def knex(code: str, **others: str) -> list[str]:
    return mapped({"src/a.js": code} | {f"src/{name}.js": text for name, text in others.items()}, "src/a.js")


KYSELY = {
    "select": (
        "db.selectFrom('users').select(['id', 'email']).where('made_at', '>', x).execute()",
        ["2 select users(id email made_at)"],
    ),
    "one_column": ("db.selectFrom('users').select('email').executeTakeFirst()", ["2 select users(email)"]),
    "all": ("db.selectFrom('users').selectAll().execute()", ["2 select users() *"]),
    "alias": (
        "db.selectFrom('users as u').select(['u.id', 'u.email as mail']).orderBy('mail').execute()",
        ["2 select users(id email)"],
    ),
    "schema": ("db.selectFrom('app.users').select('id')", ["2 select app.users(id)"]),
    "join": (
        "db.selectFrom('users').innerJoin('posts', 'posts.user_id', 'users.id').select(['users.id', 'posts.title'])",
        ["2 select users(id)", "2 select posts(user_id title)"],
    ),
    "column_of_one_of_two": (
        "db.selectFrom('users').innerJoin('posts', 'posts.user_id', 'users.id').select(['email', 'title'])",
        ["2 select users(id email)", "2 select posts(user_id title)"],
    ),
    "column_of_either": (
        "db.selectFrom('users').innerJoin('posts', 'posts.user_id', 'users.id').select('id')",
        ["2 select users(id)", "2 select posts(user_id)", "2 ? the column `id` may be of several tables"],
    ),
    "all_of_one": (
        "db.selectFrom('users').innerJoin('posts', 'posts.user_id', 'users.id').selectAll('posts')",
        ["2 select users(id)", "2 select posts(user_id) *"],
    ),
    "insert": (
        "db.insertInto('users').values({ email, made_at }).returning('id').execute()",
        ["2 insert users(+email +made_at id) complete"],
    ),
    "insert_rows": (
        "db.insertInto('users').values(rows).execute()",
        ["2 insert users()", "2 ? what is written to `users` is a variable"],
    ),
    "insert_spread": ("db.insertInto('users').values({ ...x, email })", ["2 insert users(+email)"]),
    "update": (
        "db.updateTable('users').set({ email: 'x' }).where('id', '=', 1).returningAll()",
        ["2 update users(+email id) *"],
    ),
    "update_one": ("db.updateTable('users').set('email', 'x').where('id', '=', 1)", ["2 update users(+email id)"]),
    "delete": ("db.deleteFrom('users').where('id', 'in', [1, 2]).execute()", ["2 delete users(id)"]),
    "order_by_a_name_of_an_expression": (
        "db.selectFrom('users').select((eb) => eb.fn.countAll().as('n')).orderBy('n')",
        ["2 select users()"],
    ),
    "query_inside": (
        "db.selectFrom('users').select('id').where((eb) => eb.exists(eb.selectFrom('posts').select('title')))",
        ["2 select users(id)", "2 select posts(title)"],
    ),
    "common_table_expression": (
        "db.with('recent', (q) => q.selectFrom('users').select('id')).selectFrom('recent').select('n')",
        ["2 select users(id)"],
    ),
    "lines": (
        "db\n  .selectFrom('users')\n  .select([\n    'id',\n    'email',\n  ])",
        ["3 select users(id@5 email@6)"],
    ),
    "sql": ("sql`SELECT email FROM users`.execute(db)", ["2 select users(email)"]),
    "table_of_the_program": ("db.selectFrom(table).select('id')", ["2 ? the name of the table is a variable"]),
    "other_method": ("select.from('users')", []),
}


@pytest.mark.parametrize("case", KYSELY)
def test_kysely(case):
    code, expected = KYSELY[case]
    assert kysely(code) == expected


def test_the_camel_case_plugin_names_tables_and_columns():
    database = "import { Kysely, CamelCasePlugin } from 'kysely'; new Kysely({ plugins: [new CamelCasePlugin()] })"
    code = "db.selectFrom('userItems').select(['madeAt', 'id']).where('userItems.ownerId', '=', 1)"
    assert kysely(code, database) == ["2 select user_items(made_at id owner_id)"]


def test_a_camel_case_plugin_with_options_leaves_what_it_may_change():
    database = "import { CamelCasePlugin } from 'kysely'; new CamelCasePlugin({ upperCase: true })"
    assert kysely("db.selectFrom('users').select(['madeAt', 'id'])", database) == [
        "2 select users(id)",
        "2 ? names are changed by a function of the project",
    ]


KNEX = {
    "select": ("knex('users').where({ email }).select('id', 'name')", ["1 select users(email id name)"]),
    "no_list": ("knex('users').where('email', x)", ["1 select users(email) *"]),
    "star": ("knex('users').select()", ["1 select users() *"]),
    "first": ("db('users').where({ id }).first()", ["1 select users(id) *"]),
    "first_columns": ("db('users').where({ id }).first('email')", ["1 select users(id email)"]),
    "from": ("knex.select('id', 'email').from('users').whereNull('gone_at')", ["1 select users(id email gone_at)"]),
    "join": (
        "knex('users').join('posts', 'users.id', 'posts.user_id').select('users.email', 'posts.title')",
        ["1 select users(id email)", "1 select posts(user_id title)"],
    ),
    "join_with_operator": (
        "knex('users as u').leftJoin('posts as p', 'u.id', '=', 'p.user_id').select('p.title')",
        ["1 select users(id)", "1 select posts(user_id title)"],
    ),
    "alias_object": ("knex({ u: 'users' }).select('u.email')", ["1 select users(email)"]),
    "insert": ("knex('users').insert({ email, name })", ["1 insert users(+email +name) complete"]),
    "insert_returning": ("trx('users').insert([{ email }], ['id'])", ["1 insert users(+email id) complete"]),
    "insert_into": ("knex.insert({ email }).into('users')", ["1 insert users(+email) complete"]),
    "upsert": (
        "knex('users').insert({ email }).onConflict('email').merge()",
        ["1 upsert users(+email email) complete conflict=email"],
    ),
    "update": ("knex('users').where('id', 1).update({ email })", ["1 update users(id +email)"]),
    "update_one": ("knex('users').where('id', 1).update('email', x)", ["1 update users(id +email)"]),
    "delete": ("knex('users').whereIn('id', ids).del()", ["1 delete users(id)"]),
    "count": ("knex('users').count('id as n').orderBy('n')", ["1 select users(id)"]),
    "aggregate_name": ("knex('users').select(knex.raw('count(*) AS n')).orderBy('n')", ["1 select users()"]),
    "schema": ("knex.withSchema('app').from('users').select('id')", ["1 select app.users(id)"]),
    "where_of_a_function": (
        "knex('users').where(function () { this.where('a', 1) }).select('id')",
        ["1 select users(id)"],
    ),
    "variable": ("knex(table).select('id')", []),
    "mongo": ("db('users').collection('x').find()", []),
    "configuration": ("const k = knex({ client: 'pg', connection: url })", []),
    "unknown_payload": (
        "knex('users').insert(row)",
        ["1 insert users()", "1 ? what is written to `users` is a variable"],
    ),
}


@pytest.mark.parametrize("case", KNEX)
def test_knex(case):
    code, expected = KNEX[case]
    assert knex(code) == expected


def test_objection_s_mappers_of_another_file_name_columns():
    client = "import { knexSnakeCaseMappers } from 'objection'; knex({ client: 'pg', ...knexSnakeCaseMappers() })"
    assert knex("knex('userItems').select('madeAt')", client=client) == ["1 select user_items(made_at)"]


def test_a_wrapper_of_identifiers_leaves_what_it_may_change():
    client = "knex({ client: 'pg', wrapIdentifier: (name, wrap) => wrap(snake(name)) })"
    assert knex("knex('users').select('madeAt', 'id')", client=client) == [
        "1 select users(id)",
        "1 ? names are changed by a function of the project",
    ]


def test_a_common_table_expression_of_another_file_is_no_table():
    others = {
        "src/q.ts": "import 'kysely';"
        " export const ups = (db) => db.withRecursive('ups(id)', (q) => q.selectFrom('users').select('id'))"
    }
    code = "import { ups } from './q'; import 'kysely';\nups(db).selectFrom('ups').select('depth')"
    assert mapped(others | {"src/a.ts": code}, "src/a.ts") == []


def test_a_chain_over_a_common_table_expression_keeps_the_columns_of_its_tables():
    code = "db.with('recent', (q) => q.selectFrom('users').select('id')).selectFrom('recent')"
    code += ".innerJoin('posts', 'posts.user_id', 'recent.id').select('posts.title')"
    assert kysely(code) == ["2 select posts(user_id title)", "2 select users(id)"]
