"""The commands of the menu Layer: copying, bookmarks, and how the table of layers is looked at."""

from __future__ import annotations

from collections.abc import Callable

from explorer.ui.command import Command
from explorer.ui.conditions import (
    has_bookmark,
    has_classes_shown,
    has_comparison,
    has_diagnosis,
    has_layer,
    has_network,
    has_statistics,
    has_times,
)
from explorer.ui.copying import copy_text
from explorer.ui.layer_sorting import SortKey, first_sorting
from explorer.ui.workbench import Workbench

COLUMNS: tuple[tuple[SortKey, str, Callable[[Workbench], bool]], ...] = (
    ("type", "Type", has_network),
    ("output", "Output", has_network),
    ("error", "Error", has_comparison),
    ("macs", "Multiply-Adds", has_network),
    ("time", "Time", has_times),
    ("parameters", "Parameters", has_network),
)


def _sort_command(key: SortKey, text: str, enabled: Callable[[Workbench], bool]) -> Command:
    end = "the largest first" if first_sorting(key).descending else "from the beginning"
    return Command(
        f"layers.sort_{key}",
        f"By {text}",
        "Layer/Sort",
        lambda window: window.layers.sort_by(key),
        tip=f"Sort the layers by it, {end}; again for the other way round",
        enabled=enabled,
        checked=lambda window: window.layers.sorting is not None and window.layers.sorting.key == key,
        group=2,
    )


def _column_command(key: SortKey, text: str, enabled: Callable[[Workbench], bool]) -> Command:
    return Command(
        f"layers.column_{key}",
        f"{text} Column",
        "Layer/Columns",
        lambda window: window.layers.toggle_column(key),
        tip="Show the column whatever room there is, or hide it",
        enabled=enabled,
        checked=lambda window: window.layers.shows_column(key),
        group=2,
    )


def _copy_statistics(window: Workbench) -> None:
    if window.statistics is not None:
        window.statistics.copy()


def _show_in_graph(window: Workbench) -> None:
    if window.session.layer is not None:
        window.graph_view.reveal(window.session.layer)
        window.graph_view.setFocus()


LAYER_COMMANDS: tuple[Command, ...] = (
    Command(
        "layer.copy_name",
        "Copy Layer Name",
        "Layer",
        lambda window: copy_text(window.session.layer or ""),
        "Ctrl+Alt+C",
        "Copy the whole name of the chosen layer",
        enabled=has_layer,
    ),
    Command(
        "layers.copy_table",
        "Copy Layer Table",
        "Layer",
        lambda window: window.layers.copy_all(),
        "Ctrl+Shift+L",
        "Copy all layers that pass the search, in the order in which they are shown, for a spreadsheet",
        enabled=has_network,
    ),
    Command(
        "layer.copy_statistics",
        "Copy Statistics",
        "Layer",
        _copy_statistics,
        tip="Copy range, mean and the other figures of the layer's values",
        enabled=has_statistics,
    ),
    Command(
        "classes.copy",
        "Copy Classes",
        "Layer",
        lambda window: window.picture.classes.copy(),
        tip="Copy the best classes of ours and of the reference",
        enabled=has_classes_shown,
    ),
    Command(
        "findings.copy",
        "Copy Findings",
        "Layer",
        lambda window: window.findings.copy(),
        tip="Copy what was found to be wrong, as text",
        enabled=has_diagnosis,
    ),
    Command(
        "layer.bookmark",
        "Bookmark",
        "Layer",
        lambda window: window.desk.bookmarks.toggle(),
        "Ctrl+B",
        "Mark the chosen layer to come back to it; the mark is kept with the network's file",
        enabled=has_layer,
        checked=lambda window: window.session.layer in window.session.bookmarks,
        group=1,
    ),
    Command(
        "layer.next_bookmark",
        "Next Bookmark",
        "Layer",
        lambda window: window.desk.choose_bookmark(),
        "F2",
        "Go to the next layer that is marked",
        enabled=has_bookmark,
        group=1,
    ),
    Command(
        "layer.previous_bookmark",
        "Previous Bookmark",
        "Layer",
        lambda window: window.desk.choose_bookmark(back=True),
        "Shift+F2",
        "Go back to the layer before that is marked",
        enabled=has_bookmark,
        group=1,
    ),
    Command(
        "layer.show_in_graph",
        "Show in Graph",
        "Layer",
        _show_in_graph,
        "Ctrl+Alt+G",
        "Go to the chosen layer in the graph",
        enabled=has_layer,
        group=1,
    ),
    Command(
        "layers.sort_data",
        "In the Order of the Data",
        "Layer/Sort",
        lambda window: window.layers.show_sorting(None),
        tip="Show the layers in their modules, in the order of the data",
        enabled=has_network,
        checked=lambda window: window.layers.sorting is None,
        group=2,
    ),
    _sort_command("name", "Name", has_network),
    *(_sort_command(*column) for column in COLUMNS),
    *(_column_command(*column) for column in COLUMNS),
    Command(
        "layers.fit_columns",
        "As There Is Room",
        "Layer/Columns",
        lambda window: window.layers.fit_columns_to_room(),
        tip="Show what there is room for, the most telling columns first",
        enabled=has_network,
        group=3,
    ),
)

LAYER_MENU = (
    "layer.copy_name",
    "layers.copy_table",
    "layer.bookmark",
    "layer.show_in_graph",
    "network.next_culprit",
    "layers.sort_data",
)
"""What the table of layers offers where it is clicked with the right button."""

HEADER_MENU = (
    *(f"layers.column_{key}" for key, _, _ in COLUMNS),
    "layers.fit_columns",
    "layers.sort_data",
)
"""The same of its head."""

STATISTICS_MENU = ("layer.copy_statistics",)
CLASSES_MENU = ("classes.copy",)
FINDINGS_MENU = ("findings.copy", "network.apply_all", "file.export_report")
