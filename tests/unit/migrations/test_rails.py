"""Rails migrations are read into the SQL that Rails sends."""

from textwrap import dedent, indent

import pytest

from midflight.migrations.format import Found, Listing, Reading
from midflight.migrations.formats.rails import FORMAT
from midflight.migrations.model import Migration, Transactions
from midflight.operations.model import Opaque
from midflight.operations.read import read_operations


def read(*files: str, names: tuple[str, ...] = (), extra: dict[str, str] | None = None) -> Reading:
    """Read files as migrations 1, 2, ... of one folder, with `extra` files beside them."""
    paths = names or tuple(f"db/migrate/{number}_m.rb" for number in range(1, len(files) + 1))
    texts = dict(zip(paths, files, strict=True)) | (extra or {})
    reading = FORMAT.read(Found("db/migrate", paths, tuple(extra or ())), texts)
    assert reading is not None
    return reading


def ruby(body: str, *, method: str = "change", version: str = "[7.1]", head: str = "") -> str:
    """A migration whose method has this body; the body begins on line 3."""
    inner = indent(dedent(body).strip("\n"), "    ")
    return f"class M < ActiveRecord::Migration{version} {head}\n  def {method}\n{inner}\n  end\nend\n"


def migrated(*bodies: str) -> Migration:
    """The last of several migrations."""
    return read(*(ruby(body) for body in bodies)).migrations[-1]


def up(*bodies: str) -> list[str]:
    """The statements of the last migration."""
    return migrated(*bodies).up.text.splitlines()


def down(*bodies: str) -> list[str] | None:
    """The statements of its way back."""
    script = migrated(*bodies).down
    return script.text.splitlines() if script is not None else None


USERS = "create_table :users do |t|\n  t.string :email\nend\n"

