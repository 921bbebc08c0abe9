"""GORM: queries through its models, held to labelled snippets."""

import pytest

from midflight.references.languages import extract
from midflight.references.linking import link, models_of, renamed
from midflight.references.model import Extracted
from support.reference_lines import lines

MODELS = """package model
import "gorm.io/gorm"
type Company struct {
	ID   uint `gorm:"primaryKey"`
	Name string
}
type Order struct {
	ID     uint `gorm:"primaryKey"`
	UserID uint
	State  string
}
type User struct {
	gorm.Model
	Name      string `gorm:"not null"`
	Email     string `gorm:"column:mail"`
	Age       int
	CompanyID uint
	Company   Company
	Orders    []Order `gorm:"foreignKey:UserID"`
}
type Plain struct { Name string }
"""
HEAD = 'package service\nimport ("example.org/app/internal/model"; "gorm.io/gorm/clause"; "other.org/lib/model2")\n'
FUNCTION = "func (s *Service) Run(ctx context.Context, u *model.User, dto Dto) error {\n"


def calls(body, head=HEAD + FUNCTION, path="internal/service/run.go"):
    """What the calls of one function reach through the models of another package."""
    found = {
        "internal/model/user.go": extract("internal/model/user.go", MODELS.encode()),
        path: extract(path, f"{head}{body}\n}}\n".encode()),
    }
    own, linked = found[path], link(found[path], models_of(found.values()))
    joined = Extracted((*own.references, *linked.references), (*own.unresolved, *linked.unresolved))
    return lines(joined)


