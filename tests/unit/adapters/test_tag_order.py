"""Which tags name versions, and their order."""

import pytest

from midflight.adapters.tag_order import newest


def test_numbers_count_and_not_letters():
    assert newest(["v1.9.2", "v1.10.0", "v1.2"]) == ["v1.10.0", "v1.9.2", "v1.2"]


@pytest.mark.parametrize("tag", ["v1.2.0-rc.1", "0.19.0-beta.3", "1.0b2", "v2-alpha", "v3.0.0-preview1", "1.4.dev2"])
def test_a_pre_release_is_no_version_that_runs(tag):
    assert newest([tag, "v0.1"]) == ["v0.1"]


def test_a_pattern_takes_pre_releases_too_and_puts_them_before_their_release():
    tags = ["api-v1.2.0-rc.10", "api-v1.2.0-rc.9", "api-v1.2.0-beta.11", "api-v1.2.0", "web-v9"]

    assert newest(tags, "api-*") == ["api-v1.2.0", "api-v1.2.0-rc.10", "api-v1.2.0-rc.9", "api-v1.2.0-beta.11"]


def test_a_tag_without_a_number_at_its_end_names_no_version():
    assert newest(["nightly", "v2-final", "stable", "release-20260105"]) == ["release-20260105"]


def test_a_digit_in_the_name_before_the_version_does_not_count():
    assert newest(["api2-v1.3", "api2-v1.4"]) == ["api2-v1.4", "api2-v1.3"]


def test_what_stands_behind_a_plus_says_nothing_of_the_order():
    assert newest(["v1.0.1+build.7", "v1.0.2"]) == ["v1.0.2", "v1.0.1+build.7"]


def test_a_tag_of_many_digits_is_bounded():
    assert newest(["v" + "9" * 300, "v1"]) == ["v1"]
