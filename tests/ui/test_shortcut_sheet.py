import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel

from explorer.ui.activation_grid import MAP_KEYS
from explorer.ui.commands import COMMANDS
from explorer.ui.graph_canvas import CANVAS_KEYS
from explorer.ui.graph_keys import GRAPH_KEYS
from explorer.ui.pictures import drop_files
from explorer.ui.shortcut_sheet import COLUMNS, VIEWS, Group, KeyCap, Line, ShortcutSheet, columns, shortcut_groups
from explorer.ui.swapping import SWAP_KEYS


@pytest.fixture
def sheet(window, qtbot):
    """The sheet as a question mark opens it."""
    with qtbot.waitActive(window):
        window.activateWindow()
    qtbot.keyClick(window, "?")
    found = window.findChild(ShortcutSheet)
    assert found is not None
    yield found
    for left in window.findChildren(ShortcutSheet):
        left.close()


def test_every_command_with_keys_stands_under_its_menu():
    groups = {group.title: group.lines for group in shortcut_groups()}
    for command in COMMANDS.values():
        line = Line(command.text.rstrip("…"), (command.shortcut,))
        assert (line in groups.get(command.menu.partition("/")[0], ())) == bool(command.shortcut)


def test_every_key_of_graph_and_maps_is_there():
    groups = {group.title: group.lines for group in shortcut_groups()}
    assert [line.text for line in groups["In the graph"]] == [row.text for row in GRAPH_KEYS] + [
        row.text for row in CANVAS_KEYS
    ]
    assert [line.text for line in groups["In the feature maps"]] == [row.text for row in MAP_KEYS] + [
        row.text for row in SWAP_KEYS
    ]
    assert Line("Open or close module", ("Return", "Space")) in groups["In the graph"]
    assert set(groups) >= {title for title, _ in VIEWS}


def test_groups_keep_their_order_and_the_longest_column_is_as_short_as_can_be():
    groups = [Group(name, (Line("x", ("y",)),) * count) for name, count in zip("abcd", (1, 4, 2, 2), strict=True)]
    assert [[group.title for group in column] for column in columns(groups, 2)] == [["a", "b"], ["c", "d"]]
    assert [group for column in columns(groups, 3) for group in column] == groups
    assert len(columns(shortcut_groups())) == COLUMNS


def test_the_sheet_shows_texts_and_keys_and_cuts_none(sheet, qtbot):
    shown = {label.text() for label in sheet.findChildren(QLabel)}
    assert {"File", "Command Palette", "Ctrl+Shift+P", "In the graph", "To what reads the layer", "Home"} <= shown
    for label in sheet.findChildren(QLabel):
        assert label.width() >= label.sizeHint().width(), label.text()
        assert label.height() >= label.fontMetrics().height(), label.text()


def test_keys_of_neighbouring_lines_do_not_touch(sheet):
    places = [cap.geometry() for cap in sheet.findChildren(KeyCap)]
    assert {place.height() for place in places} == {20}
    assert not any(a.adjusted(0, 0, 0, 1).intersects(b) for a in places for b in places if a != b)


def test_it_is_read_aloud_with_its_keys(sheet):
    labels = [label for label in sheet.findChildren(QLabel) if label.text() == "Open or close module"]
    assert [label.accessibleDescription() for label in labels] == ["Return or Space"]
    assert sheet.accessibleName() == "Keyboard shortcuts"


def test_it_fits_the_width_of_the_smaller_screen_and_the_height_of_the_next(sheet):
    page = sheet.findChild(QLabel).parentWidget()
    assert page.sizeHint().width() <= 1280 - 32
    assert page.sizeHint().height() <= 900 - 48


def test_asked_for_again_the_same_sheet_comes_to_the_front(sheet, window):
    window.commands.run("help.shortcuts")
    assert window.findChildren(ShortcutSheet) == [sheet]


def test_escape_closes_it_and_the_window_goes_on(sheet, window, qtbot):
    qtbot.keyClick(sheet, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: window.findChild(ShortcutSheet) is None)
    assert window.isVisible()
    window.commands.run("help.shortcuts")
    assert window.findChild(ShortcutSheet).isVisible()


def test_it_follows_the_theme(sheet, window, dark):
    window.looks.choose("dark")
    label = next(label for label in sheet.findChildren(QLabel) if label.text() == "To the top")
    assert label.colour == dark.muted


def test_the_keys_of_the_layers_do_what_the_sheet_says(window, files, qtbot):
    drop_files(window, files.all)
    view = window.layers.view
    view.setFocus()

    def chosen():
        return view.currentIndex().siblingAtColumn(0).data()

    texts = {row.text: row.keys[0] for _, (rows, *_) in VIEWS[1:2] for row in rows}
    qtbot.keyClick(view, texts["To the first layer"])
    first = chosen()
    qtbot.keyClick(view, texts["To the next layer"])
    assert chosen() != first
    qtbot.keyClick(view, texts["To the layer before"])
    assert chosen() == first
    qtbot.keyClick(view, texts["To the last layer"])
    assert chosen() == "prob"
    module = view.model().index(0, 0)
    while not view.model().hasChildren(module):
        module = module.siblingAtRow(module.row() + 1)
    view.setCurrentIndex(module)
    view.collapse(module)
    qtbot.keyClick(view, texts["Open the module"])
    assert view.isExpanded(module)
    qtbot.keyClick(view, texts["Close the module"])
    assert not view.isExpanded(module)
    assert QApplication.focusWidget() in (view, None)
