# ruff: noqa: E501 - a snippet of code is easier to read on one line
"""Sequelize's models and calls, resolved through the models of other files."""

import pytest

from support.mapped_lines import mapped

MODELS = """import { DataTypes, Op } from 'sequelize';
export const User = sequelize.define('user', {
  fullName: { type: DataTypes.STRING, field: 'full_name' },
  email: DataTypes.STRING,
  label: { type: DataTypes.VIRTUAL },
  teamId: DataTypes.INTEGER,
});
export class Team extends Model {}
Team.init({ name: DataTypes.STRING }, { sequelize, tableName: 'teams', timestamps: false });
User.belongsTo(Team, { foreignKey: 'teamId', as: 'team' });
"""
USERS = "~1 select users(id full_name email teamId createdAt updatedAt)"
TEAMS = "~1 select teams(id name)"


def shown(code: str, before: str = "import { User, Team } from './models'; import 'sequelize'; ") -> list[str]:
    return mapped({"src/models.ts": MODELS, "src/a.ts": before + code}, "src/a.ts")


def selects(code: str, **others: str) -> list[str]:
    files = {"src/a.ts": "import 'sequelize';\n" + code} | {f"src/{name}.ts": text for name, text in others.items()}
    return [each for each in mapped(files, "src/a.ts") if " insert " not in each]


DEFINED = {
    "define": (
        "sequelize.define('user', { name: DataTypes.STRING })",
        ["~2 select users(id name createdAt updatedAt)"],
    ),
    "class_name": (
        "User.init({ name: STRING(20) }, { sequelize })",
        ["~2 select Users(id name createdAt updatedAt)"],
    ),
    "model_name": (
        "User.init({ a: DataTypes.TEXT }, { sequelize, modelName: 'person', timestamps: false })",
        ["2 ? the table of the model `person` is not known: the plural of `person` is not certain"],
    ),
    "table_name": (
        "sequelize.define('User', { id: { type: DataTypes.UUID, primaryKey: true } }, { tableName: 'people', timestamps: false })",
        ["~2 select people(id)"],
    ),
    "schema": (
        "sequelize.define('User', { id: { type: UUID, primaryKey: true } }, { tableName: 'a', schema: 'app', timestamps: false })",
        ["~2 select app.a(id)"],
    ),
    "frozen": (
        "sequelize.define('user', { a: DataTypes.TEXT }, { freezeTableName: true, timestamps: false })",
        ["~2 select user(id a)"],
    ),
    "underscored": (
        "sequelize.define('UserItem', { fullName: DataTypes.TEXT, b: { type: TEXT, field: 'bB' } }, { underscored: true })",
        ["~2 select user_items(id full_name bB created_at updated_at)"],
    ),
    "paranoid": (
        "sequelize.define('user', { a: DataTypes.TEXT }, { paranoid: true, updatedAt: false, createdAt: 'made' })",
        ["~2 select users(id a made deletedAt)"],
    ),
    "hidden_by_default": (
        (
            "sequelize.define('user', { a: DataTypes.TEXT, pw: DataTypes.TEXT },"
            " { timestamps: false, defaultScope: { attributes: { exclude: ['pw'] } } })"
        ),
        ["~2 select users(id a)"],
    ),
    "lines": (
        "sequelize.define('user', {\na: DataTypes.TEXT,\nb: { type: DataTypes.TEXT } }, { timestamps: false })",
        ["~2 select users(id a@3 b@4)"],
    ),
    "options_of_another_file": (
        "sequelize.define('user', { a: DataTypes.TEXT }, options)",
        ["2 ? the table of the model `user` is not known: its options are not in this file"],
    ),
    "attributes_of_another_file": ("sequelize.define('user', attributes)", []),
    "another_init": ("app.init({ a: 1 })", []),
    "amd_module": ("define('x', ['y'], function () {})", []),
    "decorators": (
        (
            "@Table({ tableName: 'notes', timestamps: false }) class Note extends Model {\n"
            "@PrimaryKey @Column id: number;\n@Column({ field: 'body_text' }) body: string;\n@BelongsTo(() => Team) team: Team }"
        ),
        ["~2 select notes(id@3 body_text@4)"],
    ),
    "decorated_timestamps": (
        "@Table({ underscored: true }) class Note extends Model { @PrimaryKey @Column id: number; @CreatedAt madeAt: Date }",
        ["~2 select notes(id made_at)"],
    ),
    "virtual": (
        (
            "@Table({ tableName: 't', timestamps: false }) class T extends Model { @PrimaryKey @Column id: number;"
            " @Column(DataType.VIRTUAL) v: string; other: string }"
        ),
        ["~2 select t(id)"],
    ),
}


@pytest.mark.parametrize("case", DEFINED)
def test_models(case):
    code, expected = DEFINED[case]
    assert selects(code) == expected


