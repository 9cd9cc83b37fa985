"""What each command shows when it is done, with a network that has a mistake, its picture and a reference."""

from collections.abc import Callable, Mapping

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QInputDialog, QWidget

from explorer.maps.channel_order import ORDER_WORDS
from explorer.maps.differences import DIFFERENCE_NAMES
from explorer.maps.value_range import RANGE_WORDS
from explorer.network.preprocessing import preset_names
from explorer.ui.catalogue_dialog import CatalogueDialog
from explorer.ui.commands import COMMANDS
from explorer.ui.conditions import can_correct
from explorer.ui.dialogs import About
from explorer.ui.layer_columns import COLUMN_KEYS
from explorer.ui.layer_model import SORT_KEYS
from explorer.ui.main_window import MainWindow
from explorer.ui.map_panes import SWAPPED
from explorer.ui.pictures import drop_files
from explorer.ui.shortcut_sheet import ShortcutSheet
from tests.small_network import write_small_files

Shows = Callable[[MainWindow], bool]


def asks(title: str) -> Shows:
    return lambda window: [dialog.windowTitle() for dialog in window.findChildren(QFileDialog)] == [title]


def hides(name: str) -> Shows:
    return lambda window: not window.panels.is_shown(name)


def sorts(key: str) -> Shows:
    return lambda window: window.layers.sorting is not None and window.layers.sorting.key == key


def turns_column(key: str) -> Shows:
    shown_at_first = {"output", "error"}
    return lambda window: window.layers.shows_column(key) != (key in shown_at_first)


def prepares(name: str) -> Shows:
    return lambda window: window.shown_preset == name


def looks(mode: str) -> Shows:
    return lambda window: window.looks.mode == mode


def tells(title: str) -> Shows:
    return lambda window: window.graph_view.legend.told.title == title


def _has_focus(part: QWidget) -> bool:
    focused = QApplication.focusWidget()
    return focused is not None and part.isAncestorOf(focused)


def ranges(mode: str) -> Shows:
    return lambda window: window.maps_view.controls.range_mode() == mode


def differs(name: str) -> Shows:
    return lambda window: window.maps_view.panes.captions[2].accessibleName() == name


def sorts_channels(order: str) -> Shows:
    return lambda window: (
        window.maps_view.look.order == order and ((window.maps_view.viewpoint.order is None) == (order == "stored"))
    )


SHOWS: Mapping[str, Shows] = {
    "file.open": asks("Open"),
    "file.open_reference": asks("Open Reference"),
    "file.open_folder": asks("Open Folder"),
    "file.open_catalogue": lambda window: [d.isVisible() for d in window.findChildren(CatalogueDialog)] == [True],
    "file.paste": lambda window: window.notices.texts[0].startswith("Nothing was copied that can be opened"),
    "file.open_example": lambda window: window.windowTitle().startswith("Drawings"),
    "file.open_broken": lambda window: str(window.session.path).endswith("broken.onnx"),
    "file.open_recent": lambda window: [entry.choice is not None for entry in window.command_palette.shown] == [True],
    "file.new_window": lambda window: len(window.windows.titles) == 2,
    "file.open_in_window": asks("Open in New Window"),
    "file.reload": lambda window: window.session.comparison is not None,
    "file.restore_at_start": lambda window: not window.windows.restores_at_start,
    "file.save_onnx": asks("Save ONNX As"),
    "file.save_golden": asks("Save Golden Run"),
    "file.export_report": asks("Export Report"),
    "file.export_graph": asks("Export Graph"),
    "file.copy_graph": lambda window: not QGuiApplication.clipboard().image().isNull(),
    "file.close": lambda window: window.session.network is None and window.empty.isVisible(),
    "file.quit": lambda window: not window.isVisible(),
    "network.run": lambda window: window.session.picture_run is not None,
    "network.compare": lambda window: window.session.comparison is not None,
    "network.diagnose": lambda window: window.session.diagnosis is not None,
    "network.class_map": lambda window: window.session.shows_class_map,
    "network.occlusion_map": lambda window: window.session.shows_class_map,
    "network.time_layers": lambda window: window.session.timed is not None,
    "network.next_culprit": lambda window: window.session.layer == "fork/left",
    "network.previous_culprit": lambda window: window.session.layer == "fork/left",
    "network.apply_all": lambda window: bool(window.session.applied) and not can_correct(window),
    **{f"preprocessing.{name}": prepares(name) for name in preset_names()},
    "preprocessing.custom": lambda window: window.picture.editor.isVisible() and _has_focus(window.picture.editor),
    "preprocessing.own": lambda window: window.shown_preset == "raw",
    "preprocessing.load": asks("Load Preset"),
    "preprocessing.save": asks("Save Preset"),
    "picture.forget": lambda window: window.session.roll == () and window.session.picture is not None,
    "network.memory": lambda window: window.findChild(QInputDialog, "memory") is not None,
    "layer.copy_name": lambda window: QGuiApplication.clipboard().text() == "fork/left",
    "layers.copy_table": lambda window: QGuiApplication.clipboard().text().startswith("Status\tLayer\t"),
    "layer.copy_statistics": lambda window: (
        QGuiApplication.clipboard().text().startswith("\tours\treference\nvalues\t")
    ),
    "classes.copy": lambda window: QGuiApplication.clipboard().text().startswith("Class\tIndex\tOurs"),
    "findings.copy": lambda window: QGuiApplication.clipboard().text().startswith("fork/left: "),
    "layer.bookmark": lambda window: window.session.bookmarks == ("fork/left",),
    "layer.show_in_graph": lambda window: QApplication.focusWidget() is window.graph_view,
    "layers.sort_data": lambda window: window.layers.sorting is None,
    **{f"layers.sort_{key}": sorts(key) for key in SORT_KEYS if key != "time"},
    **{f"layers.column_{key}": turns_column(key) for key in COLUMN_KEYS if key != "time"},
    "layers.fit_columns": lambda window: not window.layers.shows_column("parameters"),
    "view.command_palette": lambda window: window.command_palette.isVisible(),
    "view.search": lambda window: QApplication.focusWidget() is window.toolbar.search,
    "view.fit_graph": lambda window: window.graph_view.seen().contains(window.graph_view.bounds()),
    "graph.zoom_to_layer": lambda window: window.graph_view.camera.scale == 1.5,
    "graph.ancestors": lambda window: "fork/left: 4 ancestors" in window.graph_view.legend.told.words,
    "graph.descendants": lambda window: "fork/left: 3 descendants" in window.graph_view.legend.told.words,
    **{
        f"graph.colour_by_{by}": tells(title)
        for by, title in (
            ("kind", "Kind of operation"),
            ("error", "Isolated error, relative L2"),
            ("time", "Time of a run, ms"),
            ("parameters", "Learned parameters"),
            ("zeros", "Zeros in the output, %"),
        )
    },
    "view.open_modules": lambda window: window.graph_view.opened == {"fork"},
    "view.close_modules": lambda window: window.graph_view.opened == frozenset(),
    **{f"panel.{name}": hides(name) for name in ("layers", "picture", "maps", "findings")},
    "panel.reset": lambda window: window.panels.is_shown("layers"),
    **{f"theme.{mode}": looks(mode) for mode in ("system", "light", "dark")},
    "maps.enlarge": lambda window: window.maps_view.viewpoint.single,
    "maps.blink": lambda window: window.maps_view.panes.captions[0].accessibleName() == SWAPPED,
    **{f"maps.range_{mode}": ranges(mode) for mode in RANGE_WORDS},
    **{f"maps.difference_{kind}": differs(name) for kind, name in DIFFERENCE_NAMES.items()},
    **{f"maps.sort_{order}": sorts_channels(order) for order in ORDER_WORDS},
    "maps.on_picture": lambda window: window.maps_view.plots.on_picture.canvas.isVisible(),
    "maps.fields": lambda window: window.maps_view.plots.on_picture.fields.isChecked(),
    "maps.copy": lambda window: not QGuiApplication.clipboard().image().isNull(),
    "maps.copy_values": lambda window: bool(QGuiApplication.clipboard().text()),
    "maps.save": asks("Save Feature Map"),
    "maps.save_layer": asks("Save Layer Values"),
    "window.close": lambda window: not window.isVisible(),
    "help.shortcuts": lambda window: [sheet.isVisible() for sheet in window.findChildren(ShortcutSheet)] == [True],
    "help.about": lambda window: [about.isVisible() for about in window.findChildren(About)] == [True],
}

