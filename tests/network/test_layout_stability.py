"""What stays where it was when a module of a real network opens, and that closing it is the way back."""

from __future__ import annotations

from itertools import pairwise

import pytest

from explorer.architectures import build_architecture
from explorer.network.crossings import count_crossings
from explorer.network.layout import Layout, Rect, lay_out
from explorer.network.levels import Levels
from explorer.network.modules import ROOT, find_modules

SIZE, FOLLOWER = (120.0, 64.0), (64.0, 24.0)
TRUNKS = {
    "googlenet": ["data", "inception_3a", "inception_3b", "inception_4a", "inception_4e", "inception_5b", "prob"],
    "inception_v4": [
        f"InceptionV4/InceptionV4/Mixed_{name}" for name in ("3a", "4a", "5a", "5e", "6a", "6h", "7a", "7d")
    ],
}


class Drawn:
    def __init__(self, name: str) -> None:
        graph = build_architecture(name).graph
        self.levels = Levels(graph, find_modules(graph))
        self.modules = self.levels.modules.module
        self._followers = {name for names in self.levels.stacks.values() for name in names}
        self._layouts: dict[frozenset[str], Layout] = {}

    def around(self, module: str) -> frozenset[str]:
        return frozenset(self.levels.modules.around(module))

    def layout(self, opened: frozenset[str]) -> Layout:
        if opened not in self._layouts:
            self._layouts[opened] = lay_out(self.levels, opened, self._size)
        return self._layouts[opened]

    def _size(self, name: str) -> tuple[float, float]:
        return FOLLOWER if name in self._followers else SIZE


@pytest.fixture(scope="module", params=TRUNKS)
def drawn(request) -> Drawn:
    return Drawn(request.param)


def toggles(drawn: Drawn) -> list[tuple[str, Layout, Layout]]:
    """Each module with the layouts before and after it opens, all others open."""
    everything = frozenset(drawn.modules)
    return [(name, drawn.layout(everything - {name}), drawn.layout(everything)) for name in drawn.modules]


def places(layout: Layout) -> dict[str, Rect]:
    return {**layout.nodes, **layout.frames}


def stays(drawn: Drawn, name: str, module: str) -> bool:
    return name != module and name not in drawn.around(module)


def test_opening_and_closing_is_the_way_back(drawn):
    everything = frozenset(drawn.modules)
    for module in drawn.modules:
        before = lay_out(drawn.levels, everything - {module}, drawn._size)
        lay_out(drawn.levels, everything, drawn._size)
        again = lay_out(drawn.levels, everything - {module}, drawn._size)
        assert (again.nodes, again.frames, again.edges) == (before.nodes, before.frames, before.edges)


def test_what_stands_before_keeps_its_height_and_what_stands_behind_moves_by_the_growth(drawn):
    for module, closed, opened in toggles(drawn):
        old, new = places(closed), places(opened)
        bottom = old[module].bottom
        assert new[module].y == old[module].y
        growth = opened.bounds.height - closed.bounds.height
        assert 0 <= growth <= new[module].height - old[module].height
        moved = {name: new[name].y - rect.y for name, rect in old.items() if stays(drawn, name, module)}
        assert all(moved[name] == 0 for name in moved if old[name].bottom <= old[module].y)
        trunk = [name for name in moved if old[name].y >= bottom and drawn.levels.modules.parent[name] == ROOT]
        assert {moved[name] for name in trunk} <= {0.0, growth}


def test_the_trunk_is_straight_whatever_is_open(drawn, request):
    trunk = TRUNKS[request.node.callspec.params["drawn"]]
    outer = frozenset[str]().union(*(drawn.around(name) for name in trunk if name in drawn.modules))
    opened_ones = [frozenset({name}) for name in trunk if name in drawn.modules]
    for opened in (frozenset[str](), frozenset(drawn.modules), *opened_ones):
        layout = drawn.layout(outer | opened)
        assert {layout.axis(name) for name in trunk} == {0.0}


def test_a_module_on_the_trunk_moves_nothing_to_the_side(drawn, request):
    trunk = TRUNKS[request.node.callspec.params["drawn"]]
    tested = [(module, places(closed), places(opened)) for module, closed, opened in toggles(drawn) if module in trunk]
    assert len(tested) > 4
    for module, old, new in tested:
        beside = [name for name in old if stays(drawn, name, module)]
        assert {new[name].x - old[name].x for name in beside} == {0.0}


def test_neighbours_keep_their_order(drawn):
    for module, closed, opened in toggles(drawn):
        old, new = places(closed), places(opened)
        for name, level in drawn.levels.level.items():
            if name in drawn.modules and name not in opened.frames:
                continue
            for row in level.arrangement.rows:
                parts = [level.parts[node] for node in row if node < len(level.parts)]
                shown = [part for part in parts if part in old and part in new]
                for left, right in pairwise(shown):
                    assert old[left].x < old[right].x, (module, left, right)
                    assert new[left].x < new[right].x, (module, left, right)


def test_no_line_crosses_another_more_often_for_an_open_module(drawn):
    for name, level in drawn.levels.level.items():
        rows, steps = level.arrangement.rows, level.arrangement.steps
        row_of = {node: index for index, row in enumerate(rows) for node in row}
        below = [[step for step in steps if row_of[step[0]] == index] for index in range(len(rows))]
        assert count_crossings(rows, below) == 0, name
