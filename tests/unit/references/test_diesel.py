"""Diesel's mapped structs and schema paths, and SQL in the strings of Rust."""

import pytest

from midflight.references.languages import extract
from support.reference_lines import lines, shown

USE = "use diesel::prelude::*;\n"


def struct(derives: str, fields: str, attributes: str = "#[diesel(table_name = posts)]", name: str = "Post") -> str:
    return f"#[derive({derives})]\n{attributes}\npub struct {name} {{\n{fields}\n}}\n"


HOSTILE = {
    "nested_parentheses": USE + "fn f() { " + "(" * 10_000 + "posts::a" + ")" * 10_000 + " }",
    "nested_calls": USE + "use crate::schema::posts::dsl::*;\nfn f() { " + "a.eq(" * 10_000,
    "nested_use": USE + "use crate::schema::" + "{a::" * 10_000,
    "nested_generics": "#[derive(Selectable)]\nstruct S { a: " + "Option<" * 10_000 + "i32" + ">" * 10_000 + " }",
    "nested_modules": USE + "mod m { " * 5_000 + "use crate::schema::posts; " + "}" * 5_000,
    "nested_attributes": "#[derive(Selectable)]\n#[diesel(" + "embed(" * 10_000 + "\nstruct S { a: i32 }",
    "many_attributes": USE + "#[diesel(embed)]\n" * 4_000 + "struct S { a: i32 }",
    "endless_path": USE + "use crate::schema::posts;\nfn f() { " + "posts::" * 20_000 + " }",
    "quotes": 'use diesel;\nfn f() { "' + "select '" * 5_000 + '" }',
}


@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_nesting_gives_no_reference_to_what_is_not_there(source: str) -> None:
    found = extract("src/a.rs", source.encode())
    assert {getattr(reference, "table", "") for reference in found.references} <= {"posts", "ss"}


def test_too_many_structs_are_told() -> None:
    source = USE + "struct A;\n" * 5_001
    assert shown("src/a.rs", source) == ["0 ? the file says `struct` more than 5000 times"]


def test_a_file_that_is_cut_off_gives_what_is_whole() -> None:
    source = struct("Selectable", "id: i32,") + "#[derive(Selectable)]\nstruct Q {\n  a"
    assert shown("src/models.rs", source) == ["3 select posts(id@4)"]


def test_code_that_is_nested_too_deeply_is_told() -> None:
    assert shown("src/a.rs", HOSTILE["nested_parentheses"]) == ["0 ? the code is nested too deeply"]


def test_invalid_utf_8_hides_nothing_else() -> None:
    source = b"// \xff\xfe\n#[derive(Selectable)]\n#[diesel(table_name = posts)]\nstruct P {\n  id: i32,\n}\n"
    assert lines(extract("src/a.rs", source)) == ["4 select posts(id@5)"]
