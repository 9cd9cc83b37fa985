"""Colours and the values they stand for."""

import numpy as np
import pytest

from explorer.maps.colour_maps import ramp_colours
from explorer.maps.value_range import ValueRange
from explorer.ui.colour_bar import ColourBar
from explorer.ui.theme import theme
from tests.ui.person import colour_at, colour_name


@pytest.fixture
def bar(qtbot):
    made = ColourBar(theme("light"), "values")
    qtbot.addWidget(made)
    made.resize(251, made.sizeHint().height())
    return made


def test_the_ramp_runs_from_low_to_high(bar):
    bar.show_range(ValueRange(np.array([0.0]), np.array([15.26]), False), "values", 0)
    assert bar.texts == ("0", "", "15.26")
    for x in (20, 125, 230):
        assert colour_at(bar, x, 4) == colour_name(ramp_colours("values")[x])
    assert bar.accessibleName() == "Colours of the values: 0 to 15.26"


def test_zero_stands_in_the_middle_of_a_diverging_range(bar):
    bar.show_range(ValueRange(np.array([-2e-7]), np.array([2e-7]), True), "signed", 0)
    assert bar.texts == ("-2e-7", "0", "2e-7")


def test_the_range_of_the_chosen_channel(bar):
    bar.show_range(ValueRange(np.array([0.0, 1]), np.array([2.0, 30]), False), "values", 1)
    assert bar.texts == ("1", "", "30")
