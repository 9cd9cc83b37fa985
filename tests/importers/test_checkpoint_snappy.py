"""Snappy's raw format."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.importers.checkpoint_snappy import SnappyError, unpack
from tests.tensorflow_files import packed, varint


@given(st.binary(max_size=400) | st.text("ab", max_size=400).map(str.encode))
def test_what_was_packed_comes_back(data: bytes) -> None:
    assert unpack(packed(data)) == data


def test_every_kind_of_element() -> None:
    long = bytes(range(200)) + bytes(100)
    # A run of 300 bytes whose length takes two bytes, then copies with offsets of one, two and four bytes.
    data = varint(300 + 5 + 3 + 2) + bytes([61 << 2]) + (299).to_bytes(2, "little") + long
    data += bytes([1 << 5 | 1 << 2 | 1, 44]) + bytes([2 << 2 | 2]) + (301).to_bytes(2, "little")
    data += bytes([1 << 2 | 3]) + (3).to_bytes(4, "little")
    expected = bytearray(long)
    for offset, length in ((256 + 44, 5), (301, 3), (3, 2)):
        for _ in range(length):
            expected.append(expected[-offset])
    assert unpack(data) == bytes(expected)


def test_a_copy_may_reach_into_itself() -> None:
    assert unpack(varint(10) + bytes([1 << 2]) + b"ab" + bytes([7 << 2 | 2, 2, 0])) == b"ababababab"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "has no length"),
        (b"\xff" * 6, "has no length"),
        (varint(1 << 30) + b"\x00a", "promises 1073741824 bytes"),
        (varint(4) + b"\x0cab", "ends within a run"),
        (varint(4) + b"\x00a" + b"\x02", "ends within a repetition"),
        (varint(4) + b"\x00a" + bytes([2 << 2 | 2, 5, 0]), "from before its beginning"),
        (varint(4) + b"\x00a" + bytes([2 << 2 | 2, 0, 0]), "from before its beginning"),
        (varint(1) + b"\x04ab", "is longer than it says"),
        (varint(3) + b"\x04ab", "is shorter than it says"),
    ],
)
def test_damaged_bytes_are_told(data: bytes, reason: str) -> None:
    with pytest.raises(SnappyError, match=reason):
        unpack(data)
