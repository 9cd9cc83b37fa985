"""A layer's weights on screen."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from explorer.maps.colour_maps import ramp_colours
from explorer.ui.theme import theme
from explorer.ui.weights_view import WeightsView
from tests.ui.person import colour_at, colour_name, leave, point_at

LEAST, MOST = map(colour_name, ramp_colours("signed")[[0, -1]])


@pytest.fixture
def view(qtbot):
    made = WeightsView(theme("light"))
    qtbot.addWidget(made)
    made.resize(420, 260)
    with qtbot.waitExposed(made):
        made.show()
    return made


def text(view, name):
    return view.findChild(QLabel, name).text()


def centre(grid, index):
    return grid.cell_rect(index).center()


def test_without_weights_it_says_so(view):
    view.show_weights([])
    assert not view.grid.isVisible() and not view.names.isVisible()


def test_kernels_in_one_symmetric_range(view):
    weight = np.zeros((2, 2, 3, 3), np.float32)
    weight[0, 1], weight[1, 0] = 0.5, -0.5
    view.show_weights([("kernel", weight, "squeezenet.caffemodel conv1[0]")])
    assert view.names.currentText() == "kernel  2×2×3×3"
    assert text(view, "weight-origin") == "squeezenet.caffemodel conv1[0]"
    assert colour_at(view.grid, *centre(view.grid, 1).toTuple()) == MOST
    assert colour_at(view.grid, *centre(view.grid, 2).toTuple()) == LEAST
    assert view.bar.texts == ("-0.5", "0", "0.5")
    assert text(view, "weight-status") == "min -0.5 · max 0.5 · mean 0 · deviation 0.3536 · zeros 50.0 %"


def test_the_first_layer_is_in_the_colours_of_its_input(view):
    weight = np.zeros((3, 3, 4, 4), np.float32)
    weight[0, 0] = 1
    weight[1] = -1
    view.show_weights([("kernel", weight, "")])
    shown = [colour_at(view.grid, *centre(view.grid, index).toTuple()) for index in range(3)]
    assert shown == ["#ff8080", "#000000", "#808080"]
    assert not view.bar.isVisible()
    view.show_weights([("kernel", weight, "")], "BGR")
    assert colour_at(view.grid, *centre(view.grid, 0).toTuple()) == "#8080ff"


def test_a_bias_is_shown_as_bars(view, qtbot):
    view.show_weights([("kernel", np.ones((2, 2, 3, 3), np.float32), "a"), ("bias", np.array([0.25, -1]), "b")])
    assert view.grid.isVisible()
    view.names.setFocus()
    qtbot.keyClick(view.names, Qt.Key.Key_Down)
    assert view.bars.isVisible() and not view.grid.isVisible()
    assert view.bars.row_text(1) == "1  -1"
    assert text(view, "weight-origin") == "b"


def test_the_pointer_tells_output_and_input(view):
    weight = np.arange(2 * 4 * 3 * 3, dtype=np.float32).reshape(2, 4, 3, 3)
    view.show_weights([("kernel", weight, "")])
    point_at(view.grid, *centre(view.grid, 6).toTuple())
    assert text(view, "weight-status") == "output 1, input 2 · y 1 · x 1 · 58"
    leave(view.grid)
    assert text(view, "weight-status").startswith("min 0 · max 71")


def test_the_pointer_over_a_matrix(view):
    view.show_weights([("weight", np.arange(12, dtype=np.float32).reshape(3, 4), "")])
    box = view.grid.cell_rect(0)
    point_at(view.grid, box.left() + box.width() * 3.5 / 4, box.top() + box.height() * 1.5 / 3)
    assert text(view, "weight-status") == "output 1 · input 3 · 7"


def test_weights_that_cannot_be_drawn_are_left_out(view):
    view.show_weights([("names", np.array(["a"]), ""), ("empty", np.zeros((0, 3)), "")])
    assert not view.names.isVisible()