NOT_NOW: Mapping[str, str] = {
    "file.export_table": "needs pictures that were run",
    "file.restore": "no session is left to restore",
    "network.run_folder": "needs a network with weights and several pictures",
    "network.cancel": "nothing is under way",
    "network.undo": "no correction was applied",
    "network.redo": "no correction was taken back",
    "preprocessing.undo": "the preprocessing was not changed",
    "preprocessing.redo": "no change of the preprocessing was taken back",
    "picture.next": "there is no further recent picture",
    "picture.previous": "there is no recent picture before",
    "layer.next_bookmark": "no layer is bookmarked",
    "layer.previous_bookmark": "no layer is bookmarked",
    "layers.sort_time": "needs layers that were timed",
    "layers.column_time": "needs layers that were timed",
    "view.dismiss": "there are no messages",
    "panel.folder": "needs several pictures",
    "window.go_to": "there is one window only",
    "window.next": "there is one window only",
}
"""What can't be done in that state, and why; other tests bring each of them about."""


OTHER_NETWORK = ("file.open_example", "file.open_broken", "file.close", "network.apply_all")


@pytest.fixture
def desk(window, qtbot, tmp_path):
    QGuiApplication.clipboard().clear()
    drop_files(window, write_small_files(tmp_path, shifted="fork/left").all)
    window.notices.clear()
    qtbot.waitUntil(lambda: window.statistics.has_values)
    window.commands.refresh()
    with qtbot.waitActive(window):
        window.activateWindow()
    yield window
    for dialog in window.findChildren(QDialog):
        dialog.close()


def test_every_command_is_looked_at():
    assert SHOWS.keys() | NOT_NOW.keys() == COMMANDS.keys()


@pytest.mark.parametrize("id", SHOWS)
def test_a_command_shows_what_it_did(desk, id):
    before = (desk.session.picture_run, desk.session.comparison, desk.session.diagnosis)
    network = desk.session.network
    assert COMMANDS[id].missing(desk) == ""
    desk.commands[id].trigger()
    assert SHOWS[id](desk)
    assert not any("Portside itself" in text for text in desk.notices.texts)
    after = (desk.session.picture_run, desk.session.comparison, desk.session.diagnosis)
    assert (desk.session.network is network) == (id not in ("file.reload", *OTHER_NETWORK))
    for number, anew in enumerate(("network.run", "network.compare", "network.diagnose")):
        if id == anew:
            assert after[number] is not before[number]


@pytest.mark.parametrize("id", NOT_NOW)
def test_a_command_that_can_t_be_done_says_why(desk, id):
    assert COMMANDS[id].missing(desk) == NOT_NOW[id]
    assert not desk.commands[id].isEnabled()
