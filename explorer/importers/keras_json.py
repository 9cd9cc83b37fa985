"""Keras' JSON: read with care, and its values taken out with their types checked."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from explorer.errors import PortsideError

MOST_BYTES = 256 << 20
"""Of one architecture; constants in a graph can make it long, but not that long."""

LARGEST = 2**31 - 1
"""The largest whole number that a layer's option can be."""


def read_json(path: Path) -> Any:
    """A JSON file.

    :raises PortsideError: when it is too large, or no JSON.
    """
    if path.stat().st_size > MOST_BYTES:
        raise PortsideError("too large for a network's architecture", file=path)
    return parse_json(path.read_bytes(), str(path))


def parse_json(text: str | bytes, file: str) -> Any:
    """JSON text; ``file`` is what errors call it.

    :raises PortsideError: when it is no JSON, or nested deeper than any network.
    """
    try:
        return json.loads(text)
    except RecursionError:
        raise PortsideError("its JSON is nested too deep", file=file) from None
    except ValueError as error:
        raise PortsideError(f"is no JSON ({error})", file=file) from None


@dataclass(frozen=True)
class Config:
    """A layer's options as its file states them; what is taken out is checked, and named where it is wrong.

    Several names for one option are those of Keras 1, 2 and 3; the first that is stated counts.
    """

    values: Mapping[str, Any]
    layer: str
    file: str

    def error(self, reason: str) -> PortsideError:
        """What is wrong, with the file and layer named."""
        return PortsideError(reason, file=self.file, layer=self.layer)

    def get(self, *names: str, default: Any = None) -> Any:
        """The option as it is; null counts as not stated."""
        return next((self.values[name] for name in names if self.values.get(name) is not None), default)

    def has(self, *names: str) -> bool:
        """Whether the option is stated."""
        return any(self.values.get(name) is not None for name in names)

    def flag(self, *names: str, default: bool) -> bool:
        """Yes or no."""
        value = self.get(*names, default=default)
        if not isinstance(value, bool | int):
            raise self._wrong(names, value, "neither true nor false")
        return bool(value)

    def integer(self, *names: str, default: int | None = None, least: int = 1) -> int:
        """A whole number from ``least`` on."""
        value = self.get(*names, default=default)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= LARGEST:
            raise self._wrong(names, value, f"no whole number from {least} on")
        return value

    def number(self, *names: str, default: float | None = None) -> float:
        """A real number."""
        value = self.get(*names, default=default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise self._wrong(names, value, "no number")
        return float(value)

    def text(self, *names: str, default: str | None = None, among: Sequence[str] = ()) -> str:
        """Text, one of ``among`` if there are any."""
        value = self.get(*names, default=default)
        if not isinstance(value, str) or (among and value not in among):
            raise self._wrong(names, value, f"none of {', '.join(among)}" if among else "no text")
        return value

    def integers(self, *names: str, count: int, default: int | Sequence[int] | None = None) -> tuple[int, ...]:
        """``count`` whole numbers from 1 on; a single one stands for all."""
        value = self.get(*names, default=default)
        numbers = list(value) if isinstance(value, list | tuple) else [value] * count
        if len(numbers) != count or not all(_is_whole(number, 1) for number in numbers):
            raise self._wrong(names, value, f"not {count} whole numbers from 1 on")
        return tuple(numbers)

    def axes(self, name: str, default: int | Sequence[int]) -> tuple[int, ...]:
        """One axis or several, as stated."""
        value = self.get(name, default=default)
        numbers = list(value) if isinstance(value, list | tuple) else [value]
        if not all(_is_whole(number, -64) for number in numbers):
            raise self._wrong((name,), value, "no list of axes")
        return tuple(numbers)

    def shape(self, *names: str) -> tuple[int | None, ...]:
        """Sizes, None for those that are open."""
        value = self.get(*names)
        if not isinstance(value, list | tuple) or not all(size is None or _is_whole(size, -1) for size in value):
            raise self._wrong(names, value, "no list of sizes")
        return tuple(value)

    def _wrong(self, names: Sequence[str], value: object, what: str) -> PortsideError:
        shown = json.dumps(value, default=str)
        return self.error(f"its {names[0]} is {shown if len(shown) < 60 else f'{shown[:60]}…'}, {what}")


def _is_whole(number: object, least: int) -> bool:
    return isinstance(number, int) and not isinstance(number, bool) and least <= number <= LARGEST
