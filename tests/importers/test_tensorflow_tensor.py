"""Tensors on the wire: every way in which a file may state the same numbers."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import pytest

from explorer.importers.checkpoint_table import Span
from explorer.importers.tensorflow_tensor import TensorError, read_tensor, read_values
from explorer.importers.wire import WireError
from tests.tensorflow_files import Array, field, shape_proto, tensor_proto, varint


def read(data: bytes) -> Array:
    return read_tensor(Span(data, 0, len(data)))


def proto(dtype: int, shape: tuple[int, ...], values: bytes) -> bytes:
    return field(1, dtype) + field(2, shape_proto(shape)) + values


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "int64", "uint8", "bool", "float16"])
def test_bytes_in_one_piece(dtype: str) -> None:
    array = (np.arange(6) - 2).astype(dtype).reshape(2, 3)
    found = read(tensor_proto(array))
    assert found.dtype == array.dtype
    np.testing.assert_array_equal(found, array)
    assert not found.flags.writeable
    assert not found.flags.owndata


LISTS: list[tuple[int, int, bytes, list[Any]]] = [
    (1, 5, struct.pack("<3f", 1.5, -2, 0.25), [1.5, -2, 0.25]),
    (2, 6, struct.pack("<3d", 1.5, -2, 0.1), [1.5, -2, 0.1]),
    (3, 7, b"".join(map(varint, (5, -3, 2**31 - 1))), [5, -3, 2**31 - 1]),
    (4, 7, b"".join(map(varint, (5, 255, 0))), [5, 255, 0]),
    (9, 10, b"".join(map(varint, (5, -3, 2**62))), [5, -3, 2**62]),
    (10, 11, b"\x01\x00\x01", [True, False, True]),
    (19, 13, b"".join(map(varint, (0x3C00, 0xC000, 0x3400))), [1.0, -2.0, 0.25]),
    (14, 13, b"".join(map(varint, (0x3F80, 0xC000, 0x3E80))), [1.0, -2.0, 0.25]),
    (22, 16, b"".join(map(varint, (5, 2**32 - 1, 0))), [5, 2**32 - 1, 0]),
    (23, 17, b"".join(map(varint, (5, 2**64 - 1, 0))), [5, 2**64 - 1, 0]),
]


@pytest.mark.parametrize(("dtype", "number", "packed", "values"), LISTS)
def test_values_listed_in_a_row(dtype: int, number: int, packed: bytes, values: list[Any]) -> None:
    assert read(proto(dtype, (3,), field(number, packed))).tolist() == values
    whole = read_values(Span(field(number, packed), 0, len(field(number, packed))), dtype)
    assert whole.tolist() == values


def test_values_listed_one_by_one() -> None:
    ones = b"".join(field(7, number) for number in (4, -4))
    assert read(proto(3, (2, 1), ones)).tolist() == [[4], [-4]]
    floats = b"".join(varint(5 << 3 | 5) + struct.pack("<f", number) for number in (0.5, -8))
    assert read(proto(1, (2,), floats)).tolist() == [0.5, -8]


def test_one_value_stands_for_all_and_the_last_for_all_that_follow() -> None:
    found = read(proto(1, (1000, 1000), field(5, struct.pack("<f", 3))))
    assert found.shape == (1000, 1000)
    assert found.strides == (0, 0)
    assert found[7, 8] == 3
    assert read(proto(3, (5,), field(7, b"\x01\x02"))).tolist() == [1, 2, 2, 2, 2]
    assert read(proto(1, (2,), b"")).tolist() == [0, 0]


def test_strings() -> None:
    assert read(tensor_proto(np.array([b"a", b"", b"bc"], object))).tolist() == [b"a", b"", b"bc"]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (proto(8, (1,), b""), "of a type that is not read, number 8"),
        (proto(1, (2,), field(4, b"\x00" * 12)), r"the shape \(2,\), 2 values of float32, but 12 bytes"),
        (proto(1, (2,), field(5, b"\x00" * 12)), r"the shape \(2,\), but 3 values"),
        (proto(1, (3,), field(5, b"\x00" * 13)), "has 13 bytes of float32 values"),
        (proto(3, (1,), field(5, b"\x00" * 4)), "is of int32, but holds floating-point values"),
        (proto(4, (1,), field(7, 300)), "holds numbers that uint8 has no room for"),
        (proto(1, (2**20, 2**15), field(5, b"\x00" * 4)), "but only 1 values"),
        (proto(7, (3,), field(8, b"a")), r"the shape \(3,\), but 1 strings"),
    ],
)
def test_shape_and_values_that_do_not_fit_are_told(data: bytes, reason: str) -> None:
    with pytest.raises(TensorError, match=reason):
        read(data)


@pytest.mark.parametrize("sizes", [[-1], [2**40, 2**40], [1] * 300])
def test_a_shape_that_makes_no_sense_is_damage(sizes: list[int]) -> None:
    with pytest.raises(WireError):
        read(field(1, 1) + field(2, shape_proto(sizes)))
