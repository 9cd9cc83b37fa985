import pytest
from PySide6.QtGui import Qt, QTextDocument

from explorer.ui.plain_tip import LONGEST, plain_tip


@pytest.mark.parametrize("text", ["conv1", "3×3\nstride 2", "", "a & b", "<0>"])
def test_what_is_no_html_is_left_as_it_is(text):
    assert plain_tip(text) == text


@pytest.mark.parametrize("text", ["<b>conv1", "a <img src='file:///x.png'> b", "x &lt; y", "<b>&amp;\nsecond line"])
def test_what_looks_like_html_is_shown_as_it_is_written(qapp, text):
    tip = plain_tip(text)
    shown = QTextDocument()
    shown.setHtml(tip)
    assert Qt.mightBeRichText(tip)
    assert shown.toPlainText() == text


def test_a_tip_is_no_larger_than_a_screen():
    assert plain_tip("x" * 10_000) == "x" * (LONGEST - 1) + "…"
