"""The mark of a verdict as a widget."""

from __future__ import annotations

import pytest

from explorer.ui.icons import MARK
from explorer.ui.theme import MARKS, mark_colour
from explorer.ui.verdict_mark import VerdictMark
from tests.ui.person import colours_of


@pytest.mark.parametrize("verdict", list(MARKS))
def test_each_verdict_has_its_colour_and_its_word(qtbot, light, verdict):
    mark = VerdictMark(light)
    qtbot.addWidget(mark)
    mark.show_verdict(verdict)
    assert mark.accessibleName() == MARKS[verdict].word
    assert mark_colour(light, verdict) in colours_of(mark)
    assert (mark.width(), mark.height()) == (MARK, MARK)


def test_no_two_verdicts_have_the_same_shape(qtbot, light):
    mark = VerdictMark(light)
    qtbot.addWidget(mark)
    shapes = set()
    for verdict in ("culprit", "inherited", "match", "shape", "not compared"):
        mark.show_verdict(verdict)
        image = mark.grab().toImage()
        ground = image.pixel(0, 0)
        places = ((x, y) for x in range(image.width()) for y in range(image.height()))
        shapes.add(frozenset(place for place in places if image.pixel(*place) != ground))
    assert len(shapes) == 5


def test_another_theme_paints_it_anew(qtbot, light, dark):
    mark = VerdictMark(light)
    qtbot.addWidget(mark)
    mark.show_verdict("culprit")
    mark.show_theme(dark)
    assert dark.culprit in colours_of(mark)
    assert light.culprit not in colours_of(mark)
