"""The commands that go through pictures, and that change how one becomes the network's input."""

from __future__ import annotations

from explorer.network.chain import CUSTOM, is_same
from explorer.ui.command import Command
from explorer.ui.conditions import (
    can_go_back,
    can_go_on,
    can_redo_preprocessing,
    can_undo_preprocessing,
    has_own_preprocessing,
    has_preprocessing,
    is_in_roll,
)
from explorer.ui.workbench import Workbench

PREPROCESSING = "Network/Preprocessing"


def _is_own(window: Workbench) -> bool:
    own, chosen = window.session.preparation.own, window.session.preprocessing
    return own is not None and chosen is not None and is_same(own, chosen)


def _forget(window: Workbench) -> None:
    picture = window.session.picture
    if picture is not None:
        window.desk.roll.forget(picture.path)


PICTURE_COMMANDS: tuple[Command, ...] = (
    Command(
        "preprocessing.custom",
        "Edit Preprocessing…",
        PREPROCESSING,
        lambda window: window.edit_preprocessing(),
        "Ctrl+Alt+P",
        "Change the steps between the picture and the network's input",
        enabled=has_preprocessing,
        checked=lambda window: window.shown_preset == CUSTOM,
        group=3,
    ),
    Command(
        "preprocessing.own",
        "Reset to the Network's Own",
        PREPROCESSING,
        lambda window: window.desk.preparing.reset(),
        tip="Prepare pictures as the network says itself",
        enabled=has_own_preprocessing,
        checked=_is_own,
        group=4,
    ),
    Command(
        "preprocessing.load",
        "Load Preset…",
        PREPROCESSING,
        lambda window: window.dialogs.load_preprocessing(),
        tip="Take the preprocessing that a JSON file describes",
        enabled=has_preprocessing,
        group=5,
    ),
    Command(
        "preprocessing.save",
        "Save as Preset…",
        PREPROCESSING,
        lambda window: window.dialogs.save_preprocessing(),
        tip="Write the preprocessing in force as a JSON file, for here and for --preprocess",
        enabled=has_preprocessing,
        group=5,
    ),
    Command(
        "picture.next",
        "Next Picture",
        "Picture",
        lambda window: window.desk.roll.go(1),
        "Ctrl+PgDown",
        "Open the next of the recent pictures",
        enabled=can_go_on,
    ),
    Command(
        "picture.previous",
        "Previous Picture",
        "Picture",
        lambda window: window.desk.roll.go(-1),
        "Ctrl+PgUp",
        "Open the one before among the recent pictures",
        enabled=can_go_back,
    ),
    Command(
        "picture.forget",
        "Remove from Recent Pictures",
        "Picture",
        _forget,
        tip="Take the open picture out of the row of recent ones; it stays open, and its file stays as it is",
        enabled=is_in_roll,
        group=1,
    ),
    Command(
        "preprocessing.undo",
        "Undo Preprocessing",
        "Picture",
        lambda window: window.desk.preparing.undo(),
        "Ctrl+Alt+Z",
        "Go back to the preprocessing before the last change",
        enabled=can_undo_preprocessing,
        group=2,
    ),
    Command(
        "preprocessing.redo",
        "Redo Preprocessing",
        "Picture",
        lambda window: window.desk.preparing.redo(),
        "Ctrl+Alt+Y",
        "Take the change again that was taken back",
        enabled=can_redo_preprocessing,
        group=2,
    ),
)
