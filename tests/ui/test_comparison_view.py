"""The panel of one layer, as a person uses it."""

import numpy as np
import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QApplication, QLabel

from explorer.comparison.alignment import turned
from explorer.comparison.comparison import LayerComparison
from explorer.comparison.metrics import measure
from explorer.maps.colour_maps import ramp_colours
from explorer.ui.comparison_view import ComparisonView
from explorer.ui.kernels import Weight
from explorer.ui.layer_view_state import NO_LAYER, NO_VALUES, LayerView
from explorer.ui.theme import theme
from tests.ui.person import colour_at, colour_name, leave, point_at, turn_wheel

LOW, HIGH = map(colour_name, ramp_colours("values")[[0, -1]])
SAME, MORE = map(colour_name, ramp_colours("signed")[[125, -1]])


@pytest.fixture
def view(qtbot):
    made = ComparisonView(theme("light"))
    qtbot.addWidget(made)
    made.resize(440, 720)
    with qtbot.waitExposed(made):
        made.show()
    return made


def compared(ours, theirs, title="conv1", verdict="culprit", **how):
    errors = measure(ours, theirs) if ours.shape == theirs.shape else None
    row = LayerComparison(
        title,
        "Convolution",
        title,
        title,
        ours.shape,
        theirs.shape,
        stretch=(title,),
        cumulative=errors,
        isolated=errors,
        isolated_floor=2e-7,
        noise_floor=5e-7,
        verdict=verdict,
    )
    return LayerView(title, "Convolution", ours, theirs, row, "tensor", **how)


def steps(count=6, size=8):
    return np.stack([np.full((size, size), index, np.float32) for index in range(count)])[None]


def text(view, name):
    label = view.findChild(QLabel, name)
    return label.text() if label.isVisible() else None


def colour_of(grid, channel):
    return colour_at(grid, *grid.cell_rect(channel).center().toTuple())


def test_an_empty_panel_says_what_to_do(view):
    assert text(view, "empty-words") == NO_LAYER
    view.show_layer(LayerView("conv1", "Convolution", shape=(1, 64, 112, 112)))
    assert text(view, "empty-words") == NO_VALUES
    assert text(view, "layer-shapes") == "64×112×112"
    assert not view.panes.isVisible()


def test_maps_of_ours_and_the_reference_and_their_difference(view):
    theirs = steps()
    ours = theirs.copy()
    ours[0, 2] += 1
    view.show_layer(compared(ours, theirs))
    assert text(view, "empty-words") is None
    ours_pane, theirs_pane, difference = view.panes.grids
    assert colour_of(ours_pane, 5) == colour_of(theirs_pane, 5) == HIGH
    assert colour_of(ours_pane, 2) == colour_of(theirs_pane, 3)
    assert [colour_of(difference, channel) for channel in (1, 2, 3)] == [SAME, MORE, SAME]
    assert text(view, "layer-shapes") == "6×8×8 = 6×8×8"


def test_the_same_view_again_changes_nothing(view):
    shown = compared(steps(), steps())
    view.show_layer(shown)
    view.viewpoint.choose(4)
    view.viewpoint.zoom(3)
    lens = view.viewpoint.lens
    view.show_layer(shown)
    assert (view.viewpoint.channel, view.viewpoint.lens) == (4, lens)


def test_new_values_of_a_layer_keep_channel_and_zoom_and_another_layer_does_not(view):
    view.show_layer(compared(steps(), steps()))
    view.viewpoint.choose(4)
    view.viewpoint.zoom(3)
    lens = view.viewpoint.lens
    view.show_layer(compared(steps() * 2, steps()))
    assert (view.viewpoint.channel, view.viewpoint.lens) == (4, lens)
    view.show_layer(compared(steps(), steps(), "conv2"))
    assert view.viewpoint.channel == 0 and view.viewpoint.is_fitted