STATEMENTS = [
    ("add_column :users, :age, :integer", 'ALTER TABLE "users" ADD COLUMN "age" integer;'),
    ("add_column :users, :age, :integer, limit: 8", 'ALTER TABLE "users" ADD COLUMN "age" bigint;'),
    ("add_column :users, :n, :string, limit: 40", 'ALTER TABLE "users" ADD COLUMN "n" character varying(40);'),
    ("add_column :users, :n, :decimal, precision: 10, scale: 2", 'ALTER TABLE "users" ADD COLUMN "n" decimal(10,2);'),
    ("add_column :users, :at, :datetime", 'ALTER TABLE "users" ADD COLUMN "at" timestamp(6);'),
    ("add_column :users, :at, :datetime, precision: nil", 'ALTER TABLE "users" ADD COLUMN "at" timestamp;'),
    ("add_column :users, :tags, :text, array: true, default: []", "ADD COLUMN \"tags\" text[] DEFAULT '{}';"),
    ("add_column :users, :h, :hstore, default: {}", "ADD COLUMN \"h\" hstore DEFAULT '';"),
    ("add_column :users, :h, :hstore, default: { a: 'b' }", 'ADD COLUMN "h" hstore DEFAULT \'"a"=>"b"\';'),
    ("add_column :users, :o, :jsonb, null: false, default: {}", "ADD COLUMN \"o\" jsonb DEFAULT '{}' NOT NULL;"),
    ('add_column :users, :at, :datetime, default: -> { "now()" }', 'ADD COLUMN "at" timestamp(6) DEFAULT now();'),
    ("add_column :users, :mood, :enum, enum_type: :mood", 'ADD COLUMN "mood" "mood";'),
    ('add_column :users, :n, :string, default: "it\'s"', "DEFAULT 'it''s';"),
    ("remove_column :users, :email", 'ALTER TABLE "users" DROP COLUMN "email";'),
    ("remove_columns :users, :a, :b", 'ALTER TABLE "users" DROP COLUMN "a", DROP COLUMN "b";'),
    ("rename_column :users, :email, :mail", 'ALTER TABLE "users" RENAME COLUMN "email" TO "mail";'),
    ("rename_table :users, :people", 'ALTER TABLE "users" RENAME TO "people";'),
    ("drop_table :users, if_exists: true", 'DROP TABLE IF EXISTS "users";'),
    ("change_column_null :users, :email, false", 'ALTER TABLE "users" ALTER COLUMN "email" SET NOT NULL;'),
    ("change_column_default :users, :email, from: nil, to: 'x'", "ALTER COLUMN \"email\" SET DEFAULT 'x';"),
    ("change_column_default :users, :email, nil", 'ALTER COLUMN "email" DROP DEFAULT;'),
    ("change_column :users, :email, :text, null: false", 'TYPE text, ALTER COLUMN "email" SET NOT NULL;'),
    ("add_index :users, :email", 'CREATE INDEX "index_users_on_email" ON "users" ("email");'),
    ("add_index :users, %i[a b], unique: true", 'UNIQUE INDEX "index_users_on_a_and_b" ON "users" ("a", "b");'),
    ("add_index :users, :a, algorithm: :concurrently", 'CREATE INDEX CONCURRENTLY "index_users_on_a"'),
    ("add_index :users, :a, where: 'a > 1', name: 'x'", 'CREATE INDEX "x" ON "users" ("a") WHERE a > 1;'),
    ("add_index :users, 'lower(email)'", 'CREATE INDEX "index_users_on_lower_email" ON "users" (lower(email));'),
    ("remove_index :users, :email", 'DROP INDEX "index_users_on_email";'),
    ("remove_index :users, name: :x, algorithm: :concurrently", 'DROP INDEX CONCURRENTLY "x";'),
    ("add_foreign_key :posts, :users, validate: false", 'FOREIGN KEY ("user_id") REFERENCES "users" ("id") NOT VALID;'),
    ("add_foreign_key :posts, :users, on_delete: :nullify", 'REFERENCES "users" ("id") ON DELETE SET NULL;'),
    ("validate_foreign_key :posts, :users, name: :x", 'ALTER TABLE "posts" VALIDATE CONSTRAINT "x";'),
    ("add_check_constraint :users, 'a > 0', name: 'pos'", 'ADD CONSTRAINT "pos" CHECK (a > 0);'),
    ("enable_extension 'citext'", 'CREATE EXTENSION IF NOT EXISTS "citext";'),
    ("create_enum :mood, %w[good bad]", "CREATE TYPE \"mood\" AS ENUM ('good', 'bad');"),
    ("add_column :users, :a, :text unless column_exists?(:users, :a)", 'ADD COLUMN IF NOT EXISTS "a" text;'),
    ("drop_table :users if table_exists?(:users)", 'DROP TABLE IF EXISTS "users";'),
    ("safety_assured { remove_column :users, :email }", 'DROP COLUMN "email";'),
]


@pytest.mark.parametrize(("line", "expected"), STATEMENTS, ids=[line for line, _ in STATEMENTS])
def test_a_command_is_the_sql_that_rails_sends(line, expected):
    (statement,) = up(line)
    assert statement.endswith(expected) or statement.startswith(expected)


def test_a_table_has_its_key_its_columns_and_its_references():
    table, *indexes = up(
        """
        create_table :posts, id: :uuid do |t|
          t.string :title, null: false
          t.references :user, null: false, foreign_key: true
          t.references :about, polymorphic: true
          t.timestamps
        end
        """
    )
    assert table == (
        'CREATE TABLE "posts" ("id" uuid DEFAULT gen_random_uuid() NOT NULL PRIMARY KEY,'
        ' "title" character varying NOT NULL, "user_id" bigint NOT NULL,'
        ' CONSTRAINT "fk_rails_5b5ddfd518" FOREIGN KEY ("user_id") REFERENCES "users" ("id"),'
        ' "about_type" character varying, "about_id" bigint,'
        ' "created_at" timestamp(6) NOT NULL, "updated_at" timestamp(6) NOT NULL);'
    )
    assert indexes == [
        'CREATE INDEX "index_posts_on_user_id" ON "posts" ("user_id");',
        'CREATE INDEX "index_posts_on_about" ON "posts" ("about_type", "about_id");',
    ]


