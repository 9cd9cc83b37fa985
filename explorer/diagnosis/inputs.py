"""Layer 0: how the picture became the tensor that the network was fed with, and what the port does otherwise."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from explorer.comparison.compare import INPUT_FLOOR
from explorer.comparison.metrics import measure
from explorer.comparison.noise import TOLERANCE
from explorer.diagnosis.draft import Draft
from explorer.diagnosis.edit import Edit, change
from explorer.errors import PortsideError
from explorer.network import marks
from explorer.network.preprocessing import Preprocessing
from explorer.network.preprocessing_fields import CALCULATING, Fit, Step
from explorer.network.resampling import COORDINATES, INTERPOLATIONS
from explorer.network.undoing import linear
from explorer.running.activations import Array

NEARNESS = 1e-5
"""Relative: fitted factors and means that are as near to ours are ours."""

COLOURS = 3


@dataclass(frozen=True, eq=False)
class GivenPicture:
    """The picture that the original was fed with: H×W×3 pixels, RGB, 0–255, and what the port does to it."""

    pixels: NDArray[np.uint8]
    preprocessing: Preprocessing
    size: tuple[int, int]

    def tensor(self) -> Array:
        """The port's own input, laid out as its network wants it."""
        return self.preprocessing.apply(self.pixels, self.size)


@dataclass(frozen=True, eq=False)
class InputExplanation:
    """The mistakes, each with the error that it leaves when it alone is not mended; and others as likely as each."""

    edits: tuple[Edit, ...]
    without: tuple[float, ...]
    residual: float
    equals: tuple[tuple[str, ...], ...]
    decides: tuple[str | None, ...]
    corrected: Preprocessing


@dataclass(frozen=True, eq=False)
class _Fit:
    """Per channel of the tensor: value · ``factor`` + ``offset`` of the picture's channels, in ``order``."""

    recipe: Preprocessing
    factor: Array
    offset: Array
    residual: float


def explain_input(given: GivenPicture, target: Array, layer: str) -> InputExplanation | None:
    """Find what ``given`` does otherwise than the original, whose tensor (laid out as ours) is ``target``.

    None where no way that is known leads from the picture to the tensor.
    """
    if given.preprocessing.channels() != COLOURS or target.shape[0] != 1:
        return None
    best: _Fit | None = None
    for group in _recipes(given.preprocessing, given.size):
        fits = [fit for recipe in group if (fit := _fitted(given, recipe, target)) is not None]
        at_floor = [fit for fit in fits if fit.residual <= TOLERANCE * INPUT_FLOOR]
        if at_floor:
            best = at_floor[0]
            break
    return None if best is None else _told(given, best, target, layer)


def _recipes(own: Preprocessing, size: tuple[int, int]) -> Iterator[list[Preprocessing]]:
    """Ways to cut the picture and to order its channels, the nearest to ours first; each in both orders."""
    yield _orders(own)
    samplings: list[dict[str, str | bool]] = [{"interpolation": kind, "antialias": True} for kind in INTERPOLATIONS]
    samplings += [
        {"interpolation": kind, "antialias": False, "coordinates": rule}
        for kind in ("nearest", "bilinear")
        for rule in COORDINATES
    ]
    fits: list[dict[str, Fit | int]] = [{"fit": "exact"}]
    sides = dict.fromkeys((own.shorter_side, 256, *size, 224, 299, 320, 342, 331))
    fits += [{"fit": "shorter", "shorter_side": side} for side in sides]
    fractions = [{"central_fraction": fraction} for fraction in (1.0, 0.875)]
    single = [replace(own, **change) for change in (*samplings, *fits, *fractions)]  # type: ignore[arg-type]
    single.append(replace(own, transposed=not own.transposed))
    for recipe in single:
        yield _orders(recipe)
    for sampling, fit, fraction in product(samplings, fits, fractions):
        yield _orders(replace(own, **sampling, **fit, **fraction))  # type: ignore[arg-type]
    for sampling, fit in product(samplings, fits):
        yield _orders(replace(own, transposed=not own.transposed, **sampling, **fit))  # type: ignore[arg-type]


def _orders(recipe: Preprocessing) -> list[Preprocessing]:
    return [recipe, replace(recipe, order="RGB" if recipe.order == "BGR" else "BGR")]


