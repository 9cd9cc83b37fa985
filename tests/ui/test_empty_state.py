import pytest
from PySide6.QtWidgets import QPushButton

from explorer.ui.empty_state import PARTS, EmptyState
from explorer.ui.text_label import ElidedLabel
from tests.ui.person import colours_of


@pytest.fixture
def empty(qtbot, light):
    made = EmptyState(light)
    qtbot.addWidget(made)
    made.resize(900, 600)
    made.show()
    return made


def test_it_says_what_each_part_may_be(empty):
    assert [empty.part_text(name) for name in PARTS] == [part.text for part in PARTS.values()]


def test_nothing_of_it_is_left_out(empty):
    labels = empty.findChildren(ElidedLabel)
    assert len(labels) >= len(PARTS)
    assert [label.shown_text for label in labels if label.isVisible()] == [
        label.text() for label in labels if label.isVisible()
    ]


def test_a_part_that_has_come_is_ticked_off(empty, light):
    assert light.agrees not in colours_of(empty)
    empty.show_part("picture", "cat.jpg")
    assert empty.part_text("picture") == "cat.jpg"
    assert light.agrees in colours_of(empty)
    empty.show_part("picture", None)
    assert empty.part_text("picture") == PARTS["picture"].text
    assert light.agrees not in colours_of(empty)


def test_its_buttons_ask_for_files_and_for_the_example(empty, qtbot):
    with qtbot.waitSignal(empty.open_requested):
        empty.findChild(QPushButton, "open_files").click()
    with qtbot.waitSignal(empty.example_requested):
        empty.findChild(QPushButton, "open_example").click()
