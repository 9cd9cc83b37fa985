"""Picture → input tensor, described as data: a network's layer 0."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from explorer.data import data_folder
from explorer.errors import PortsideError
from explorer.network.resampling import (
    COORDINATES,
    INTERPOLATIONS,
    Coordinates,
    Interpolation,
    resize_antialiased,
    resize_sampled,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Fit = Literal["shorter", "exact", "none"]
Order = Literal["RGB", "BGR", "GRAY"]
Layout = Literal["NCHW", "NHWC"]

LARGEST_SIDE = 65_536

MOST_RESIZED_PIXELS = 40_000_000
"""A picture that is far longer than high would become a giant before its middle is cut out."""


@dataclass(frozen=True)
class Preprocessing:
    """How a picture becomes a network's input; every field is one step, done in this order.

    0. ``transposed``: height and width exchanged, as ports do that take one for the other.
    1. ``central_fraction``: keep this part of each side, from the middle (TF-slim: 0.875), or 1 to keep all.
    2. ``fit``: ``shorter`` resizes so that the shorter side is ``shorter_side`` pixels, but never below what the
       network takes; ``exact`` resizes to the network's size and ignores the aspect; ``none`` leaves the size alone.
    3. the resize itself: ``interpolation``, smoothed in proportion to the reduction (``antialias``, as Pillow does,
       result rounded to whole numbers) or sampled at ``coordinates``.
    4. a central crop to the network's size, left and top rounded down.
    5. ``order``: the channels as the network wants them; ``GRAY`` is ITU-R 601-2 luma.
    6. (value · ``scale`` − ``mean``) ÷ ``std``, each a number for all channels or one for each, in ``order``.
    7. ``layout``: of the tensor, batch first.
    """

    name: str = ""
    central_fraction: float = 1.0
    fit: Fit = "exact"
    shorter_side: int = 256
    interpolation: Interpolation = "bilinear"
    antialias: bool = True
    coordinates: Coordinates = "half-pixel"
    order: Order = "RGB"
    scale: float = 1.0
    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (1.0,)
    layout: Layout = "NCHW"
    transposed: bool = False

    def to_json(self) -> dict[str, Any]:
        """The record as a JSON object, one key for each field."""
        return asdict(self)

    @classmethod
    def from_json(cls, record: object, *, file: str | Path | None = None) -> Preprocessing:
        """Read a record that a file holds; keys that are missing keep their defaults.

        :raises PortsideError: naming ``file`` and the key that is unknown or has a value out of its range.
        """
        if not isinstance(record, Mapping):
            raise PortsideError("a preprocessing is a JSON object", file=file)
        known = {field.name for field in fields(cls)}
        for key in record:
            if key not in known:
                raise PortsideError(f"preprocessing has no '{key}'; it has {', '.join(sorted(known))}", file=file)
        values = {key: _checked(key, value, file) for key, value in record.items()}
        return cls(**values)

    def channels(self) -> int:
        """How many channels the tensor has."""
        return 1 if self.order == "GRAY" else 3

    def apply(self, picture: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.float32]:
        """The tensor for ``picture`` (H×W×3, RGB, 0–255): 1×C×H×W or 1×H×W×C, with ``size`` = (height, width)."""
        return self.steps(picture, size)[-1][1]

    def steps(self, picture: NDArray[np.uint8], size: tuple[int, int]) -> list[tuple[str, NDArray[Any]]]:
        """Every stage from the picture to the tensor with a short description, for showing them side by side."""
        import numpy as np

        stages, current = self._cut(picture, size)
        current = _ordered(current, self.order)
        values = (current.astype(np.float32) * np.float32(self.scale) - _vector(self.mean)) / _vector(self.std)
        tensor = values[None] if self.layout == "NHWC" else values.transpose(2, 0, 1)[None]
        stages.append((self.arithmetic(), np.ascontiguousarray(tensor, np.float32)))
        return stages

    def resized(self, picture: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[Any]:
        """The picture with the network's size (H×W×3, RGB), before anything is done to its values."""
        return self._cut(picture, size)[1]

    def _cut(
        self, picture: NDArray[np.uint8], size: tuple[int, int]
    ) -> tuple[list[tuple[str, NDArray[Any]]], NDArray[Any]]:
        stages: list[tuple[str, NDArray[Any]]] = [(_describe_size("picture", picture), picture)]
        current: NDArray[Any] = picture
        if self.transposed:
            current = current.swapaxes(0, 1)
            stages.append((_describe_size("turned", current), current))
        if self.central_fraction < 1:
            height, width = (max(1, round(side * self.central_fraction)) for side in current.shape[:2])
            current = _central_crop(current, (height, width))
            stages.append((_describe_size("middle part", current), current))
        target = self._resized(current.shape[:2], size)
        if target != current.shape[:2]:
            current = self._resize(current, target)
            stages.append((_describe_size("resized", current), current))
        if current.shape[:2] != size:
            current = _central_crop(current, size)
            stages.append((_describe_size("cropped", current), current))
        return stages, current

    def arithmetic(self) -> str:
        """The steps that change the values, for showing: ``BGR − (104, 117, 123)``."""
        text: str = self.order
        if self.scale != 1:
            text += f" × {self.scale:.4g}"
        if any(self.mean):
            text += f" − {_numbers(self.mean)}"
        if any(value != 1 for value in self.std):
            text = f"({text}) ÷ {_numbers(self.std)}"
        return text

    def _resized(self, shape: tuple[int, ...], size: tuple[int, int]) -> tuple[int, int]:
        height, width = shape
        if self.fit == "exact":
            return size
        if self.fit == "none":
            return height, width
        # The crop that follows needs its own size at least, also when the network takes more than the preset's side.
        factor = max(self.shorter_side / min(height, width), size[0] / height, size[1] / width)
        return max(size[0], round(height * factor)), max(size[1], round(width * factor))

    def _resize(self, picture: NDArray[Any], size: tuple[int, int]) -> NDArray[Any]:
        if size[0] * size[1] > MOST_RESIZED_PIXELS:
            found, made = f"{picture.shape[1]}×{picture.shape[0]}", f"{size[1]}×{size[0]}"
            raise PortsideError(f"the picture's {found} pixels would become {made}: it is too thin for this network")
        if self.antialias:
            return resize_antialiased(picture, size, self.interpolation)
        if self.interpolation not in ("nearest", "bilinear"):
            raise PortsideError(f"preprocessing: {self.interpolation} is only done with antialias")
        return resize_sampled(picture, size, self.interpolation, self.coordinates)