def _fitted(given: GivenPicture, recipe: Preprocessing, target: Array) -> _Fit | None:
    """The factor and offset of each channel that bring ``recipe``'s pixels nearest to the tensor; ours if they do."""
    try:
        pixels = np.asarray(recipe.resized(given.pixels, given.size), np.float64)
    except PortsideError:
        return None
    wanted = np.asarray(target[0] if recipe.layout == "NHWC" else target[0].transpose(1, 2, 0), np.float64)
    if wanted.shape != pixels.shape:
        return None
    pixels = pixels[..., ::-1] if recipe.order == "BGR" else pixels
    factor, offset = linear(recipe)
    if measure(pixels * factor + offset, wanted).relative_l2 > TOLERANCE * INPUT_FLOOR:
        own = factor
        flat, goal = pixels.reshape(-1, COLOURS), wanted.reshape(-1, COLOURS)
        spread = flat.var(0)
        factor = np.where(
            spread > 0, ((flat - flat.mean(0)) * (goal - goal.mean(0))).mean(0) / np.where(spread > 0, spread, 1), own
        )
        offset = goal.mean(0) - factor * flat.mean(0)
    return _Fit(recipe, factor, offset, measure(pixels * factor + offset, wanted).relative_l2)


def _told(given: GivenPicture, fit: _Fit, target: Array, layer: str) -> InputExplanation:
    """The differences between ours and the original's way, one by one."""
    own = given.preprocessing
    steps: list[tuple[str, str, Preprocessing]] = []
    current = own
    if fit.recipe.transposed != own.transposed:
        current = replace(current, transposed=fit.recipe.transposed)
        steps.append(("input-transposed", "height and width of the picture are exchanged", current))
    cut = replace(fit.recipe, order=own.order)
    if cut != current:
        steps.append(("input-resize", f"{_way(own)} where the original does: {_way(cut)}", cut))
        current = cut
    if fit.recipe.order != own.order:
        turned = replace(current, order=fit.recipe.order, mean=current.mean[::-1], std=current.std[::-1])
        # Means that were put in the order of the channels are right for it, and turn with it.
        with_means = turned.mean != current.mean and not list(_values(turned, fit))
        current = turned if with_means else replace(current, order=fit.recipe.order)
        steps.append(("input-channel-order", f"{own.order} where {fit.recipe.order} is meant", current))
    for cause, text, changed in _values(current, fit):
        current = changed
        steps.append((cause, text, current))
    previous = [own, *(changed for _, _, changed in steps)]
    edits = tuple(
        Edit(cause, layer, text, change(_write, own, _changes(earlier, changed)))
        for earlier, (cause, text, changed) in zip(previous, steps, strict=False)
    )
    residual = _residual(replace(given, preprocessing=current), target)
    # What each mistake does: all the others mended.
    without = []
    for number in range(len(steps)):
        partly = own
        for index, (_, _, changed) in enumerate(steps):
            before = own if index == 0 else steps[index - 1][2]
            if index != number:
                partly = replace(partly, **_changes(before, changed))  # type: ignore[arg-type]
        without.append(_residual(replace(given, preprocessing=partly), target))
    equals, decides = _ambiguity(given, steps)
    return InputExplanation(edits, tuple(without), residual, equals, decides, current)


def _values(current: Preprocessing, fit: _Fit) -> Iterator[tuple[str, str, Preprocessing]]:
    """Scale and mean: what is left once the pixels are the same."""
    factor, offset = linear(current)
    mean, scale = 0.0 - offset / factor, fit.factor / factor
    if _near(fit.factor, factor, factor) and _near(fit.offset, offset, factor * 255):
        return
    if _near(fit.offset, offset[::-1], factor * 255) and _near(fit.factor, factor[::-1], factor):
        changed = replace(current, mean=current.mean[::-1], std=current.std[::-1])
        if fit.recipe.order == current.order and changed != current:
            yield "input-mean", "the means are in the other order of channels", changed
            return
    new = _written(current, fit)
    if not _near(fit.factor, factor, factor):
        text = f"values × {_numbers(factor)} where × {_numbers(fit.factor)} is meant"
        if _near(fit.factor, factor**2, factor**2) and _near(fit.offset, factor * offset + offset, fit.factor * 255):
            yield "input-scale", "the original was fed with pixels prepared twice: " + text, new
            return
        if _near(factor, fit.factor**2, factor) and _near(offset, fit.factor * fit.offset + fit.offset, factor * 255):
            yield "input-scale", "the preprocessing is applied twice: " + text, new
            return
        scaled = [offset * scale, offset, offset * scale**2]
        if any(_near(fit.offset, each, np.abs(fit.factor) * 255) for each in scaled):
            yield "input-scale", text, new
            return
        between = _written(current, replace(fit, offset=offset * scale))
        yield "input-scale", text, between
    wanted = -fit.offset / fit.factor
    yield "input-mean", f"mean {_numbers(mean)} where {_numbers(wanted)} is meant (in units of the pixels)", new


