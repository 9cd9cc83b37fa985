"""Shapes that a file states, and those that it doesn't."""

from __future__ import annotations

from typing import Any

import onnx_ir as ir
import pytest
from onnx import TensorProto, helper

from explorer.importers import onnx_shapes
from explorer.importers.onnx_shapes import model_with_shapes


def info(name: str, shape: tuple[Any, ...] | None, kind: int = TensorProto.FLOAT) -> Any:
    return helper.make_tensor_value_info(name, kind, shape)


def proto(*stated: Any, output: Any = None, pads: int = 1) -> Any:
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["a"], pads=[pads] * 4),
        helper.make_node("Relu", ["a"], ["b"]),
        helper.make_node("Shape", ["b"], ["s"]),
        helper.make_node("Reshape", ["b", "s"], ["y"]),
    ]
    weights = helper.make_tensor("w", TensorProto.FLOAT, (2, 1, 3, 3), range(18))
    graph = helper.make_graph(nodes, "g", [info("x", (1, 1, 5, 5))], [output or info("y", None)], [weights])
    graph.value_info.extend(stated)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def values(model: ir.Model) -> dict[str, ir.Value]:
    return {str(value.name): value for node in model.graph for value in node.outputs}


def shapes(model: ir.Model) -> dict[str, tuple[Any, ...] | None]:
    return {name: None if value.shape is None else tuple(value.shape) for name, value in values(model).items()}


def test_every_value_and_the_output_get_what_is_inferred() -> None:
    model = model_with_shapes(proto(), ["w"])
    assert shapes(model) == {"a": (1, 2, 5, 5), "b": (1, 2, 5, 5), "s": (4,), "y": (1, 2, 5, 5)}
    assert values(model)["s"].dtype == ir.DataType.INT64
    assert model.graph.outputs[0].dtype == ir.DataType.FLOAT


def test_values_of_one_shape_share_it_and_none_can_alter_it() -> None:
    found = values(model_with_shapes(proto(), ["w"]))
    assert found["a"].shape is found["b"].shape
    assert found["a"].type is not found["b"].type
    shape = found["a"].shape
    assert shape is not None
    with pytest.raises(TypeError, match="frozen"):
        shape[0] = 7


def test_a_file_that_states_all_is_taken_at_its_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_shapes, "inferred", lambda _: pytest.fail("inferred"))
    said = info("a", (1, 2, "high", 5))
    said.metadata_props.add(key="note", value="kept")
    said.doc_string = "the first"
    stated = (said, info("b", (1, 2, 5, 5)), info("s", (4,), TensorProto.INT64))
    model = model_with_shapes(proto(*stated, output=info("y", (1, 2, "high", "wide"))), ["w"])
    found = values(model)
    assert shapes(model) == {"a": (1, 2, "high", 5), "b": (1, 2, 5, 5), "s": (4,), "y": (1, 2, "high", "wide")}
    assert dict(found["a"].metadata_props) == {"note": "kept"}
    assert found["a"].doc_string == "the first"
    assert not found["b"].metadata_props


def test_without_inference_what_the_file_states_still_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_shapes, "inferred", lambda _: None)
    model = model_with_shapes(proto(info("b", (1, 2, 5, 5))), ["w"])
    assert shapes(model) == {"a": None, "b": (1, 2, 5, 5), "s": None, "y": None}


def test_sizes_below_nothing_are_no_sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    def impossible(skeleton: Any) -> Any:
        skeleton.graph.value_info.extend((info("a", (1, 2, -3, 5)), info("b", (1, 2, 5, 5))))
        return skeleton

    monkeypatch.setattr(onnx_shapes, "inferred", impossible)
    model = model_with_shapes(proto(), ["w"])
    assert shapes(model) == {"a": None, "b": (1, 2, 5, 5), "s": None, "y": None}


def test_what_is_said_of_weights_stays() -> None:
    said = info("w", (2, 1, 3, 3))
    said.doc_string = "kernels"
    model = model_with_shapes(proto(said), ["w"])
    assert model.graph.initializers["w"].doc_string == "kernels"
    assert shapes(model)["a"] == (1, 2, 5, 5)
