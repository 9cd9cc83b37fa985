"""The tensors of ONNX files, in the file and beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from explorer.errors import PortsideError
from explorer.importers import open_network
from explorer.network.network import shape_of
from explorer.network.saving import save_network

KERNELS = np.random.default_rng(0).standard_normal((40, 4, 3, 3)).astype(np.float32)


def save(path: Path, *tensors: Any, nodes: list[Any] | None = None) -> Path:
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, (1, 4, 4, 4))
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    nodes = nodes or [helper.make_node("Conv", ["x", "w"], ["y"], name="conv")]
    model = helper.make_model(
        helper.make_graph(nodes, "g", [x], [y], list(tensors)),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=8,
    )
    onnx.save(model, path)
    return path


def outside(array: np.ndarray[Any, Any], name: str = "w", **said: Any) -> Any:
    tensor = numpy_helper.from_array(array, name)
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in {"location": "side.bin", **said}.items():
        tensor.external_data.add(key=key, value=str(value))
    return tensor


def weights(path: Path) -> np.ndarray[Any, Any]:
    (value,) = open_network(path).layer["conv"].weights
    assert value.const_value is not None
    return value.const_value.numpy()


@pytest.mark.parametrize("kind", [np.float32, np.float64, np.float16, np.int32, np.uint8])
def test_weights_are_those_of_the_file_whatever_their_type(tmp_path: Path, kind: Any) -> None:
    values = (KERNELS * 50).astype(kind)
    path = save(tmp_path / "n.onnx", numpy_helper.from_array(values, "w"))
    np.testing.assert_array_equal(weights(path), values)


def test_packed_floats_are_those_of_the_file(tmp_path: Path) -> None:
    packed = helper.make_tensor("w", TensorProto.FLOAT, KERNELS.shape, KERNELS.reshape(-1))
    np.testing.assert_array_equal(weights(save(tmp_path / "n.onnx", packed)), KERNELS)


@pytest.mark.parametrize("offset", [0, 7, 4096])
def test_weights_beside_the_file_begin_at_their_offset(tmp_path: Path, offset: int) -> None:
    (tmp_path / "side.bin").write_bytes(bytes(offset) + KERNELS.tobytes())
    path = save(tmp_path / "n.onnx", outside(KERNELS, offset=offset, length=KERNELS.nbytes))
    np.testing.assert_array_equal(weights(path), KERNELS)


def test_a_shape_that_lies_beside_the_file_is_inferred_from(tmp_path: Path) -> None:
    (tmp_path / "side.bin").write_bytes(np.array([2, 32], np.int64).tobytes())
    nodes = [helper.make_node("Reshape", ["x", "shape"], ["r"]), helper.make_node("Relu", ["r"], ["y"])]
    path = save(tmp_path / "n.onnx", outside(np.array([2, 32]), "shape"), nodes=nodes)
    assert shape_of(open_network(path).values["y"]) == (2, 32)


def test_a_converted_network_holds_the_weights_that_lay_beside_it(tmp_path: Path) -> None:
    (tmp_path / "side.bin").write_bytes(KERNELS.tobytes())
    network = open_network(save(tmp_path / "n.onnx", outside(KERNELS)))
    (tmp_path / "elsewhere").mkdir()
    save_network(network, tmp_path / "elsewhere" / "c.onnx")
    np.testing.assert_array_equal(weights(tmp_path / "elsewhere" / "c.onnx"), KERNELS)
    (tensor,) = onnx.load(tmp_path / "elsewhere" / "c.onnx", load_external_data=False).graph.initializer
    assert tensor.raw_data == KERNELS.tobytes()


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"offset": 4}, r"'w' lies behind the end of 'side.bin': 4 bytes are missing"),
        ({"offset": -4}, r"'w' lies at the offset '-4'"),
        ({"offset": "1e3"}, r"'w' lies at the offset '1e3'"),
        ({"length": 8}, r"'w' has 8 bytes, its shape \(40, 4, 3, 3\) wants 5760"),
        ({"length": 2**63}, r"'w' has 9223372036854775808 bytes"),
        ({"location": "absent.bin"}, r"'w' lies in 'absent.bin', which is not there"),
    ],
)
def test_weights_that_can_not_lie_where_they_are_said_to_are_named(
    tmp_path: Path, said: dict[str, Any], reason: str
) -> None:
    (tmp_path / "side.bin").write_bytes(KERNELS.tobytes())
    with pytest.raises(PortsideError, match=reason):
        open_network(save(tmp_path / "n.onnx", outside(KERNELS, **said)))


def test_an_empty_file_of_weights_is_too_short(tmp_path: Path) -> None:
    (tmp_path / "side.bin").touch()
    with pytest.raises(PortsideError, match="5760 bytes are missing"):
        open_network(save(tmp_path / "n.onnx", outside(KERNELS)))


def test_a_tensor_of_no_known_type_is_named(tmp_path: Path) -> None:
    for kind in (0, 99):
        tensor = numpy_helper.from_array(KERNELS, "w")
        tensor.data_type = kind
        with pytest.raises(PortsideError, match="'w' has an unknown type of data"):
            open_network(save(tmp_path / "n.onnx", tensor))


@pytest.mark.parametrize(
    ("dims", "reason"), [((5, 3), "holds 12 numbers, .* wants 15"), ((-4, -3), r"shape \(-4, -3\)")]
)
def test_numbers_that_do_not_fill_the_shape_are_counted(tmp_path: Path, dims: tuple[int, ...], reason: str) -> None:
    tensor = helper.make_tensor("k", TensorProto.FLOAT, (4, 3), range(12))
    tensor.dims[:] = dims
    constant = helper.make_node("Constant", [], ["k"], value=tensor)
    add = helper.make_node("Add", ["x", "k"], ["y"])
    for nodes, tensors in (([add], [tensor]), ([constant, add], [])):
        with pytest.raises(PortsideError, match=f"'k'.* {reason}"):
            open_network(save(tmp_path / "n.onnx", *tensors, nodes=nodes))
