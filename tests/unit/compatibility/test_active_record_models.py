"""The four cells for a Rails project, whose models list the columns that their tables had at the start."""

import pytest

from midflight.compatibility.model import State
from support.examples import assess_files

HISTORY = {
    "db/migrate/20240101000000_create_users.rb": (
        "class CreateUsers < ActiveRecord::Migration[7.1]\n  def change\n    create_table :users do |t|\n"
        "      t.string :email, null: false\n      t.string :nick\n    end\n  end\nend\n"
    ),
    "app/models/application_record.rb": "class ApplicationRecord < ActiveRecord::Base\nend\n",
}
PENDING = "db/migrate/20240201000000_change.rb"
PLAIN = "class User < ApplicationRecord\nend\n"
IGNORING = "class User < ApplicationRecord\n  self.ignored_columns += %w[nick]\nend\n"
QUERY = "class User < ApplicationRecord\n  scope :named, -> { where(nick: 1) }\nend\n"
H, B, U = State.HOLDS, State.BREAKS, State.UNDETERMINED


@pytest.mark.parametrize(
    ("command", "old", "new", "expected"),
    [
        pytest.param(
            "remove_column :users, :nick", PLAIN, PLAIN, (B, H, H), id="a column that the old model has cached"
        ),
        pytest.param(
            "remove_column :users, :nick", IGNORING, PLAIN, (H, H, H), id="a column that the old model ignores"
        ),
        pytest.param("remove_column :users, :nick", IGNORING, QUERY, (H, H, B), id="a column that new code queries"),
        pytest.param("add_column :users, :age, :integer", PLAIN, PLAIN, (H, H, H), id="a column is added"),
        pytest.param("add_column :users, :age, :integer, null: false", PLAIN, PLAIN, (U, H, H), id="a required column"),
        pytest.param("rename_column :users, :nick, :name", PLAIN, PLAIN, (B, H, H), id="a column is renamed"),
        pytest.param("drop_table :users", PLAIN, PLAIN, (B, H, B), id="a table that is still mapped"),
    ],
)
def test_old_code_knows_the_columns_that_it_started_with(command, old, new, expected):
    pending = f"class Change < ActiveRecord::Migration[7.1]\n  def change\n    {command}\n  end\nend\n"
    base = {**HISTORY, "app/models/user.rb": old}
    found = assess_files(base, {**HISTORY, "app/models/user.rb": new, PENDING: pending}).matrix
    assert (found.old_new.state, found.new_old.state, found.new_new.state) == expected


JOINED = "class Report\n  User.joins('JOIN others o ON o.user_id = users.id').pluck(:nick, :theirs)\nend\n"


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        pytest.param("add_column :users, :age, :integer", (H, H), id="a column that only the joined table can have"),
        pytest.param("remove_column :users, :nick", (B, B), id="a column that the model's own table had"),
    ],
)
def test_a_name_beside_a_join_is_the_models_where_its_table_has_it(command, expected):
    pending = f"class Change < ActiveRecord::Migration[7.1]\n  def change\n    {command}\n  end\nend\n"
    base = {**HISTORY, "app/models/user.rb": IGNORING}
    head = {**base, PENDING: pending, "app/report.rb": JOINED}
    found = assess_files(base, head).matrix
    old = assess_files({**base, "app/report.rb": JOINED}, head).matrix
    assert (old.old_new.state, found.new_new.state) == expected


KEYED = {
    "db/migrate/20240101000000_create_jobs.rb": (
        "class CreateJobs < ActiveRecord::Migration[7.1]\n  def change\n"
        "    create_enum :state, %w[open done]\n    create_table :jobs do |t|\n"
        "      t.enum :state, enum_type: :state\n      t.uuid :token\n      t.string :title\n    end\n  end\nend\n"
    ),
    "app/models/application_record.rb": "class ApplicationRecord < ActiveRecord::Base\nend\n",
}
JOB = (
    "class Job < ApplicationRecord\n  enum :state, { open: 'open' }\n"
    "  scope :of, ->(t) { where(token: t, title: t) }\nend\n"
)


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        pytest.param("change_column :jobs, :state, :string", H, id="labels become text"),
        pytest.param("change_column :jobs, :state, :string, limit: 3", B, id="labels become text that is too short"),
        pytest.param("change_column :jobs, :token, :string", H, id="uuids become text"),
        pytest.param("change_column :jobs, :title, :jsonb", B, id="text becomes JSON"),
    ],
)
def test_what_ruby_sends_as_text_may_become_text(command, expected):
    pending = f"class Change < ActiveRecord::Migration[7.1]\n  def up\n    {command}\n  end\nend\n"
    base = {**KEYED, "app/models/job.rb": JOB}
    assert assess_files(base, {**base, PENDING: pending}).matrix.old_new.state is expected