NAMED = {
    "find": ("var users []model.User\ndb.Find(&users)", ["5 select users() *"]),
    "where": (
        'var users []model.User\ns.db.WithContext(ctx).Where("name = ?", x).Find(&users)',
        ["5 select users() *", "5 select users(name)"],
    ),
    "several": (
        'db.Model(&model.User{}).Where("name = ? AND age > ?", x, 1).Count(&n)',
        ["4 select users()", "4 select users(name age)"],
    ),
    "in": ('db.Model(&model.User{}).Where("name IN ?", names).Count(&n)', ["4 select users()", "4 select users(name)"]),
    "named_parameter": (
        'db.Model(&model.User{}).Where("name = @name", sql.Named("name", x)).Count(&n)',
        ["4 select users()", "4 select users(name)"],
    ),
    "bare_name": ('db.Model(&model.User{}).Where("name", x).Count(&n)', ["4 select users(name)"]),
    "inline": ('user := model.User{}\ndb.First(&user, "mail = ?", x)', ["5 select users() *", "5 select users(mail)"]),
    "key": ("user := new(model.User)\ndb.First(user, 10)", ["5 select users() *"]),
    "parameter": ('db.Model(u).Update("age", 2)', ["4 update users(+age)"]),
    "map": (
        'db.Model(&model.User{}).Where(map[string]any{"name": 1, "age": 2}).Count(&n)',
        ["4 select users(name age)"],
    ),
    "struct": (
        'db.Where(&model.User{Email: "x", Age: 2}).First(&model.User{})',
        ["4 select users(mail age) *"],
    ),
    "not": (
        'db.Model(&model.User{}).Not("age = ?", 1).Or("name = ?", 2).Count(&n)',
        ["4 select users()", "4 select users(age)", "4 select users(name)"],
    ),
    "update": ('db.Model(&model.User{}).Where("id", 1).Update("name", x)', ["4 update users(id +name)"]),
    "updates_map": (
        'db.Model(u).Updates(map[string]interface{}{"name": 1,\n"age": 2})',
        ["4 update users(+name +age@5)"],
    ),
    "updates_struct": ("db.Model(u).Updates(model.User{Name: x, Email: y})", ["4 update users(+name +mail)"]),
    "by_field_name": ('db.Model(u).Update("Email", x)', ["4 update users(+mail)"]),
    "update_column": ('db.Model(u).UpdateColumn("age", gorm.Expr("age + ?", 1))', ["4 update users(+age)"]),
    "select": ('var users []model.User\ndb.Select("name", "age").Find(&users)', ["5 select users(name age)"]),
    "select_list": ('db.Model(u).Select([]string{"name", "mail"}).Find(&x)', ["4 select users(name mail)"]),
    "select_text": (
        'db.Model(u).Select("name, max(age)").Group("name").Find(&x)',
        ["4 select users()", "4 select users(name age)"],
    ),
    "order": ('db.Model(u).Order("age desc").Find(&x)', ["4 select users(age) *"]),
    "order_two": (
        'db.Model(u).Order("age desc, name").Find(&x)',
        ["4 select users() *", "4 select users(age name)"],
    ),
    "group": ('db.Model(u).Group("company_id").Count(&n)', ["4 select users(company_id)"]),
    "distinct": ('db.Model(u).Distinct("name").Find(&x)', ["4 select users(name) *"]),
    "pluck": ('db.Model(&model.User{}).Pluck("age", &ages)', ["4 select users(age)"]),
    "preload": (
        'var users []model.User\ndb.Preload("Orders").Find(&users)',
        ["5 select users() *", "5 select orders()"],
    ),
    "preload_condition": (
        'var users []model.User\ndb.Preload("Orders", "state = ?", x).Find(&users)',
        ["5 select users() *", "5 select orders()", "5 select orders(state)"],
    ),
    "joins": (
        'var users []model.User\ndb.Joins("Company").Find(&users)',
        ["5 select users() *", "5 select companies()"],
    ),
    "delete": (
        'db.Where("name = ?", x).Delete(&model.User{})',
        ["4 delete users()", "4 select users(name)"],
    ),
    "delete_inline": ('db.Delete(&model.User{}, "age < ?", 1)', ["4 delete users()", "4 select users(age)"]),
    "create_map": ('db.Model(&model.User{}).Create(map[string]any{"name": 1})', ["4 insert users(+name)"]),
    "first_or_create": (
        "db.Where(model.User{Name: x}).Attrs(model.User{Age: 1}).FirstOrCreate(&model.User{})",
        ["4 select users(name +age) *"],
    ),
    "conflict": (
        'db.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "id"}}}).Create(&users)',
        [],
    ),
    "conflict_of_a_model": (
        """users := []model.User{}
db.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "mail"}},
DoUpdates: clause.AssignmentColumns([]string{"name", "age"})}).Create(&users)""",
        ["5 upsert users(+name@6 +age@6) conflict=mail"],
    ),
    "assignments": (
        'db.Clauses(clause.OnConflict{DoUpdates: clause.Assignments(map[string]any{"age": 1})}).Create(u)',
        ["4 upsert users(+age)"],
    ),
    "table": ('db.Table("people").Where("name", x).Pluck("age", &a)', ["4 select people(name age)"]),
    "table_in_a_schema": ('db.Table("crm.people").Select("name").Find(&x)', ["4 select crm.people(name)"]),
    "variable": (
        'q := db.Model(&model.User{})\nif x {\nq = q.Where("age", 1)\n}\nq.Order("name").Find(&out)',
        ["6 select users(age)", "8 select users(name) *"],
    ),
    "variable_by_its_result": (
        'var users []model.User\nq := db.Where("age", 1)\nq.Find(&users)',
        ["5 select users(age)", "6 select users() *"],
    ),
    "transaction": (
        'return db.Transaction(func(tx *gorm.DB) error { return tx.Model(&model.Order{}).Update("state", 1).Error })',
        ["4 update orders(+state)"],
    ),
    "joined_sql": (
        'db.Model(u).Joins("JOIN orders ON orders.user_id = users.id").Where("orders.state = ?", 1).Count(&n)',
        ["4 select users()", "4 select users(id)", "4 select orders(user_id state)"],
    ),
}


@pytest.mark.parametrize("case", NAMED)
def test_a_query_names_columns_of_the_table_of_its_model(case):
    body, expected = NAMED[case]
    assert calls(body) == expected


NOTHING = {
    "unknown_type": 'var x []Thing\ndb.Where("name = ?", 1).Find(&x)',
    "other_package": 'var x []model2.User\ndb.Where("name = ?", 1).Find(&x)',
    "own_package": 'var x []User\ndb.Where("name = ?", 1).Find(&x)',
    "no_model": 'db.Where("name = ?", 1).Find(&dto.Users)',
    "no_tags": 'var x model.Plain\ndb.Where("name = ?", 1).First(&x)',
    "two_types": 'x := model.User{}\nif a {\nx := model.Order{}\ndb.Where("name", 1).First(&x)\n}',
    "raw": 'var x []model.User\ndb.Raw(query).Where("name", 1).Find(&x)',
    "association": 'db.Model(u).Association("Orders").Find(&x)',
    "dynamic_table": 'db.Table(name).Where("name", 1).Find(&x)',
    "table_by_an_expression": 'db.Table("(?) as u", sub).Where("name", 1).Find(&x)',
    "parameter_without_model": 'apply := func(db *gorm.DB) *gorm.DB { return db.Where("name = ?", 1) }',
    "create": "db.Create(u)",
    "save": "db.Save(u)",
    "strings": 'list.Find("name"); slices.Delete(u, 1)',
    "comment": '// db.Model(u).Update("name", 1)',
}