@pytest.mark.parametrize(
    ("version", "key", "stamp"),
    [
        ("[7.1]", "bigserial", "timestamp(6) NOT NULL"),
        ("[6.1]", "bigserial", "timestamp NOT NULL"),
        ("[5.0]", "serial", "timestamp NOT NULL"),
        ("", "serial", "timestamp"),
    ],
)
def test_the_version_of_rails_decides_keys_and_time_stamps(version, key, stamp):
    text = ruby("create_table :a do |t|\n  t.timestamps\nend", version=version)
    assert read(text).migrations[0].up.text == (
        f'CREATE TABLE "a" ("id" {key} PRIMARY KEY, "created_at" {stamp}, "updated_at" {stamp});\n'
    )


def test_a_join_table_is_named_after_both_and_has_no_key():
    assert up("create_join_table :users, :roles") == [
        'CREATE TABLE "roles_users" ("user_id" bigint NOT NULL, "role_id" bigint NOT NULL);'
    ]


def test_bulk_changes_share_one_statement():
    body = "change_table :users, bulk: true do |t|\n  t.string :a\n  t.remove :email\n  t.index :a\nend"
    assert up(body) == [
        'ALTER TABLE "users" ADD COLUMN "a" character varying, DROP COLUMN "email";',
        'CREATE INDEX "index_users_on_a" ON "users" ("a");',
    ]


def test_a_renamed_table_takes_its_indexes_along():
    assert up(USERS + "add_index :users, :email", "rename_table :users, :people") == [
        'ALTER TABLE "users" RENAME TO "people";',
        'ALTER INDEX "index_users_on_email" RENAME TO "index_people_on_email";',
    ]


def test_an_index_is_removed_by_the_name_it_was_given():
    assert up("add_index :users, :email, name: :mails", "remove_index :users, :email") == ['DROP INDEX "mails";']


def test_a_foreign_key_is_removed_by_the_name_that_rails_made():
    assert up("add_foreign_key :posts, :users", "remove_foreign_key :posts, :users") == [
        'ALTER TABLE "posts" DROP CONSTRAINT "fk_rails_5b5ddfd518";'
    ]


def test_the_way_back_is_the_inverse_in_reverse():
    assert down("add_column :users, :a, :text\nadd_index :users, :a") == [
        'DROP INDEX "index_users_on_a";',
        'ALTER TABLE "users" DROP COLUMN "a";',
    ]
    assert down("remove_column :users, :a, :text, null: false") == ['ALTER TABLE "users" ADD COLUMN "a" text NOT NULL;']


@pytest.mark.parametrize(
    "body",
    ["remove_column :users, :a", "execute 'SELECT 1'", "drop_table :users", "change_column :users, :a, :text"],
)
def test_what_rails_cannot_take_back_has_no_way_back(body):
    assert down(body) is None


def test_each_direction_of_reversible_stands_in_its_script():
    body = "reversible do |dir|\n  dir.up { execute 'SELECT 1' }\n  dir.down { execute 'SELECT 2' }\nend"
    assert (up(body), down(body)) == (["SELECT 1;"], ["SELECT 2;"])


def test_a_down_that_raises_is_none():
    text = ruby("drop_table :users", method="up").replace(
        "  end\nend\n", "  end\n  def down\n    raise ActiveRecord::IrreversibleMigration\n  end\nend\n"
    )
    assert read(text).migrations[0].down is None


def test_statements_stand_on_the_lines_of_their_ruby():
    body = """
    add_column :users, :a, :text

    execute <<~SQL
      UPDATE users
      SET a = 'x'
    SQL
    add_column :users,
               :b, :text
    """
    script = migrated(body).up
    assert [operation.statement.line for operation in read_operations(script)] == [3, 6, 9]


def test_the_way_back_keeps_the_lines_of_the_ruby():
    script = migrated("add_column :users, :a, :text\nadd_column :users, :b, :text").down
    assert script is not None
    assert [operation.statement.line for operation in read_operations(script)] == [4, 3]


