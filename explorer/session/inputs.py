"""Whether a picture became the tensor that the original framework was fed with: preprocessing is layer 0."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from explorer.running.cancellation import Cancelled

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from explorer.comparison.metrics import Errors
    from explorer.network.preprocessing import Preprocessing
    from explorer.running.activations import Activations, Array
    from explorer.running.images import Picture
    from explorer.session.answers import Steps
    from explorer.session.jobs import IsCancelled, Progress

    Pixels = NDArray[np.uint8]

ROUNDING = 1e-6
"""Relative L2 error up to which float32 arithmetic alone explains unlike tensors."""

MOST_SIDE = 256
"""Pixels of a side that are shown: of more only every second, third, … row and column."""


@dataclass(frozen=True, eq=False)
class View:
    """Both inputs and their difference as pictures, H×W×3; ours and the difference may be missing.

    Black is ``low`` and white is ``high`` in both; in the difference black is no difference and white is ``most``.
    """

    ours: Pixels | None
    theirs: Pixels
    difference: Pixels | None
    low: float
    high: float
    most: float


@dataclass(frozen=True, eq=False)
class InputPair:
    """The picture's tensor and the input that the reference holds.

    ``seen`` shows both with the arithmetic undone, as the pictures that they were, and ``raw`` shows the values as they
    are in the tensors, channels as red, green and blue in their own order. ``errors`` are None where there is no
    tensor of ours or it has another shape; ``is_same``: to the last bit.
    """

    shapes: tuple[tuple[int, ...] | None, tuple[int, ...]]
    seen: View | None
    raw: View
    errors: Errors | None
    is_same: bool


def seen_picture(picture: Picture | None, steps: Steps) -> Array | None:
    """What a network sees of the picture before any arithmetic, H×W×C; None without a picture."""
    from explorer.network.preprocessing_fields import CALCULATING

    seen: Array | None = None if picture is None else picture.pixels
    for stage in steps:
        if stage.step in ("channels", *CALCULATING, "tensor"):
            break
        seen = stage.array
    return seen


def input_errors(picture_run: Activations | None, reference_run: Activations | None) -> Errors | None:
    """How far the picture's tensor is from the reference's input; None where there are not both, or unlike shapes."""
    ours, theirs = _inputs(picture_run, reference_run)
    if ours is None or theirs is None or ours.shape != theirs.shape:
        return None
    from explorer.comparison.metrics import measure

    return measure(ours, theirs)


def pair_inputs(
    picture_run: Activations | None,
    reference_run: Activations,
    preprocessing: Preprocessing | None,
    progress: Progress,
    cancelled: IsCancelled,
) -> InputPair | None:
    """Both inputs to look at; None where the reference's is no picture."""
    import numpy as np

    ours, theirs = _inputs(picture_run, reference_run)
    if theirs is None or theirs.ndim != 4 or preprocessing is None:
        return None
    progress(0, 0, "comparing the inputs")
    channel = -1 if preprocessing.layout == "NHWC" else 1
    if theirs.shape[channel] != preprocessing.channels():
        return None
    is_alike = ours is not None and ours.shape == theirs.shape
    errors = input_errors(picture_run, reference_run)
    if cancelled():
        raise Cancelled
    tensors = (ours if ours is not None and ours.ndim == 4 else None, theirs)
    raw = _view([None if each is None else _pixels(each, preprocessing) for each in tensors], is_alike, None)
    seen = _view([None if each is None else _undone(each, preprocessing) for each in tensors], is_alike, (0.0, 255.0))
    shapes = (None if ours is None else tuple(ours.shape[1:]), tuple(theirs.shape[1:]))
    return InputPair(shapes, seen, raw, errors, is_alike and bool(np.array_equal(_bits(ours), _bits(theirs))))


def _inputs(picture_run: Activations | None, reference_run: Activations | None) -> tuple[Array | None, Array | None]:
    """The input that both runs were fed with, ours and the reference's; without ours the reference's first."""
    if reference_run is None:
        return None, None
    for name, theirs in reference_run.inputs.items():
        if picture_run is None or name in picture_run.inputs:
            return None if picture_run is None else picture_run.inputs[name], theirs
    return None, None


def _bits(tensor: Array | None) -> Any:
    import numpy as np

    return np.ascontiguousarray(tensor).view(np.uint8)


def _thin(tensor: Array, preprocessing: Preprocessing) -> Array:
    height, width = tensor.shape[1:3] if preprocessing.layout == "NHWC" else tensor.shape[2:]
    step = max(1, -(-max(height, width) // MOST_SIDE))
    if preprocessing.layout == "NHWC":
        return tensor[:1, ::step, ::step]
    return tensor[:1, :, ::step, ::step]


def _pixels(tensor: Array, preprocessing: Preprocessing) -> Array:
    import numpy as np

    thin = _thin(tensor, preprocessing)
    values = np.asarray(thin[0] if preprocessing.layout == "NHWC" else thin[0].transpose(1, 2, 0), np.float64)
    return np.repeat(values, 3, axis=2) if values.shape[2] == 1 else values


def _undone(tensor: Array, preprocessing: Preprocessing) -> Array:
    from explorer.network.undoing import undone

    return undone(preprocessing, _thin(tensor, preprocessing))


def _view(sides: list[Array | None], is_alike: bool, span: tuple[float, float] | None) -> View:
    """Both sides over one range, ``span`` or what the finite values of both have."""
    import numpy as np

    ours, theirs = sides
    assert theirs is not None
    if span is None:
        finite = [side[np.isfinite(side)] for side in sides if side is not None]
        span = (
            min((float(values.min()) for values in finite if values.size), default=0.0),
            max((float(values.max()) for values in finite if values.size), default=0.0),
        )
    low, high = span
    difference, most = None, 0.0
    if ours is not None and is_alike:
        apart = np.nan_to_num(np.abs(np.asarray(ours, np.float64) - theirs), nan=np.inf).max(axis=2, keepdims=True)
        finite_apart = apart[np.isfinite(apart)]
        most = float(finite_apart.max()) if finite_apart.size else 0.0
        difference = np.repeat(_bytes(apart, 0.0, most), 3, axis=2)
    return View(
        None if ours is None else _bytes(ours, low, high), _bytes(theirs, low, high), difference, low, high, most
    )


def _bytes(values: Array, low: float, high: float) -> Pixels:
    import numpy as np

    numbers = np.asarray(values, np.float64)
    # A value that is no number is black, like the lowest; it is said in words where there are any.
    finite = np.where(np.isfinite(numbers), numbers, low)
    scaled = (finite - low) * (255.0 / (high - low) if high > low else 0.0)
    whole: Pixels = np.where(np.isposinf(numbers), 255, scaled.clip(0, 255).round()).astype(np.uint8)
    return np.ascontiguousarray(whole)
