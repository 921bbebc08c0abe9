"""GORM's models: inserts list every field, selects take `*`."""

import pytest

from support.entity_lines import mapped

HEAD = 'package a\n\nimport "gorm.io/gorm"\n\n'


def user(fields, after=""):
    return f"{HEAD}type User struct {{\n{fields}\n}}\n{after}"


KEY = 'ID uint `gorm:"primaryKey"`\n'
SELECT = "5 select users() *"
COLUMNS = {
    "field": (KEY + "FullName string", "+full_name@7"),
    "column": (KEY + 'Name string `json:"n" gorm:"column:full_name;size:10"`', "+full_name@7"),
    "initialism": (KEY + "UserID uint", "+user_id@7"),
    "initialisms_at_the_end": (KEY + "CallbackURLs string", "+callback_urls@7"),
    "two_names": (KEY + "A, B string", "+a@7 +b@7"),
    "pointer": (KEY + "Email *string", "+email@7"),
    "bytes": (KEY + "Body []byte", "+body@7"),
    "known_type": (KEY + "At sql.NullTime", "+at@7"),
    "own_type": (KEY + "State State", "+state@7"),
    "generic": (KEY + "Data datatypes.JSONType[Foo]", "+data@7"),
    "created_only": (KEY + 'Name string `gorm:"<-:create"`', "+name@7"),
    "update_only": (KEY + 'Name string `gorm:"<-:update"`', ""),
    "read_only": (KEY + 'Name string `gorm:"->"`', ""),
    "never_written": (KEY + 'Name string `gorm:"<-:false"`', ""),
    "write_only": (KEY + 'Name string `gorm:"->:false;<-:create"`', "+name@7"),
    "ignored": (KEY + 'Name string `gorm:"-"`', ""),
    "ignored_by_migrations_alone": (KEY + 'Name string `gorm:"-:migration"`', "+name@7"),
    "ignored_by_all": (KEY + 'Name string `gorm:"-:all"`', ""),
    "default_of_the_client": (KEY + 'State string `gorm:"default:new"`', "+state@7"),
    "default_of_the_database": (KEY + 'At string `gorm:"default:now()"`', ""),
    "unexported": (KEY + "name string", ""),
    "belongs_to": (KEY + "TeamID uint\nTeam Team", "+team_id@7"),
    "has_many": (KEY + 'Posts []Post `gorm:"foreignKey:AuthorID"`', ""),
    "struct_of_the_file": (KEY + "Other Other", ""),
    "serializer": (KEY + 'Tags []Tag `gorm:"serializer:json"`', "+tags@7"),
    "type_of_another_file": (KEY + "Team Team", ""),
}


@pytest.mark.parametrize("case", COLUMNS)
def test_an_insert_lists_the_fields(case):
    fields, written = COLUMNS[case]
    source = user(fields.rstrip(), "type State string\ntype Other struct { A string }\n")
    assert mapped({"a.go": source}) == [*([f"5 insert users({written})"] if written else []), SELECT]


def test_the_model_of_gorm_brings_a_key_time_stamps_and_a_filter_on_deleted_rows():
    assert mapped({"a.go": user("gorm.Model\nName string")}) == [
        "5 insert users(+created_at@6 +updated_at@6 +deleted_at@6 +name@7)",
        "5 select users(deleted_at@6) *",
    ]


TABLES = {
    "method": ('func (User) TableName() string { return "crm_users" }', ["crm_users"]),
    "method_of_a_pointer": ('func (u *User) TableName() string {\n\treturn "people"\n}', ["people"]),
    "constant": ('const t = "people"\nfunc (User) TableName() string { return t }', ["people"]),
    "made": ("func (User) TableName() string { return prefix() }", []),
}


@pytest.mark.parametrize("case", TABLES)
def test_a_method_gives_the_table(case):
    after, tables = TABLES[case]
    found = mapped({"a.go": user(KEY + "Name string", after)})
    expected = [f"5 insert {table}(+name@7)" for table in tables] + [f"5 select {table}() *" for table in tables]
    why = "5 ? the table of the model `User` is not known: `TableName` makes it when the program runs"
    assert found == (expected or [why])