@pytest.mark.parametrize(
    ("body", "reason", "rows"),
    [
        ("User.update_all(a: 1)", "Ruby calls `update_all` on `User`", True),
        ("User.find_each { |u| u.save! }", "Ruby calls `find_each` on `User`", True),
        ("remove_column :users, :a if ENV['X']", "a condition in Ruby decides whether it runs", False),
        ("tables.each { |t| drop_table t }", "a loop in Ruby over what only running it tells", False),
        ("add_column :users, name, :text", "the column is put in by Ruby: name", False),
        ("install_audit_triggers", "the method `install_audit_triggers` is not in the file", False),
        ("create_view :active_users", "Ruby calls `create_view`", False),
        ('execute "DROP TABLE #{x}"', "the SQL is put in by Ruby: #{x}", False),
    ],
)
def test_what_only_ruby_knows_is_told_with_its_line(body, reason, rows):
    (operation,) = read_operations(migrated("\n" + body).up)
    assert isinstance(operation, Opaque)
    assert operation.reason.endswith(reason)
    assert (operation.statement.line, operation.rows) == (3, rows)


def test_loops_over_lists_and_methods_of_the_class_are_followed():
    text = ruby("[:a, :b].each { |name| add(name) }").replace(
        "end\nend\n", "end\n  def add(name)\n    add_column :users, name, :text\n  end\nend\n"
    )
    assert read(text).migrations[0].up.text.splitlines() == [
        'ALTER TABLE "users" ADD COLUMN "a" text;',
        'ALTER TABLE "users" ADD COLUMN "b" text;',
    ]


def test_a_migration_may_leave_the_transaction():
    text = ruby("add_index :users, :a, algorithm: :concurrently").replace(
        "  def", "  disable_ddl_transaction!\n  def", 1
    )
    assert read(text).migrations[0].up.transactions is Transactions.NONE
    assert read(ruby("drop_table :users")).migrations[0].up.transactions is Transactions.PER_FILE


def test_comments_that_speak_to_midflight_stay():
    body = "# midflight: ignore[drop-column] nobody reads it\nremove_column :users, :a"
    (operation,) = read_operations(migrated(body).up)
    assert operation.statement.comments == ("-- midflight: ignore[drop-column] nobody reads it",)


def test_the_settings_name_the_grammar_and_the_key_of_installed_migrations():
    text = ruby("create_table :blobs, id: primary_key_type do |t|\nend")
    extra = {
        "config/database.yml": "default: &default\n  adapter: postgresql\n",
        "config/application.rb": "config.generators { |g| g.orm :active_record, primary_key_type: :uuid }",
    }
    reading = read(text, extra=extra)
    assert reading.dialect == "postgres"
    assert reading.migrations[0].up.text.startswith('CREATE TABLE "blobs" ("id" uuid DEFAULT')
    assert read(text, extra={"config/database.yml": "test:\n  adapter: mysql2\n"}).dialect == "mysql"


def test_files_with_other_names_are_skipped_and_files_without_a_class_are_told():
    reading = read(
        ruby("drop_table :a"),
        "puts 1\n",
        ruby("drop_table :b"),
        names=("db/migrate/1_a.rb", "db/migrate/2_b.rb", "db/migrate/Three.rb"),
    )
    assert [one.version for one in reading.migrations] == ["1"]
    assert [one.path for one in reading.not_analysed] == ["db/migrate/2_b.rb"]
    assert [one.path for one in reading.skipped] == ["db/migrate/Three.rb"]


def test_folders_of_rails_are_found_and_other_ruby_is_not():
    listing = Listing(
        {},
        {},
        {},
        scripts={"db/migrate": ("1_a.rb",), "db/post_migrate": ("2_b.rb",), "db": ("schema.rb",), "lib": ("3_c.rb",)},
    )
    assert list(FORMAT.find(listing)) == [Found("db/migrate", ("db/migrate/1_a.rb", "db/post_migrate/2_b.rb"))]


def test_the_structure_dump_is_not_a_history():
    listing = Listing({"db": ("structure.sql",)}, {}, {}, scripts={"db": ("schema.rb",)})
    assert list(FORMAT.find(listing)) == []


def test_ruby_of_another_tool_is_not_read():
    texts = {"db/migrate/1_a.rb": "Sequel.migration do\nend\n"}
    assert FORMAT.read(Found("db/migrate", tuple(texts)), texts) is None


def test_deep_nesting_is_told():
    text = ruby("execute(" + "(" * 3_000 + "1" + ")" * 3_000 + ")")
    reading = read(text)
    operations = [each for one in reading.migrations for each in read_operations(one.up)]
    assert reading.not_analysed or all(isinstance(each, Opaque) for each in operations)
