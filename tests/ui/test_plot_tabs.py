"""The tabs below the maps."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from explorer.ui.kernels import Weight
from explorer.ui.plot_tabs import PlotTabs
from explorer.ui.theme import theme

ONES = np.ones((2, 3, 3), np.float32)
WEIGHTS = [Weight("kernel", np.ones((2, 2, 3, 3), np.float32), "conv1[0]")]


@pytest.fixture
def tabs(qtbot):
    made = PlotTabs(theme("light"))
    qtbot.addWidget(made)
    made.resize(420, 260)
    with qtbot.waitExposed(made):
        made.show()
    return made


def click(qtbot, tabs, tab):
    qtbot.mouseClick(tabs.tabBar(), Qt.MouseButton.LeftButton, pos=tabs.tabBar().tabRect(tab).center())


def figure(tabs, side, name):
    label = tabs.findChild(QLabel, f"statistics-{side}-{name}")
    return label.text() if label.isVisible() else None


def test_the_figures_of_both_sides(tabs):
    tabs.show_values(ONES * 2, np.array([[[0.0, np.nan], [1.0, 3.0]]]))
    assert figure(tabs, "ours", "mean") == "2"
    assert figure(tabs, "ours", "zeros") == "0 %"
    assert figure(tabs, "reference", "NaN") == "1"
    assert figure(tabs, "reference", "zeros") == "25.0 %"
    assert tabs.findChild(QLabel, "statistics-reference-NaN").colour == theme("light").culprit


def test_a_side_that_is_missing_has_no_figures(tabs):
    tabs.show_values(ONES, None)
    assert figure(tabs, "ours", "max") == "1"
    assert figure(tabs, "reference", "max") is None


def test_the_plot_in_view_is_brought_up_when_its_tab_is_clicked(tabs, qtbot):
    tabs.show_values(ONES, ONES)
    assert tabs.histogram is not None and tabs.scatter is None
    click(qtbot, tabs, 1)
    assert tabs.scatter is not None
    qtbot.waitUntil(tabs.scatter.isVisible)
    tabs.show_values(ONES * 3, ONES)
    assert tabs.scatter.axes.box.viewRange()[0][1] >= 3


def test_without_values_the_weights_come_forward_and_the_chosen_tab_returns(tabs, qtbot):
    tabs.show_values(ONES, ONES)
    click(qtbot, tabs, 1)
    tabs.show_weights(WEIGHTS)
    tabs.show_tabs(values=False)
    assert tabs.currentIndex() == 2
    tabs.show_tabs(values=True)
    assert tabs.currentIndex() == 1


def test_the_weights_are_looked_at_when_their_tab_is_in_view(tabs, qtbot):
    tabs.show_weights(WEIGHTS)
    assert tabs.has_weights and tabs.weights.names.count() == 0
    click(qtbot, tabs, 2)
    assert [tabs.weights.names.itemText(0)] == ["kernel  2×2×3×3"]
    tabs.show_weights([])
    assert not tabs.has_weights and tabs.weights.names.count() == 0


def test_another_theme_reaches_plots_that_exist_and_those_to_come(tabs, qtbot):
    tabs.show_values(ONES, ONES)
    tabs.show_theme(theme("dark"))
    click(qtbot, tabs, 1)
    for plot in (tabs.histogram, tabs.scatter):
        assert plot.axes.view.backgroundBrush().color().name() == theme("dark").panel
