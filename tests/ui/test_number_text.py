"""Numbers and shapes in words."""

import math

import pytest

from explorer.ui.number_text import (
    amount_text,
    cosine_text,
    count_text,
    error_text,
    number_text,
    shape_text,
    share_text,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.8125, "0.8125"),
        (-12.5, "-12.5"),
        (15.26, "15.26"),
        (123456.0, "1.23e+5"),
        (12345.0, "12345"),
        (2e-7, "2e-7"),
        (-4.377e-9, "-4.38e-9"),
        (1.1e6, "1.1e+6"),
        (math.nan, "NaN"),
        (math.inf, "∞"),
        (-math.inf, "-∞"),
    ],
)
def test_numbers_are_short_and_keep_their_size(value, text):
    assert number_text(value) == text


def test_more_digits_tell_single_values_apart():
    assert number_text(1.2345678, 6) == "1.23457"
    assert number_text(1.2794e-9, 6) == "1.2794e-9"


def test_errors_have_two_digits():
    assert error_text(1.1234) == "1.1"
    assert error_text(2.345e-7) == "2.3e-7"
    assert error_text(1e-8) == "1e-8"
    assert error_text(math.inf) == "∞"


def test_a_cosine_close_to_one_says_what_it_lacks():
    assert cosine_text(0.4312) == "0.431"
    assert cosine_text(1 - 2.3e-9) == "1 - 2.3e-9"
    assert cosine_text(1.0) == "1"
    assert cosine_text(-1.0) == "-1"


def test_counts_keep_together_at_their_thousands():
    assert count_text(802816) == "802\u202f816"
    assert count_text(12) == "12"


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (0, 7, "0 %"),
        (7, 7, "100 %"),
        (1, 100_000, "<0.1 %"),
        (99_999, 100_000, ">99.9 %"),
        (512, 1000, "51.2 %"),
        (0, 0, "0 %"),
    ],
)
def test_a_share_is_all_or_nothing_only_where_it_is(part, whole, text):
    assert share_text(part, whole) == text


def test_a_batch_of_one_is_not_part_of_the_shape():
    assert shape_text((1, 128, 28, 28)) == "128×28×28"
    assert shape_text((2, 128, 28, 28)) == "2×128×28×28"
    assert shape_text((1, 128), batch=True) == "1×128"
    assert shape_text((5,)) == "5"
    assert shape_text(()) == "one number"


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0"),
        (960, "960"),
        (999, "999"),
        (1000, "1.00\u202fk"),
        (118_013_952, "118\u202fM"),
        (999_499_999, "999\u202fM"),
        (999_500_000, "1.00\u202fG"),
        (15_470_264_320, "15.5\u202fG"),
        (2_000_000_000_000, "2.00\u202fT"),
    ],
)
def test_large_counts_have_three_digits_and_a_prefix(count, text):
    assert amount_text(count) == text
