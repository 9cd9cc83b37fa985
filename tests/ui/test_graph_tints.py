import pytest

from explorer.comparison.comparison import Comparison, LayerComparison
from explorer.comparison.metrics import Errors
from explorer.ui.graph_tints import tint_of
from explorer.ui.graph_view import GraphView
from explorer.ui.layer_rows import RowState
from tests.small_network import small_network
from tests.ui.person import colour_at


def _comparison(verdicts):
    rows = [
        LayerComparison(name, "", verdict=verdict, cumulative=Errors(1.0, 1e-3, 0.5))
        for name, verdict in verdicts.items()
    ]
    return Comparison("model", "reference.npz", tuple(rows))


@pytest.fixture
def graph(qtbot, light):
    view = GraphView(light)
    qtbot.addWidget(view)
    view.resize(600, 900)
    view.show_network(small_network())
    view.show()
    yield view
    view.close()


def ground(graph, layer):
    """The colour of a layer's card, near its upper right corner where nothing is written."""
    place = graph.in_view(graph.scene.place_of(layer))
    return colour_at(graph, place.right() - 12, place.top() + 5)


@pytest.mark.parametrize("verdict", ["culprit", "shape"])
def test_a_wrong_layer_has_a_red_ground(graph, light, verdict):
    graph.show_comparison(_comparison({"conv1": "match", "pool1": verdict}))
    assert ground(graph, "pool1") == tint_of(light, RowState(verdict)).name()
    assert ground(graph, "conv1") == light.panel


def test_what_is_inherited_has_a_ground_of_its_own_and_goes_with_the_correction(graph, light):
    graph.show_comparison(_comparison({"conv1": "culprit", "pool1": "inherited"}))
    assert ground(graph, "pool1") == tint_of(light, RowState("inherited", cumulative=1e-3)).name()
    graph.show_comparison(_comparison({"conv1": "match", "pool1": "match"}))
    assert ground(graph, "pool1") == ground(graph, "conv1") == light.panel


def test_a_culprit_among_the_followers_tints_the_whole_piece(graph, light):
    graph.show_comparison(_comparison({"conv1": "match", "relu1": "culprit"}))
    assert ground(graph, "conv1") == tint_of(light, RowState("culprit")).name()


def test_a_larger_inherited_error_has_a_stronger_colour(light):
    small, large = (tint_of(light, RowState("inherited", cumulative=error)) for error in (1e-6, 1.0))
    assert large.blueF() < small.blueF() < 1


def test_the_legend_names_the_kinds_and_the_verdicts_that_occur_the_worst_first(graph):
    assert graph.legend.isVisible()
    kinds = ("input", "convolution", "pooling", "activation", "dense", "merge", "output")
    assert graph.legend.told.words == ("Kind of operation", *kinds)
    graph.show_comparison(_comparison({"data": "not compared", "conv1": "match", "pool1": "shape", "fc": "inherited"}))
    assert graph.legend.lines == ("other shape", "inherits", "agrees", "not compared")
    assert graph.legend.accessibleName().endswith("output, other shape, inherits, agrees, not compared")
    assert graph.rect().contains(graph.legend.geometry())
    graph.show_comparison(None)
    assert graph.legend.lines == ()
    graph.show_network(None)
    assert not graph.legend.isVisible()


def test_the_legend_stands_under_the_graph_and_hides_no_node_of_it(graph):
    for width, verdict in ((600, "match"), (180, "match"), (320, "culprit")):
        graph.resize(width, 500)
        graph.show_comparison(_comparison({"conv1": verdict, "fc": "inherited"}))
        graph.fit_all()
        free = graph.rect().adjusted(0, 0, 0, -graph.legend.height())
        assert graph.legend.geometry().top() == free.bottom() + 1
        assert all(free.contains(graph.in_view(graph.scene.place_of(name)).toRect()) for name in graph.scene.names)
        assert not graph.legend.geometry().intersects(graph.minimap.geometry()) or not graph.minimap.isVisible()


def test_a_network_with_the_same_layers_stays_as_it_is_seen(graph):
    graph.zoom_in()
    graph.close_all()
    camera, opened = graph.camera, graph.opened
    graph.show_network(small_network(shifted="fc"))
    assert graph.camera == camera
    assert graph.opened == opened