def _written(current: Preprocessing, fit: _Fit) -> Preprocessing:
    """A recipe that does what was fitted, in round numbers where these do as well."""
    scale = float(fit.factor[0]) if np.ptp(fit.factor) <= NEARNESS * np.abs(fit.factor).max() else 1.0
    std = np.ones(COLOURS) if scale != 1.0 else 1 / fit.factor
    if scale == float(fit.factor[0]):
        std = np.ones(COLOURS)
    mean = -fit.offset * std
    return replace(
        current,
        sequence=_in_usual_order(current),
        scale=_round(scale),
        mean=tuple(_round(float(number)) for number in mean),
        std=tuple(_round(float(number)) for number in std),
    )


def _in_usual_order(recipe: Preprocessing) -> tuple[Step, ...]:
    """The steps of the recipe with those last, in their usual order, that were fitted as a whole."""
    return (*(step for step in recipe.sequence if step not in CALCULATING), *CALCULATING)


def _round(number: float) -> float:
    """The shortest decimal, or fraction of 255, that is the same to a millionth."""
    for part in (1 / 255, 1 / 127.5, 2 / 255, 1 / 128, 1 / 256):
        if abs(number - part) < 1e-6 * part:
            return part
    for digits in range(1, 8):
        short = float(f"{number:.{digits}g}")
        if abs(short - number) <= 2e-6 * abs(number) + 1e-9:
            return short
    return number


def _near(a: Array, b: Array, size: Array) -> bool:
    return bool((np.abs(a - b) <= NEARNESS * np.abs(size)).all())


def _changes(before: Preprocessing, after: Preprocessing) -> dict[str, object]:
    names = (field.name for field in fields(Preprocessing))
    return {name: getattr(after, name) for name in names if getattr(after, name) != getattr(before, name)}


def _residual(given: GivenPicture, target: Array) -> float:
    try:
        tensor = given.tensor()
    except PortsideError:
        return float("inf")
    return measure(tensor, target).relative_l2 if tensor.shape == target.shape else float("inf")


def _write(draft: Draft, own: Preprocessing, changes: Mapping[str, object]) -> None:
    """Change some steps of the recipe that the network has, or of the port's ``own`` where it says none."""
    text = draft.model.metadata_props.get(marks.PREPROCESSING)
    record = own.to_json() if text is None else json.loads(text)
    draft.model.metadata_props[marks.PREPROCESSING] = json.dumps({**record, **changes})


def _ambiguity(
    given: GivenPicture, steps: list[tuple[str, str, Preprocessing]]
) -> tuple[tuple[tuple[str, ...], ...], tuple[str | None, ...]]:
    """What this picture can't tell apart: channels without colour, scale and mean without contrast."""
    pixels = given.pixels
    grey = bool((pixels == pixels[..., :1]).all())
    flat = bool(np.ptp(pixels.reshape(-1, COLOURS), axis=0).max() == 0)
    equals: list[tuple[str, ...]] = []
    decides: list[str | None] = []
    for cause, _, _ in steps:
        others: tuple[str, ...] = ()
        text = None
        if flat and cause in ("input-mean", "input-scale"):
            others = ("input-scale",) if cause == "input-mean" else ("input-mean",)
            text = "a picture that is not one colour would tell scale from mean"
        elif grey and cause == "input-mean":
            others, text = ("input-channel-order",), "a picture in colour would tell the channels apart"
        equals.append(others)
        decides.append(text)
    return tuple(equals), tuple(decides)


def _way(recipe: Preprocessing) -> str:
    smooth = "smoothed" if recipe.antialias else recipe.coordinates
    fit = {"exact": "to the network's size", "shorter": f"shorter side to {recipe.shorter_side}", "none": "not at all"}
    part = "" if recipe.central_fraction == 1 else f", of the middle {recipe.central_fraction:.3g}"
    return f"resized {fit[recipe.fit]}, {recipe.interpolation}, {smooth}{part}"


def _numbers(values: Array) -> str:
    texts = [f"{value:.5g}" for value in values]
    return texts[0] if len(set(texts)) == 1 else f"({', '.join(texts)})"
