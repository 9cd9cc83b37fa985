import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from explorer.ui.layer_filter import SYNTAX
from explorer.ui.pictures import drop_files
from explorer.ui.search_field import HINT
from tests.ui.layers import place
from tests.ui.person import colours_of


@pytest.fixture
def searching(window, files, qtbot):
    """A window with a network and the keyboard in its search field."""
    drop_files(window, [files.network])
    with qtbot.waitActive(window):
        window.activateWindow()
    window.commands.run("view.search")
    return window


def detail(window):
    return window.panels._titles["layers"]._detail.text()


def test_the_help_tells_what_can_be_typed_and_makes_way_for_what_is_found(searching, qtbot):
    help = searching.toolbar.help
    assert help.isVisible()
    texts = {label.text() for label in help.findChildren(QLabel)}
    assert {part for line in SYNTAX for part in line} <= texts
    assert searching.rect().contains(help.geometry())
    qtbot.keyClicks(searching.toolbar.search, "conv")
    assert not help.isVisible()
    searching.toolbar.search.clear()
    assert help.isVisible()
    searching.layers.view.setFocus()
    assert not help.isVisible()


def test_a_bad_term_is_told_beside_the_field_and_the_rest_is_found(searching, qtbot):
    field, help = searching.toolbar.search, searching.toolbar.help
    qtbot.keyClicks(field, "fork eror>5")
    assert help.isVisible()
    problem = help.findChild(QLabel, "search_problem")
    assert problem.text() == "▲ “eror” can't be compared with a number; is error meant?"
    assert field.accessibleDescription() == "“eror” can't be compared with a number; is error meant?"
    assert searching.layers.proxy.rowCount() == 1
    field.setText("fork")
    assert not help.isVisible()
    assert field.accessibleDescription() == HINT


def test_the_panel_counts_what_passes(searching, qtbot):
    assert detail(searching) == ""
    qtbot.keyClicks(searching.toolbar.search, "fork -join")
    assert detail(searching) == "2 of 9"
    searching.commands.run("layers.sort_name")
    assert detail(searching) == "2 of 9 · by name ↑"
    qtbot.keyClick(searching.toolbar.search, Qt.Key.Key_Escape)
    assert detail(searching) == "by name ↑"


def test_bookmarks_are_found_and_have_a_ribbon(searching, light):
    view = searching.layers.view
    searching.desk.choose_layer("fc")
    searching.desk.choose_layer("conv1")

    def ribbon(name):
        whole = view.viewport().grab(view.visualRect(place(searching.layers, name)))
        return light.muted in {whole.toImage().pixelColor(whole.width() - 12, y).name() for y in range(whole.height())}

    assert not ribbon("fc")
    searching.desk.bookmarks.toggle("fc")
    assert ribbon("fc")
    assert not ribbon("pool1")
    assert light.muted in colours_of(view.viewport())
    searching.toolbar.search.setText("is:bookmarked")
    assert detail(searching) == "1 of 9"
    searching.desk.bookmarks.toggle("conv1")
    assert detail(searching) == "2 of 9"
    searching.desk.bookmarks.toggle("fc")
    assert detail(searching) == "1 of 9"


def test_both_themes_dress_the_help(searching, dark):
    searching.commands.run("theme.dark")
    searching.search_layer()
    assert dark.panel in colours_of(searching.toolbar.help)
