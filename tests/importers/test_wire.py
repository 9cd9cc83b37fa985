import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.importers.wire import FIXED32, FIXED64, LENGTH, VARINT, CutShortError, Wire, WireError, signed


def varint(value: int) -> bytes:
    written = bytearray()
    while value > 0x7F:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*written, value])


@given(st.integers(0, 2**64 - 1), st.binary(max_size=3))
def test_a_number_is_read_back_and_its_end_is_told(value, rest):
    written = varint(value)
    assert Wire(written + rest).varint(0, len(written + rest)) == (value, len(written))


@given(st.integers(-(2**63), 2**63 - 1))
def test_negative_numbers_are_twos_complement(value):
    assert signed(value & (2**64 - 1)) == value


def test_a_32_bit_number_is_read_from_its_low_bits():
    assert signed(2**64 - 3, 32) == -3
    assert signed(2**32 - 1, 32) == -1
    assert signed(7, 32) == 7


@pytest.mark.parametrize("data", [b"", b"\x80", b"\xff" * 9, b"\xff" * 11])
def test_a_number_that_does_not_end_is_refused(data):
    with pytest.raises(WireError, match="does not end"):
        Wire(data).varint(0, len(data))


def test_a_field_is_found_with_number_kind_value_and_end():
    assert Wire(b"\x08\x96\x01").field(0, 3) == (1, VARINT, 150, 3)
    assert Wire(b"\xa2\x06\x02abX").field(0, 6) == (100, LENGTH, 3, 5)
    assert Wire(b"\x2d1234").field(0, 5) == (5, FIXED32, 1, 5)
    assert Wire(b"\x4112345678").field(0, 9) == (8, FIXED64, 1, 9)


def test_a_field_that_is_cut_short_tells_how_much_is_missing():
    with pytest.raises(CutShortError) as caught:
        Wire(b"\xa2\x06\x0aabc").field(0, 6)
    assert (caught.value.number, caught.value.offset, caught.value.missing) == (100, 3, 7)


@pytest.mark.parametrize("data", [b"\x00\x01", b"\x0b", b"\x0c", b"\x0e", b"\x0f", b"\x80\x80\x80\x80\x80\x01\x00"])
def test_tags_that_no_message_has_are_refused(data):
    with pytest.raises(WireError, match="there is no field"):
        Wire(data).field(0, len(data))


def test_fields_are_counted_so_that_no_file_takes_for_ever():
    wire = Wire(b"\x08\x01" * 4, most_fields=3)
    for position in (0, 2, 4):
        wire.field(position, 8)
    with pytest.raises(WireError, match="too many fields"):
        wire.field(6, 8)
