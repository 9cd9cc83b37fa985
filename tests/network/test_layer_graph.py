from explorer.network.builder import NetworkBuilder
from explorer.network.layer_graph import LayerGraph, stacks
from explorer.network.modules import find_modules
from explorer.network.network import Source
from tests.network.graphs import fire, graph_of


def stacks_of(graph: LayerGraph) -> dict[str, tuple[str, ...]]:
    return stacks(graph, find_modules(graph).parent)


def test_a_network_s_layers_read_each_other_by_name():
    builder = NetworkBuilder("small")
    shape = ("N", 3, 8, 8)
    data = builder.input("data", shape)
    one = builder.layer("one", "ReLU")
    first = one.top(one.node("Relu", [data], shape), "one")
    two = builder.layer("two", "Eltwise")
    two.top(two.node("Sum", [first, data, first], shape), "two")
    graph = builder.build(Source("caffe")).graph
    assert graph.types == {"data": "Input", "one": "ReLU", "two": "Eltwise"}
    assert graph.inputs == {"data": (), "one": ("data",), "two": ("one", "data")}
    assert graph.consumers == {"data": ("one", "two"), "one": ("two",), "two": ()}


def test_activations_and_dropout_form_one_piece_with_the_layer_before():
    graph = graph_of(
        "data Input", "fc InnerProduct < data", "relu ReLU < fc", "drop Dropout < relu", "prob Softmax < drop"
    )
    assert stacks_of(graph) == {"data": (), "fc": ("relu", "drop"), "prob": ()}


def test_normalisation_by_channel_belongs_to_its_convolution():
    graph = graph_of(
        "data Input", "conv Convolution < data", "bn BatchNorm < conv", "scale Scale < bn", "relu ReLU < scale"
    )
    assert stacks_of(graph)["conv"] == ("bn", "scale", "relu")


def test_a_layer_that_others_read_too_has_no_follower():
    graph = graph_of("data Input", "conv Convolution < data", "relu ReLU < conv", "sum Eltwise < conv relu")
    assert stacks_of(graph) == {"data": (), "conv": (), "relu": (), "sum": ()}


def test_an_input_has_no_follower():
    graph = graph_of("data Input", "scale Scale < data", "conv Convolution < scale")
    assert stacks_of(graph) == {"data": (), "scale": (), "conv": ()}


def test_a_scale_by_another_layer_is_a_layer_of_its_own():
    graph = graph_of("data Input", "a Convolution < data", "b Convolution < data", "scale Scale < a b")
    assert stacks_of(graph)["a"] == ()
    assert stacks_of(graph)["scale"] == ()


def test_a_piece_does_not_cross_the_border_of_a_module():
    graph = graph_of("data Input", *fire("fire9", "data"), "drop9 Dropout < fire9/concat", "conv10 Convolution < drop9")
    assert stacks_of(graph)["fire9/concat"] == ()
    assert "drop9" in stacks_of(graph)


def test_the_order_puts_every_layer_behind_what_it_reads():
    graph = graph_of("late Concat < early middle", "middle Convolution < early", "early Input")
    assert list(graph.order) == ["early", "middle", "late"]


def test_a_circle_that_a_file_claims_is_put_in_some_order():
    graph = graph_of("a Convolution < c", "b Convolution < a", "c Convolution < b", "d Convolution < c")
    assert list(graph.order) == ["a", "b", "c", "d"]
    assert graph.place == {"a": 0, "b": 1, "c": 2, "d": 3}
