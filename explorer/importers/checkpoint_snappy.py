"""Snappy's raw format (google/snappy, format_description.txt), which packs the blocks of older checkpoints."""

MOST_INFLATION = 24
"""A copy makes at most 64 bytes of three: what promises more lies about its size."""


class SnappyError(Exception):
    """What is wrong with packed bytes."""


def unpack(packed: bytes) -> bytes:
    """The bytes that ``packed`` stands for.

    :raises SnappyError: when it is damaged; no more memory is taken than its own size allows for.
    """
    size, position = _length(packed)
    if size > MOST_INFLATION * len(packed):
        raise SnappyError(f"promises {size} bytes, more than {len(packed)} can hold")
    out = bytearray()
    end = len(packed)
    while position < end:
        tag = packed[position]
        position += 1
        if tag & 3 == 0:
            length, extra = (tag >> 2) + 1, 0
            if length > 60:
                extra = length - 60
                length = int.from_bytes(packed[position : position + extra], "little") + 1
            position += extra
            if position + length > end:
                raise SnappyError("ends within a run of bytes")
            out += packed[position : position + length]
            position += length
        else:
            position, length, offset = _copy(packed, position, tag)
            if not 0 < offset <= len(out):
                raise SnappyError("repeats bytes from before its beginning")
            start = len(out) - offset
            if offset >= length:
                out += out[start : start + length]
            else:
                run = bytes(out[start:])
                out += (run * (length // offset + 1))[:length]
        if len(out) > size:
            raise SnappyError("is longer than it says")
    if len(out) != size:
        raise SnappyError("is shorter than it says")
    return bytes(out)


def _length(packed: bytes) -> tuple[int, int]:
    value = 0
    for index, byte in enumerate(packed[:5]):
        value |= (byte & 0x7F) << 7 * index
        if byte < 0x80:
            return value, index + 1
    raise SnappyError("has no length")


def _copy(packed: bytes, position: int, tag: int) -> tuple[int, int, int]:
    """Where the copy of ``tag`` ends, how many bytes it repeats, and how far back they stand."""
    kind = tag & 3
    wide = (0, 1, 2, 4)[kind]
    if position + wide > len(packed):
        raise SnappyError("ends within a repetition")
    offset = int.from_bytes(packed[position : position + wide], "little")
    if kind == 1:
        return position + wide, (tag >> 2 & 7) + 4, (tag >> 5) << 8 | offset
    return position + wide, (tag >> 2) + 1, offset
