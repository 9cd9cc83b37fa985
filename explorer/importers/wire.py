"""Protobuf's wire format, walked in place: fields are found in a buffer, and nothing is copied."""

import mmap

VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5
"""The kinds of fields on the wire; 3 and 4 are groups, which no file of ours has."""

MOST_FIELDS = 500_000
"""Fields that one file may make us look at; the largest networks' weights take some tens of thousands."""

_MASK = 2**64 - 1


class WireError(Exception):
    """What is wrong with the bytes at ``offset``."""

    def __init__(self, reason: str, offset: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.offset = offset


class CutShortError(WireError):
    """A field's content begins at ``offset`` and goes on for ``missing`` bytes after the end."""

    def __init__(self, number: int, offset: int, missing: int) -> None:
        super().__init__(f"field {number} goes on for {missing} bytes after the end", offset)
        self.number = number
        self.missing = missing


class Wire:
    """A buffer of fields, and how many of them may still be looked at."""

    def __init__(self, buffer: bytes | mmap.mmap, most_fields: int = MOST_FIELDS) -> None:
        self.buffer = buffer
        self._left = most_fields

    def field(self, position: int, end: int) -> tuple[int, int, int, int]:
        """The field at ``position`` of a message that ends at ``end``: number, kind, value, and its end.

        The value of a ``VARINT`` is the number itself, unsigned; of any other kind, where its content begins.

        :raises WireError: where there is no such field.
        """
        self._left -= 1
        if self._left < 0:
            raise WireError("there are far too many fields", position)
        tag, value = self.varint(position, end)
        number, kind = tag >> 3, tag & 7
        if not 0 < number < 2**29:
            raise WireError(f"there is no field number {number}", position)
        if kind == VARINT:
            return number, kind, *self.varint(value, end)
        if kind == LENGTH:
            length, value = self.varint(value, end)
            stop = value + length
        elif kind == FIXED32:
            stop = value + 4
        elif kind == FIXED64:
            stop = value + 8
        else:
            raise WireError(f"there is no field of wire type {kind}", position)
        if stop > end:
            raise CutShortError(number, value, stop - end)
        return number, kind, value, stop

    def varint(self, position: int, end: int) -> tuple[int, int]:
        """The number at ``position``, unsigned and at most 64 bits, and where it ends.

        :raises WireError: when it does not end before ``end``, or within ten bytes.
        """
        value = shift = 0
        for place in range(position, min(position + 10, end)):
            byte = self.buffer[place]
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value & _MASK, place + 1
            shift += 7
        raise WireError("a number does not end", position)


def signed(value: int, bits: int = 64) -> int:
    """A varint as the signed number of ``bits`` that it stands for."""
    value &= 2**bits - 1
    return value - 2**bits if value >> (bits - 1) else value
