"""What a person sees who has the graph coloured by something else than the kinds of operation."""

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtGui import QColor, QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip

from explorer.ui.assembly import make_window
from explorer.ui.graph_colours import STEPS, colour_of
from explorer.ui.graph_measures import Measure
from explorer.ui.graph_paint import FAR
from explorer.ui.graph_quantities import QUANTITIES
from explorer.ui.pictures import drop_files
from explorer.ui.theme import mark_colour
from tests.small_network import write_small_files
from tests.ui.graphs import large_network, place, scene, shown_graph
from tests.ui.person import colour_at, colours_of


def ground(view, name):
    """The colour of a card near its upper right corner, where nothing is written."""
    where = place(view, name)
    return colour_at(view, where.right() - 12, where.top() + 5)


def measure_of(view) -> Measure:
    """The numbers that the colours tell."""
    measure = scene(view).measure
    assert measure is not None
    return measure


def number(view, name):
    return scene(view).numbers.get(name)


def tip(view, name):
    where = place(view, name).center().toPoint()
    QApplication.sendEvent(view, QHelpEvent(QHelpEvent.Type.ToolTip, where, view.mapToGlobal(where)))
    text = QToolTip.text()
    QToolTip.hideText()
    return text.splitlines()


@pytest.fixture
def open_window(window, tmp_path):
    window.resize(1280, 1000)
    drop_files(window, write_small_files(tmp_path, shifted="fork/left").all)
    window.graph_view.show_layer(None)
    return window


@pytest.mark.parametrize("by", ["error", "time", "parameters", "zeros"])
def test_each_node_has_the_colour_of_its_number_and_the_legend_its_scale(open_window, light, by):
    open_window.commands.run(f"graph.colour_by_{by}")
    view = open_window.graph_view
    measure = measure_of(view)
    for name in ("conv1", "pool1", "fork/left", "fc"):
        assert ground(view, name) == colour_of(light, measure, number(view, name)), name
    told = view.legend.told
    assert told.title == measure.quantity.title
    assert (told.scale[0], told.scale[-1]) == (measure.quantity.tick(measure.low), measure.quantity.tick(measure.high))
    assert len(colours_of(view.legend)) > STEPS
    assert open_window.commands[f"graph.colour_by_{by}"].isChecked()
    assert not open_window.commands["graph.colour_by_kind"].isChecked()


def test_more_parameters_are_brighter_and_none_is_grey(open_window, light):
    open_window.commands.run("graph.colour_by_parameters")
    view = open_window.graph_view
    assert number(view, "fc") == 582
    lightness = [QColor(ground(view, name)).lightness() for name in ("fork/left", "conv1", "fc")]
    assert lightness == sorted(lightness)
    assert ground(view, "pool1") == light.line
    assert "no parameters" in view.legend.told.words


def test_the_tip_and_who_listens_say_the_number(open_window):
    open_window.commands.run("graph.colour_by_parameters")
    view = open_window.graph_view
    assert tip(view, "fc")[-1] == "parameters 582"
    assert tip(view, "pool1")[-1] == "no parameters"
    view.show_layer("conv1")
    assert view.accessibleDescription().endswith("parameters 112")
    open_window.commands.run("graph.colour_by_kind")
    assert not view.accessibleDescription().endswith("parameters 112")


def test_a_closed_module_has_the_number_of_all_its_layers(open_window, light):
    open_window.commands.run("graph.colour_by_parameters")
    view = open_window.graph_view
    view.close_all()
    assert number(view, "fork") == 126
    assert ground(view, "fork") == colour_of(light, measure_of(view), 126)
    assert tip(view, "fork")[-1] == "parameters 126"


def test_the_culprit_keeps_its_mark_in_every_colouring(open_window, light):
    view = open_window.graph_view
    for by in ("error", "time", "parameters", "zeros"):
        open_window.commands.run(f"graph.colour_by_{by}")
        image = view.grab(place(view, "fork/left").toRect()).toImage()
        colours = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}
        assert mark_colour(light, "culprit") in colours, by
        assert "culprit" in view.legend.lines


