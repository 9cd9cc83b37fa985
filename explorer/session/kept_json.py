"""Values out of JSON that may hold anything: what is missing or of another kind reads as if nothing were kept."""

from __future__ import annotations

import json
import math
from base64 import b64decode, b64encode
from binascii import Error as NoBase64
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zlib import crc32

Record = Mapping[str, Any]

LONGEST_TEXT = 4096
"""Letters of a name or a path; nothing that is longer was written by Portside."""

MOST_ENTRIES = 20_000
MOST_DATA = 1 << 16


def parse(text: object) -> Any:
    """What ``text`` says, or None: where it is no text, damaged, or nested beyond reason."""
    try:
        return json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        return None


def read_record(text: object, most: int) -> Record:
    """The object that ``text`` is, or an empty one: where it is damaged or too long."""
    found = parse(text) if isinstance(text, str) and len(text) <= most else None
    return found if isinstance(found, dict) else {}


def read_part(record: Record, key: str) -> Record:
    """An object within."""
    found = record.get(key)
    return found if isinstance(found, dict) else {}


def read_text(record: Record, key: str, among: tuple[str, ...] | None = None) -> str:
    """A text, one of ``among`` where that is given; else an empty one."""
    found = record.get(key)
    if not isinstance(found, str) or len(found) > LONGEST_TEXT or (among is not None and found not in among):
        return ""
    return found


def read_truth(record: Record, key: str) -> bool:
    """Whether it is true in so many words."""
    return record.get(key) is True


def read_whole(record: Record, key: str, least: int = 0, most: int = 2**63) -> int | None:
    """A whole number within the bounds."""
    found = record.get(key)
    return found if type(found) is int and least <= found <= most else None


def read_list(record: Record, key: str, most: int = MOST_ENTRIES) -> list[Any]:
    """A list; empty where it is longer than ``most``."""
    found = record.get(key)
    return found if isinstance(found, list) and len(found) <= most else []


def read_texts(record: Record, key: str, most: int = MOST_ENTRIES) -> tuple[str, ...]:
    """The texts of a list."""
    found = read_list(record, key, most)
    return tuple(entry for entry in found if isinstance(entry, str) and len(entry) <= LONGEST_TEXT)


def read_numbers(record: Record, key: str, count: int) -> tuple[float, ...]:
    """So many finite numbers, or none."""
    found = read_list(record, key, count)
    if len(found) != count or not all(type(entry) in (int, float) for entry in found):
        return ()
    try:
        numbers = tuple(float(entry) for entry in found)
    except OverflowError:
        return ()
    return numbers if all(map(math.isfinite, numbers)) else ()


def as_path(text: object) -> Path | None:
    """A whole path, from the root of this machine's files."""
    if not isinstance(text, str) or not text or len(text) > LONGEST_TEXT or "\0" in text:
        return None
    path = Path(text)
    return path if path.is_absolute() else None


def read_path(record: Record, key: str) -> Path | None:
    """A path."""
    return as_path(record.get(key))


def read_paths(record: Record, key: str, most: int = MOST_ENTRIES) -> tuple[Path, ...]:
    """The paths of a list."""
    found = (as_path(entry) for entry in read_list(record, key, most))
    return tuple(path for path in found if path is not None)


def as_data(data: bytes) -> Record:
    """Bytes, with a sum by which damage is noticed."""
    return {"data": b64encode(data).decode("ascii"), "sum": crc32(data)}


def read_data(record: Record, key: str) -> bytes:
    """The bytes that :func:`as_data` kept; none where a single bit of them is another."""
    part = read_part(record, key)
    text = part.get("data")
    if not isinstance(text, str) or len(text) > 2 * MOST_DATA:
        return b""
    try:
        data = b64decode(text, validate=True)
    except (NoBase64, ValueError):
        return b""
    return data if read_whole(part, "sum") == crc32(data) else b""
