"""What a layer is computed from, and what is computed from it, pointed out in the graph."""

import pytest
from PySide6.QtCore import Qt

from explorer.network.modules import find_modules
from explorer.ui.graph_lineage import lineage_of
from explorer.ui.graph_view import GraphView
from explorer.ui.pictures import drop_files
from tests.network.graphs import googlenet, residual
from tests.ui.graphs import large_network, place, scene, shown_graph, small_network
from tests.ui.person import colour_at


@pytest.fixture
def view(qtbot, light) -> GraphView:
    made = shown_graph(qtbot, light, small_network())
    made.resize(700, 1300)
    return made


def is_veiled(view: GraphView, light, name: str) -> bool:
    where = place(view, name)
    assert view.rect().contains(where.toRect()), name
    return colour_at(view, where.right() - 12, where.top() + 6) not in (light.panel, light.selection)


def test_ancestors_and_descendants_are_all_that_leads_there_and_away():
    graph = googlenet()
    lineage = lineage_of(graph, "inception_3a/3x3", frozenset({"ancestors", "descendants"}))
    assert lineage.ancestors is not None
    assert lineage.descendants is not None
    assert {"data", "pool2/3x3_s2", "inception_3a/relu_3x3_reduce"} <= lineage.ancestors
    assert "inception_3a/1x1" not in lineage.layers
    assert {"inception_3a/relu_3x3", "inception_3a/output", "prob"} <= lineage.descendants
    assert not lineage.ancestors & lineage.descendants
    assert (
        lineage.text == f"inception_3a/3x3: {len(lineage.ancestors)} ancestors, {len(lineage.descendants)} descendants"
    )
    assert lineage_of(graph, "data", frozenset({"ancestors"})).text == "data: 0 ancestors"


def test_a_shortcut_round_the_layer_is_not_on_its_way():
    graph = residual(2)
    lineage = lineage_of(graph, "branch1a", frozenset({"ancestors", "descendants"}))
    assert lineage.joins(["relu0"], ["branch1a"])
    assert lineage.joins(["branch1b"], ["res1"])
    assert not lineage.joins(["relu0"], ["res1"])


def test_keys_point_them_out_and_veil_the_rest(view, qtbot, light):
    view.show_layer("inception_3b/3x3")
    qtbot.keyClick(view, Qt.Key.Key_A)
    assert not is_veiled(view, light, "inception_3a/1x1")
    assert not is_veiled(view, light, "inception_3b/3x3_reduce")
    assert is_veiled(view, light, "inception_3b/1x1")
    assert is_veiled(view, light, "prob")
    assert "inception_3b/3x3: 19 ancestors" in view.legend.told.words
    qtbot.keyClick(view, Qt.Key.Key_D)
    assert not is_veiled(view, light, "prob")
    assert is_veiled(view, light, "inception_3b/1x1")
    assert "inception_3b/3x3: 19 ancestors, 4 descendants" in view.legend.told.words
    qtbot.keyClick(view, Qt.Key.Key_A)
    assert is_veiled(view, light, "inception_3a/1x1")
    assert "inception_3b/3x3: 4 descendants" in view.legend.told.words


def test_escape_shows_all_alike_again(view, qtbot, light):
    view.show_layer("conv1")
    before = view.grab().toImage()
    qtbot.keyClick(view, Qt.Key.Key_D)
    assert view.grab().toImage() != before
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert view.ways == frozenset()
    assert view.grab().toImage() == before


def test_they_follow_the_layer_that_is_chosen(view, qtbot, light):
    view.show_layer("conv1")
    view.show_ways({"ancestors"})
    assert is_veiled(view, light, "inception_3a/1x1")
    view.show_layer("inception_3a/1x1")
    assert not is_veiled(view, light, "inception_3a/1x1")
    view.show_layer(None)
    assert not is_veiled(view, light, "prob")
    assert view.legend.told.lineage == ""


def test_a_closed_module_is_lit_where_a_layer_in_it_is(view, light):
    view.show_layer("inception_3b/3x3")
    view.show_ways({"ancestors"})
    view.close_all()
    for name, veiled in (("inception_3a", False), ("inception_3b", False), ("prob", True)):
        where = place(view, name)
        shown = colour_at(view, where.right() - 12, where.top() + 6)
        assert (shown not in (light.panel, light.selection)) is veiled, name


def test_from_afar_the_others_are_faint(qtbot, light):
    view = shown_graph(qtbot, light, large_network())
    view.show_layer("inception_4a/1x1")
    view.show_ways({"ancestors"})
    view.fit_all()
    view.minimap.hide()
    for name, is_faint in (("inception_3a/1x1", False), ("inception_4b/1x1", True)):
        where = place(view, name).center()
        assert (colour_at(view, where.x(), where.y()) != light.kinds["convolution"]) is is_faint, name


def test_the_menu_ticks_what_is_pointed_out_whoever_asked_for_it(window, files, qtbot):
    drop_files(window, [files.network])
    assert not window.commands["graph.ancestors"].isEnabled()
    window.desk.choose_layer("fork/join")
    window.commands.run("graph.ancestors")
    assert window.commands["graph.ancestors"].isChecked()
    assert window.graph_view.legend.told.lineage == "fork/join: 6 ancestors"
    qtbot.keyClick(window.graph_view, Qt.Key.Key_D)
    assert window.commands["graph.descendants"].isChecked()
    qtbot.keyClick(window.graph_view, Qt.Key.Key_Escape)
    assert not window.commands["graph.ancestors"].isChecked()
    assert not window.commands["graph.descendants"].isChecked()


def test_another_network_has_a_lineage_of_its_own(view, light):
    view.show_layer("conv1")
    view.show_ways({"descendants"})
    network = large_network()
    view.show_network(network, find_modules(network.graph))
    assert view.legend.told.lineage == ""
    view.show_layer("data")
    assert view.legend.told.lineage == "data: 142 descendants"


def test_the_chosen_layer_is_zoomed_to(view, qtbot):
    view.fit_all()
    view.show_layer("inception_3b/3x3")
    qtbot.keyClick(view, Qt.Key.Key_2)
    assert view.camera.scale == 1.5
    middle = view.rect().center().y() - view.legend.height() / 2
    assert place(view, "inception_3b/3x3").center().y() == pytest.approx(middle, abs=30)
    assert scene(view).layout.nodes["inception_3b/3x3"].width * 1.5 < view.width()