def test_time_is_measured_where_it_was_not_yet(open_window):
    assert open_window.session.timed is None
    open_window.commands.run("graph.colour_by_time")
    timed = open_window.session.timed
    assert timed is not None
    view = open_window.graph_view
    assert number(view, "conv1") == timed.timing.of("conv1").milliseconds
    assert tip(view, "conv1")[-1].startswith("time 0.")


def test_what_is_lacking_is_said_and_the_kinds_stay(window, files, light):
    drop_files(window, [files.network])
    view = window.graph_view
    for by, words in (
        ("error", "Isolated error: compare with a reference first (F6)"),
        ("zeros", "Zeros: run the network on a picture first (F5)"),
    ):
        window.commands.run(f"graph.colour_by_{by}")
        assert view.legend.told.note == words
        assert view.legend.told.title == "Kind of operation"
        assert ground(view, "conv1") == light.panel


def test_the_numbers_come_as_soon_as_what_they_are_taken_from_does(window, files):
    drop_files(window, [files.network])
    window.commands.run("graph.colour_by_zeros")
    assert scene(window.graph_view).measure is None
    drop_files(window, [files.picture])
    measure = scene(window.graph_view).measure
    assert measure is not None
    run = window.session.picture_run
    assert measure.numbers["relu1"] == pytest.approx((run["relu1" if "relu1" in run else "conv1"] == 0).mean())
    assert 0 < measure.numbers["relu1"] < 1


def test_a_correction_brings_the_colours_of_its_own_errors(open_window):
    open_window.commands.run("graph.colour_by_error")
    view = open_window.graph_view
    before = number(view, "fork/left")
    open_window.commands.run("network.apply_all")
    assert number(view, "fork/left") < before / 1000
    assert measure_of(view).numbers == {
        row.layer: row.isolated.relative_l2 for row in open_window.session.comparison.layers if row.isolated
    }


def test_another_network_is_coloured_by_its_own_numbers(open_window, tmp_path):
    open_window.commands.run("graph.colour_by_parameters")
    drop_files(open_window, [write_small_files(tmp_path).network])
    assert number(open_window.graph_view, "fc") == 582
    open_window.commands.run("file.close")
    assert not open_window.graph_view.legend.isVisible()


def test_the_choice_is_kept_for_the_next_window(qtbot, tmp_path):
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    files = write_small_files(tmp_path)
    for is_first in (True, False):
        window = make_window(tmp_path / "example", settings=settings, mode="light", serial=True)
        qtbot.addWidget(window)
        drop_files(window, [files.network])
        if is_first:
            window.commands.run("graph.colour_by_parameters")
        assert window.graph_view.legend.told.title == "Learned parameters"
        window.close()
    # Opened with the times chosen, nothing is timed by itself.
    settings.setValue("graph_colours", "time")
    window = make_window(tmp_path / "example", settings=settings, mode="light", serial=True)
    qtbot.addWidget(window)
    drop_files(window, [files.network])
    assert window.session.timed is None
    assert window.graph_view.legend.told.note == "Time: not timed yet (F10)"
    window.close()


def test_an_exported_picture_has_the_colours_and_their_scale(open_window, tmp_path):
    open_window.commands.run("graph.colour_by_parameters")
    open_window.graph_export.export(tmp_path / "graph.svg")
    drawn = (tmp_path / "graph.svg").read_text()
    view = open_window.graph_view
    assert colour_of(open_window.looks.theme, measure_of(view), 582) in drawn
    assert "Learned parameters" in drawn
    open_window.commands.run("graph.colour_by_kind")
    open_window.graph_export.export(tmp_path / "kinds.svg")
    assert "Kind of operation" not in (tmp_path / "kinds.svg").read_text()


def test_from_afar_nodes_are_blocks_of_the_same_colours(qtbot, light):
    network = large_network()
    view = shown_graph(qtbot, light, network)
    numbers = {layer.name: 10.0 ** (index % 4) for index, layer in enumerate(network.layers)}
    measure = Measure(QUANTITIES["time"], numbers, 1.0, 1000.0)
    view.show_measure(measure)
    view.fit_all()
    assert view.camera.scale < FAR
    view.minimap.hide()
    for name in ("data", "inception_3a/1x1", "pool5/7x7_s1"):
        where = place(view, name).center()
        assert colour_at(view, where.x(), where.y()) == colour_of(light, measure, numbers[name]), name
