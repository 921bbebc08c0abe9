"""Ecto schemas."""

import pytest

from midflight.references.languages import extract
from support.reference_lines import shown

HEAD = "defmodule A do\n  use Ecto.Schema\n"


def both(columns):
    names = columns.split()
    return [f"4 insert users({' '.join('+' + name for name in names)})", f"4 select users({columns})"]


SCHEMAS = {
    "fields": ("field :name, :string\n", both("id name@5")),
    "source": ("field :name, :string, source: :full_name\n", both("id full_name@5")),
    "virtual": ("field :name, :string\nfield :password, :string, virtual: true\n", both("id name@5")),
    "timestamps": ("timestamps()\n", both("id inserted_at@5 updated_at@5")),
    "timestamps_renamed": ("timestamps(inserted_at: :created_at, updated_at: false)\n", both("id created_at@5")),
    "belongs_to": ("belongs_to :team, Team\n", both("id team_id@5")),
    "belongs_to_by_another_key": ("belongs_to(:team, Team, foreign_key: :group)\n", both("id group@5")),
    "belongs_to_without_a_field": ("belongs_to :team, Team, define_field: false\n", both("id")),
    "relations_of_others": ('has_many :posts, Post\nmany_to_many :tags, Tag, join_through: "x"\n', both("id")),
    "embeds": ("embeds_one :meta, Meta, on_replace: :delete\n", both("id meta@5")),
    "embeds_with_fields": ("embeds_many :rows, Row do\nfield :a, :string\nend\n", both("id rows@5")),
    "values_of_an_enum": ("field :kind, Ecto.Enum, values: [source: :a, virtual: true]\n", both("id kind@5")),
    "not_loaded": (
        "field :body, :string, load_in_query: false\n",
        ["4 insert users(+id +body@5)", "4 select users(id)"],
    ),
    "comment": ("# field :name, :string\n", both("id")),
}


@pytest.mark.parametrize("case", SCHEMAS)
def test_a_schema_reads_and_writes_its_columns(case):
    fields, expected = SCHEMAS[case]
    source = f'{HEAD}\n  schema "users" do\n{fields}end\nend'
    assert [_unwritten(line) for line in shown("a.ex", source)] == [_unwritten(line) for line in expected]


def _unwritten(line):
    return line.replace("+", "")


ATTRIBUTES = {
    "key": ("@primary_key {:uuid, :binary_id, autogenerate: true}", "uuid name@5"),
    "key_of_another_source": ("@primary_key {:id, :id, source: :user_id}", "user_id name@5"),
    "no_key": ("@primary_key false", "name@5"),
}


@pytest.mark.parametrize("case", ATTRIBUTES)
def test_the_primary_key_is_what_the_module_says(case):
    attribute, columns = ATTRIBUTES[case]
    source = f'{HEAD}{attribute}\n  schema "users" do\nfield :name, :string\nend\nend'
    assert shown("a.ex", source)[1] == f"4 select users({columns})"


def test_a_prefix_is_the_table_s_schema():
    source = f'{HEAD}@schema_prefix "crm"\n  schema "users" do\nend\nend'
    assert shown("a.ex", source)[1] == "4 select crm.users(id)"


def test_defaults_that_a_project_may_set_elsewhere_are_not_guessed():
    source = 'defmodule A do\n  use My.Schema\n\n  schema "users" do\nfield :name, :string\ntimestamps()\nend\nend'
    assert shown("a.ex", source)[1] == "4 select users(name@5)"


def test_what_is_no_schema_is_left_alone():
    assert shown("a.ex", 'embedded_schema do\n field :a, :string\nend\n# schema "users" do\nMy.schema "users"') == []


def test_a_schema_is_marked_as_mapped():
    source = f'{HEAD}\n  schema "users" do\nfield :name, :string\nend\nend'
    assert [reference.mapped for reference in extract("a.ex", source.encode()).references] == [True, True]
