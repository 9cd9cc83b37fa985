"""The controls above the maps."""

import pytest
from PySide6.QtCore import Qt

from explorer.ui.map_controls import MapControls
from explorer.ui.theme import theme


@pytest.fixture
def controls(qtbot):
    made = MapControls(theme("light"))
    qtbot.addWidget(made)
    with qtbot.waitExposed(made):
        made.show()
    return made


def test_a_typed_channel_is_asked_for_once(controls, qtbot):
    controls.show_channel(3, 128)
    assert controls.channel.text() == "3 of 128"
    controls.channel.selectAll()
    told: list[int] = []
    controls.channel_asked.connect(told.append)
    qtbot.keyClicks(controls.channel, "27")
    qtbot.keyClick(controls.channel, Qt.Key.Key_Return)
    assert told == [27]


def test_what_the_program_shows_asks_for_nothing(controls, qtbot):
    with qtbot.assertNotEmitted(controls.channel_asked), qtbot.assertNotEmitted(controls.item_asked):
        controls.show_channel(5, 64)
        controls.show_channel(0, 3)
        controls.show_item(1, 4)
    with qtbot.assertNotEmitted(controls.single_asked):
        controls.show_single(True)


def test_enlarging_and_going_back(controls, qtbot):
    with qtbot.waitSignal(controls.single_asked) as told:
        qtbot.mouseClick(controls.single, Qt.MouseButton.LeftButton)
    assert told.args == [True] and controls.single.accessibleName() == "All maps"
    with qtbot.waitSignal(controls.single_asked) as told:
        qtbot.mouseClick(controls.single, Qt.MouseButton.LeftButton)
    assert told.args == [False] and controls.single.accessibleName() == "Enlarge"


def test_the_range_is_chosen_by_key(controls, qtbot):
    with qtbot.waitSignal(controls.range_asked) as told:
        qtbot.keyClick(controls.range, Qt.Key.Key_Down)
    assert told.args == ["channel"] and controls.range_mode() == "channel"


def test_vectors_have_an_order_in_place_of_a_range(controls, qtbot):
    controls.show_kind(vector=True)
    assert controls.order.isVisible() and not controls.range.isVisible() and not controls.single.isVisible()
    controls.show_order("index")
    with qtbot.waitSignal(controls.order_asked) as told:
        qtbot.keyClick(controls.order, Qt.Key.Key_Down)
    assert told.args == ["largest"]


def test_pictures_of_a_batch_can_be_chosen_where_there_are_several(controls, qtbot):
    controls.show_item(0, 1)
    assert not controls.item.isVisible()
    controls.show_item(0, 3)
    assert controls.item.isVisible() and controls.item.text() == "0 of 3"
    with qtbot.waitSignal(controls.item_asked) as told:
        qtbot.keyClick(controls.item, Qt.Key.Key_Up)
    assert told.args == [1]
