"""The plots: what they count and paint."""

import numpy as np
import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QLabel, QMenu

from explorer.ui.error_plots import HistogramPlot, ScatterPlot, count_ticks
from explorer.ui.theme import theme
from tests.ui.person import colour_name, colours_of

LIGHT, DARK = theme("light"), theme("dark")
RNG = np.random.default_rng(5)


def shown(qtbot, plot):
    qtbot.addWidget(plot)
    plot.resize(300, 200)
    with qtbot.waitExposed(plot):
        plot.show()
    return plot


@pytest.fixture
def histogram(qtbot):
    return shown(qtbot, HistogramPlot(LIGHT))


@pytest.fixture
def scatter(qtbot):
    return shown(qtbot, ScatterPlot(LIGHT))


def has(widget, colour, within=40):
    wanted = QColor(colour)
    return any(
        abs(QColor(found).red() - wanted.red())
        + abs(QColor(found).green() - wanted.green())
        + abs(QColor(found).blue() - wanted.blue())
        <= within
        for found in colours_of(widget)
    )


def test_ours_is_an_area_and_the_reference_a_line(histogram):
    histogram.show_values(RNG.normal(0, 1, 4000), None)
    assert not has(histogram.axes.view, LIGHT.reference)
    histogram.show_values(RNG.normal(0, 1, 4000), RNG.normal(1, 1, 4000))
    assert has(histogram.axes.view, LIGHT.reference)
    assert has(histogram.axes.view, "#aaccee", 60)


@pytest.mark.parametrize(
    ("largest", "texts"),
    [
        (0, ["1"]),
        (28, ["1", "10"]),
        (1000, ["1", "10", "10²", "10³"]),
        (200_704, ["1", "10²", "10⁴"]),
        (10**12, ["1", "10⁴", "10⁸", "10¹²"]),
    ],
)
def test_a_logarithmic_axis_has_few_powers_of_ten_and_nothing_between(largest, texts):
    assert [text for _, text in count_ticks(largest)] == texts


def test_few_values_have_an_axis_that_can_be_read(histogram):
    histogram.show_values(np.arange(28.0), None)
    assert histogram.axes.left._tickLevels == [count_ticks(1)]
    histogram.logarithmic.setChecked(False)
    assert histogram.axes.left._tickLevels is None


def test_the_view_spans_all_values_and_their_counts(histogram, qtbot):
    histogram.logarithmic.setChecked(False)
    histogram.show_values(np.repeat([2.0, 6.0], [10, 30]), None)
    (left, right), (bottom, top) = histogram.axes.box.viewRange()
    assert left <= 2 and right >= 6
    assert bottom <= 0 and top >= 30
    histogram.logarithmic.setChecked(True)
    assert histogram.axes.box.viewRange()[1][1] == pytest.approx(np.log10(30), abs=0.2)
    assert histogram.axes.left.logMode


def test_no_values_leave_an_empty_plot(histogram):
    histogram.show_values(np.ones(3), None)
    histogram.show_values(None, None)
    assert not has(histogram.axes.view, LIGHT.ours, 10)


def test_equal_values_lie_on_the_diagonal(scatter):
    values = np.linspace(0, 10, 500)
    scatter.show_values(values, values)
    alpha = scatter.image.image[..., 3]
    assert (np.diag(alpha) > 0).all()
    assert (alpha[~np.eye(len(alpha), dtype=bool)] == 0).all()
    assert scatter.findChild(QLabel, "scatter-note").text() == "500 points"
    assert has(scatter.axes.view, LIGHT.accent)


def test_one_wrong_value_among_thousands_is_seen(scatter):
    theirs = np.zeros(100_000)
    theirs[-1] = 1
    ours = theirs.copy()
    ours[0] = 1
    scatter.show_values(ours, theirs)
    assert scatter.image.image[0, -1, 3] >= 70


def test_without_a_counterpart_it_says_why(scatter):
    note = scatter.findChild(QLabel, "scatter-note")
    scatter.show_values(np.ones(3), None)
    assert note.text() == "There is no reference to plot against."
    scatter.show_values(np.ones(3), np.ones(4))
    assert note.text() == "The shapes differ: no value has a counterpart."
    assert not scatter.image.isVisible()


def test_another_theme_recolours_the_points(scatter):
    scatter.show_values(np.linspace(0, 10, 500), np.linspace(0, 10, 500))
    scatter.show_theme(DARK)
    assert colour_name(scatter.image.image[0, 0, :3]) == DARK.accent
    assert DARK.panel in colours_of(scatter.axes.view)


def test_the_plots_bring_no_menus_along(histogram, scatter):
    assert not [widget for widget in QApplication.topLevelWidgets() if isinstance(widget, QMenu)]
