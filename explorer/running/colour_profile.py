"""What an embedded colour profile is called."""

from __future__ import annotations

import struct

HEADER = 128
MOST_TAGS = 256
MOST_CHARACTERS = 60


def profile_name(profile: bytes) -> str:
    """The description in an ICC profile (ICC.1:2022, 9.2.41 ``profileDescriptionTag``), empty where there is none.

    Version 2 has it as ``desc`` in ASCII, version 4 as ``mluc`` in UTF-16, of which the first language is taken.
    Damaged profiles have no name; nothing is raised.
    """
    try:
        (count,) = struct.unpack_from(">I", profile, HEADER)
        for number in range(min(count, MOST_TAGS)):
            signature, offset, size = struct.unpack_from(">4sII", profile, HEADER + 4 + 12 * number)
            if signature == b"desc":
                return _cleaned(_text(profile[offset : offset + size]))
    except (struct.error, UnicodeDecodeError):
        pass
    return ""


def _text(tag: bytes) -> str:
    if tag[:4] == b"desc":
        (length,) = struct.unpack_from(">I", tag, 8)
        return tag[12 : 12 + length].decode("ascii")
    if tag[:4] == b"mluc":
        length, offset = struct.unpack_from(">II", tag, 20)
        return tag[offset : offset + length].decode("utf-16-be")
    return ""


def _cleaned(text: str) -> str:
    words = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return words if len(words) <= MOST_CHARACTERS else f"{words[:MOST_CHARACTERS]}…"
