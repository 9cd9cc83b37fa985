from collections.abc import Iterator
from itertools import combinations, pairwise

from hypothesis import given
from hypothesis import strategies as st

from explorer.network.layer_graph import LayerGraph
from explorer.network.layout import FRAME_HEAD, Layout, Rect, lay_out
from explorer.network.levels import Levels
from explorer.network.modules import find_modules
from explorer.network.placing import NODE_GAP, ROW_GAP
from explorer.network.routing import Point
from tests.network.graphs import chain, fire, googlenet, graph_of, residual
from tests.network.test_modules import named_graphs

SIZE = (100.0, 40.0)
FOLLOWER = (60.0, 20.0)


def levels_of(graph: LayerGraph) -> Levels:
    return Levels(graph, find_modules(graph))


def laid_out(levels: Levels, opened: set[str] | None = None) -> Layout:
    followers = {name for names in levels.stacks.values() for name in names}
    opened = set(levels.modules.module) if opened is None else opened
    return lay_out(levels, opened, lambda name: FOLLOWER if name in followers else SIZE)


def centre(rect: Rect) -> float:
    return rect.x + rect.width / 2


def overlap(one: Rect, other: Rect) -> bool:
    across = one.x < other.right - 1e-6 and other.x < one.right - 1e-6
    return across and one.y < other.bottom - 1e-6 and other.y < one.bottom - 1e-6


def along(points: tuple[Point, ...]) -> Iterator[Point]:
    """Points on the line as it is drawn: straight, or cubic with upright ends."""
    for (x0, y0), (x1, y1) in pairwise(points):
        for step in range(1, 8):
            t = step / 8
            bend = 3 * t**2 - 2 * t**3
            yield x0 + (x1 - x0) * bend, y0 + (y1 - y0) * (1.5 * t * (1 - t) + t**3)


def test_a_chain_goes_straight_down():
    layout = laid_out(levels_of(graph_of("data Input", *chain("conv", 5, "data"))))
    assert [centre(rect) for rect in layout.nodes.values()] == [0.0] * 6
    assert [rect.y for rect in layout.nodes.values()] == [row * (SIZE[1] + ROW_GAP) for row in range(6)]
    assert layout.edges[0].points == ((0.0, 40.0), (0.0, 68.0))
    assert layout.bounds == Rect(-50.0, 0.0, 100.0, 6 * 40.0 + 5 * 28.0)


def test_branches_stand_side_by_side_in_the_order_of_the_data():
    layout = laid_out(levels_of(googlenet()))
    module = "inception_3a/"
    branches = [layout.nodes[module + name] for name in ("1x1", "3x3_reduce", "5x5_reduce", "pool")]
    assert len({rect.y for rect in branches}) == 1
    assert all(right.x - left.right >= NODE_GAP for left, right in pairwise(branches))
    assert centre(layout.nodes[module + "3x3"]) == centre(layout.nodes[module + "3x3_reduce"])
    assert layout.nodes[module + "output"].y > layout.nodes[module + "3x3"].bottom


def test_the_trunk_is_straight_with_side_heads_beside_it():
    layout = laid_out(levels_of(googlenet(with_heads=True)))
    trunk = ["data", "conv1/7x7_s2", "pool2/3x3_s2", "pool3/3x3_s2", "pool5/7x7_s1", "prob"]
    trunk += [f"inception_{name}/output" for name in ("3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b")]
    assert {centre(layout.nodes[name]) for name in trunk} == {0.0}
    assert layout.frames["loss1"].x > layout.frames["inception_4b"].right
    assert layout.frames["loss1"].y == layout.frames["inception_4b"].y


def test_of_two_heads_as_deep_the_last_goes_on_with_the_trunk():
    lines = ["data Input", "conv Convolution < data", "aux Softmax < conv", "prob Softmax < conv"]
    layout = laid_out(levels_of(graph_of(*lines)))
    assert {centre(layout.nodes[name]) for name in ("data", "conv", "prob")} == {0.0}
    assert layout.nodes["aux"].x > layout.nodes["prob"].right


