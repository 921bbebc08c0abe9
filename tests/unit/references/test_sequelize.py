# ruff: noqa: E501 - a snippet of code is easier to read on one line
"""Sequelize's models and calls, resolved through the models of other files."""

from support.mapped_lines import mapped


def selects(code: str, **others: str) -> list[str]:
    files = {"src/a.ts": "import 'sequelize';\n" + code} | {f"src/{name}.ts": text for name, text in others.items()}
    return [each for each in mapped(files, "src/a.ts") if " insert " not in each]


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


def test_the_key_of_an_association_is_named_as_the_model_s_options_say():
    code = (
        "const User = sequelize.define('user', { teamId: DataTypes.INTEGER }, { underscored: true, timestamps: false });"
        " User.belongsTo(Team, { foreignKey: 'teamId' }); User.belongsTo(Org, { foreignKey: 'orgId' })"
    )
    assert selects(code) == ["~2 select users(id team_id org_id)"]
