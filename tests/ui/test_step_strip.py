import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint
from PySide6.QtGui import QFontMetrics, QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip

from explorer.ui.step_strip import StepStrip, broken
from explorer.ui.text_label import sized
from tests.ui.person import colour_at

STEPS = (
    ("picture 4×4", np.full((4, 4, 3), 200, np.uint8)),
    ("cropped 2×2", np.full((2, 2, 3), 100, np.uint8)),
    ("BGR − (104, 117, 123)", np.zeros((1, 3, 2, 2), np.float32)),
)


@pytest.fixture
def strip(qtbot, light):
    made = StepStrip(light)
    qtbot.addWidget(made)
    made.resize(320, 90)
    made.show_steps(STEPS)
    made.show()
    return made


def test_each_step_shows_its_picture_and_its_range(strip):
    assert strip.captions == tuple(caption for caption, _ in STEPS)
    first = strip._cards[0]
    assert colour_at(first, first.width() / 2, 28) == "#c8c8c8"
    QApplication.sendEvent(first, QHelpEvent(QEvent.Type.ToolTip, QPoint(1, 1), QPoint(1, 1)))
    assert first.toolTip() == "picture 4×4\nuint8, from 200 to 200"
    QToolTip.hideText()


def test_other_steps_take_the_place_of_the_old(strip, qapp):
    strip.show_steps(STEPS[:1])
    assert strip.captions == ("picture 4×4",)
    strip.show_steps(())
    assert strip.isHidden()


def test_captions_are_broken_at_spaces_and_end_in_dots(qapp):
    metrics = QFontMetrics(sized(qapp.font(), 11))
    assert broken("cropped 227×227", metrics, 1000) == ["cropped", "227×227"]
    assert broken("BGR", metrics, 1000) == ["BGR"]
    assert broken("BGR − (104, 117, 123)", metrics, 1000) == ["BGR − (104, 117, 123)"]
    width = metrics.horizontalAdvance("BGR − (104,") + 1
    assert broken("BGR − (104, 117, 123)", metrics, width) == ["BGR − (104,", "117, 123)"]
    lines = broken("(RGB × 0.0039 − (0.485, 0.456)) ÷ (0.229, 0.224)", metrics, width)
    assert len(lines) == 2
    assert lines[1].endswith("…")
    assert all(metrics.horizontalAdvance(line) <= width for line in lines)
