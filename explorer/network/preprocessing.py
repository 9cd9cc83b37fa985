"""Picture → input tensor, described as data: a network's layer 0."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.data import data_folder
from explorer.errors import PortsideError
from explorer.files import check_file, whole_file
from explorer.network.pixel_steps import (
    ARITHMETIC,
    Order,
    Place,
    check_resized,
    cropped,
    middle_of,
    ordered,
    turned,
    wrong_size,
)
from explorer.network.preprocessing_fields import CALCULATING, USUAL, Fit, Layout, Step, checked
from explorer.network.resampling import (
    SAMPLED,
    Coordinates,
    Interpolation,
    resize_antialiased,
    resize_sampled,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LARGEST_FILE = 65_536
"""Bytes of a description beyond which none is read."""

LATER_FIELDS = ("crop", "sequence")
"""Fields that are only written where they say something, so that earlier versions can read the rest."""


@dataclass(frozen=True, eq=False)
class Stage:
    """What one step made of the picture: H×W×C, and the tensor after the last.

    ``step`` is a :data:`Step`, or ``picture`` and ``tensor`` at the ends.
    """

    step: str
    caption: str
    array: NDArray[Any]


@dataclass(frozen=True)
class Preprocessing:
    """How a picture becomes a network's input.

    Its steps, in their usual order:

    - ``turn``: height and width exchanged (``transposed``), as ports do that take one for the other.
    - ``middle``: keep ``central_fraction`` of each side, from the middle (TF-slim: 0.875), or 1 to keep all.
    - ``resize``: ``fit`` ``shorter`` makes the shorter side ``shorter_side`` pixels, but never less than the network
      takes; ``exact`` makes the network's size and ignores the aspect; ``none`` leaves the size alone. It is done
      with ``interpolation``, smoothed in proportion to the reduction (``antialias``, as Pillow does, whole numbers
      staying whole) or sampled at ``coordinates``.
    - ``crop``: to the network's size, from the place ``crop``; after ``exact`` there is nothing to crop.
    - ``channels``: put in ``order``; ``GRAY`` is ITU-R 601-2 luma.
    - ``scale``, ``mean``, ``std``: value · ``scale``, − ``mean``, ÷ ``std``, each a number for all channels or one
      for each, as the channels stand at that step.

    ``sequence`` is another order of them. After the last the tensor is laid out as ``layout``, batch first.
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
    crop: Place = "centre"
    sequence: tuple[Step, ...] = USUAL

    def to_json(self) -> dict[str, Any]:
        """The record as a JSON object, one key for each field but those of :data:`LATER_FIELDS` that are usual."""
        usual = Preprocessing()
        return {
            key: value for key, value in asdict(self).items() if key not in LATER_FIELDS or value != getattr(usual, key)
        }

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
        values = {key: checked(key, value, file) for key, value in record.items()}
        return cls(**values)

    def channels(self) -> int:
        """How many channels the tensor has."""
        return 1 if self.order == "GRAY" else 3

    def does(self, step: Step) -> bool:
        """Whether the step changes anything."""
        if step == "turn":
            return self.transposed
        if step == "middle":
            return self.central_fraction < 1
        if step == "resize":
            return self.fit != "none"
        if step == "crop":
            return self.fit != "exact"
        if step == "channels":
            return self.order != "RGB"
        if step == "scale":
            return self.scale != 1
        return any(self.mean) if step == "mean" else any(value != 1 for value in self.std)

    @property
    def done(self) -> tuple[Step, ...]:
        """The steps that change something, in the order in which they are done."""
        return tuple(step for step in self.sequence if self.does(step))

    def check(self) -> None:
        """Check that the steps go together.

        :raises PortsideError: saying what does not.
        """
        if not self.antialias and self.interpolation not in SAMPLED and self.does("resize"):
            raise PortsideError(f"preprocessing: {self.interpolation} is only done with antialias")
        count = 3
        for step in self.done:
            if step == "channels":
                count = self.channels()
            elif step in ("mean", "std") and len(self._numbers(step)) not in (1, count):
                found, word = len(self._numbers(step)), "mean" if step == "mean" else "standard deviation"
                raise PortsideError(f"preprocessing: {found} {word}s for one channel: a grey picture takes one")

    def apply(self, picture: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.float32]:
        """The tensor for ``picture`` (H×W×3, RGB, 0–255): 1×C×H×W or 1×H×W×C, with ``size`` = (height, width).

        :raises PortsideError: when the steps do not go together, or do not give that size.
        """
        tensor: NDArray[np.float32] = self.steps(picture, size)[-1].array
        return tensor

    def steps(self, picture: NDArray[np.uint8], size: tuple[int, int]) -> list[Stage]:
        """Every stage from the picture to the tensor, for showing them side by side; errors as of :meth:`apply`."""
        import numpy as np

        self.check()
        stages = [Stage("picture", f"picture {_size_text(picture)}", picture)]
        for step in self.done:
            stages.append(self._stage(step, stages[-1].array, size))
        last = stages[-1].array
        if last.shape[:2] != size:
            raise wrong_size(last, size)
        tensor = last[None] if self.layout == "NHWC" else last.transpose(2, 0, 1)[None]
        shape = "×".join(map(str, tensor.shape[1:]))
        stages.append(Stage("tensor", f"{self.layout} {shape}", np.ascontiguousarray(tensor, np.float32)))
        return stages

    def resized(self, picture: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[Any]:
        """The picture with the network's size (H×W×3, RGB), and nothing done to its values."""
        current: NDArray[Any] = picture
        for step in self.done:
            if step not in ("channels", *CALCULATING):
                current = self._stage(step, current, size).array
        if current.shape[:2] != size:
            raise wrong_size(current, size)
        return current

    def _stage(self, step: Step, current: NDArray[Any], size: tuple[int, int]) -> Stage:
        """What the step makes of ``current``."""
        if step == "turn":
            current = turned(current)
        elif step == "middle":
            current = middle_of(current, self.central_fraction)
        elif step == "channels":
            return Stage(step, self.order, ordered(current, self.order))
        elif step in CALCULATING:
            numbers = self._numbers(step)
            return Stage(step, f"{SIGNS[step]} {_numbers_text(numbers)}", ARITHMETIC[step](current, numbers))
        elif step == "resize":
            target = self._resized(current.shape[:2], size)
            current = current if target == current.shape[:2] else self._resize(current, target)
        else:
            current = cropped(current, size, self.crop)
        return Stage(step, f"{DONE[step]} {_size_text(current)}", current)

    def arithmetic(self) -> str:
        """The steps that change the values, for showing: ``BGR − (104, 117, 123)``."""
        steps = [step for step in self.done if step in ("channels", *CALCULATING)]
        first = bool(steps) and steps[0] == "channels"
        text: str = self.order if first else "RGB"
        is_sum = False
        for step in steps[first:]:
            if step == "channels":
                text, is_sum = f"{text} → {self.order}", True
            elif step == "mean":
                text, is_sum = f"{text} − {_numbers_text(self.mean)}", True
            else:
                factor = f"{self.scale:.4g}" if step == "scale" else _numbers_text(self.std)
                text, is_sum = f"{f'({text})' if is_sum else text} {SIGNS[step]} {factor}", False
        return text

    def _numbers(self, step: Step) -> tuple[float, ...]:
        return (self.scale,) if step == "scale" else self.mean if step == "mean" else self.std

    def _resized(self, shape: tuple[int, ...], size: tuple[int, int]) -> tuple[int, int]:
        height, width = shape
        if self.fit == "exact":
            return size
        # The crop that follows needs its own size at least, also when the network takes more than the preset's side.
        factor = max(self.shorter_side / min(height, width), size[0] / height, size[1] / width)
        return max(size[0], round(height * factor)), max(size[1], round(width * factor))

    def _resize(self, picture: NDArray[Any], size: tuple[int, int]) -> NDArray[Any]:
        check_resized(picture.shape, size)
        if self.antialias:
            return resize_antialiased(picture, size, self.interpolation)
        assert self.interpolation in SAMPLED
        return resize_sampled(picture, size, self.interpolation, self.coordinates)


SIGNS: Mapping[str, str] = {"scale": "×", "mean": "−", "std": "÷"}
DONE: Mapping[str, str] = {"turn": "turned", "middle": "middle part", "resize": "resized", "crop": "cropped"}


def preset_names() -> tuple[str, ...]:
    """The presets that come with the program."""
    return tuple(sorted(path.stem for path in (data_folder("resources") / "preprocessing").glob("*.json")))


def find_preprocessing(name_or_file: str) -> Preprocessing:
    """A preset by its name, or a JSON file that describes one.

    :raises PortsideError: when it is neither, naming the presets, or when the file is not such a description.
    """
    if name_or_file in preset_names():
        return read_preprocessing(data_folder("resources") / "preprocessing" / f"{name_or_file}.json")
    path = Path(name_or_file)
    if not path.is_file():
        raise PortsideError(
            f"there is no preprocessing '{name_or_file}': take {', '.join(preset_names())} or a JSON file"
        )
    return read_preprocessing(path)


def read_preprocessing(path: Path) -> Preprocessing:
    """A JSON file that describes one, called as the file is where it says no name.

    :raises PortsideError: when it is too large, or no such description.
    """
    check_file(path)
    if path.stat().st_size > LARGEST_FILE:
        raise PortsideError("too large for a description of a preprocessing", file=path)
    try:
        record = json.loads(path.read_text("utf-8"))
    except (ValueError, RecursionError) as error:
        raise PortsideError(f"not a JSON file: {error}", file=path) from None
    read = Preprocessing.from_json(record, file=path)
    return read if read.name else replace(read, name=path.stem)


def write_preprocessing(preprocessing: Preprocessing, path: Path) -> None:
    """Write it as a JSON file that :func:`read_preprocessing` reads, under the file's own name.

    :raises PortsideError: when it can't be written there.
    """
    record = replace(preprocessing, name=path.stem).to_json()
    with whole_file(path) as temporary:
        temporary.write_text(json.dumps(record, indent=2) + "\n", "utf-8")


def _numbers_text(values: tuple[float, ...]) -> str:
    texts = [f"{value:.5g}" for value in values]
    return texts[0] if len(set(texts)) == 1 else f"({', '.join(texts)})"


def _size_text(picture: NDArray[Any]) -> str:
    return f"{picture.shape[1]}×{picture.shape[0]}"
