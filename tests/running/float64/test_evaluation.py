from pathlib import Path
from typing import Any

import numpy as np
import onnx_ir as ir
import pytest

from explorer.errors import PortsideError
from explorer.running.cancellation import Cancelled
from explorer.running.float64 import UnsupportedOperator, evaluate, supports
from tests.running.float64.judge import in_double, random, relative_l2


def named(operator: str, inputs: list[ir.Value], output: str, **attributes: Any) -> ir.Node:
    node = ir.node(operator, inputs, attributes, name=f"{output} node")
    node.outputs[0].name = output
    return node


def chain() -> tuple[list[ir.Node], dict[str, np.ndarray[Any, Any]]]:
    """A matrix product, a bias, a rectifier and the sum of the last two."""
    x, weight, bias = ir.val("x"), ir.val("weight"), ir.val("bias")
    product = named("MatMul", [x, weight], "product")
    shifted = named("Add", [product.outputs[0], bias], "shifted")
    positive = named("Relu", [shifted.outputs[0]], "positive")
    total = named("Add", [shifted.outputs[0], positive.outputs[0]], "total")
    weights = {"weight": random(3, 4, seed=1), "bias": random(4, seed=2)}
    return [product, shifted, positive, total], weights


def test_values_are_those_of_double_precision() -> None:
    nodes, weights = chain()
    x = random(2, 3)
    values = evaluate(nodes, {"x": x}, weights, ["product", "total"])
    product = x.astype(float) @ weights["weight"].astype(float)
    shifted = product + weights["bias"].astype(float)
    assert list(values) == ["product", "total"]
    np.testing.assert_array_equal(values["product"], product)
    np.testing.assert_array_equal(values["total"], shifted + np.maximum(shifted, 0))
    assert values["total"].dtype == np.float64


def test_value_that_is_fed_is_taken_as_given() -> None:
    nodes, _ = chain()
    # Neither x nor the weights before it are needed then.
    fed = np.array([[1.0, -1.0, 2.0, -2.0]], np.float32)
    values = evaluate(nodes, {"shifted": fed}, {}, ["total", "shifted"])
    assert values["total"].tolist() == [[2, -1, 4, -2]]
    assert values["shifted"].tolist() == fed.tolist()


def test_only_nodes_that_are_needed_run() -> None:
    nodes, weights = chain()
    nodes.append(named("FancyRelu", [nodes[0].outputs[0]], "fancy"))
    seen: list[tuple[int, int]] = []
    evaluate(nodes, {"x": random(2, 3)}, weights, ["shifted"], progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 2), (2, 2)]


def test_feeds_and_weights_may_be_asked_for() -> None:
    nodes, weights = chain()
    values = evaluate(nodes, {"x": random(2, 3)}, weights, ["x", "bias"])
    assert values["x"].dtype == values["bias"].dtype == np.float64
    np.testing.assert_array_equal(values["bias"], weights["bias"])


def test_weights_may_be_tensors_or_the_initializers_of_a_graph() -> None:
    nodes, weights = chain()
    x = random(2, 3)
    expected = evaluate(nodes, {"x": x}, weights, ["total"])["total"]
    tensors = {name: ir.tensor(array) for name, array in weights.items()}
    np.testing.assert_array_equal(evaluate(nodes, {"x": x}, tensors, ["total"])["total"], expected)
    initializers = {name: ir.Value(name=name, const_value=tensor) for name, tensor in tensors.items()}
    np.testing.assert_array_equal(evaluate(nodes, {"x": x}, initializers, ["total"])["total"], expected)


def test_short_weights_are_widened_exactly() -> None:
    nodes, weights = chain()
    short = {name: array.astype(np.float16) for name, array in weights.items()}
    x = random(2, 3).astype(np.float16)
    values = evaluate(nodes, {"x": x}, short, ["product"])
    np.testing.assert_array_equal(values["product"], x.astype(float) @ short["weight"].astype(float))


def test_inputs_are_left_as_they_were() -> None:
    nodes, weights = chain()
    x = random(2, 3).astype(np.float64)
    copies = {"x": x.copy()} | {name: array.copy() for name, array in weights.items()}
    evaluate(nodes, {"x": x}, weights, ["total"])
    for name, array in ({"x": x} | weights).items():
        np.testing.assert_array_equal(array, copies[name])


def test_work_stops_between_two_nodes_once_cancelled() -> None:
    nodes, weights = chain()
    done: list[int] = []
    with pytest.raises(Cancelled):
        evaluate(
            nodes,
            {"x": random(2, 3)},
            weights,
            ["total"],
            progress=lambda count, _: done.append(count),
            cancelled=lambda: len(done) == 2,
        )
    assert done == [1, 2]


def test_unknown_operator_is_named_with_its_node() -> None:
    node = ir.node("FancyRelu", [ir.val("x")], domain="com.acme", name="odd_node")
    node.outputs[0].name = "y"
    assert not supports(node)
    with pytest.raises(UnsupportedOperator, match=r"layer 'odd_node': operator com.acme::FancyRelu cannot be"):
        evaluate([node], {"x": random(3)}, {}, ["y"])


def test_operator_of_another_domain_is_another_operator() -> None:
    assert not supports(ir.node("Relu", [ir.val("x")], domain="com.acme"))
    assert supports(ir.node("Relu", [ir.val("x")], domain="ai.onnx"))
    assert not supports(ir.node("If", [ir.val("x")]))