def test_the_connection_s_options_hold_for_every_model():
    connection = "import { Sequelize } from 'sequelize'; new Sequelize(url, { define: { underscored: true, timestamps: false } })"
    code = "sequelize.define('user', { fullName: DataTypes.TEXT })"
    assert selects(code, db=connection) == ["~2 select users(id full_name)"]


def test_an_option_of_the_model_is_stronger_than_the_connection_s():
    connection = "import { Sequelize } from 'sequelize'; new Sequelize(url, { define: { underscored: true, timestamps: false } })"
    code = "sequelize.define('user', { fullName: DataTypes.TEXT }, { underscored: false })"
    assert selects(code, db=connection) == ["~2 select users(id fullName)"]


def test_a_decorated_class_has_the_columns_of_its_base():
    base = "import 'sequelize-typescript'; export class Base extends Model {\n@PrimaryKey @Column id: string }"
    code = "@Table({ tableName: 't', timestamps: false }) class T extends Base { @Column a: string }"
    assert selects(code, base=base) == ["~2 select t(a id)"]


def test_an_insert_writes_defaults_and_reads_the_rest_back():
    code = "sequelize.define('user', { a: { type: DataTypes.TEXT, defaultValue: 'x' }, b: DataTypes.TEXT }, { timestamps: false })"
    files = {"src/a.ts": "import 'sequelize';\n" + code}
    assert mapped(files, "src/a.ts")[0] == "~2 insert users(+a id b)"


CALLS = {
    "all": ("User.findAll()", ["1 select users()", USERS]),
    "where": ("User.findOne({ where: { fullName: 'x' } })", ["1 select users(full_name)", USERS]),
    "operators": (
        "User.findAll({ where: { [Op.or]: [{ email }, { fullName: { [Op.like]: 'a' } }] }, attributes: ['id'] })",
        ["1 select users(email full_name id)"],
    ),
    "attributes": ("User.findAll({ attributes: ['id', ['full_name', 'n']] })", ["1 select users(id full_name)"]),
    "exclude": (
        "Team.findAll({ attributes: { exclude: ['name'] } })",
        ["1 select teams()", "~1 select teams(id)"],
    ),
    "order": (
        "User.findAll({ attributes: ['id'], order: [['createdAt', 'DESC']], group: ['email'] })",
        ["1 select users(createdAt email id)"],
    ),
    "by_key": ("User.findByPk(1, { attributes: ['email'] })", ["1 select users(email)"]),
    "include": (
        "User.findAll({ attributes: ['id'], include: [{ model: Team, where: { name } }] })",
        ["1 select users(id)", "1 select teams(name)", TEAMS],
    ),
    "include_by_name": (
        "User.findAll({ attributes: ['id'], include: ['team'] })",
        ["1 select users(id)", "1 select teams()", TEAMS],
    ),
    "count": ("User.count({ where: { email } })", ["1 select users(email)"]),
    "create": (
        "Team.create({ name })",
        ["1 insert teams(+name) complete"],
    ),
    "create_stamps": (
        "User.create({ email })",
        ["1 insert users(+email +createdAt +updatedAt) complete"],
    ),
    "create_with_a_virtual": ("User.create({ label })", ["1 insert users(+createdAt +updatedAt) complete"]),
    "create_unknown": ("Team.create(body)", ["1 insert teams()", "1 ? what is written to `teams` is a variable"]),
    "bulk": ("Team.bulkCreate([{ name }, { name }])", ["1 insert teams(+name) complete"]),
    "update": ("User.update({ fullName }, { where: { id } })", ["1 update users(+full_name id)"]),
    "destroy": ("User.destroy({ where: { email } })", ["1 delete users(email)"]),
    "sum": ("User.sum('teamId', { where: { email } })", ["1 select users(teamId email)"]),
    "of_an_object": ("db.User.count({ where: { email } })", ["1 select users(email)"]),
    "destructured": ("const { user: U } = db.models; U.count({ where: { email } })", ["1 select users(email)"]),
    "scope": ("User.scope('a').count({ where: { email } })", ["1 select users(email)"]),
    "json_path": ("User.count({ where: { '$team.name$': 1, 'meta.a': 2 } })", ["1 select users()"]),
    "other_object": ("cache.update({ email }, { where: { id } })", []),
    "array": ("list.count()", []),
    "instance": ("user.update({ fullName })", []),
    "no_model": (
        "Other.findAll()",
        ["1 ? the table of the model `Other` is not known: no model of this name is declared, or several are"],
    ),
}


@pytest.mark.parametrize("case", CALLS)
def test_calls(case):
    code, expected = CALLS[case]
    assert shown(code) == expected


def test_the_key_of_an_association_is_named_as_the_model_s_options_say():
    code = (
        "const User = sequelize.define('user', { teamId: DataTypes.INTEGER }, { underscored: true, timestamps: false });"
        " User.belongsTo(Team, { foreignKey: 'teamId' }); User.belongsTo(Org, { foreignKey: 'orgId' })"
    )
    assert selects(code) == ["~2 select users(id team_id org_id)"]
