import numpy as np
import pytest
from PySide6.QtCore import Qt

from explorer.session.pictures import RollPicture
from explorer.ui.camera_roll import CELL, CameraRollView
from tests.ui.person import colour_at


def _picture(path, value=100, is_file=True):
    return RollPicture(path, np.full((30, 40, 3), value, np.uint8), (300, 400), is_file)


PICTURES = (_picture("/p/a.png"), _picture("/p/b.png", 200), _picture("pasted picture 1", 50, is_file=False))


@pytest.fixture
def roll(qtbot, light):
    made = CameraRollView(light)
    qtbot.addWidget(made)
    made.resize(300, 60)
    made.show_roll(PICTURES, "/p/b.png")
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    return made


def _middle(roll, place):
    return roll.visualRect(roll.pictures.index(place)).center()


def test_without_pictures_there_is_no_row(roll):
    roll.show_roll((), None)
    assert roll.isHidden()


def test_the_open_picture_is_marked_by_its_corner_and_in_words(roll, light):
    place = roll.visualRect(roll.pictures.index(1))
    assert colour_at(roll.viewport(), place.x() + 4, place.y() + 4) == light.accent
    other = roll.visualRect(roll.pictures.index(0))
    assert colour_at(roll.viewport(), other.x() + 4, other.y() + 4) != light.accent
    told = [roll.pictures.index(row).data(Qt.ItemDataRole.AccessibleTextRole) for row in range(3)]
    assert told == ["a.png", "b.png, open", "pasted picture 1"]
    centre = _middle(roll, 1)
    assert colour_at(roll.viewport(), centre.x(), centre.y()) == "#c8c8c8"


def test_a_tip_gives_name_size_and_place(roll):
    tip = roll.pictures.index(0).data(Qt.ItemDataRole.ToolTipRole)
    assert tip.startswith("a.png\n400×300 pixels\n/p/a.png")


def test_a_click_opens_a_picture(roll, qtbot):
    with qtbot.waitSignal(roll.chosen) as told:
        qtbot.mouseClick(roll.viewport(), Qt.MouseButton.LeftButton, pos=_middle(roll, 0))
    assert told.args == ["/p/a.png"]


def test_keys_go_along_open_and_take_out(roll, qtbot):
    roll.setFocus()
    with qtbot.assertNotEmitted(roll.chosen):
        qtbot.keyClick(roll, Qt.Key.Key_Left)
    with qtbot.waitSignal(roll.chosen) as told:
        qtbot.keyClick(roll, Qt.Key.Key_Return)
    assert told.args == ["/p/a.png"]
    qtbot.keyClick(roll, Qt.Key.Key_Right)
    with qtbot.waitSignal(roll.forgotten) as told:
        qtbot.keyClick(roll, Qt.Key.Key_Delete)
    assert told.args == ["/p/b.png"]
    roll.show_roll((PICTURES[0], PICTURES[2]), None)
    assert roll.currentIndex().row() == 1


def test_a_file_is_dragged_out_as_a_file_and_any_other_as_a_picture(roll):
    model = roll.pictures
    assert [url.toLocalFile() for url in model.mimeData([model.index(0)]).urls()] == ["/p/a.png"]
    image = model.mimeData([model.index(2)]).imageData()
    assert (image.width(), image.height(), image.pixelColor(3, 3).red()) == (40, 30, 50)
    assert model.supportedDragActions() == Qt.DropAction.CopyAction


def test_a_row_that_is_too_long_has_a_scroll_bar_that_hides_nothing(roll):
    assert roll.height() == CELL.height()
    roll.show_roll(tuple(_picture(f"/p/{number}.png") for number in range(12)), None)
    assert roll.height() > CELL.height()
    assert roll.viewport().height() >= CELL.height()
