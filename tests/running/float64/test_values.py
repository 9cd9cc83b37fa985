from typing import Any

import numpy as np
import onnx_ir as ir
import pytest

from explorer.errors import PortsideError
from explorer.running.float64 import UnsupportedOperator
from tests.running.float64.judge import assert_agrees, in_double, in_single, ints, random, singles


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"value": ir.tensor(singles([[1.5, 2.5]]))}, [[1.5, 2.5]]),
        ({"value": ir.tensor(np.array([0.1], np.float16))}, [float(np.float16(0.1))]),
        ({"value_float": 0.1}, float(np.float32(0.1))),
        ({"value_floats": [0.5, 0.1]}, [0.5, float(np.float32(0.1))]),
        ({"value_int": 3}, 3),
        ({"value_ints": [3, 4]}, [3, 4]),
    ],
)
def test_constant_gives_what_is_stored(attributes: dict[str, Any], expected: Any) -> None:
    result = in_double("Constant", [], attributes)
    assert result.tolist() == expected
    assert result.dtype == (np.int64 if "int" in next(iter(attributes)) else np.float64)


def test_constant_of_text_is_unsupported() -> None:
    with pytest.raises(UnsupportedOperator, match="neither a dense tensor nor numbers"):
        in_double("Constant", [], {"value_string": "cat"})


def test_filled_tensors_agree() -> None:
    assert_agrees("ConstantOfShape", [ints(2, 3)])
    assert_agrees("ConstantOfShape", [ints(2, 3)], {"value": ir.tensor(np.array([7], np.int32))})
    assert_agrees("ConstantOfShape", [ints()], {"value": ir.tensor(singles([0.1]))})
    with pytest.raises(PortsideError, match="too large to be computed"):
        in_double("ConstantOfShape", [ints(2**20, 2**20)])


@pytest.mark.parametrize("bounds", [(0, 5, 1), (5, 0, -2), (0, 0, 1), (3, 1, 1), (0, 7, 3)])
def test_sequences_agree(bounds: tuple[int, int, int]) -> None:
    assert_agrees("Range", [np.array(bound) for bound in bounds])
    assert_agrees("Range", [np.array(bound / 2, np.float32) for bound in bounds])


def test_shape_and_size_agree() -> None:
    x = random(2, 3, 4, 5)
    assert_agrees("Shape", [x])
    assert_agrees("Shape", [x], {"start": 1, "end": -1})
    assert_agrees("Shape", [x], {"start": -2})
    assert_agrees("Size", [x])


@pytest.mark.parametrize("opset", [7, 10, 12, 21])
def test_dropout_passes_everything_on(opset: int) -> None:
    attributes = {} if opset >= 12 else {"ratio": 0.25}
    assert_agrees("Dropout", [random(2, 3)], attributes, opset=opset, within=0)
    assert_agrees("Dropout", [random(2, 3)], attributes, opset=opset, outputs=2, within=0)


def test_dropout_in_training_is_unsupported() -> None:
    with pytest.raises(UnsupportedOperator, match="random in training mode"):
        in_double("Dropout", [random(3), np.array(0.5, np.float32), np.array(True)])


def test_casts_between_real_numbers_keep_their_digits() -> None:
    x = np.array([0.1, 1e300, -1e-300])
    for target in (ir.DataType.FLOAT, ir.DataType.FLOAT16, ir.DataType.BFLOAT16, ir.DataType.DOUBLE):
        result = in_double("Cast", [x], {"to": int(target)})
        assert result.dtype == np.float64
        assert result.tolist() == x.tolist()
    assert in_double("CastLike", [x, np.array([1], np.float16)]).tolist() == x.tolist()


@pytest.mark.parametrize("target", [ir.DataType.INT64, ir.DataType.INT32, ir.DataType.UINT8, ir.DataType.INT8])
def test_casts_to_integers_agree_also_out_of_range(target: ir.DataType) -> None:
    x = singles([2.7, -2.7, 300, -1, 0, 127.9])
    if target is ir.DataType.UINT8:
        # A negative number is undefined in C; onnxruntime's processors wrap it.
        assert in_double("Cast", [x], {"to": int(target)}).tolist() == [2, 254, 44, 255, 0, 127]
    else:
        assert_agrees("Cast", [x], {"to": int(target)})


