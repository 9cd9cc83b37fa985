"""The number that leaves the least error."""

from __future__ import annotations

import pytest

from explorer.diagnosis.line_search import least


@pytest.mark.parametrize("number", [0.17, 2.5, 3.999])
def test_the_bottom_of_a_valley_is_found_to_floats_last_digit(number: float):
    assert least(lambda x: abs(x - number), 0.0, 4.0) == pytest.approx(number, rel=2e-7)


@pytest.mark.parametrize(("number", "end"), [(-1.0, 0.0), (7.0, 4.0)])
def test_a_valley_beyond_the_range_leads_to_its_end(number: float, end: float):
    assert least(lambda x: abs(x - number), 0.0, 4.0) == pytest.approx(end, abs=1e-6)


def test_where_all_is_flat_but_for_one_valley_that_is_found():
    assert least(lambda x: min(1.0, abs(x - 1.1)), 0.0, 8.0) == pytest.approx(1.1, rel=2e-7)
