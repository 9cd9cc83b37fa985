"""At no scale of the desktop is anything in the window cut off; each scale needs a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QLabel, QPushButton, QTabBar, QVBoxLayout, QWidget

from tests.ui.clipping import lacking_of

SCALES = [pytest.param(scale, marks=[] if scale == 1.5 else pytest.mark.slow) for scale in (1.0, 1.25, 1.5, 2.0)]


@pytest.mark.parametrize("scale", SCALES)
def test_nothing_is_cut_off(tmp_path, scale):
    done = subprocess.run(
        [sys.executable, "-m", "tests.ui.clipping", str(scale), str(tmp_path)],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [f"looked at with {scale:g} pixels for one"]


def shown(qtbot, part: QWidget, width: int, height: int) -> str:
    whole = QWidget()
    qtbot.addWidget(whole)
    part.setParent(whole)
    part.setGeometry(0, 0, width, height)
    whole.resize(500, 300)
    whole.show()
    return lacking_of(part)


def test_what_is_cut_off_is_found(qtbot):
    assert shown(qtbot, QLabel("some words"), 20, 30).startswith("'some words' is ")
    assert shown(qtbot, QLabel("some words"), 200, 4).endswith(" too low")
    assert shown(qtbot, QLabel("some words"), 200, 30) == ""
    assert shown(qtbot, QPushButton("press this"), 20, 30).endswith(" too narrow")
    wrapped = QLabel("many words that need several lines")
    wrapped.setWordWrap(True)
    assert shown(qtbot, wrapped, 60, 20).endswith(" too low")


def test_what_stands_out_of_its_place_is_found(qtbot):
    place = QWidget()
    qtbot.addWidget(place)
    place.resize(60, 20)
    label = QLabel("words", place)
    label.adjustSize()
    label.move(QPoint(50, 0))
    place.show()
    assert lacking_of(label) == "'words' stands out of QWidget ''"


def test_a_tab_that_is_too_narrow_is_found(qtbot):
    bar = QTabBar()
    bar.addTab("a tab with a long name")
    bar.setStyleSheet("QTabBar::tab { width: 40px; padding: 0; }")
    place = QWidget()
    qtbot.addWidget(place)
    QVBoxLayout(place).addWidget(bar)
    place.show()
    assert "'a tab with a long name' has only" in lacking_of(bar)
