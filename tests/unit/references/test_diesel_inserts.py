"""Inserts of Diesel whose list of columns is the struct's."""

import pytest

from support.reference_lines import shown

ROW = """use diesel::prelude::*;
#[derive(Insertable)]
#[diesel(table_name = posts)]
pub struct Post {
title: String,
}
"""
INSERT = "insert_into(posts::table).values(&post)"
COMPLETE = "insert posts(+title@5) complete"

WHOLE = {
    "a row": f"fn add(post: Post) {{ {INSERT}; }}",
    "a reference": f"async fn add(post: &Post) {{ {INSERT}; }}",
    "rows": f"fn add(post: Vec<Post>) {{ {INSERT}; }}",
    "a slice": f"fn add(post: &[Post]) {{ {INSERT}; }}",
    "a clone in a block": f"fn add(post: &Post) {{ run({{ let post = post.clone(); move || {{ {INSERT}; }} }}); }}",
    "in the value of its name": f"fn add(post: Post) {{ let post = run({{ move || {{ {INSERT} }} }}); }}",
    "the path with its crate": f"fn add(post: Post) {{ diesel::{INSERT}; }}",
}
NOT_KNOWN = {
    "another type": f"fn add(post: Draft) {{ {INSERT}; }}",
    "another table": "fn add(post: Post) { insert_into(old_posts::table).values(&post); }",
    "more than the row": "fn add(post: Post) { insert_into(posts::table).values((&post, posts::id.eq(1))); }",
    "another variable": f"fn add(post: Post) {{ let post = build(post); {INSERT}; }}",
    "one of a match": f"fn add(post: Post) {{ match x {{ Some(post) => {INSERT}, _ => no() }}; }}",
    "one of a condition": f"fn add(post: Post) {{ if let Some(post) = x {{ {INSERT}; }} }}",
    "one of a loop": f"fn add(post: Post) {{ for post in all {{ {INSERT}; }} }}",
    "one of a closure": f"fn add(post: Post) {{ all.map(|post| {INSERT}); }}",
    "a local variable": f"fn add() {{ let post = build(); {INSERT}; }}",
    "no function": f"static X: i32 = {INSERT};",
}


@pytest.mark.parametrize("code", WHOLE.values(), ids=WHOLE.keys())
def test_an_insert_of_a_row_writes_the_columns_of_its_struct_alone(code: str) -> None:
    assert f"7 {COMPLETE}" in shown("src/a.rs", ROW + code)


@pytest.mark.parametrize("code", NOT_KNOWN.values(), ids=NOT_KNOWN.keys())
def test_an_insert_of_what_is_not_known_says_nothing_of_other_columns(code: str) -> None:
    assert not any("complete" in each for each in shown("src/a.rs", ROW + code))


def test_a_struct_that_embeds_another_is_not_whole() -> None:
    row = ROW.replace("title: String,\n", "title: String,\n#[diesel(embed)]\nrest: Rest,\n")
    assert not any("complete" in each for each in shown("src/a.rs", f"{row}fn add(post: Post) {{ {INSERT}; }}"))


def test_an_insert_in_a_test_is_none() -> None:
    code = f"#[cfg(test)]\nmod tests {{ fn add(post: Post) {{ {INSERT}; }} }}"
    assert not any("complete" in each for each in shown("src/a.rs", ROW + code))
