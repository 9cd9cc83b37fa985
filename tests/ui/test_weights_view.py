"""A layer's weights on screen."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from explorer.maps.colour_maps import ramp_colours
from explorer.ui.kernels import Weight
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
    view.show_weights([Weight("kernel", weight, "squeezenet.caffemodel conv1[0]")])
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
    view.show_weights([Weight("kernel", weight, "")])
    shown = [colour_at(view.grid, *centre(view.grid, index).toTuple()) for index in range(3)]
    assert shown == ["#ff8080", "#000000", "#808080"]
    assert not view.bar.isVisible()
    view.show_weights([Weight("kernel", weight, "")], "BGR")
    assert colour_at(view.grid, *centre(view.grid, 0).toTuple()) == "#8080ff"


def test_a_bias_is_shown_as_bars(view, qtbot):
    view.show_weights(
        [Weight("kernel", np.ones((2, 2, 3, 3), np.float32), "a"), Weight("bias", np.array([0.25, -1]), "b")]
    )
    assert view.grid.isVisible()
    view.names.setFocus()
    qtbot.keyClick(view.names, Qt.Key.Key_Down)
    assert view.bars.isVisible() and not view.grid.isVisible()
    assert view.bars.row_text(1) == "1  -1"
    assert text(view, "weight-origin") == "b"


def test_the_pointer_tells_output_and_input(view):
    weight = np.arange(2 * 4 * 3 * 3, dtype=np.float32).reshape(2, 4, 3, 3)
    view.show_weights([Weight("kernel", weight, "")])
    point_at(view.grid, *centre(view.grid, 6).toTuple())
    assert text(view, "weight-status") == "output 1, input 2 · y 1 · x 1 · 58"
    leave(view.grid)
    assert text(view, "weight-status").startswith("min 0 · max 71")


def test_the_pointer_over_a_matrix(view):
    view.show_weights([Weight("weight", np.arange(12, dtype=np.float32).reshape(3, 4), "")])
    box = view.grid.cell_rect(0)
    point_at(view.grid, box.left() + box.width() * 3.5 / 4, box.top() + box.height() * 1.5 / 3)
    assert text(view, "weight-status") == "output 1 · input 3 · 7"


def test_weights_that_cannot_be_drawn_are_left_out(view):
    view.show_weights([Weight("names", np.array(["a"]), ""), Weight("empty", np.zeros((0, 3)), "")])
    assert not view.names.isVisible()


def test_beside_the_kernels_is_how_they_lie_in_the_file(view):
    stored = np.zeros((3, 2, 4, 5), np.float32)
    stored[2, 1, 3] = np.linspace(0.2, 1, 5)
    view.resize(640, 300)
    view.show_weights([Weight("kernel", stored.transpose(3, 2, 0, 1), "k in net.h5", stored)])
    assert view.file.isVisible() and not view.before.isVisible()
    assert text(view, "weights-words") == "as computed · 5×4×3×2"
    assert text(view, "weights-in-file-words") == "in the file · 3×2×4×5"
    assert (view.file_viewpoint.count, view.file_viewpoint.height, view.file_viewpoint.width) == (6, 4, 5)
    box, scale = view.file.grid.cell_rect(5), view.file_viewpoint.lens.scale
    assert colour_at(view.file.grid, box.left() + 4.5 * scale, box.top() + 3.5 * scale) == MOST
    point_at(view.file.grid, box.left() + 4.5 * scale, box.top() + 3.5 * scale)
    assert text(view, "weight-status") == "in the file [2, 1, 3, 4] · 1"


def test_what_lies_in_the_file_as_it_is_computed_is_shown_once(view):
    weight = np.ones((2, 2, 3, 3), np.float32)
    view.show_weights([Weight("kernel", weight, "", weight)])
    assert not view.file.isVisible()
    assert text(view, "weights-words") == "as computed · 2×2×3×3 · as in the file"


def test_a_corrected_weight_stands_beside_what_it_was(view):
    view.resize(640, 300)
    before = np.zeros((2, 2, 3, 3), np.float32)
    before[:, :, 0, 0] = 2
    view.show_weights([Weight("kernel", before[:, :, ::-1, ::-1], "", before, before)])
    assert view.before.isVisible() and not view.file.isVisible()
    assert view.bar.texts == ("-2", "0", "2")
    box, scale = view.before.grid.cell_rect(3), view.viewpoint.lens.scale
    corner, far = (box.left() + scale / 2, box.top() + scale / 2), (box.right() - scale / 2, box.bottom() - scale / 2)
    assert colour_at(view.before.grid, *corner) == MOST == colour_at(view.grid, *far)


def test_a_corrected_bias_has_both_values(view):
    view.show_weights([Weight("bias", np.array([1.0, 2]), "", None, np.array([0.0, 2]))])
    assert view.bars.row_text(0) == "0  0  1"


def test_the_order_of_colours_is_said(view):
    view.resize(640, 300)
    view.show_weights([Weight("kernel", np.ones((3, 3, 4, 4), np.float32))], "BGR")
    assert text(view, "weights-words").endswith("input channels B, G, R in their colours")
