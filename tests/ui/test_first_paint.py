"""What begins once a window was painted."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QWidget

from explorer.ui import first_paint
from explorer.ui.first_paint import call_when_painted


class Inner(QWidget):
    def __init__(self, parent: QWidget, told: list[str]) -> None:
        super().__init__(parent)
        self._told = told

    def paintEvent(self, event: QPaintEvent) -> None:
        self._told.append("inner painted")


@pytest.fixture
def outer(qtbot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    made.resize(120, 80)
    return made


def test_the_call_waits_until_every_widget_of_the_window_was_painted(qtbot, outer):
    told: list[str] = []
    Inner(outer, told).resize(40, 40)
    call_when_painted(outer, lambda: told.append("called"))
    assert told == []
    outer.show()
    qtbot.waitUntil(lambda: "called" in told)
    assert told.index("inner painted") < told.index("called")


def test_it_is_called_once_however_often_is_painted(qtbot, outer):
    told: list[int] = []
    call_when_painted(outer, lambda: told.append(1))
    outer.show()
    qtbot.waitUntil(lambda: bool(told))
    for _ in range(3):
        outer.repaint()
        qtbot.wait(5)
    assert told == [1]


def test_nobody_listens_to_the_window_any_more_afterwards(qtbot, outer):
    told: list[int] = []
    call_when_painted(outer, lambda: told.append(1))
    assert len(outer.findChildren(QObject)) == 1
    outer.show()
    qtbot.waitUntil(lambda: bool(told))
    qtbot.waitUntil(lambda: outer.findChildren(QObject) == [])


def test_a_window_that_is_never_painted_is_not_waited_for_forever(qtbot, outer, monkeypatch):
    monkeypatch.setattr(first_paint, "LONGEST_WAIT", 1)
    told: list[int] = []
    call_when_painted(outer, lambda: told.append(1))
    qtbot.waitUntil(lambda: bool(told))
    assert not outer.isVisible()


def test_a_window_that_is_gone_before_is_not_waited_for(qapp, qtbot, monkeypatch):
    monkeypatch.setattr(first_paint, "LONGEST_WAIT", 1)
    told: list[int] = []
    window = QWidget()
    call_when_painted(window, lambda: told.append(1))
    window.deleteLater()
    qapp.sendPostedEvents(window, QEvent.Type.DeferredDelete)
    qtbot.wait(10)
    assert told == []