def test_a_click_and_the_channel_box_choose_the_same_channel(view, qtbot):
    view.show_layer(compared(steps(), steps()))
    grid = view.panes.grids[2]
    with qtbot.waitSignal(view.channel_chosen) as told:
        qtbot.mouseClick(grid, Qt.MouseButton.LeftButton, pos=grid.cell_rect(4).center().toPoint())
    assert told.args == [4]
    assert view.controls.channel.text() == "4 of 6"
    qtbot.keyClick(view.controls.channel, Qt.Key.Key_Down)
    box = grid.cell_rect(3)
    assert colour_at(grid, box.center().x(), box.bottom() + 1) == theme("light").accent
    assert text(view, "place") == "channel 3 · ours 3 · reference 3 · difference 0"


def test_the_pointer_over_a_map_tells_the_values_in_both(view):
    ours = steps()
    ours[0, 5, 7, 0] = 9.5
    view.show_layer(compared(ours, steps()))
    box = view.panes.grids[1].cell_rect(5)
    point_at(view.panes.grids[1], box.left() + 2, box.bottom() - 2)
    assert text(view, "place") == "channel 5 · y 7 · x 0 · ours 9.5 · reference 5 · difference 4.5"
    leave(view.panes.grids[1])
    assert text(view, "place").startswith("channel 0")


def test_the_wheel_over_one_pane_moves_all(view):
    view.show_layer(compared(steps(), steps()))
    for _ in range(5):
        turn_wheel(view.panes.grids[0], 1, 20, 30)
    assert len({tuple(grid.cell_rect(0).getRect()) for grid in view.panes.grids}) == 1
    assert not view.viewpoint.is_fitted


def test_enlarging_by_button_and_by_key_agree(view, qtbot):
    view.show_layer(compared(steps(), steps()))
    qtbot.mouseClick(view.controls.single, Qt.MouseButton.LeftButton)
    assert view.viewpoint.single
    qtbot.keyClick(view.panes.grids[0], Qt.Key.Key_Escape)
    assert not view.viewpoint.single and view.controls.single.accessibleName() == "Enlarge"


def test_a_range_for_each_channel_is_said_on_screen(view, qtbot):
    values = np.zeros((1, 2, 4, 4), np.float32)
    values[0, 0, 0, 0], values[0, 1, 0, 0] = 1, 100
    view.show_layer(LayerView("conv1", "Convolution", values))
    grid = view.panes.grids[0]

    def corner():
        box = grid.cell_rect(0)
        return colour_at(grid, box.left() + 20, box.top() + 20)

    assert corner() != HIGH and text(view, "range-note") is None
    qtbot.keyClick(view.controls.range, Qt.Key.Key_Down)
    assert corner() == HIGH
    assert "Each channel has its own range" in text(view, "range-note")


def test_nan_and_infinity_are_counted_in_words(view):
    values = steps()
    values[0, 1, 0, :3] = np.nan
    values[0, 2, 0, 0] = np.inf
    view.show_layer(LayerView("conv1", "Convolution", values))
    words = text(view, "outliers")
    assert words.startswith("ours:") and "3&nbsp;NaN" in words and "1&nbsp;∞" in words
    view.show_layer(LayerView("conv2", "Convolution", steps()))
    assert text(view, "outliers") is None


def test_a_vector_of_classes_is_bars_with_the_largest_first(view, qtbot):
    ours, theirs = np.array([[0.1, 0.7, 0.2]]), np.array([[0.2, 0.6, 0.2]])
    view.show_layer(compared(ours, theirs, "prob", labels=("hen", "tabby", "fox")))
    assert view.bars.isVisible() and not view.panes.isVisible()
    assert view.bars.row_text(0) == "1  tabby  0.7  0.6"
    qtbot.keyClick(view.controls.order, Qt.Key.Key_Up)
    assert view.bars.row_text(0) == "0  hen  0.1  0.2"
    qtbot.keyClick(view.bars, Qt.Key.Key_Down)
    assert view.viewpoint.channel == 1 and view.controls.channel.text() == "1 of 3"
    assert text(view, "place") == "channel 1 · ours 0.7 · reference 0.6 · difference 0.1"


