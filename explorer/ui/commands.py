"""Everything the person can ask for, in one table: menus, toolbar, shortcuts and their help are made of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from difflib import get_close_matches

from explorer.network.preprocessing import find_preprocessing, preset_names
from explorer.ui.workbench import (
    Command,
    Workbench,
    can_compare,
    can_correct,
    can_map,
    can_run,
    can_run_folder,
    can_save,
    has_anything,
    has_culprit,
    has_diagnosis,
    has_folder,
    has_network,
    has_table,
    is_busy,
)


def _theme_command(mode: str, text: str) -> Command:
    return Command(
        f"theme.{mode}",
        text,
        "View/Theme",
        lambda window: window.looks.choose(mode),
        checked=lambda window: window.looks.mode == mode,
        group=4,
    )


def _preprocessing_command(name: str) -> Command:
    return Command(
        f"preprocessing.{name}",
        name,
        "Network/Preprocessing",
        lambda window: window.desk.choose_preset(name),
        tip=find_preprocessing(name).arithmetic(),
        enabled=lambda window: window.session.preprocessing is not None,
        checked=lambda window: window.shown_preset == name,
        group=3,
    )


def _panel_command(name: str, text: str, enabled: Callable[[Workbench], bool] = has_network) -> Command:
    return Command(
        f"panel.{name}",
        text,
        "View/Panels",
        lambda window: window.panels.toggle(name),
        enabled=enabled,
        checked=lambda window: window.panels.is_shown(name),
        group=3,
    )


_TABLE: tuple[Command, ...] = (
    Command(
        "file.open",
        "Open…",
        "File",
        lambda window: window.dialogs.open_files(),
        "Ctrl+O",
        "Open networks, weights, pictures and references",
        icon="open",
        short="Open",
    ),
    Command(
        "file.open_reference",
        "Open Reference…",
        "File",
        lambda window: window.dialogs.open_reference(),
        "Ctrl+Shift+O",
        "Open what the original framework computed",
        icon="reference",
        short="Reference",
    ),
    Command(
        "file.open_folder",
        "Open Folder…",
        "File",
        lambda window: window.dialogs.open_folder(),
        "Ctrl+Alt+O",
        "Open a folder of pictures, or one that holds a network",
    ),
    Command(
        "file.paste",
        "Paste",
        "File",
        lambda window: window.paste(),
        "Ctrl+V",
        "Open the picture or the files that were copied",
    ),
    Command(
        "file.open_example",
        "Open Example",
        "File",
        lambda window: window.open_example(),
        tip="Open a small network with a picture and a reference",
    ),
    Command(
        "file.save_onnx",
        "Save ONNX As…",
        "File",
        lambda window: window.dialogs.save_onnx(),
        "Ctrl+Shift+S",
        "Write the network as an ONNX file",
        enabled=can_save,
        group=1,
    ),
    Command(
        "file.save_golden",
        "Save Golden Run…",
        "File",
        lambda window: window.dialogs.save_golden_run(),
        "Ctrl+Alt+S",
        "Write network, picture and every layer's values as one file to compare with later",
        enabled=lambda window: window.desk.golden.can_save,
        group=1,
    ),
    Command(
        "file.export_report",
        "Export Report…",
        "File",
        lambda window: window.dialogs.export_report(),
        tip="Write the diagnosis as a page to read or to print",
        enabled=has_diagnosis,
        group=1,
    ),
    Command(
        "file.export_table",
        "Export Table…",
        "File",
        lambda window: window.dialogs.export_table(),
        tip="Write the classes of all pictures as CSV",
        enabled=has_table,
        group=1,
    ),
    Command(
        "file.close",
        "Close",
        "File",
        lambda window: window.desk.close(),
        "Ctrl+W",
        "Close the network, the picture and the reference",
        enabled=has_anything,
        group=1,
    ),
    Command("file.quit", "Quit", "File", lambda window: window.request_close(), "Ctrl+Q", group=2, role="quit"),
    Command(
        "network.run",
        "Run",
        "Network",
        lambda window: window.desk.run(),
        "F5",
        "Run the network on the picture",
        enabled=can_run,
        icon="run",
        short="Run",
    ),
    Command(
        "network.run_folder",
        "Run on All Pictures",
        "Network",
        lambda window: window.desk.folder.run(),
        "Shift+F5",
        "Classify every picture of the folder",
        enabled=can_run_folder,
    ),
    Command(
        "network.compare",
        "Compare",
        "Network",
        lambda window: window.desk.compare(),
        "F6",
        "Compare every layer with the reference",
        enabled=can_compare,
        icon="compare",
        short="Compare",
    ),
    Command(
        "network.diagnose",
        "Diagnose",
        "Network",
        lambda window: window.desk.repairs.diagnose(),
        "F7",
        "Find out why the network differs from the reference",
        enabled=can_compare,
        icon="diagnose",
        short="Diagnose",
    ),
    Command(
        "network.cancel",
        "Cancel",
        "Network",
        lambda window: window.jobs.cancel(),
        "Esc",
        "Stop the work under way",
        enabled=is_busy,
    ),
    Command(
        "network.class_map",
        "Class Map",
        "Network",
        lambda window: window.desk.maps.toggle(),
        "F9",
        "Show where in the picture a class is seen",
        enabled=can_map,
        checked=lambda window: window.session.shows_class_map,
        group=1,
    ),
    Command(
        "network.occlusion_map",
        "Occlusion Map",
        "Network",
        lambda window: window.desk.maps.occlude(),
        "Shift+F9",
        "Find where a class is seen by covering parts of the picture",
        enabled=can_map,
        group=1,
    ),
    Command(
        "network.time_layers",
        "Time the Layers",
        "Network",
        lambda window: window.desk.measuring.time_layers(),
        "F10",
        "Find out how long each layer takes, from onnxruntime's own profile of several runs",
        enabled=can_save,
        group=1,
    ),
    Command(
        "network.next_culprit",
        "Next Culprit",
        "Network",
        lambda window: window.desk.choose_next_culprit(),
        "F8",
        "Go to the next layer that is itself wrong",
        enabled=has_culprit,
        group=1,
        icon="culprit",
        short="Next culprit",
    ),
    Command(
        "network.apply_all",
        "Apply All Corrections",
        "Network",
        lambda window: window.desk.repairs.apply_all(),
        "Ctrl+Return",
        "Correct everything that was found, in a copy of the network",
        enabled=can_correct,
        group=2,
    ),
    Command(
        "network.undo",
        "Undo Correction",
        "Network",
        lambda window: window.desk.repairs.undo(),
        "Ctrl+Z",
        "Go back to the corrections before the last step",
        enabled=lambda window: window.desk.repairs.can_undo,
        group=2,
    ),
    Command(
        "network.redo",
        "Redo Correction",
        "Network",
        lambda window: window.desk.repairs.redo(),
        "Ctrl+Shift+Z",
        "Take the step again that was taken back",
        enabled=lambda window: window.desk.repairs.can_redo,
        group=2,
    ),
    *map(_preprocessing_command, preset_names()),
    Command(
        "network.memory",
        "Memory for Layers…",
        "Network",
        lambda window: window.dialogs.choose_memory(),
        tip="Say how much memory the layers' values may take; beyond it they are computed again when looked at",
        group=3,
    ),
    Command(
        "view.search",
        "Find Layer",
        "View",
        lambda window: window.search_layer(),
        "Ctrl+F",
        "Find layers by name, type:, is: or error>",
        enabled=has_network,
    ),
    Command(
        "view.fit_graph",
        "Fit Graph",
        "View",
        lambda window: window.graph_view.fit_all(),
        "Ctrl+0",
        "Show the whole graph",
        enabled=has_network,
        group=1,
    ),
    Command(
        "view.open_modules",
        "Open All Modules",
        "View",
        lambda window: window.graph_view.open_all(),
        "Ctrl+E",
        "Show the layers of every module in the graph",
        enabled=has_network,
        group=1,
    ),
    Command(
        "view.close_modules",
        "Close All Modules",
        "View",
        lambda window: window.graph_view.close_all(),
        "Ctrl+Shift+E",
        "Show every module as one node",
        enabled=has_network,
        group=1,
    ),
    Command(
        "view.dismiss",
        "Dismiss Messages",
        "View",
        lambda window: window.notices.clear(),
        "Shift+Esc",
        enabled=lambda window: bool(window.notices.texts),
        group=2,
    ),
    _panel_command("layers", "Layers"),
    _panel_command("picture", "Picture"),
    _panel_command("maps", "Feature Maps"),
    _panel_command("findings", "Findings"),
    _panel_command("folder", "Pictures", has_folder),
    Command(
        "panel.reset",
        "Reset Panels",
        "View/Panels",
        lambda window: window.panels.reset(),
        tip="Put every panel back in its place",
        enabled=has_network,
        group=4,
    ),
    _theme_command("system", "As the System"),
    _theme_command("light", "Light"),
    _theme_command("dark", "Dark"),
    Command("help.about", "About Portside", "Help", lambda window: window.dialogs.about(), role="about"),
)

COMMANDS: Mapping[str, Command] = {command.id: command for command in _TABLE}
"""The commands by id, in the order of the menus."""

TOOLBAR: tuple[str, ...] = (
    "file.open",
    "network.run",
    "file.open_reference",
    "network.compare",
    "network.diagnose",
    "network.next_culprit",
)
"""What stands on the toolbar, from the left."""


def find_command(id: str) -> Command:
    """The command of that id.

    :raises KeyError: naming the ids that are spelled alike.
    """
    if id in COMMANDS:
        return COMMANDS[id]
    close = get_close_matches(id, COMMANDS, n=2)
    hint = f"; did you mean {' or '.join(repr(name) for name in close)}?" if close else ""
    raise KeyError(f"there is no command {id!r}{hint}")
