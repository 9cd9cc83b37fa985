"""Networks made node by node."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir

from explorer.network import marks
from explorer.network.builder import NetworkBuilder
from explorer.network.network import Source, shape_of
from explorer.running.runner import Runner

X = np.arange(24, dtype=np.float32).reshape(2, 3, 4)


def test_a_node_with_several_outputs_gives_each_its_shape_type_and_blob() -> None:
    builder = NetworkBuilder("n")
    x = builder.input("x", ("N", 3, 4))
    layer = builder.layer("top", "TopK")
    count = layer.constant(np.array([2], np.int64))
    types = [ir.DataType.FLOAT, ir.DataType.INT64]
    values, places = layer.nodes("TopK", [x, count], [("N", 3, 2)] * 2, {"axis": 2}, types)
    layer.top(values, "values")
    layer.top(places, "places")
    network = builder.build(Source("test"))
    assert network.layer["top"].blobs == ("values", "places")
    assert [value.dtype for value in network.outputs] == types
    run = Runner(network, "cpu").run({"x": X})
    np.testing.assert_array_equal(run["values"], X[..., :1:-1])
    np.testing.assert_array_equal(run["places"], np.broadcast_to([3, 2], (2, 3, 2)))


def test_a_reshape_keeps_or_moves_the_named_batch() -> None:
    builder = NetworkBuilder("n")
    x = builder.input("x", ("N", 3, 4))
    layer = builder.layer("r", "Reshape")
    kept, moved = layer.reshape(x, ("N", 12)), layer.reshape(x, (2, 6, "N"))
    layer.top(kept, "kept")
    layer.top(moved, "moved")
    run = Runner(builder.build(Source("test")), "cpu").run({"x": X})
    assert run["kept"].shape == (2, 12)
    np.testing.assert_array_equal(run["moved"], X.reshape(2, 6, 2))


def test_a_blob_changed_from_elsewhere_is_recorded_but_only_an_output_if_nothing_read_it() -> None:
    for read in (True, False):
        builder = NetworkBuilder("n")
        x = builder.input("x", (2, 3, 4))
        first = builder.layer("first", "Abs")
        a = first.top(first.elementwise("Abs", x), "a")
        second = builder.layer("second", "Neg")
        b = second.top(second.elementwise("Neg", second.reshape(a, (2, 12))), "b")
        second.overwrite(second.reshape(b, (2, 3, 4)), "a", read=read)
        network = builder.build(Source("test"))
        assert [value.name for value in network.outputs] == (["b"] if read else ["a", "b"])
        assert network.layer["second"].blobs == ("b", "a")
        run = Runner(network, "cpu").run({"x": X})
        np.testing.assert_array_equal(run[network.blobs["a"].name or ""], -X)
        np.testing.assert_array_equal(run[network.layer["first"].outputs[0].name or ""], X)


def test_an_opaque_node_has_outputs_of_unknown_shape_in_a_domain_of_its_own() -> None:
    builder = NetworkBuilder("n")
    layer = builder.layer("m", "Sorcery")
    a, b = layer.opaque("Sorcery", [builder.input("x", (1, 2))], 2)
    layer.top(a, "a")
    layer.top(b, "b")
    network = builder.build(Source("test"))
    assert network.model.graph.opset_imports[marks.OPAQUE] == 1
    assert [shape_of(value) for value in network.outputs] == [None, None]
