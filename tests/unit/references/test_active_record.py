"""ActiveRecord's models and queries, through the classes of other files."""

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