def test_casts_of_other_types_agree() -> None:
    assert_agrees("Cast", [singles([0.1, 0, np.nan, -3])], {"to": int(ir.DataType.BOOL)})
    assert_agrees("Cast", [np.array([True, False])], {"to": int(ir.DataType.FLOAT)})
    assert_agrees("Cast", [ints(1, -2)], {"to": int(ir.DataType.FLOAT)})
    assert_agrees("CastLike", [singles([1.5, -2.5]), ints(1)])
    with pytest.raises(UnsupportedOperator, match="it casts to STRING"):
        in_double("Cast", [ints(1)], {"to": int(ir.DataType.STRING)})


LEVELS = singles([[0.5, 1.5, 2.5, -1, 300, -300], [7.2, -0.5, 0.25, 64, 63.5, 0]])


def test_quantization_agrees() -> None:
    scale = np.array(0.5, np.float32)
    assert_agrees("QuantizeLinear", [LEVELS, scale, np.array(3, np.uint8)])
    assert_agrees("QuantizeLinear", [LEVELS, scale, np.array(-3, np.int8)])
    assert_agrees("QuantizeLinear", [LEVELS, scale], opset=13)
    assert_agrees("QuantizeLinear", [LEVELS, scale], {"output_dtype": int(ir.DataType.INT8)})


def test_quantization_by_channel_and_by_block_agrees() -> None:
    scales, zeros = singles([0.5, 2.0]), np.array([3, -4], np.int8)
    assert_agrees("QuantizeLinear", [LEVELS, scales, zeros], {"axis": 0})
    assert_agrees("DequantizeLinear", [LEVELS.astype(np.int8), scales, zeros], {"axis": 0})
    assert_agrees("DequantizeLinear", [LEVELS.T.astype(np.int8), scales, zeros], {"axis": -1})
    scales = np.abs(random(2, 3)) + np.float32(0.1)
    zeros = np.array([[1, 2, 3], [-1, -2, -3]], np.int8)
    attributes = {"axis": 1, "block_size": 2}
    assert_agrees("QuantizeLinear", [LEVELS, scales, zeros], attributes)
    assert_agrees("DequantizeLinear", [LEVELS.astype(np.int8), scales, zeros], attributes)


def test_quantization_rounds_half_to_even_and_saturates() -> None:
    result = in_double("QuantizeLinear", [LEVELS[:1], np.array(1, np.float32), np.array(1, np.uint8)])
    assert result.tolist() == [[1, 3, 3, 0, 255, 0]]
    short = in_double("QuantizeLinear", [LEVELS[:1], np.array(1, np.float32)], {"output_dtype": int(ir.DataType.INT4)})
    assert short.astype(int).tolist() == [[0, 2, 2, -1, 7, -8]]


def test_dequantization_of_sums_agrees() -> None:
    x = np.array([-70000, 3, 123456], np.int32)
    assert_agrees("DequantizeLinear", [x, np.array(0.1, np.float32)])
    result = in_double("DequantizeLinear", [x, np.array(0.1, np.float32)])
    np.testing.assert_array_equal(result, x * float(np.float32(0.1)))


def test_identity_of_anything_is_itself() -> None:
    assert in_double("Identity", [ints(1, 2)]).tolist() == in_single("Identity", [ints(1, 2)]).tolist()


def test_scales_for_another_number_of_channels_are_named() -> None:
    with pytest.raises(PortsideError, match="4 parameters do not fit 6 channels"):
        in_double("QuantizeLinear", [LEVELS, random(4)])
    with pytest.raises(PortsideError, match="2 blocks of 2 do not fit 6 elements"):
        in_double("DequantizeLinear", [LEVELS, random(2, 2)], {"block_size": 2})
