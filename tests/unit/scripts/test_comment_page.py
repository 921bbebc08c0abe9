"""The page of the demonstration shows a comment as GitHub does."""

from comment_page import comment_body, comment_page


def test_a_task_list_has_boxes():
    body = comment_body("- [x] done\n- [ ] open\n")

    assert '<li class="task"><input type="checkbox" disabled checked> done</li>' in body
    assert '<li class="task"><input type="checkbox" disabled> open</li>' in body


def test_an_alert_has_its_kind():
    body = comment_body("> [!CAUTION]\n> It breaks.\n")

    assert '<blockquote class="alert caution"><strong>Caution</strong>\n<p>It breaks.</p>' in body


def test_tables_and_folded_parts_are_shown():
    body = comment_body("<details><summary>More</summary>\n\n| a |\n| --- |\n| 1 |\n\n</details>\n")

    assert "<details><summary>More</summary>" in body
    assert "<td>1</td>" in body


def test_a_title_cannot_become_markup_and_no_script_can_run():
    page = comment_page("<script>alert(1)</script>", "Fine.")

    assert "<script>" not in page
    assert "default-src 'none'" in page