@pytest.mark.parametrize("case", NOTHING)
def test_what_is_no_query_of_a_known_model_gives_nothing(case):
    assert [each for each in calls(NOTHING[case]) if "name" in each or case in {"create", "save"}] == []


def test_a_file_of_another_mapper_is_left_alone():
    head = HEAD.replace("other.org/lib/model2", "xorm.io/xorm") + FUNCTION
    assert calls('db.Model(u).Update("age", 2)', head) == []


def test_a_struct_of_the_own_package_needs_no_import():
    head = "package model\nfunc run(db *gorm.DB) {\n"
    assert calls('db.Model(&User{}).Update("age", 2)', head, "internal/model/run.go") == ["3 update users(+age)"]


def test_a_result_of_another_struct_does_not_name_the_fields_of_the_model():
    assert calls("db.Model(u).Updates(Patch{Name: x, Age: 1})") == ["4 update users()"]


def test_an_alias_of_the_query_is_no_column():
    found = calls('db.Model(u).Select("count(*) AS n").Group("n").Order("n desc").Find(&x)')
    assert not any("(n" in each for each in found)


DYNAMIC = {
    "order": ("db.Model(u).Order(sort).Find(&x)", "4 ? the order of a query on `users` is known only when it runs"),
    "select": ("db.Model(u).Select(c).Find(&x)", "4 ? a column of `users` is known only when the program runs"),
    "update": ('db.Model(u).Update(column, "x")', "4 ? what is written to `users` is a variable"),
    "updates": ("db.Model(u).Updates(changes)", "4 ? what is written to `users` is a variable"),
    "condition": (
        "db.Model(u).Where(cond, 1).Count(&n)",
        "4 ? a condition on `users` is known only when the program runs",
    ),
    "put_together": (
        'db.Model(u).Where("a = " + x + " AND b = ?", 1).Count(&n)',
        "4 ? a condition in SQL that is put together when the program runs",
    ),
}


@pytest.mark.parametrize("case", DYNAMIC)
def test_what_only_the_program_knows_is_told_with_its_reason(case):
    body, expected = DYNAMIC[case]
    assert expected in calls(body)


GUARDED = {
    "on": ('if os.Getenv("USE_NEW_NAME") == "true" {\ndb.Model(u).Update("age", 1)\n}', False),
    "off": ('if os.Getenv("USE_NEW_NAME") != "true" {\ndb.Model(u).Update("age", 1)\n}', True),
    "else": ('if os.Getenv("USE_NEW_NAME") == "true" {\n} else {\ndb.Model(u).Update("age", 1)\n}', True),
}


@pytest.mark.parametrize("case", GUARDED)
def test_a_query_behind_a_flag_has_its_guard(case):
    body, negated = GUARDED[case]
    files = {"internal/model/user.go": MODELS, "run.go": f"{HEAD}{FUNCTION}{body}\n}}\n"}
    found = {path: extract(path, text.encode()) for path, text in files.items()}
    guard = link(found["run.go"], models_of(found.values())).references[0].guard
    assert guard is not None
    assert (guard.flag, guard.negated) == ("USE_NEW_NAME", negated)


def test_code_has_other_names_for_a_table_and_its_columns():
    models = models_of([extract("internal/model/user.go", MODELS.encode())])
    assert {"User", "Email"} <= renamed(models, frozenset({"users", "mail"}))


def test_deep_code_is_not_analysed():
    source = "package a\nfunc f() { db.Find(" + "f(" * 3_000 + ")" * 3_000 + ") }\n"
    assert [each.reason for each in extract("a.go", source.encode()).unresolved] == [
        "the code is nested more than 200 deep, or has more than 3000 queries"
    ]