def preset_names() -> tuple[str, ...]:
    """The presets that come with the program."""
    return tuple(sorted(path.stem for path in (data_folder("resources") / "preprocessing").glob("*.json")))


def find_preprocessing(name_or_file: str) -> Preprocessing:
    """A preset by its name, or a JSON file that describes one.

    :raises PortsideError: when it is neither, naming the presets, or when the file is not such a description.
    """
    folder = data_folder("resources") / "preprocessing"
    if name_or_file in preset_names():
        path = folder / f"{name_or_file}.json"
    else:
        path = Path(name_or_file)
        if not path.is_file():
            raise PortsideError(
                f"there is no preprocessing '{name_or_file}': take {', '.join(preset_names())} or a JSON file"
            )
        if path.stat().st_size > 65_536:
            raise PortsideError("too large for a description of a preprocessing", file=path)
    try:
        record = json.loads(path.read_text("utf-8"))
    except (ValueError, RecursionError) as error:
        raise PortsideError(f"not a JSON file: {error}", file=path) from None
    read = Preprocessing.from_json(record, file=path)
    return read if read.name else replace(read, name=path.stem)


def _checked(key: str, value: object, file: str | Path | None) -> Any:
    choices: dict[str, tuple[str, ...]] = {
        "fit": get_args(Fit),
        "order": get_args(Order),
        "layout": get_args(Layout),
        "interpolation": INTERPOLATIONS,
        "coordinates": COORDINATES,
    }
    if key in choices and value in choices[key]:
        return value
    if (key == "name" and isinstance(value, str)) or (key in ("antialias", "transposed") and isinstance(value, bool)):
        return value
    if key == "shorter_side" and isinstance(value, int) and 0 < value <= LARGEST_SIDE:
        return value
    if key == "scale" and _is_number(value):
        return value
    if key == "central_fraction" and _is_number(value) and 0 < float(value) <= 1:  # type: ignore[arg-type]
        return value
    if key in ("mean", "std"):
        numbers = value if isinstance(value, list | tuple) else [value]
        if len(numbers) in (1, 3) and all(map(_is_number, numbers)) and (key == "mean" or all(numbers)):
            return tuple(map(float, numbers))
    expected = f"one of {', '.join(choices[key])}" if key in choices else "another kind of value"
    raise PortsideError(f"preprocessing: '{key}' is {json.dumps(value)}, wanted is {expected}", file=file)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _vector(numbers: tuple[float, ...]) -> NDArray[np.float32]:
    import numpy as np

    return np.asarray(numbers, np.float32)


def _numbers(values: tuple[float, ...]) -> str:
    texts = [f"{value:.5g}" for value in values]
    return texts[0] if len(set(texts)) == 1 else f"({', '.join(texts)})"


def _describe_size(what: str, picture: NDArray[Any]) -> str:
    return f"{what} {picture.shape[1]}×{picture.shape[0]}"


def _central_crop(picture: NDArray[Any], size: tuple[int, int]) -> NDArray[Any]:
    height, width = size
    top, left = (picture.shape[0] - height) // 2, (picture.shape[1] - width) // 2
    if top < 0 or left < 0:
        found = f"{picture.shape[1]}×{picture.shape[0]}"
        raise PortsideError(f"the picture is {found} after preprocessing, the network takes {width}×{height}")
    return picture[top : top + height, left : left + width]


def _ordered(picture: NDArray[Any], order: Order) -> NDArray[Any]:
    if order == "BGR":
        return picture[..., ::-1]
    if order == "GRAY":
        import numpy as np

        luma = picture.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
        return luma[..., None]
    return picture
