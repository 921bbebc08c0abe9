"""Queries of Kysely and Knex, whose tables and columns are strings."""

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
