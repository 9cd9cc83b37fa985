"""What is refused of an ONNX graph before anything else reads it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import ModelProto, TensorProto, helper, numpy_helper

from explorer.errors import PortsideError
from explorer.importers import open_network
from explorer.importers.choices import Choices
from explorer.network import marks
from explorer.network.costs import costs
from explorer.network.network import Source


def model(nodes: list[Any], *, weights: list[Any] | None = None, functions: list[Any] | None = None) -> Any:
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, (1, 2, 4, 4))
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    return helper.make_model(
        helper.make_graph(nodes, "g", [x], [y], weights or []),
        opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid("own", 1)],
        functions=functions or [],
        ir_version=8,
    )


RELU = helper.make_node("Relu", ["x"], ["y"], name="relu")


def refused(folder: Path, proto: Any, *, any_operator: bool = False) -> str:
    path = folder / "n.onnx"
    path.write_bytes(proto if isinstance(proto, bytes) else proto.SerializeToString())
    with pytest.raises(PortsideError) as caught:
        open_network(path, choices=Choices(allow_unknown=any_operator))
    return str(caught.value).removeprefix(str(path)).removeprefix(": ")


@pytest.mark.parametrize("place", ["op_type", "domain", "doc_string", "attribute", "metadata"])
def test_names_that_are_no_text_are_refused_wherever_they_stand(tmp_path: Path, place: str) -> None:
    whole = model([helper.make_node("Relu", ["x"], ["y"], domain="zzzz", doc_string="zzzz", zzzz=1)])
    node = whole.graph.node[0]
    node.op_type = "zzzz"
    node.metadata_props.add(key="zzzz", value="v")
    kept = {"op_type": "op_type", "domain": "domain", "doc_string": "doc_string"}.get(place)
    for name in ("op_type", "domain", "doc_string"):
        if name != kept:
            node.ClearField(name)
    if place != "attribute":
        del node.attribute[:]
    if place != "metadata":
        del node.metadata_props[:]
    damaged = whole.SerializeToString().replace(b"zzzz", b"zz\xff\xfe")
    assert refused(tmp_path, damaged, any_operator=True) == "holds a name that is not text"


def test_values_are_given_once_and_before_they_are_read_in_graphs_inside_as_well(tmp_path: Path) -> None:
    def branch(reads: str, gives: str = "b") -> Any:
        given = helper.make_tensor_value_info(gives, TensorProto.FLOAT, None)
        return helper.make_graph([helper.make_node("Neg", [reads], ["b"], name="inner")], "branch", [], [given])

    def choice(then: Any) -> Any:
        cond = numpy_helper.from_array(np.array(True), "cond")
        chosen = helper.make_node("If", ["cond"], ["y"], then_branch=then, else_branch=branch("x"))
        return model([chosen], weights=[cond])

    assert refused(tmp_path, choice(branch("later"))) == "layer 'inner': reads 'later', which nothing before it gives"
    assert refused(tmp_path, choice(branch("x", "none"))) == "nothing gives its output 'none'"
    twice = model([RELU, helper.make_node("Neg", ["x"], ["y"], name="neg")])
    assert refused(tmp_path, twice) == "layer 'neg': gives 'y', which is there already"
    path = tmp_path / "sound.onnx"
    path.write_bytes(choice(branch("x")).SerializeToString())
    assert [layer.type for layer in open_network(path).layers] == ["Input", "If"]


def test_an_attribute_of_no_known_type_is_named(tmp_path: Path) -> None:
    for kind in (0, 99):
        whole = model([helper.make_node("LeakyRelu", ["x"], ["y"], name="leaky", alpha=0.1)])
        content = whole.SerializeToString()
        # AttributeProto.type is field 20: an enum that this protobuf doesn't know is dropped on parsing.
        damaged = content.replace(bytes((20 << 3 & 0x7F | 0x80, 1, 1)), bytes((20 << 3 & 0x7F | 0x80, 1, kind)))
        assert damaged != content
        assert refused(tmp_path, damaged) == "layer 'leaky': its attribute 'alpha' is of no known type"


def function(name: str, *calls: str) -> Any:
    nodes = [helper.make_node(call, ["a"], [f"b{number}"], domain="own") for number, call in enumerate(calls)]
    nodes.append(helper.make_node("Neg", ["a"], ["c"]))
    imports = [helper.make_opsetid("", 17), helper.make_opsetid("own", 1)]
    return helper.make_function("own", name, ["a"], ["c"], nodes, imports)


def test_functions_that_never_end_are_refused(tmp_path: Path) -> None:
    call = helper.make_node("f", ["x"], ["y"], domain="own")
    around = model([call], functions=[function("f", "g"), function("g", "h"), function("h", "f")])
    assert refused(tmp_path, around) == "its function 'h' calls itself"
    assert refused(tmp_path, model([call], functions=[function("f", "f")])) == "its function 'f' calls itself"


def test_functions_that_would_fill_the_memory_are_refused(tmp_path: Path) -> None:
    functions = [function(f"f{level}", *[f"f{level + 1}"] * 2) for level in range(40)] + [function("f40")]
    call = helper.make_node("f0", ["x"], ["y"], domain="own")
    assert "holds more than 1000000 nodes" in refused(tmp_path, model([call], functions=functions))
    path = tmp_path / "sound.onnx"
    path.write_bytes(model([call], functions=[*functions[-3:], function("f0", "f38")]).SerializeToString())
    assert [layer.type for layer in open_network(path).layers] == ["Input", "f0"]


@pytest.mark.parametrize(
    ("kernel", "reason"),
    [
        ([3, 2**40], "its window 3×1099511627776 is larger than its padded input, which is 4×4"),
        ([5, 5], "its window 5×5 is larger than its padded input, which is 4×4"),
        ([0, 1], "its kernel, strides, dilations or pads are less than they can be"),
        ([2], "its window has 1 axes, its input 2"),
    ],
)
def test_a_window_that_onnxruntime_would_not_survive_is_named(tmp_path: Path, kernel: list[int], reason: str) -> None:
    pool = helper.make_node("AveragePool", ["x"], ["y"], name="pool", kernel_shape=kernel)
    assert refused(tmp_path, model([pool])) == f"layer 'pool': {reason}"


@pytest.mark.parametrize(
    ("key", "text"),
    [
        (marks.SOURCE, "{}"),
        (marks.SOURCE, '{"format": "caffe", "files": [1], "notes": [], "has_weights": true}'),
        (marks.SOURCE, "[" * 100_000),
        (marks.PREPROCESSING, "[1]"),
        (marks.ALIASES, '{"a": 1}'),
    ],
)
def test_damaged_notes_of_portsides_own_are_told(tmp_path: Path, key: str, text: str) -> None:
    whole = model([RELU])
    notes = {marks.SOURCE: Source("caffe").to_json(), key: text}
    for name, note in notes.items():
        whole.metadata_props.add(key=name, value=note)
    told = refused(tmp_path, whole)
    assert "what Portside noted in it is damaged" in told or "preprocessing" in told


@pytest.mark.parametrize(("key", "text"), [(marks.TOPS, "[1]"), (marks.PARAMETERS, "[]"), (marks.TOPS, "x")])
def test_damaged_notes_at_a_node_are_told(tmp_path: Path, key: str, text: str) -> None:
    whole = model([RELU])
    whole.graph.node[0].metadata_props.add(key=marks.LAYER, value="relu")
    whole.graph.node[0].metadata_props.add(key=key, value=text)
    assert refused(tmp_path, whole) == "what Portside noted in it is damaged"


def test_a_path_of_modules_without_end_is_no_path(tmp_path: Path) -> None:
    whole = model([helper.make_node("Relu", ["x"], ["y"], name="/" + "/".join("ab" * 50_000))])
    path = tmp_path / "n.onnx"
    path.write_bytes(whole.SerializeToString())
    assert len(open_network(path).layers) == 2


def test_costs_of_odd_nodes_are_unknown_and_no_error(tmp_path: Path) -> None:
    odd = [
        helper.make_node("Conv", ["x"], ["a"], domain="other", strides=2),
        helper.make_node("MaxPool", ["a"], ["b"], domain="other", kernel_shape=[2, 2], strides=[1]),
        helper.make_node("Transpose", [], ["c"], domain="other", perm=[0, 2, 3, 1]),
        helper.make_node("MatMul", ["c", "b"], ["y"], domain="other"),
    ]
    path = tmp_path / "n.onnx"
    path.write_bytes(model(odd).SerializeToString())
    rows = costs(open_network(path, choices=Choices(allow_unknown=True)))
    assert [row.macs for row in rows] == [0, None, 0, 0, None]


def test_an_input_of_no_known_type_is_named(tmp_path: Path) -> None:
    whole = model([RELU])
    whole.graph.input[0].type.tensor_type.elem_type = 0
    assert refused(tmp_path, whole) == "its input 'x' has an unknown type of data"
    assert isinstance(whole, ModelProto)
