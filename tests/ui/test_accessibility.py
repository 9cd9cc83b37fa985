"""The window for who listens instead of looking, and for who has no mouse, in each of its states."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QButtonGroup,
    QComboBox,
    QDialog,
    QHeaderView,
    QLabel,
    QLineEdit,
    QProgressBar,
    QScrollBar,
    QTabBar,
    QWidget,
)

from explorer.ui.focus_order import focus_chain
from explorer.ui.main_window import MainWindow
from explorer.ui.pictures import drop_files
from tests.small_network import write_small_files

CONTROLS = (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QProgressBar,
    QTabBar,
)


@pytest.fixture
def desk(window, qtbot, tmp_path) -> Iterator[MainWindow]:
    """The window, and the files that the states are made of."""
    window.resize(1440, 1000)
    with qtbot.waitActive(window):
        window.activateWindow()
    yield window
    for dialog in window.findChildren(QDialog):
        dialog.close()


def open_network(window: MainWindow, folder) -> None:
    drop_files(window, [write_small_files(folder, shifted="fork/left").network])


def compare(window: MainWindow, folder) -> None:
    drop_files(window, write_small_files(folder, shifted="fork/left").all)


def diagnose(window: MainWindow, folder) -> None:
    compare(window, folder)
    window.commands.run("network.diagnose")


def open_folder(window: MainWindow, folder) -> None:
    files = write_small_files(folder)
    pictures = folder / "pictures"
    pictures.mkdir()
    for number in range(3):
        pixels = np.full((12, 12, 3), 60 * number, np.uint8)
        Image.fromarray(pixels).save(pictures / f"{number}.png")
    drop_files(window, [files.network, pictures])


def show_class_map(window: MainWindow, folder) -> None:
    compare(window, folder)
    window.commands.run("network.class_map")


def search(window: MainWindow, folder) -> None:
    open_network(window, folder)
    window.search_layer()


STATES: dict[str, Callable[[MainWindow, Any], None]] = {
    "empty": lambda window, folder: None,
    "network": open_network,
    "compared": compare,
    "diagnosed": diagnose,
    "folder": open_folder,
    "class map": show_class_map,
    "message": lambda window, folder: drop_files(window, ["missing.npz"]),
    "search": search,
    "palette": lambda window, folder: window.show_palette(),
    "keys": lambda window, folder: window.show_shortcuts(),
    "about": lambda window, folder: window.dialogs.about(),
    "memory": lambda window, folder: window.dialogs.choose_memory(),
}


def bring_about(window: MainWindow, folder, state: str) -> None:
    STATES[state](window, folder)
    # What is put into a layout is shown once that is looked at.
    QApplication.processEvents()


def is_of_qts_own(widget: QWidget) -> bool:
    """Whether Qt itself speaks for it: scroll bars, a spin box's field, the list of a chooser, a file dialog."""
    parent = widget.parentWidget()
    return (
        isinstance(widget, QScrollBar)
        or widget.objectName() in ("qt_spinbox_lineedit", "qt_menubar_ext_button")
        or (parent is not None and isinstance(parent.parentWidget(), QComboBox))
    )


def has_keys_elsewhere(widget: QWidget) -> bool:
    """Headings sort by commands, Escape clears a field, and a text can be copied but not worked with."""
    return (
        isinstance(widget, QHeaderView)
        or isinstance(widget.parentWidget(), QLineEdit)
        or isinstance(widget, QLabel)
        or widget.focusProxy() is not None
    )


def controls(window: MainWindow) -> Iterator[QWidget]:
    for widget in window.findChildren(QWidget):
        is_reached = widget.focusPolicy() != Qt.FocusPolicy.NoFocus and widget.focusProxy() is None
        if (isinstance(widget, CONTROLS) or is_reached) and not is_of_qts_own(widget):
            yield widget


def name_of(widget: QWidget) -> str:
    """What a screen reader says first: the name, else what stands on a button, else the label before a field."""
    labels = [label.text() for label in widget.window().findChildren(QLabel) if label.buddy() is widget]
    shown = widget.text() if isinstance(widget, QAbstractButton | QLabel) else ""
    return (widget.accessibleName() or shown or " ".join(labels)).strip()


def path_of(widget: QWidget) -> str:
    parts = []
    part: QWidget | None = widget
    while part is not None:
        parts.append(f"{type(part).__name__} {part.objectName()!r}")
        part = part.parentWidget()
    return " in ".join(parts)


