from dataclasses import replace

import pytest
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtWidgets import QLabel, QToolButton

from explorer.network.modules import find_modules
from explorer.ui.commands import COMMANDS, TOOLBAR, find_command
from explorer.ui.layer_model import MACS, TIME
from explorer.ui.pictures import drop_files
from tests.small_network import LAYERS, small_network


def _menus(bar):
    found: dict[str, list[str]] = {}

    def walk(path, menu):
        for action in menu.actions():
            if action.menu() is not None and action.objectName() not in COMMANDS:
                walk(f"{path}/{action.text()}", action.menu())
            elif not action.isSeparator():
                found.setdefault(path, []).append(action.objectName())

    for action in bar.actions():
        walk(action.text().replace("&", ""), action.menu())
    return found


def test_every_id_is_the_key_it_stands_under():
    assert all(id == command.id for id, command in COMMANDS.items())


def test_no_two_commands_have_the_same_keys():
    keys = [command.shortcut for command in COMMANDS.values() if command.shortcut]
    assert len(keys) == len(set(keys))
    assert all(not QKeySequence(key).isEmpty() for key in keys)


def test_a_wrong_id_says_which_was_meant():
    with pytest.raises(KeyError, match=r"did you mean 'file\.open'"):
        find_command("file.opn")
    with pytest.raises(KeyError, match="there is no command 'xyzzy'"):
        find_command("xyzzy")


def test_the_toolbars_commands_have_icons_and_short_texts():
    assert all(COMMANDS[id].icon and COMMANDS[id].short for id in TOOLBAR)


def test_every_command_stands_in_its_menu_in_the_tables_order(window):
    wanted: dict[str, list[str]] = {}
    for command in COMMANDS.values():
        wanted.setdefault(command.menu, []).append(command.id)
    assert _menus(window.menuBar()) == wanted


def test_every_command_has_its_keys_and_a_tooltip_that_tells_them(window):
    for command in COMMANDS.values():
        action = window.commands[command.id]
        assert action.shortcut() == QKeySequence(command.shortcut)
        if command.shortcut:
            assert command.shortcut in action.toolTip()


def test_the_toolbar_shows_its_commands_from_the_left(window):
    shown = [
        button
        for button in window.toolbar.findChildren(QToolButton)
        if button.objectName() in COMMANDS
    ]  # fmt: skip
    shown.sort(key=lambda button: button.x())
    assert tuple(button.objectName() for button in shown) == TOOLBAR
    assert [button.text() for button in shown] == [COMMANDS[id].short for id in TOOLBAR]


def test_an_empty_window_allows_only_what_makes_sense(window):
    window.commands.refresh()
    allowed = {id for id in COMMANDS if window.commands[id].isEnabled()}
    assert allowed == {
        "file.open",
        "file.open_reference",
        "file.open_folder",
        "file.open_catalogue",
        "file.paste",
        "file.open_example",
        "file.open_broken",
        "file.new_window",
        "file.open_in_window",
        "file.restore_at_start",
        "file.quit",
        "network.memory",
        "view.command_palette",
        "theme.system",
        "theme.light",
        "theme.dark",
        "window.close",
        "help.shortcuts",
        "help.about",
    }


def test_more_is_allowed_as_more_is_open(window, files):
    drop_files(window, [files.network])
    for id in ("file.save_onnx", "view.fit_graph", "panel.layers", "preprocessing.raw"):
        assert window.commands[id].isEnabled(), id
    assert not window.commands["network.run"].isEnabled()
    drop_files(window, [files.picture])
    assert window.commands["network.run"].isEnabled()
    assert not window.commands["network.compare"].isEnabled()
    drop_files(window, [files.reference])
    assert window.commands["network.compare"].isEnabled()
    assert not window.commands["network.next_culprit"].isEnabled()


