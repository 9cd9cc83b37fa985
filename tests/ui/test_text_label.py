"""Writing in the theme's colours."""

import pytest

from explorer.ui.text_label import ElidedLabel, TextLabel
from explorer.ui.theme import TITLE, theme
from tests.ui.person import colours_of

LONG = "InceptionResnetV2/" * 6 + "Conv2d_1x1"


@pytest.fixture
def elided(qtbot):
    made = ElidedLabel(theme("light"), LONG, size=TITLE)
    qtbot.addWidget(made)
    made.resize(200, 24)
    return made


def test_a_label_takes_its_colour_from_the_theme(qtbot):
    label = TextLabel(theme("light"), "culprit", size=TITLE, colour="muted")
    qtbot.addWidget(label)
    label.show_colour("culprit")
    assert theme("light").culprit in colours_of(label)
    label.show_theme(theme("dark"))
    assert theme("dark").culprit in colours_of(label)


def test_the_window_s_style_sheet_does_not_override_a_label(qtbot, qapp):
    before = qapp.styleSheet()
    qapp.setStyleSheet("QLabel { color: #123456; font-size: 40px; }")
    try:
        label = TextLabel(theme("light"), "culprit", colour="culprit")
        qtbot.addWidget(label)
        assert theme("light").culprit in colours_of(label)
        assert label.sizeHint().height() < 30
    finally:
        qapp.setStyleSheet(before)


def test_a_long_name_leaves_out_its_middle_and_shows_itself_as_a_tip(elided):
    elided.grab()
    assert elided.shown_text.startswith("Incep") and elided.shown_text.endswith("1x1")
    assert len(elided.shown_text) < len(LONG)
    assert elided.toolTip() == LONG


def test_a_name_that_fits_needs_no_tip(elided):
    elided.setText("conv1")
    elided.grab()
    assert (elided.shown_text, elided.toolTip()) == ("conv1", "")


def test_markup_in_a_name_is_shown_as_it_is(qtbot):
    label = TextLabel(theme("light"), "<b>conv1</b>")
    qtbot.addWidget(label)
    assert label.sizeHint().width() > label.fontMetrics().horizontalAdvance("conv1") * 1.5