def keyboard_holder(window: MainWindow) -> QWidget:
    return QApplication.focusWidget() or window


def stops(window: MainWindow) -> list[QWidget]:
    """What Tab stops at now."""
    return [widget for widget in focus_chain(window) if widget.isVisible() and widget.isEnabled()]


@pytest.mark.parametrize("state", STATES)
def test_every_control_has_a_name(desk, tmp_path, state):
    bring_about(desk, tmp_path, state)
    found = [*controls(desk)]
    nameless = [path_of(widget) for widget in found if not name_of(widget)]
    assert len(found) > 10
    assert nameless == []


@pytest.mark.parametrize("state", ["empty", "network", "diagnosed", "folder", "class map", "message"])
def test_tab_stops_at_every_control_and_comes_round(desk, tmp_path, qtbot, state):
    bring_about(desk, tmp_path, state)
    expected = {path_of(widget) for widget in stops(desk)}
    visible = {
        path_of(widget)
        for widget in controls(desk)
        if widget.isVisible() and widget.isEnabled() and not has_keys_elsewhere(widget)
    }
    assert visible <= expected
    reached: list[str] = []
    for _ in range(len(expected) + 2):
        qtbot.keyClick(keyboard_holder(desk), Qt.Key.Key_Tab)
        reached.append(path_of(keyboard_holder(desk)))
    # Of buttons of which one is down Tab stops at that one, and arrows go to the others.
    alike = {path_of(button) for group in desk.findChildren(QButtonGroup) for button in group.buttons()}
    assert expected - alike <= {*reached, path_of(desk)}
    assert not alike & expected or alike & {*reached}


def test_tab_goes_down_each_column_from_the_left(desk, tmp_path):
    bring_about(desk, tmp_path, "diagnosed")
    parts = {
        "toolbar": desk.toolbar,
        "layers": desk.layers,
        "picture": desk.picture,
        "graph": desk.graph_view,
        "maps": desk.maps_view,
        "findings": desk.findings,
    }
    seen: list[str] = []
    for widget in stops(desk):
        part = next(name for name, part in parts.items() if part is widget or part.isAncestorOf(widget))
        if not seen or seen[-1] != part:
            seen.append(part)
    assert seen == ["toolbar", "layers", "picture", "graph", "maps", "findings"]
    names = [widget.objectName() for widget in stops(desk)]
    assert names[-3:] == ["export_report", "finding", "finding-apply"]


@pytest.mark.parametrize("state", ["empty", "diagnosed", "folder"])
def test_what_has_the_keyboard_looks_so(desk, tmp_path, qtbot, state):
    bring_about(desk, tmp_path, state)
    for widget in stops(desk):
        desk.setFocus()
        before = widget.grab().toImage()
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        assert widget.hasFocus() or widget.isAncestorOf(keyboard_holder(desk)), path_of(widget)
        # A field's cursor comes and goes, and is no frame.
        assert widget.grab().toImage() != before, path_of(widget)


def test_graph_and_maps_say_what_is_chosen(desk, tmp_path):
    diagnose(desk, tmp_path)
    assert desk.graph_view.accessibleDescription().startswith("fork/left, Convolution, culprit, error ")
    desk.desk.choose_layer("conv1")
    assert desk.graph_view.accessibleDescription().startswith("conv1, Convolution, agrees, error ")
    grid = desk.maps_view.panes.grids[0]
    assert grid.accessibleDescription() == "map 0 of 4"
    desk.maps_view.viewpoint.choose(2)
    assert grid.accessibleDescription() == "map 2 of 4"
    index = desk.layers.view.currentIndex()
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == desk.graph_view.accessibleDescription()
    desk.commands.run("layer.bookmark")
    assert index.data(Qt.ItemDataRole.AccessibleTextRole).endswith(", bookmarked")


def test_a_class_is_chosen_with_keys_as_with_a_click(desk, tmp_path, qtbot):
    compare(desk, tmp_path)
    classes = desk.picture.classes
    classes.setFocus(Qt.FocusReason.TabFocusReason)
    assert classes.accessibleDescription() == classes.bars[0].accessibleName()
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Down):
        qtbot.keyClick(classes, key)
    assert classes.accessibleDescription() == classes.bars[2].accessibleName()
    with qtbot.waitSignal(classes.class_chosen) as told:
        qtbot.keyClick(classes, Qt.Key.Key_Return)
    assert told.args == [classes.bars[2].row.index]
