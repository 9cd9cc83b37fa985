"""The name in a colour profile."""

import struct

from hypothesis import given
from hypothesis import strategies as st

from explorer.running.colour_profile import profile_name


def profile(tag: bytes) -> bytes:
    return b"\0" * 128 + struct.pack(">I4sII", 1, b"desc", 144, len(tag)) + tag


def test_version_2_has_it_in_ascii():
    assert profile_name(profile(b"desc\0\0\0\0" + struct.pack(">I", 10) + b"Adobe RGB\0")) == "Adobe RGB"


def test_version_4_has_it_in_utf_16_in_several_languages():
    text = "Display P3".encode("utf-16-be")
    tag = b"mluc\0\0\0\0" + struct.pack(">II4sII", 1, 12, b"enUS", len(text), 28) + text
    assert profile_name(profile(tag)) == "Display P3"


def test_a_name_is_one_short_printable_line():
    name = profile_name(profile(b"desc\0\0\0\0" + struct.pack(">I", 100) + b"a\x1b[31m\nb" + b"c" * 92))
    assert name.isprintable()
    assert len(name) == 61


@given(st.binary(max_size=300))
def test_damaged_profiles_have_none_and_raise_nothing(data):
    assert isinstance(profile_name(data), str)
    assert isinstance(profile_name(profile(data)), str)
