"""ONNX files are read where they lie: the graph apart from its large weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from explorer.errors import PortsideError
from explorer.importers.onnx_file import IN_PLACE_BYTES, parse_onnx

LARGE = np.random.default_rng(0).standard_normal((8, 16, 3, 3)).astype(np.float32)
SMALL = np.arange(4, dtype=np.int64)


def whole(*tensors: Any) -> Any:
    node = helper.make_node("Identity", ["x"], ["y"])
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, (1,)) for name in "xy")
    return helper.make_model(helper.make_graph([node], "g", [x], [y], list(tensors)))


def test_large_weights_are_left_out_of_the_message_and_their_place_is_known() -> None:
    model = whole(numpy_helper.from_array(LARGE, "w"), numpy_helper.from_array(SMALL, "s"))
    content = model.SerializeToString()
    file = parse_onnx(content, Path("n.onnx"))
    assert LARGE.nbytes >= IN_PLACE_BYTES
    place, inside = file.places
    assert inside is None
    assert place is not None
    np.testing.assert_array_equal(np.frombuffer(content[slice(*place)], np.float32), LARGE.reshape(-1))
    assert not file.proto.graph.initializer[0].raw_data
    # Nothing else is lost.
    file.proto.graph.initializer[0].raw_data = content[slice(*place)]
    assert file.proto == model


def test_floats_that_are_packed_are_left_out_as_well() -> None:
    packed = helper.make_tensor("w", TensorProto.FLOAT, LARGE.shape, LARGE.reshape(-1))
    content = whole(packed).SerializeToString()
    (place,) = parse_onnx(content, Path("n.onnx")).places
    assert place is not None
    np.testing.assert_array_equal(np.frombuffer(content[slice(*place)], np.float32), LARGE.reshape(-1))


def test_numbers_that_lie_otherwise_than_in_memory_stay_in_the_message() -> None:
    varints = helper.make_tensor("w", TensorProto.INT64, (5000,), range(5000))
    both = numpy_helper.from_array(LARGE, "v")
    both.float_data.extend([1.0] * 2000)
    model = whole(varints, both)
    file = parse_onnx(model.SerializeToString(), Path("n.onnx"))
    assert file.places == (None, None)
    assert file.proto == model


def test_a_graph_written_in_two_pieces_is_one() -> None:
    model = whole(numpy_helper.from_array(LARGE, "w"))
    rest = onnx.ModelProto()
    rest.graph.initializer.append(numpy_helper.from_array(LARGE + 1, "v"))
    content = model.SerializeToString() + rest.SerializeToString()
    file = parse_onnx(content, Path("n.onnx"))
    assert [tensor.name for tensor in file.proto.graph.initializer] == ["w", "v"]
    second = file.places[1]
    assert second is not None
    np.testing.assert_array_equal(np.frombuffer(content[slice(*second)], np.float32), (LARGE + 1).reshape(-1))


@pytest.mark.parametrize("end", [1, 100, 3000, -1])
def test_a_file_cut_short_is_named(end: int) -> None:
    content = whole(numpy_helper.from_array(LARGE, "w")).SerializeToString()
    with pytest.raises(PortsideError, match=r"n\.onnx: not an ONNX file, or cut short"):
        parse_onnx(content[:end], Path("n.onnx"))
