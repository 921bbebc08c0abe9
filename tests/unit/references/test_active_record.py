"""ActiveRecord's models and queries, through the classes of other files."""

import pytest

from midflight.references.extractors.active_record import extract
from midflight.references.languages import extract as extract_all
from midflight.references.linking import link, models_of
from midflight.references.model import TableReference
from support.mapped_lines import mapped

BASE = "class ApplicationRecord < ActiveRecord::Base\n  primary_abstract_class\nend\n"
USER = """class User < ApplicationRecord
  belongs_to :family
  has_many :posts, dependent: :destroy
  scope :active, -> { all }
  alias_attribute :mail, :email
  attr_accessor :token
end
"""
POST = "class Post < ApplicationRecord\n  self.table_name = 'articles'\n  belongs_to :user\nend\n"
MODELS = {
    "app/models/application_record.rb": BASE,
    "app/models/user.rb": USER,
    "app/models/post.rb": POST,
    "app/models/note.rb": "class Note < Post\nend\nclass Form < Reform::Form\nend\n",
}


def called(line: str) -> list[str]:
    """What one line in a controller reaches; the line is the second."""
    return mapped({**MODELS, "app/c.rb": f"class C\n  {line}\nend\n"}, "app/c.rb")


def model(text: str, path: str = "app/models/user.rb", **others: str) -> list[str]:
    """What one model's file reaches."""
    files = {**MODELS, path: text} | {f"app/models/{name}.rb": other for name, other in others.items()}
    return mapped(files, path)


CALLS = [
    ("User.where(email: x)", ["2 select users(email)"]),
    ("User.find_by!(email: x)", ["2 select users(email)"]),
    ("User.find_by(mail: x)", ["2 select users(email)"]),
    ("User.where(family: f).order(created_at: :desc)", ["2 select users(family_id created_at)"]),
    ("User.active.where(email: x)", ["2 select users(email)"]),
    ("User.pluck(:id, :name)", ["2 select users(id name)"]),
    ("User.select(:id).group(:state)", ["2 select users(id state)"]),
    ('User.order("name DESC")', ["2 select users(name)"]),
    ('User.where("age > ?", 3)', ["2 select users()", "2 select users(age)"]),
    ('User.where("age > :n", n: 3)', ["2 select users()", "2 select users(age)"]),
    ("User.where.not(email: nil)", ["2 select users(email)"]),
    ("User.update_all(email: nil)", ["2 update users(+email)"]),
    ("User.where(id: 1).update_all(email: nil)", ["2 update users(id +email)"]),
    ("User.insert_all([{ a: 1, b: 2 }])", ["2 insert users(+a +b)"]),
    ("User.upsert_all(rows, unique_by: %i[a b])", ["2 upsert users() conflict=a,b"]),
    ("User.create!(email: x, token: 1)", ["2 insert users(+email)"]),
    ("Post.where(title: x)", ["2 select articles(title)"]),
    (
        'User.select("*").from(rows).where(age: 3).order("total")',
        ["2 ? `from` makes the query read other rows than those of the model's table"],
    ),
    ("Note.where(title: x)", ["2 select articles(title)"]),
    ("User.joins(:posts)", ["2 select users()", "2 select articles()"]),
    (
        "User.joins(:posts).where(posts: { title: 1 })",
        ["2 select users()", "2 select articles()", "2 select articles(title)"],
    ),
    ("Form.where(email: x)", []),
    ("Stranger.where(email: x)", []),
    ("user.posts.where(title: x)", []),
    ("User.family.where(zzz: 1)", []),
    ("Time.now.order(:a)", []),
    ("users.map { |u| u.email }", []),
    ("User.new", []),
    ("puts 'User.where(email: 1)'", []),
]


@pytest.mark.parametrize(("line", "expected"), CALLS, ids=[line for line, _ in CALLS])
def test_a_query_names_the_columns_of_its_model(line, expected):
    assert called(line) == expected


BODIES = [
    ("belongs_to :family", ["2 select users(family_id)"]),
    ("belongs_to :owner, foreign_key: :boss_id", ["2 select users(boss_id)"]),
    ("belongs_to :about, polymorphic: true", ["2 select users(about_id about_type)"]),
    ("has_many :posts", ["2 select articles(user_id)"]),
    ("has_many :notes, class_name: 'Post', foreign_key: :author_id", ["2 select articles(author_id)"]),
    ("has_many :posts, through: :things", []),
    ("enum :role, { a: 0 }", ["2 select users(role)"]),
    ("enum role: { a: 0 }", ["2 select users(role)"]),
    ("validates :email, uniqueness: { scope: :family_id }", ["2 select users(email family_id)"]),
    ("validates :terms, acceptance: true", []),
    ("scope :on, -> { where(state: 1) }", ["2 select users(state)"]),
    ("def self.on = where(state: 1)", ["2 select users(state)"]),
    ("def on = order.where(state: 1)", []),
]


@pytest.mark.parametrize(("line", "expected"), BODIES, ids=[line for line, _ in BODIES])
def test_a_line_of_a_model_names_its_columns(line, expected):
    assert model(f"class User < ApplicationRecord\n  {line}\nend\n") == ["~1 select users() *", *expected]


TABLES = [
    ("class Category < ApplicationRecord\nend\n", ["~1 select categories() *"]),
    ("class Person < ActiveRecord::Base\nend\n", ["~1 select people() *"]),
    ("class Shop::Order < ApplicationRecord\nend\n", ["~1 select orders() *"]),
    ("class Admin < User\nend\n", ["~1 select users() *"]),
    ("class X < ApplicationRecord\n  self.table_name = 'crm.leads'\nend\n", ["~1 select crm.leads() *"]),
    ("class X < ApplicationRecord\n  self.abstract_class = true\nend\n", []),
    ("class X < ApplicationRecord\n  self.table_name = TABLE\nend\n", []),
    ("class X < Unknown::Base\nend\n", []),
    ("class X\nend\n", []),
    (
        (
            "module Blog\n  def self.table_name_prefix\n    'blog_'\n  end\n"
            "  class Entry < ApplicationRecord\n  end\nend\n"
        ),
        ["~5 select blog_entries() *"],
    ),
]


@pytest.mark.parametrize(("text", "expected"), TABLES)
def test_the_table_of_a_class_follows_from_its_name_or_from_what_it_says(text, expected):
    assert model(text, "app/models/x.rb") == expected


def test_the_file_tells_how_the_project_writes_acronyms():
    text = "class GitHubUser < ApplicationRecord\nend\n"
    assert model(text, "app/models/github_user.rb") == ["~1 select github_users() *"]


def test_a_model_lists_all_columns_but_those_it_ignores():
    text = "class User < ApplicationRecord\n  self.ignored_columns += %w[old older]\nend\n"
    found = {path: extract_all(path, each.encode()) for path, each in {**MODELS, "app/models/user.rb": text}.items()}
    (reference,) = link(found["app/models/user.rb"], models_of(found.values())).references
    assert isinstance(reference, TableReference)
    assert (reference.cached, reference.ignored) == (True, ("old", "older"))


def test_conditions_beside_joins_are_told():
    assert called('User.joins(:posts).where("title = ?", 1)') == [
        "2 select users()",
        "2 select articles()",
        "2 ? a condition in SQL beside joins, or put together by Ruby",
    ]


def test_deep_code_is_told():
    found = extract("a.rb", b"class A < ApplicationRecord\n  x = " + b"[" * 500 + b"]" * 500 + b"\nend\n")
    assert [problem.path for problem in found.unresolved] == ["a.rb"]