def test_opset_is_the_nodes_own_then_the_one_given_then_the_graphs() -> None:
    x = np.log(np.array([[[1.0, 2.0], [3.0, 4.0]]]))
    old, new = [[[0.1, 0.2], [0.3, 0.4]]], [[[1 / 3, 2 / 3], [3 / 7, 4 / 7]]]

    def softmax(version: int | None, given: int | None, graph: int | None) -> np.ndarray[Any, Any]:
        node = ir.node("Softmax", [ir.val("x")], version=version)
        node.outputs[0].name = "y"
        if graph is not None:
            ir.Graph([], node.outputs, nodes=[node], opset_imports={"": graph})
        return evaluate([node], {"x": x}, {}, ["y"], opset=given)["y"]

    for version, given, graph, expected in [
        (11, 13, 13, old),
        (13, 11, 11, new),
        (None, 11, 13, old),
        (None, 13, 11, new),
        (None, None, 11, old),
        (None, None, 13, new),
        (None, None, None, new),
    ]:
        np.testing.assert_allclose(softmax(version, given, graph), expected, rtol=1e-15)


def test_opset_too_old_is_refused() -> None:
    node = ir.node("Add", [ir.val("x"), ir.val("x")], version=6, name="sum")
    node.outputs[0].name = "y"
    assert not supports(node)
    with pytest.raises(UnsupportedOperator, match="opset 6 is older than 7"):
        evaluate([node], {"x": random(3)}, {}, ["y"])


def test_value_that_nothing_gives_is_named() -> None:
    nodes, weights = chain()
    with pytest.raises(PortsideError, match="layer 'product node': the value 'x' is neither given nor computed"):
        evaluate(nodes, {}, weights, ["total"])
    with pytest.raises(PortsideError, match="the value 'logits' is neither given nor computed"):
        evaluate(nodes, {"x": random(2, 3)}, weights, ["logits"])


@pytest.mark.parametrize(
    ("operator", "inputs", "attributes", "reason"),
    [
        ("Relu", [], {}, "missing 1 required positional argument"),
        ("Concat", [random(2)], {}, "the attribute 'axis' is missing"),
        ("Transpose", [random(2, 3)], {"perm": [0, 0]}, "repeated axis"),
        ("Reshape", [random(2, 3), np.array([4, 5])], {}, "cannot reshape array of size 6"),
        ("LRN", [random(1, 3, 2, 2)], {"size": "five"}, ""),
        ("LRN", [random(1, 3, 2, 2)], {"size": 0}, "a window of 0 channels"),
        ("DepthToSpace", [random(1, 4, 2, 2)], {"blocksize": 0}, ""),
    ],
)
def test_node_that_does_not_fit_is_named(
    operator: str, inputs: list[np.ndarray[Any, Any]], attributes: dict[str, Any], reason: str
) -> None:
    with pytest.raises(PortsideError, match=f"layer 'node': {operator} cannot be computed: .*{reason}"):
        in_double(operator, inputs, attributes)


def cases(shared: Path) -> list[tuple[Path, Path, Path]]:
    """Every model of the fixtures with the file of its tensors and that of its inputs."""
    onnx, torch = shared / "oracles" / "onnx", shared / "oracles" / "torch" / "resnet_like"
    readable = [folder for folder in sorted(onnx.iterdir()) if (folder / "reference.npz").is_file()]
    found = [(folder / "model.onnx", folder / "reference.npz", folder / "reference.npz") for folder in readable]
    for name, tensors in [
        ("model", "model_tensors"),
        ("model_torchscript_op13", "model_torchscript_op13_tensors"),
        ("model_bn_kept", "reference"),
    ]:
        found.append((torch / f"{name}.onnx", torch / f"{tensors}.npz", torch / "reference.npz"))
    return found


def test_whole_models_give_the_tensors_that_were_recorded(shared: Path) -> None:
    compared = 0
    for model, tensors, inputs in cases(shared):
        graph = ir.load(model).graph
        with np.load(tensors) as recorded, np.load(inputs) as fed:
            outputs = [value.name or "" for node in graph for value in node.outputs]
            wanted = [name for name in outputs if name in recorded.files]
            feeds = {name: fed[name] for name in (value.name or "" for value in graph.inputs) if name in fed}
            values = evaluate(graph, feeds, graph.initializers, wanted)
            within = 1e-3 if "float16" in str(model) else 2e-6
            for name in wanted:
                assert values[name].shape == recorded[name].shape, (model, name)
                assert relative_l2(values[name], recorded[name]) < within, (model, name)
            compared += len(wanted)
    assert compared > 150


def test_quantized_tensors_are_equal_to_the_last_bit(shared: Path) -> None:
    folder = shared / "oracles" / "onnx" / "qdq_int8"
    graph = ir.load(folder / "model.onnx").graph
    with np.load(folder / "reference.npz") as recorded:
        wanted = [name for name in recorded.files if recorded[name].dtype.kind in "iu"]
        values = evaluate(graph, {"x": recorded["x"]}, graph.initializers, wanted)
        assert wanted
        for name in wanted:
            assert values[name].dtype == recorded[name].dtype
            np.testing.assert_array_equal(values[name], recorded[name])


def test_initializer_without_data_is_named() -> None:
    nodes, weights = chain()
    with pytest.raises(PortsideError, match="layer 'product node': the value 'weight' is neither given nor"):
        evaluate(nodes, {"x": random(2, 3)}, weights | {"weight": ir.val("weight")}, ["total"])
