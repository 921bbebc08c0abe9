import pytest

from midflight.migrations.wording import nearly_same, same_words


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("SELECT 1;", "select  1 ;", True),
        ("SELECT 1;", "SELECT 1; -- one", True),
        ("SELECT /* a\nb */ 1;", "SELECT 1;", True),
        ("f(a,b)", "f( a, b )", True),
        ("SELECT 1;", "SELECT 2;", False),
        ("SELECT 'a  b';", "SELECT 'a b';", False),
        ("SELECT '-- x';", "SELECT '-- y';", False),
        ('SELECT "A";', 'SELECT "a";', False),
        (r"SELECT E'\' -- x';", r"SELECT E'\' -- y';", False),
        ("DO $$ -- x\n$$;", "DO $$ -- y\n$$;", False),
        ("DO $a$ $$ -- x $$ $a$;", "DO $a$ $$ -- y $$ $a$;", False),
        ("SELECT 'open", "SELECT 'open ", False),
        ("SELECT 1 /* open", "SELECT 1", True),
        ("", "-- nothing", True),
    ],
)
def test_only_words_outside_of_comments_count(left, right, same):
    assert same_words(left, right) is same


@pytest.mark.parametrize(
    ("left", "right", "near"),
    [
        ("a b c d e", "a b c d x", True),
        ("a b c d e", "a b c x y", False),
        ("a b c d e", "e d c b a", True),
        ("", "-- nothing", True),
        ("a", "", False),
    ],
)
def test_four_words_in_five_are_nearly_the_same(left, right, near):
    assert nearly_same(left, right) is near