def test_a_residual_s_shortcut_leaves_the_trunk_straight():
    layout = laid_out(levels_of(residual(3)))
    assert {centre(layout.nodes[name]) for name in ("branch1a", "branch1b", "res1", "pool")} == {0.0}
    shortcut = next(edge for edge in layout.edges if (edge.source, edge.target) == ("relu0", "res1"))
    assert max(x for x, _ in shortcut.points) > layout.nodes["branch1a"].right
    straight = next(edge for edge in layout.edges if (edge.source, edge.target) == ("branch1b", "res1"))
    assert {x for x, _ in straight.points} == {0.0}


def test_followers_share_a_row_under_their_host():
    layout = laid_out(
        levels_of(graph_of("data Input", "fc InnerProduct < data", "relu ReLU < fc", "drop Dropout < relu"))
    )
    host, relu, drop = (layout.nodes[name] for name in ("fc", "relu", "drop"))
    assert host == Rect(-60.0, 68.0, 120.0, 40.0)
    assert relu == Rect(-60.0, 108.0, 60.0, 20.0)
    assert drop == Rect(0.0, 108.0, 60.0, 20.0)
    assert [(edge.source, edge.target) for edge in layout.edges] == [("data", "fc")]


def test_an_edge_leaves_from_the_last_follower():
    layout = laid_out(
        levels_of(graph_of("data Input", "conv Convolution < data", "relu ReLU < conv", "prob Softmax < relu"))
    )
    edge = layout.edges[-1]
    assert (edge.source, edge.target) == ("relu", "prob")
    assert edge.points[0][1] == layout.nodes["relu"].bottom


def test_a_closed_module_is_one_node():
    levels = levels_of(googlenet())
    layout = laid_out(levels, set())
    assert list(layout.frames) == []
    assert layout.nodes["inception_3a"].width == SIZE[0]
    assert "inception_3a/1x1" not in layout.nodes
    ends = [(edge.source, edge.target) for edge in layout.edges]
    assert ("stem", "inception_3a") in ends
    assert len(ends) == len(set(ends)) == len(layout.nodes) - 2


def test_an_open_module_stands_around_its_layers():
    levels = levels_of(googlenet())
    layout = laid_out(levels, {"inception_3a"})
    frame = layout.frames["inception_3a"]
    for name in levels.modules.module["inception_3a"].layers:
        rect = layout.nodes[name]
        assert frame.x < rect.x
        assert rect.right < frame.right
        assert frame.y + FRAME_HEAD < rect.y
        assert rect.bottom < frame.bottom


def test_edges_join_layers_inside_open_modules_with_closed_ones_outside():
    layout = laid_out(levels_of(googlenet()), {"inception_3a"})
    ends = {(edge.source, edge.target) for edge in layout.edges}
    assert ("stem", "inception_3a/5x5_reduce") in ends
    assert ("inception_3a/output", "inception_3b") in ends


def test_what_is_above_and_inside_other_modules_stays_put_when_one_opens():
    levels = levels_of(googlenet(with_heads=True))
    opened = set(levels.modules.module)
    before, after = laid_out(levels, opened - {"inception_4b"}), laid_out(levels, opened)
    assert before.nodes["inception_4a/output"] == after.nodes["inception_4a/output"]
    assert before.nodes["inception_4b"].y == after.frames["inception_4b"].y
    assert centre(before.nodes["inception_4b"]) == centre(after.nodes["inception_4b/output"]) == 0.0
    moved = {
        (after.nodes[name].x - rect.x, after.nodes[name].y - rect.y)
        for name, rect in before.nodes.items()
        if name.startswith("inception_5")
    }
    assert len(moved) == 1
    assert next(iter(moved))[0] == 0.0


def test_the_same_graph_is_always_drawn_the_same():
    first, second = (laid_out(levels_of(googlenet(with_heads=True))) for _ in range(2))
    assert first.nodes == second.nodes
    assert first.edges == second.edges


