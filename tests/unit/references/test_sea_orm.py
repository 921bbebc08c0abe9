"""SeaORM's entities, and structs that sqlx fills from whole rows."""

import pytest

from support.entity_lines import mapped

HEAD = "use sea_orm::entity::prelude::*;\n#[derive(Clone, Debug, DeriveEntityModel)]\n"


def model(fields, said='#[sea_orm(table_name = "users")]'):
    return f"{HEAD}{said}\npub struct Model {{\n{fields}\n}}"


def both(written, read=None, table="users"):
    columns = " ".join("+" + name for name in written.split())
    insert = [f"4 insert {table}({columns})"] if written else []
    return [*insert, f"4 select {table}({written if read is None else read})"]


FIELDS = {
    "field": ("pub email: String,", both("email@5")),
    "optional": ("pub email: Option<String>,", both("email@5")),
    "raw": ("pub r#type: String,", both("type@5")),
    "column": ('#[sea_orm(column_type = "Text", column_name = "mail", nullable)]\npub email: String,', both("mail@6")),
    "counted_key": ("#[sea_orm(primary_key)]\npub id: i64,", both("", "id@6")),
    "key": ("#[sea_orm(primary_key, auto_increment = false)]\npub id: i64,", both("id@6")),
    "key_of_text": ("#[sea_orm(primary_key)]\npub id: Uuid,", both("id@6")),
    "ignored": ("#[sea_orm(ignore)]\npub a: String,", both("")),
    "relation": ("pub posts: HasMany<super::post::Entity>,", both("")),
    "comment": ("// pub a: String,\n/// said\npub b: String,", both("b@7")),
    "other_attribute": ('#[serde(skip, rename = "x")]\npub a: String,', both("a@6")),
}


@pytest.mark.parametrize("case", FIELDS)
def test_an_entity_lists_its_fields(case):
    fields, expected = FIELDS[case]
    assert mapped({"a.rs": model(fields)}) == expected


SAID = {
    "schema": ('#[sea_orm(schema_name = "crm", table_name = "users")]', "4 select crm.users(full_name@5)"),
    "camel": ('#[sea_orm(table_name = "users", rename_all = "camelCase")]', "4 select users(fullName@5)"),
    "unknown_case": ('#[sea_orm(table_name = "users", rename_all = "kebab-case")]', "4 select users()"),
}


@pytest.mark.parametrize("case", SAID)
def test_attributes_of_the_struct_hold(case):
    said, expected = SAID[case]
    assert mapped({"a.rs": model("pub full_name: String,", said)})[-1] == expected


def test_the_long_form_names_columns_by_an_enum():
    source = (
        "#[derive(Copy, Clone, DeriveColumn)]\npub enum Column {\nId,\nFullName,\n"
        '#[sea_orm(column_name = "mail")]\nEmail,\n}\nimpl EntityName for Entity {\n'
        'fn table_name(&self) -> &str { "users" }\nfn schema_name(&self) -> Option<&str> { Some("crm") }\n}'
    )
    assert mapped({"a.rs": source})[1] == "2 select crm.users(id@3 full_name@4 mail@6)"


ROW = "#[derive(Debug, sqlx::FromRow)]\npub struct User {\npub id: i64,\npub email: String,\n}"
WHOLE = {
    "function": 'sqlx::query_as::<_, User>("SELECT * FROM users WHERE id = $1")',
    "macro": 'sqlx::query_as!(User, "select * from users")',
    "raw": 'query_as::<_, models::User>(r#"\nSELECT * FROM users"#)',
    "returned": 'query_as::<_, User>("UPDATE users SET email = $1 RETURNING *")',
}


@pytest.mark.parametrize("case", WHOLE)
def test_a_query_of_whole_rows_needs_the_columns_of_the_struct_that_it_fills(case):
    found = mapped({"row.rs": ROW, "q.rs": f"\nfn f() {{ {WHOLE[case]} }}"})
    assert "2 select users(id@3 email@4)" in found


ROWS = {
    "renamed": ('#[sqlx(rename = "mail")]\npub email: String,', "mail@4"),
    "all_renamed": ('#[serde(rename = "x")]\npub email: String,', "email@4"),
    "default": ("#[sqlx(default)]\npub email: String,", ""),
    "skipped": ("#[sqlx(skip)]\npub email: String,", ""),
}


@pytest.mark.parametrize("case", ROWS)
def test_attributes_of_a_row_s_field_hold(case):
    fields, columns = ROWS[case]
    row = f"#[derive(FromRow)]\nstruct User {{\n{fields}\n}}"
    query = 'fn f() { query_as::<_, User>("SELECT * FROM users") }'
    assert f"1 select users({columns})" in mapped({"row.rs": row, "q.rs": query})


NOTHING = {
    "row_without_a_query": ROW,
    "plain_struct": "pub struct Model { pub id: i64 }",
    "another_derive": "#[derive(Clone)]\npub struct Model { pub id: i64 }",
    "no_table": HEAD + "pub struct Model { pub id: i64 }",
    "relation": '#[derive(DeriveRelation)]\nenum Relation {\n#[sea_orm(has_many = "super::a::Entity")]\nA,\n}',
    "enum_of_a_query": "#[derive(DeriveColumn)]\nenum QueryAs { A }",
    "comment": f"// {ROW}",
    "tests": f"#[cfg(test)]\nmod tests {{\n{model('pub a: i64,')}\n}}",
}


@pytest.mark.parametrize("case", NOTHING)
def test_what_is_no_entity_is_left_alone(case):
    assert mapped({"a.rs": NOTHING[case]}) == []


@pytest.mark.parametrize("query", ["SELECT * FROM users JOIN teams USING (id)", "SELECT * FROM users, teams"])
def test_rows_of_several_tables_belong_to_none(query):
    found = mapped({"row.rs": ROW, "q.rs": f'fn f() {{ query_as::<_, User>("{query}") }}'})
    assert not [line for line in found if "email" in line]