def test_what_is_in_force_is_ticked(window, files):
    drop_files(window, [files.network])
    assert window.commands["theme.light"].isChecked()
    assert window.commands["preprocessing.raw"].isChecked()
    window.commands.run("preprocessing.caffe")
    assert window.commands["preprocessing.caffe"].isChecked()
    assert not window.commands["preprocessing.raw"].isChecked()
    window.commands.run("theme.dark")
    assert window.commands["theme.dark"].isChecked()
    assert not window.commands["theme.light"].isChecked()


def test_a_panel_can_be_hidden_and_put_back(window, files):
    drop_files(window, [files.network])
    window.commands.run("panel.picture")
    assert not window.picture.isVisible()
    assert not window.commands["panel.picture"].isChecked()
    window.commands.run("panel.reset")
    assert window.picture.isVisible()


def test_modules_of_the_graph_open_and_close_together(window, files):
    drop_files(window, files.all)
    window.commands.run("view.close_modules")
    assert window.graph_view.opened == frozenset()
    window.commands.run("view.open_modules")
    assert window.graph_view.opened == {"fork"}


def test_messages_can_be_dismissed(window, tmp_path):
    drop_files(window, [tmp_path / "missing.npz"])
    assert window.notices.texts == ("missing.npz: there is no such file",)
    window.commands.run("view.dismiss")
    assert window.notices.texts == ()


def test_a_command_is_a_plain_record():
    command = find_command("file.open")
    assert replace(command, text="Other").text == "Other"


def test_menus_show_tooltips(window):
    assert all(action.menu().toolTipsVisible() for action in window.menuBar().actions())


def test_the_layers_are_timed_and_the_whole_run_is_told(window, files):
    assert not window.commands["network.time_layers"].isEnabled()
    drop_files(window, [files.network, files.picture])
    status = window.job_bar.findChild(QLabel, "job_text")
    assert window.commands["network.time_layers"].isEnabled()
    assert window.layers.view.isColumnHidden(TIME)
    window.commands.run("network.time_layers")
    timing = window.session.timed.timing
    assert not window.layers.view.isColumnHidden(TIME)
    for name in LAYERS:
        row = timing.of(name)
        index = window.layers.proxy.mapFromSource(window.layers.model.index_of(name))
        text = index.siblingAtColumn(TIME).data()
        assert text == ("fused" if row.milliseconds is None else f"{row.milliseconds:.3f}" if row.milliseconds else "0")
    index = window.layers.proxy.mapFromSource(window.layers.model.index_of("conv1"))
    assert index.siblingAtColumn(MACS).data() == "6.91\u202fk"
    assert f"{timing.milliseconds:.2f} ms for the outputs alone" in status.text()
    drop_files(window, [files.network])
    assert window.layers.view.isColumnHidden(TIME)
    assert "for the outputs alone" not in status.text()


def test_a_network_without_weights_is_not_timed(window):
    network = small_network()
    window.session.put(network=network, modules=find_modules(network.graph))
    assert not window.commands["network.time_layers"].isEnabled()


def test_one_goes_from_bookmark_to_bookmark(window, files, qtbot):
    drop_files(window, [files.network])
    for layer in ("conv1", "fc"):
        window.desk.choose_layer(layer)
        window.commands.run("layer.bookmark")
    assert window.commands["layer.bookmark"].isChecked()
    window.commands.run("layer.next_bookmark")
    assert window.session.layer == "conv1"
    window.commands.run("layer.previous_bookmark")
    assert window.session.layer == "fc"
    window.commands.run("layer.bookmark")
    assert window.session.bookmarks == ("conv1",)
    assert not window.commands["layer.bookmark"].isChecked()


def test_the_statistics_can_be_copied_once_they_are_shown(window, files, qtbot):
    drop_files(window, [files.network, files.picture])
    window.desk.choose_layer("conv1")
    assert COMMANDS["layer.copy_statistics"].missing(window) == "needs a layer's values"
    qtbot.waitUntil(lambda: window.statistics.has_values)
    window.commands.run("layer.copy_statistics")
    assert QGuiApplication.clipboard().text().startswith("\tours\nvalues\t256\n")
