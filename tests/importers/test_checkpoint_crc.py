"""CRC-32C by folding, held against a bit at a time and against the values of RFC 3720."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.importers.checkpoint_crc import crc32c, masked_crc32c
from tests.tensorflow_files import slow_crc32c


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", 0),
        (b"123456789", 0xE3069283),
        (bytes(32), 0x8A9136AA),
        (b"\xff" * 32, 0x62A8AB43),
        (bytes(range(32)), 0x46DD794E),
        (bytes(range(31, -1, -1)), 0x113FDB5C),
    ],
)
def test_values_of_the_standard(data: bytes, expected: int) -> None:
    assert crc32c(data) == expected


@given(st.binary(max_size=300))
def test_short_messages_are_those_of_a_bit_at_a_time(data: bytes) -> None:
    assert crc32c(data) == slow_crc32c(data)


# Around the sizes where a message is folded once more, and once in long blocks.
@pytest.mark.parametrize("size", [6776, 6777, 6778, 13555, 20_000, 216_863, 216_864, 216_865, 450_001])
def test_long_messages_are_those_of_a_bit_at_a_time(size: int) -> None:
    data = np.random.default_rng(size).integers(0, 256, size + 3, np.uint8)[3:]
    assert crc32c(data) == slow_crc32c(data.tobytes())


def test_zeros_in_front_change_the_checksum() -> None:
    assert crc32c(bytes(500_000)) != crc32c(bytes(500_001))


def test_the_ring_of_blocks_goes_round() -> None:
    # Checksums are linear but for a constant: that of a sum is told by those of its parts.
    random = np.random.default_rng(0)
    a, b = (random.integers(0, 256, 4_000_000, np.uint8) for _ in range(2))
    assert crc32c(a ^ b) == crc32c(a) ^ crc32c(b) ^ crc32c(np.zeros(4_000_000, np.uint8))
    one = np.zeros(4_000_000, np.uint8)
    one[0] = 1
    shifted = np.zeros(4_000_000, np.uint8)
    shifted[1] = 1
    assert crc32c(one) != crc32c(shifted)


def test_masking_is_leveldbs() -> None:
    assert masked_crc32c(b"123456789") == ((0xE3069283 >> 15 | 0xE3069283 << 17) + 0xA282EAD8) & 0xFFFFFFFF
