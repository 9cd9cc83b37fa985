"""Class maps over the picture, alone and in the window."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from explorer.maps.class_activation import ActivationMaps, Head
from explorer.maps.colour_maps import LEVELS, ramp_colours
from explorer.maps.occlusion import Grid, OcclusionMaps
from explorer.ui.class_map_view import NO_MAPS, SIDE, ClassMapView
from explorer.ui.pictures import drop_files
from tests.picture_networks import pooled_network
from tests.small_network import picture_pixels
from tests.ui.person import colour_at, colour_name

GRAY = np.full((4, 4, 3), 128, np.uint8)
FEATURES = np.zeros((2, 4, 4))
FEATURES[0, :, :2], FEATURES[0, :, 2:] = 1.0, -1.0
ACTIVATION = ActivationMaps(Head("y", "x", "x", 1, None, np.zeros(2)), FEATURES, (4, 4))
HALF = OcclusionMaps("y", (4, 4), Grid((4, 2), (0,), (0, 2)), np.array([[[0.5, 0.1], [np.nan, np.nan]]]))


@pytest.fixture
def view(qtbot, light):
    made = ClassMapView(light)
    qtbot.addWidget(made)
    made.resize(360, 220)
    made.show()
    made.show_classes(("n01234567 cat, house cat", "dog"), 2)
    made.show_picture(GRAY)
    return made


def words(view):
    return view.findChild(QLabel, "map_method").text()


def test_warm_speaks_for_the_class_and_cold_against_it(view):
    view.strength.setValue(100)
    view.show_maps(ACTIVATION, 0, running=False)
    warm, cold = (colour_name(ramp_colours("signed")[place]) for place in (0, LEVELS - 1))
    assert colour_at(view.picture, SIDE * 0.1, SIDE / 2) == warm
    assert colour_at(view.picture, SIDE * 0.9, SIDE / 2) == cold
    view.show_maps(ACTIVATION, 1, running=False)
    assert colour_at(view.picture, SIDE * 0.1, SIDE / 2) == "#808080"


def test_the_strength_of_the_colours_can_be_taken_back(view):
    view.show_maps(ACTIVATION, 0, running=False)
    view.strength.setValue(0)
    assert colour_at(view.picture, SIDE * 0.1, SIDE / 2) == "#808080"


def test_it_says_how_the_map_was_found_and_how_far_it_is(view):
    view.show_maps(None, None, running=False)
    assert words(view) == NO_MAPS
    assert view.occlude.isVisible() and not view.strength.isVisible()
    view.show_maps(ACTIVATION, 0, running=False)
    assert words(view) == "class activation map"
    view.show_maps(HALF, 0, running=True)
    assert words(view) == "occlusion map, 50 % done"
    assert not view.occlude.isVisible()
    view.show_maps(HALF, 0, running=False)
    assert words(view) == "occlusion map, 50 % covered, then stopped"
    assert view.occlude.isVisible()


def test_what_is_not_covered_yet_shows_the_picture(view):
    view.show_maps(HALF, 0, running=True)
    assert colour_at(view.picture, SIDE * 0.9, SIDE / 2) == "#808080"
    assert colour_at(view.picture, SIDE * 0.1, SIDE / 2) != "#808080"


def test_classes_go_by_their_names_or_numbers_and_can_be_chosen(view, qtbot):
    assert [view.classes.itemText(place) for place in range(2)] == ["cat", "dog"]
    with qtbot.waitSignal(view.class_chosen) as told:
        view.classes.setCurrentIndex(1)
        view.classes.activated.emit(1)
    assert told.args == [1]
    view.show_classes((), 3)
    assert [view.classes.itemText(place) for place in range(3)] == ["class 0", "class 1", "class 2"]


@pytest.fixture
def headed(tmp_path):
    folder = tmp_path / "headed"
    folder.mkdir()
    pooled_network(folder, np.arange(6).reshape(2, 3) - 2.0, np.zeros(2))
    Image.fromarray(picture_pixels()).save(folder / "a.png")
    return [folder / "made.onnx", folder / "a.png"]


def test_the_command_shows_the_map_of_the_best_class_and_hides_it(window, headed):
    drop_files(window, headed)
    view = window.picture.class_map
    assert not view.isVisible()
    window.commands.run("network.class_map")
    assert view.isVisible()
    assert window.commands["network.class_map"].isChecked()
    best = window.picture.classes.bars[0].row.index
    assert view.classes.currentIndex() == best
    assert words(view) == "class activation map"
    window.commands.run("network.class_map")
    assert not view.isVisible()


def test_a_click_on_a_class_shows_where_it_is_seen(window, headed):
    drop_files(window, headed)
    second = window.picture.classes.bars[1]
    QTest.mouseClick(second, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    assert window.session.map_class == second.row.index
    assert window.picture.class_map.isVisible()
    assert window.picture.class_map.classes.currentIndex() == second.row.index


def test_a_network_without_such_an_end_is_looked_at_by_covering(window, files):
    drop_files(window, files.all)
    window.commands.run("network.class_map")
    view = window.picture.class_map
    assert words(view) == "occlusion map"
    assert not view.activate.isVisible()


def test_one_can_go_from_one_way_to_the_other_and_back(window, headed):
    drop_files(window, headed)
    window.commands.run("network.class_map")
    view = window.picture.class_map
    view.occlude.click()
    assert words(view) == "occlusion map"
    view.activate.click()
    assert words(view) == "class activation map"


def test_there_is_nothing_to_look_for_before_a_picture_was_run(window, files):
    drop_files(window, [files.network])
    assert not window.commands["network.class_map"].isEnabled()
    drop_files(window, [files.picture])
    assert window.commands["network.class_map"].isEnabled()
    assert window.commands["network.occlusion_map"].isEnabled()


def test_both_themes_show_it(view, dark):
    view.show_maps(ACTIVATION, 0, running=False)
    view.show_theme(dark)
    assert not view.grab().isNull()
