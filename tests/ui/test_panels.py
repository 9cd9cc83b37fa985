import pytest
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QLabel, QMainWindow

from explorer.ui.panels import Panels, panel_sizes


@pytest.mark.parametrize(
    ("room", "sizes"),
    [
        ((1280, 600), (336, 461, 240, 360)),
        ((960, 480), (288, 400, 120, 360)),
        ((1920, 960), (464, 691, 496, 464)),
        ((3840, 2000), (464, 960, 1536, 464)),
    ],
)
def test_panels_grow_with_the_window_within_bounds(room, sizes):
    assert panel_sizes(QSize(*room)) == sizes


class Window(QMainWindow):
    def __init__(self, theme):
        super().__init__()
        self.setCentralWidget(QLabel("graph"))
        self.resize(1280, 720)
        self.panels = Panels(self, theme)
        for name in ("layers", "picture", "maps", "findings", "folder"):
            self.panels.fill(name, QLabel(name))


@pytest.fixture
def window(qtbot, light):
    made = Window(light)
    qtbot.addWidget(made)
    made.show()
    return made


def test_panels_are_hidden_until_there_is_something_in_them(window):
    assert not any(window.panels.is_shown(name) for name in ("layers", "picture", "maps"))
    window.panels.show_all(True)
    assert all(window.panels.is_shown(name) for name in ("layers", "picture", "maps"))


def test_the_picture_stands_under_the_layers_and_the_maps_on_the_right(window, qapp):
    window.panels.show_all(True)
    qapp.processEvents()
    place = {name: window.panels._docks[name].geometry() for name in ("layers", "picture", "maps")}
    assert place["layers"].x() == place["picture"].x() == 0
    assert place["picture"].y() > place["layers"].bottom()
    assert place["maps"].right() == window.width() - 1


def test_a_panel_keeps_its_width_when_it_comes_back(window, qapp):
    window.panels.show_all(True)
    qapp.processEvents()
    width = window.panels._docks["maps"].width()
    window.panels.toggle("maps")
    assert not window.panels.is_shown("maps")
    window.panels.toggle("maps")
    qapp.processEvents()
    assert window.panels._docks["maps"].width() == pytest.approx(width, abs=2)


def test_a_title_is_never_cut(window, qapp):
    window.panels.offer("folder", True)
    window.panels.show_all(True)
    qapp.processEvents()
    for name, title in window.panels._titles.items():
        label = title.findChild(QLabel)
        assert label.y() + label.fontMetrics().height() <= title.height(), name
        assert title.height() <= window.panels._docks[name].widget().y()


def test_the_findings_have_what_they_need_and_the_maps_the_rest(window, qapp):
    window.resize(1280, 900)
    window.panels.show_all(True)
    qapp.processEvents()
    maps, findings = (window.panels._docks[name] for name in ("maps", "findings"))
    assert findings.y() > maps.y()
    shared = findings.height()
    assert 27 * 8 <= shared < maps.height()
    window.panels.share_right(112)
    qapp.processEvents()
    assert findings.height() < shared
    window.panels.share_right(None)
    qapp.processEvents()
    assert findings.height() == shared


def test_a_panel_that_is_not_offered_stays_away_until_it_is(window, qapp):
    window.panels.show_all(True)
    assert not window.panels.is_shown("folder")
    window.panels.reset()
    assert not window.panels.is_shown("folder")
    window.panels.offer("folder", True)
    assert window.panels.is_shown("folder")
    qapp.processEvents()
    docks = window.panels._docks
    assert docks["folder"].x() > docks["layers"].x() + docks["layers"].width()
    assert docks["folder"].x() + docks["folder"].width() < docks["maps"].x()
    window.panels.offer("folder", False)
    assert not window.panels.is_shown("folder")


def test_a_class_map_makes_the_picture_higher_at_the_cost_of_the_layers(window, qapp):
    window.resize(1280, 900)
    window.panels.show_all(True)
    qapp.processEvents()
    layers, picture = (window.panels._docks[name] for name in ("layers", "picture"))
    before = picture.height(), layers.height()
    window.panels.share_left(True)
    qapp.processEvents()
    assert picture.height() > before[0] and layers.height() < before[1]
    window.panels.share_left(False)
    qapp.processEvents()
    assert picture.height() == pytest.approx(before[0], abs=2)