def test_modules_inside_a_closed_one_do_not_show():
    lines = ["data Input", *fire("outer/one", "data"), *fire("outer/two", "outer/one/concat"), "prob Softmax < data"]
    levels = levels_of(graph_of(*lines, "last Softmax < outer/two/concat"))
    assert set(levels.modules.module) == {"outer", "outer/one", "outer/two"}
    assert list(laid_out(levels, {"outer/one"}).nodes) == ["data", "outer", "prob", "last"]
    nested = laid_out(levels, {"outer", "outer/one"})
    assert list(nested.frames) == ["outer", "outer/one"]
    assert "outer/two" in nested.nodes


def test_long_edges_go_round_the_outside():
    count = 900
    lines = ["mask Input", "data Input", *chain("conv", count, "data")]
    lines += [f"add{index} Eltwise < conv{index} mask" for index in range(0, count, 4)]
    layout = laid_out(levels_of(graph_of(*lines)))
    lanes = {max(x for x, _ in edge.points) for edge in layout.edges if edge.target == "add896"}
    assert max(lanes) > max(rect.right for rect in layout.nodes.values())
    assert layout.bounds.right >= max(lanes)


def test_a_circle_that_a_file_claims_is_drawn_with_an_edge_back():
    layout = laid_out(levels_of(graph_of("a Convolution < c", "b Convolution < a", "c Convolution < b")))
    assert [rect.y for rect in layout.nodes.values()] == sorted(rect.y for rect in layout.nodes.values())
    back = next(edge for edge in layout.edges if (edge.source, edge.target) == ("c", "a"))
    assert back.points[-1][1] < back.points[0][1]
    assert max(x for x, _ in back.points) > SIZE[0] / 2


def test_parts_without_any_edge_between_them_stand_side_by_side():
    layout = laid_out(levels_of(graph_of("a Input", "b Convolution < a", "c Input", "d Convolution < c")))
    assert not any(overlap(one, other) for one, other in combinations(layout.nodes.values(), 2))
    assert layout.nodes["a"].y == layout.nodes["c"].y == 0.0


def test_an_empty_network_takes_no_place():
    layout = laid_out(levels_of(graph_of()))
    assert layout.bounds == Rect(0.0, 0.0, 0.0, 0.0)
    assert layout.edges == ()


@given(named_graphs(), st.data())
def test_nothing_overlaps_and_no_edge_passes_through_a_node(graph, data):
    levels = levels_of(graph)
    names = sorted(levels.modules.module)
    opened = set(data.draw(st.lists(st.sampled_from(names), unique=True))) if names else set()
    layout = laid_out(levels, opened)
    rects = list(layout.nodes.values())
    assert not any(overlap(one, other) for one, other in combinations(rects, 2))
    for name, frame in layout.frames.items():
        own = {*levels.modules.module[name].layers, *levels.modules.module}
        assert not any(overlap(frame, rect) for inner, rect in layout.nodes.items() if inner not in own)
    for edge in layout.edges:
        assert edge.points[0][1] == layout.nodes[edge.source].bottom
        assert edge.points[-1][1] == layout.nodes[edge.target].y
        for x, y in along(edge.points):
            inside = [rect for rect in rects if rect.x < x < rect.right and rect.y + 0.01 < y < rect.bottom - 0.01]
            assert inside == []
            assert layout.bounds.x - 1e-6 <= x <= layout.bounds.right + 1e-6


@given(named_graphs(), st.data())
def test_every_arc_of_the_graph_shows(graph, data):
    levels = levels_of(graph)
    names = sorted(levels.modules.module)
    opened = set(data.draw(st.lists(st.sampled_from(names), unique=True))) if names else set()
    layout = laid_out(levels, opened)

    def shown_for(layer: str) -> str:
        return next(
            name for name in reversed((levels.host[layer], *levels.modules.around(layer))) if name in layout.nodes
        )

    host = {**levels.host, **{name: name for name in levels.modules.module}}
    shown = {(host[edge.source], edge.target) for edge in layout.edges}
    expected = {(shown_for(source), shown_for(name)) for name, sources in graph.inputs.items() for source in sources}
    assert shown == {(start, end) for start, end in expected if start != end}
