"""Damaged ONNX files: a network or one sentence, never a traceback. The long version runs by hand."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from explorer.errors import PortsideError
from explorer.importers import open_network
from explorer.importers.choices import Choices
from explorer.network.costs import costs
from explorer.network.saving import save_network
from explorer.running.runner import Runner
from tests.caffe_files import small_inception, write_caffe
from tests.fuzzing import mutations

Array = np.ndarray[Any, Any]

ODD_NUMBERS = (0, 1, -1, 2, 3, 7, 64, 100_000, 2**31 - 1, -(2**31), 2**40, 2**63 - 1, -(2**63))
ODD_TEXTS = ("", "x", "a/b", "é", "\n", "{}", "[]", "null", "-1", "99999999999", "..")


def weight(name: str, *shape: int) -> Any:
    values = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    return numpy_helper.from_array(values, name)


def model(nodes: list[Any], weights: list[Any]) -> Any:
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, (1, 2, 8, 8))
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    graph = helper.make_graph(nodes, "g", [x], [y], weights)
    whole = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    # With its shapes stated, nothing is left to infer, in a process of its own each time.
    return onnx.shape_inference.infer_shapes(whole, data_prop=True)


def plain() -> Any:
    node = helper.make_node
    nodes = [
        node("Conv", ["x", "w", "b"], ["c"], name="conv", pads=[1, 1, 1, 1], kernel_shape=[3, 3], strides=[1, 1]),
        node("Relu", ["c"], ["r"]),
        node("MaxPool", ["r"], ["p"], name="pool", kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1),
        node("ConvTranspose", ["p", "t"], ["d"], strides=[2, 2]),
        node("Reshape", ["d", "shape"], ["f"]),
        node("Gemm", ["f", "g"], ["q"], transB=1),
        node("Softmax", ["q"], ["y"]),
    ]
    shape = numpy_helper.from_array(np.array([1, -1], np.int64), "shape")
    weights = [weight("w", 40, 2, 3, 3), weight("b", 40), weight("t", 40, 3, 2, 2), shape, weight("g", 5, 192)]
    return model(nodes, weights)


def with_graphs_inside() -> Any:
    node = helper.make_node

    def branch(name: str, nodes: list[Any], weights: list[Any] | None = None) -> Any:
        given = helper.make_tensor_value_info(f"{name}_y", TensorProto.FLOAT, None)
        return helper.make_graph(nodes, name, [], [given], weights or [])

    then = branch("then", [node("Mul", ["x", "k"], ["then_y"])], [weight("k", 1)])
    other = branch("other", [node("Neg", ["x"], ["other_y"])])
    nodes = [
        node("ReduceSum", ["x"], ["sum"], keepdims=0),
        node("Greater", ["sum", "zero"], ["positive"]),
        node("If", ["positive"], ["chosen"], name="choice", then_branch=then, else_branch=other),
        node("Relu", ["chosen"], ["y"]),
    ]
    return model(nodes, [numpy_helper.from_array(np.array(0, np.float32), "zero")])


def quantised() -> Any:
    node = helper.make_node
    scale, zero = (
        numpy_helper.from_array(np.array(0.1, np.float32), "s"),
        numpy_helper.from_array(np.array(3, np.int8), "z"),
    )
    kernels = numpy_helper.from_array(np.arange(-36, 36, dtype=np.int8).reshape(4, 2, 3, 3), "w")
    nodes = [
        node("QuantizeLinear", ["x", "s", "z"], ["xq"]),
        node("DequantizeLinear", ["xq", "s", "z"], ["xd"]),
        node("DequantizeLinear", ["w", "s", "z"], ["wd"]),
        node("Conv", ["xd", "wd"], ["y"], name="conv"),
    ]
    return model(nodes, [kernels, scale, zero])


def fields(message: Any) -> list[tuple[Any, Any]]:
    """Every field that is there, as what holds it and its descriptor."""
    found = []
    for field, value in message.ListFields():
        found.append((message, field))
        if field.type == field.TYPE_MESSAGE:
            for inner in value if field.is_repeated else (value,):
                found += fields(inner)
    return found


def altered(whole: Any, count: int, seed: int = 0) -> Iterator[bytes]:
    """Versions of a model that parse, with a few fields dropped, doubled, or given an odd value."""
    chance = random.Random(seed)
    for _ in range(count):
        copy = onnx.ModelProto.FromString(whole.SerializeToString())
        for _ in range(chance.choice((1, 1, 2, 4))):
            holder, field = chance.choice(fields(copy))
            value = getattr(holder, field.name)
            odd: Any = None
            if field.type in (field.TYPE_INT32, field.TYPE_INT64):
                odd = chance.choice(
                    [number for number in ODD_NUMBERS if field.type == field.TYPE_INT64 or abs(number) < 2**31]
                )
            elif field.type == field.TYPE_STRING:
                odd = chance.choice(ODD_TEXTS)
            elif field.type == field.TYPE_BYTES:
                odd = chance.randbytes(4)
            if not field.is_repeated:
                if odd is None or chance.random() < 0.2:
                    holder.ClearField(field.name)
                else:
                    setattr(holder, field.name, odd)
            elif chance.random() < 0.5:
                del value[chance.randrange(len(value))]
            elif field.type == field.TYPE_MESSAGE:
                value.add().CopyFrom(chance.choice(value))
            elif odd is not None:
                value[chance.randrange(len(value))] = odd
        yield copy.SerializeToString()


def opened_or_told(path: Path) -> bool:
    """Whether the file opens; if it does it is looked at, saved and run as well."""
    try:
        network = open_network(path, choices=Choices(allow_unknown=True))
        costs(network)
        save_network(network, path.with_name("again.onnx"))
        fed = {}
        for value in network.inputs:
            sizes = [size if isinstance(size, int) else 8 for size in value.shape or ()]
            if np.prod(sizes, dtype=float) > 1e6 or value.dtype is None:
                return True
            fed[value.name or ""] = np.ones(sizes, value.dtype.numpy())
        Runner(network, "cpu", threads=1).run(fed)
    except PortsideError:
        return False
    return True


@pytest.mark.parametrize("whole", [plain(), with_graphs_inside(), quantised()], ids=["plain", "inside", "quantised"])
def test_a_damaged_model_opens_or_is_one_sentence(tmp_path: Path, whole: Any) -> None:
    path = tmp_path / "n.onnx"
    opened = 0
    for content in (*mutations(whole.SerializeToString(), 30), *altered(whole, 30)):
        path.write_bytes(content)
        opened += opened_or_told(path)
    assert opened  # damage that changes nothing that matters


def test_a_damaged_model_of_our_own_opens_or_is_one_sentence(tmp_path: Path) -> None:
    text, weights = small_inception()
    save_network(open_network(write_caffe(tmp_path, text, weights)), tmp_path / "ours.onnx")
    whole = onnx.load(tmp_path / "ours.onnx")
    for content in (*mutations(whole.SerializeToString(), 20), *altered(whole, 30)):
        (tmp_path / "n.onnx").write_bytes(content)
        opened_or_told(tmp_path / "n.onnx")


def test_a_model_with_damaged_files_of_weights_opens_or_is_one_sentence(tmp_path: Path) -> None:
    path, side = tmp_path / "n.onnx", tmp_path / "side.bin"
    onnx.save(plain(), path, save_as_external_data=True, location="side.bin", size_threshold=0)
    whole, values = onnx.load(path, load_external_data=False), side.read_bytes()
    for content in altered(whole, 20):
        path.write_bytes(content)
        opened_or_told(path)
    path.write_bytes(whole.SerializeToString())
    for content in mutations(values, 10):
        side.write_bytes(content)
        assert opened_or_told(path) == (len(content) >= len(values))
