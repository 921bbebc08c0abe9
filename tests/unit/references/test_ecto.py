"""Ecto schemas."""

import pytest

from midflight.references.languages import extract
from support.reference_lines import shown

HEAD = "defmodule A do\n  use Ecto.Schema\n"


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
