import math

import numpy as np
import pytest

from explorer.comparison.comparison import Comparison, LayerComparison
from explorer.comparison.metrics import Errors
from explorer.network.modules import find_modules
from explorer.running.activations import Activations
from explorer.running.timing import LayerTime, Timing
from explorer.session.answers import Timed
from explorer.ui.graph_colours import STEPS, colour_of, colours_of, ink_on, steps
from explorer.ui.graph_measures import (
    Measure,
    error_measure,
    parameter_measure,
    time_measure,
    zero_measure,
)
from explorer.ui.graph_quantities import QUANTITIES
from tests.small_network import small_network


def _progress(done: int, total: int, text: str) -> None:
    pass


def timed(**milliseconds: float | None) -> Timed:
    rows = tuple(LayerTime(name.replace("__", "/"), spent, "conv1") for name, spent in milliseconds.items())
    return Timed(Timing(rows, 2.5, 0.0, 0.25, 3, 1, "cpu"), {})


def test_parameters_are_added_up_and_the_scale_ends_at_powers_of_ten():
    network = small_network()
    measure = parameter_measure(network, find_modules(network.graph))
    assert measure is not None
    assert measure.numbers == {"conv1": 112, "fork/left": 15, "fork/right": 111, "fc": 582}
    assert measure.of(["fork/left", "fork/right", "fork/join"]) == 126
    assert measure.of(["relu1"]) is None
    assert (measure.low, measure.high, measure.ticks) == (10.0, 1000.0, (10.0, 100.0, 1000.0))
    assert measure.text(582) == "parameters 582"
    assert measure.text(None) == "no parameters"


def test_the_scale_has_room_for_the_largest_module():
    network = small_network()
    measure = time_measure(timed(fork__left=0.8, fork__right=0.7), find_modules(network.graph))
    assert measure is not None
    assert measure.high == 10.0


def test_what_is_computed_within_another_layer_has_no_time():
    measure = time_measure(timed(conv1=0.02, relu1=None, fc=0.0), None)
    assert measure is not None
    assert measure.of(["relu1"]) is None
    assert measure.text(0.0) == "time 0 ms"
    assert measure.fraction(0.0) == 0.0


def test_a_scale_of_many_decades_names_every_other_one_its_ends_among_them():
    measure = time_measure(timed(a=0.0005, b=25.0), None)
    assert measure is not None
    assert measure.ticks[0] == pytest.approx(measure.low)
    assert measure.ticks[-1] == pytest.approx(measure.high)
    assert [measure.quantity.tick(tick) for tick in measure.ticks] == ["0.01", "1", "100"]
    assert measure.fraction(0.0005) == 0.0


def test_errors_stand_on_the_axis_of_the_error_bars_and_the_worst_counts():
    rows = (
        LayerComparison("a", "", isolated=Errors(1.0, 1e-7, 1.0)),
        LayerComparison("b", "", isolated=Errors(1.0, math.nan, 1.0)),
        LayerComparison("c", "", isolated=Errors(1.0, 1.0, 1.0)),
        LayerComparison("d", ""),
    )
    measure = error_measure(Comparison("model", "reference", rows))
    assert measure is not None
    assert measure.of(["a", "c", "d"]) == 1.0
    assert math.isnan(measure.of(["a", "b", "c"]) or 0.0)
    assert measure.fraction(1e-4) == pytest.approx(0.5)
    assert measure.fraction(math.nan) == 1.0
    assert "d" not in measure.numbers
    assert error_measure(Comparison("model", "reference", rows[-1:])) is None
    assert error_measure(None) is None


def test_a_modules_share_of_zeros_is_of_all_its_entries():
    network = small_network()
    values = {
        "fork/left": np.zeros((1, 3, 4, 4), np.float32),
        "fork/right": np.ones((1, 3, 4, 2), np.float32),
    }
    run = Activations(values, {}, "cpu", 1.0)
    measure = zero_measure(network, run, _progress, lambda: False)
    assert measure is not None
    assert measure.numbers == {"fork/left": 1.0, "fork/right": 0.0}
    assert measure.of(["fork/left", "fork/right"]) == pytest.approx(2 / 3)
    assert measure.text(0.5) == "zeros 50.0 %"
    assert measure.ticks == (0.0, 0.25, 0.5, 0.75, 1.0)
    assert zero_measure(network, run, _progress, lambda: True) is None


def test_colours_rise_in_lightness_so_that_they_need_no_hue():
    def lightness(colour: str) -> float:
        red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    rising = [lightness(colour) for colour in steps()]
    assert rising == sorted(rising)
    assert len(set(steps())) == STEPS


@pytest.mark.parametrize("colour", steps())
def test_writing_on_every_step_has_the_contrast_that_small_text_needs(colour):
    def luminance(of: str) -> float:
        parts = [int(of[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    low, high = sorted((luminance(colour), luminance(ink_on(colour))))
    assert (high + 0.05) / (low + 0.05) >= 4.5


def test_many_colours_at_once_are_the_colours_one_by_one(light):
    measure = Measure(QUANTITIES["time"], {}, 0.01, 100.0)
    numbers = [None, 0.0, 0.01, 0.3, 1.0, 99.0, 1e9]
    assert list(colours_of(light, measure, numbers)) == [colour_of(light, measure, number) for number in numbers]
    assert colour_of(light, measure, None) == light.line
    assert colour_of(light, measure, 0.01) == steps()[0]
    assert colour_of(light, measure, 100.0) == steps()[-1]
