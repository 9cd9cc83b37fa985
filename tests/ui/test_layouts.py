import pytest
from PySide6.QtCore import QPoint, QRect, QSettings, Qt
from PySide6.QtWidgets import QDockWidget, QSplitter

from explorer.session.remembered import Layout
from explorer.ui.assembly import make_window
from explorer.ui.layouts import fitted
from explorer.ui.pictures import drop_files


@pytest.fixture
def open_window(qtbot, qapp, tmp_path, files):
    """Opens a window with files in it, as wide as what was kept says."""
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    made = []

    def begin(size=None):
        window = make_window(tmp_path / "example", settings=settings, mode="light", serial=True)
        qtbot.addWidget(window)
        made.append(window)
        if size is not None:
            window.resize(*size)
        window.show()
        drop_files(window, files.all)
        qapp.processEvents()
        return window

    yield begin
    for window in made:
        window.close()


def dock(window, name):
    return window.findChild(QDockWidget, f"panel_{name}")


def drag(qtbot, qapp, window, start, way):
    """Drag the border between two panels."""
    qtbot.mousePress(window, Qt.MouseButton.LeftButton, pos=start)
    for part in (0.5, 1.0):
        qtbot.mouseMove(window, start + QPoint(round(way.x() * part), round(way.y() * part)))
        qapp.processEvents()
    qtbot.mouseRelease(window, Qt.MouseButton.LeftButton, pos=start + way)
    qapp.processEvents()


def border(window):
    """The border between the layers and the graph."""
    place = dock(window, "layers").geometry()
    return QPoint(place.right() + 2, place.center().y())


def test_a_border_that_was_dragged_stays_where_it_was_put(open_window, qtbot, qapp):
    window = open_window((1280, 720))
    before = dock(window, "layers").width()
    drag(qtbot, qapp, window, border(window), QPoint(60, 0))
    moved = dock(window, "layers").width()
    assert moved > before
    window.close()
    again = open_window((1280, 720))
    assert dock(again, "layers").width() == pytest.approx(moved, abs=2)


def test_reset_puts_the_panels_back_also_for_the_next_window(open_window, qtbot, qapp):
    window = open_window((1280, 720))
    before = dock(window, "layers").width()
    drag(qtbot, qapp, window, border(window), QPoint(60, 0))
    window.commands.run("panel.picture")
    window.commands.run("panel.reset")
    qapp.processEvents()
    assert dock(window, "layers").width() == pytest.approx(before, abs=2)
    assert window.panels.is_shown("picture")
    window.close()
    again = open_window((1280, 720))
    assert dock(again, "layers").width() == pytest.approx(before, abs=2)
    assert again.panels.arrangement == b""


def test_panels_that_nobody_moved_share_the_room_as_ever(open_window, qtbot, qapp):
    window = open_window((1280, 720))
    qtbot.mouseClick(window, Qt.MouseButton.LeftButton, pos=border(window))
    assert window.panels.arrangement == b""


def test_a_panel_that_was_put_away_stays_away_until_it_is_asked_for(open_window):
    window = open_window((1280, 720))
    window.commands.run("panel.picture")
    window.commands.run("file.close")
    window.open_example()
    assert not window.panels.is_shown("picture")
    window.close()
    again = open_window((1280, 720))
    assert not again.panels.is_shown("picture")
    assert again.panels.is_shown("layers")
    assert not again.commands["panel.picture"].isChecked()
    again.commands.run("panel.picture")
    assert again.panels.is_shown("picture")


def test_a_search_brings_the_layers_back(open_window):
    window = open_window((1280, 720))
    window.commands.run("panel.layers")
    window.commands.run("view.search")
    assert window.panels.is_shown("layers")
    assert window.panels.dismissed == ()


def test_a_panel_that_was_moved_to_the_other_side_is_there_again(open_window, qapp):
    window = open_window((1280, 720))
    panel = dock(window, "picture")
    panel.setFloating(True)
    window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, panel)
    panel.setFloating(False)
    qapp.processEvents()
    assert window.dockWidgetArea(panel) == Qt.DockWidgetArea.RightDockWidgetArea
    window.close()
    again = open_window((1280, 720))
    assert again.dockWidgetArea(dock(again, "picture")) == Qt.DockWidgetArea.RightDockWidgetArea


def test_maps_and_plots_keep_their_shares(open_window, qapp):
    window = open_window((1280, 1000))
    splitter = window.findChild(QSplitter, "maps-and-plots")
    before = splitter.sizes()
    splitter.moveSplitter(before[0] - 60, 1)
    moved = splitter.sizes()
    assert moved != before
    window.close()
    again = open_window((1280, 1000))
    assert again.findChild(QSplitter, "maps-and-plots").sizes() == pytest.approx(moved, abs=2)
    again.commands.run("panel.reset")
    again.close()
    assert open_window((1280, 1000)).findChild(QSplitter, "maps-and-plots").sizes() == pytest.approx(before, abs=2)


def test_a_window_is_as_large_as_the_last_one_was(open_window, qapp):
    # The made-up screen of a test has 800 lines, and less columns than a window needs.
    window = open_window((960, 640))
    window.close()
    assert open_window().height() == 640


def test_a_damaged_layout_is_the_usual_one(open_window, tmp_path):
    window = open_window((1280, 720))
    usual = dock(window, "layers").width()
    window.panels.take_arrangement(b"\x00\x00\x00\xff\x00\x00\x00\x00\xfd", ("nonsense",))
    assert dock(window, "layers").width() == pytest.approx(usual, abs=2)
    assert window.panels.arrangement == b""
    assert window.panels.dismissed == ()


def test_the_usual_layout_of_an_untouched_window_says_so(open_window):
    layout = open_window((1280, 720)).windows._kept.popitem()[1][1].layout
    assert (layout.docks, layout.hidden, layout.splitters) == (b"", (), {})
    assert Layout.from_json(layout.to_json()) == layout


@pytest.mark.parametrize(
    ("place", "found"),
    [
        ((100, 100, 800, 600), (100, 100, 800, 600)),
        ((5000, 100, 800, 600), (1120, 100, 800, 600)),
        ((-300, -20, 800, 600), (0, 24, 800, 600)),
        ((100, 900, 4000, 3000), (0, 24, 1920, 1056)),
    ],
)
def test_a_place_beyond_the_screen_is_brought_back(place, found):
    assert fitted(QRect(*place), QRect(0, 24, 1920, 1056)) == QRect(*found)