def test_a_struct_of_another_file_is_embedded_and_is_no_table_itself():
    base = 'package a\ntype Base struct {\nID string `gorm:"primaryKey"`\nNote string\n}'
    assert mapped({"m/base.go": base, "m/user.go": user("Base\nName string")}) == [
        "5 insert users(+id@3 +note@4 +name@7)",
        SELECT,
    ]


def test_an_embedded_struct_gets_its_prefix():
    source = user(
        KEY + 'Home Address `gorm:"embedded;embeddedPrefix:home_"`', "type Address struct {\nStreet string\n}"
    )
    assert mapped({"a.go": source})[0] == "5 insert users(+home_street@10)"


def test_an_embedded_struct_that_is_not_read_adds_nothing():
    assert mapped({"a.go": user("other.Thing\n" + KEY + "Name string")})[0] == "5 insert users(+name@8)"


STRATEGIES = {
    "singular": ("NamingStrategy: schema.NamingStrategy{SingularTable: true}", ["5 insert user(+name@7)"]),
    "prefix": ('NamingStrategy: schema.NamingStrategy{TablePrefix: "t_"}', ["5 insert t_users(+name@7)"]),
}


@pytest.mark.parametrize("case", STRATEGIES)
def test_the_naming_strategy_of_another_file_holds(case):
    text, expected = STRATEGIES[case]
    opened = f'package a\nimport "gorm.io/gorm"\nvar c = gorm.Config{{{text}}}'
    assert mapped({"db.go": opened, "a.go": user(KEY + "Name string")})[:1] == expected


def test_a_strategy_of_the_project_s_own_is_not_guessed():
    opened = (
        'package a\nimport "gorm.io/gorm"\nvar c = gorm.Config{NamingStrategy: schema.NamingStrategy{TablePrefix: p()}}'
    )
    found = mapped({"db.go": opened, "a.go": user(KEY + "Name string")})
    assert found == ["5 ? the table of the model `User` is not known: the naming strategy is set where it is not read"]


TAGS = user(KEY + 'Name string\nTags []Tag `gorm:"many2many:user_tags;"`')


def test_the_table_between_two_models_is_the_one_that_the_tag_names():
    assert mapped({"a.go": TAGS}) == ["5 insert users(+name@7)", SELECT, "8 select user_tags()"]


def test_a_table_between_two_models_is_not_guessed_beside_a_naming_strategy():
    text, _ = STRATEGIES["prefix"]
    opened = f'package a\nimport "gorm.io/gorm"\nvar c = gorm.Config{{{text}}}'
    assert mapped({"db.go": opened, "a.go": TAGS}) == ["5 insert t_users(+name@7)", "5 select t_users() *"]


NOTHING = {
    "plain_struct": HEAD + "type Request struct {\nName string\n}",
    "tagged_for_json": HEAD + 'type Request struct {\nName string `json:"name"`\n}',
    "embeds_a_plain_struct": HEAD + "type A struct {\nB\n}\ntype B struct {\nName string\n}",
    "no_key": HEAD + 'type Row struct {\nName string `gorm:"column:name"`\n}',
    "another_mapper": 'import "xorm.io/xorm"\ntype User struct {\nID uint `gorm:"primaryKey"`\n}',
    "comment": HEAD + '// type User struct { ID uint `gorm:"primaryKey"` }',
    "string": HEAD + 'var s = "type User struct"',
    "interface": HEAD + "type A interface { TableName() string }",
    "generic": HEAD + 'type Row[T any] struct {\nID uint `gorm:"primaryKey"`\n}',
}


@pytest.mark.parametrize("case", NOTHING)
def test_what_is_no_model_is_left_alone(case):
    assert mapped({"a.go": NOTHING[case]}) == []
