from dataclasses import dataclass, field

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent

from explorer.ui.shortcut_sheet import VIEWS
from explorer.ui.view_keys import ViewKey, press


@dataclass
class Light:
    is_on: bool = False
    pressed: list[str] = field(default_factory=list)


TABLE: tuple[ViewKey[Light], ...] = (
    ViewKey((Qt.Key.Key_Plus,), "Brighter", lambda light: light.pressed.append("+"), also=(Qt.Key.Key_Equal,)),
    ViewKey((Qt.Key.Key_0,), "Off", lambda light: light.pressed.append("0"), when=lambda light: light.is_on),
)


def stroke(key):
    return QKeyEvent(QEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier)


def test_a_key_and_what_goes_without_saying_do_the_same():
    light = Light()
    assert press(light, TABLE, stroke(Qt.Key.Key_Plus))
    assert press(light, TABLE, stroke(Qt.Key.Key_Equal))
    assert light.pressed == ["+", "+"]


def test_a_key_that_can_t_be_used_now_is_left_to_others():
    light = Light()
    assert not press(light, TABLE, stroke(Qt.Key.Key_0))
    light.is_on = True
    assert press(light, TABLE, stroke(Qt.Key.Key_0))
    assert not press(light, TABLE, stroke(Qt.Key.Key_A))
    assert light.pressed == ["0"]


def test_keys_are_told_by_their_names():
    assert TABLE[0].names == ("+",)
    assert ViewKey((Qt.Key.Key_Return, Qt.Key.Key_Space), "", print).names == ("Return", "Space")


@pytest.mark.parametrize("title", [title for title, _ in VIEWS])
def test_no_key_of_a_view_means_two_things(title):
    tables = dict(VIEWS)[title]
    keys = [key for table in tables for row in table for key in (*row.keys, *getattr(row, "also", ()))]
    assert len(keys) == len(set(keys))
