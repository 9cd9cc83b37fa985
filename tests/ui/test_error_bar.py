"""An error beside its floor."""

import math

import pytest

from explorer.ui.error_bar import ErrorBar, ErrorScale
from explorer.ui.theme import theme
from tests.ui.person import colour_at, colours_of

LIGHT = theme("light")


@pytest.fixture
def bar(qtbot):
    made = ErrorBar(LIGHT, "isolated")
    qtbot.addWidget(made)
    made.resize(202, 16)
    return made


def test_the_bar_is_logarithmic_and_shows_the_floor(bar):
    bar.show_error(1e-4, 1e-6, "culprit")
    middle = bar.track.center().y()
    assert colour_at(bar, 96, middle) == LIGHT.culprit
    assert colour_at(bar, 110, middle) == LIGHT.frame
    floor = round(bar.track.x() + bar.track.width() * 0.25)
    assert LIGHT.text in {colour_at(bar, x, 0) for x in range(floor - 2, floor + 3)}
    assert bar.accessibleName() == "isolated relative L2 error 1e-4, noise floor 1e-6"


def test_an_error_that_is_not_known_has_no_bar(bar):
    bar.show_error(None, None, "culprit")
    assert LIGHT.culprit not in colours_of(bar) and LIGHT.text not in colours_of(bar)
    assert bar.accessibleName() == "isolated relative L2 error not known"


def test_an_infinite_error_fills_the_bar(bar):
    bar.show_error(math.inf, None, "culprit")
    assert colour_at(bar, 199, bar.track.center().y()) == LIGHT.culprit


def test_no_error_at_all_still_has_a_mark(bar):
    bar.show_error(0.0, None, "agrees")
    assert colour_at(bar, 2, bar.track.center().y()) == LIGHT.agrees


def test_the_numbers_of_the_scale_stay_inside_it(qtbot):
    scale = ErrorScale(LIGHT)
    qtbot.addWidget(scale)
    scale.resize(220, scale.sizeHint().height())
    image = scale.grab().toImage()
    edges = {image.pixelColor(x, y).name() for x in (0, 219) for y in range(image.height())}
    assert LIGHT.muted in colours_of(scale) and LIGHT.muted not in edges