def test_another_picture_of_the_batch(view, qtbot):
    values = np.concatenate([steps(), 5 - steps()])
    view.show_layer(LayerView("conv1", "Convolution", values))
    grid = view.panes.grids[0]
    assert (colour_of(grid, 0), colour_of(grid, 5)) == (LOW, HIGH)
    qtbot.keyClick(view.controls.item, Qt.Key.Key_Up)
    assert (colour_of(grid, 0), colour_of(grid, 5)) == (HIGH, LOW)


def test_channels_last(view):
    values = steps().transpose(0, 2, 3, 1)
    view.show_layer(LayerView("conv1", "Conv2D", values, channel_axis=3))
    assert view.viewpoint.count == 6
    assert colour_of(view.panes.grids[0], 5) == HIGH


def test_a_reference_with_its_axes_turned_agrees(view):
    recorded = steps().transpose(0, 2, 3, 1)
    theirs = turned(recorded, (0, 3, 1, 2))
    view.show_layer(compared(steps(), theirs, verdict="match"))
    assert colour_of(view.panes.grids[2], 3) == SAME


def test_the_plots_follow_the_maps(view, qtbot):
    view.show_layer(compared(steps(), steps()))
    label = view.findChild(QLabel, "statistics-ours-max")
    qtbot.waitUntil(lambda: label.isVisible() and label.text() == "5")
    assert view.plots.histogram is not None


def test_the_weights_of_a_layer_can_be_seen_before_anything_ran(view):
    view.show_layer(LayerView("conv1", "Convolution"))
    assert not view.plots.isVisible()
    view.show_weights([Weight("kernel", np.ones((4, 3, 3, 3), np.float32), "conv1[0]")])
    assert view.plots.weights.grid.isVisible()
    assert text(view, "empty-words") == NO_VALUES
    view.show_weights([])
    assert not view.plots.isVisible()


def test_another_theme_reaches_every_part(view):
    view.show_layer(compared(steps(), steps()))
    view.show_theme(theme("dark"))
    assert colour_at(view.panes.grids[0], 3, 3) == theme("dark").panel
    assert view.findChild(QLabel, "layer-title").colour == theme("dark").text


def test_the_panel_fits_a_narrow_column_without_clipped_text(view):
    view.show_layer(compared(steps(128, 28), steps(128, 28)))
    QApplication.processEvents()
    view.resize(view.minimumSizeHint())
    QApplication.processEvents()
    assert view.width() <= 390
    for label in view.findChildren(QLabel):
        if label.isVisible() and not label.wordWrap() and not hasattr(label, "shown_text"):
            needed = label.fontMetrics().horizontalAdvance(label.text())
            assert label.width() >= needed, label.text()


def test_a_closed_panel_leaves_no_window_behind(qtbot):
    before = set(QApplication.topLevelWidgets())

    def use_and_close():
        made = ComparisonView(theme("light"))
        made.show()
        made.show_layer(compared(steps(), steps()))
        qtbot.waitUntil(lambda: made.plots.histogram is not None)
        made.plots.setCurrentIndex(1)
        made.close()
        made.deleteLater()

    use_and_close()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert {widget for widget in QApplication.topLevelWidgets() if widget.parent() is None} <= before


def test_every_recorded_layer_of_a_real_network_can_be_shown(view, shared):
    # A thousand maps need so much room for each to have a pixel of its own for every value.
    view.resize(440, 800)
    with np.load(shared / "references" / "squeezenet-v1.1" / "cat.npz", allow_pickle=False) as blobs:
        for name in blobs.files:
            theirs = blobs[name]
            ours = theirs.copy()
            ours[..., 0] += 1
            view.show_layer(compared(ours, theirs, name))
            assert text(view, "empty-words") is None
            if view.panes.isVisible():
                view.viewpoint.show_single(True)
                box = view.panes.grids[2].cell_rect(0)
                seen = colour_at(view.panes.grids[2], box.left() + 0.75 * box.width(), box.center().y())
                assert seen == SAME, name


def test_plots_that_are_due_wait_for_the_next_layer(view, qtbot):
    view.put_off_plots()
    assert not view._plots_due.isActive()
    view.show_layer(LayerView("conv1", "Convolution", steps()))
    view._plots_due.setInterval(10_000)
    view.put_off_plots()
    assert view._plots_due.remainingTime() > 5_000
