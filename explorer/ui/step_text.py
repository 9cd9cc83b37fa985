"""The steps of preprocessing in words: what each is called, its numbers, and what it does."""

from __future__ import annotations

from collections.abc import Mapping

from explorer.network.preprocessing import Preprocessing, Stage
from explorer.network.preprocessing_fields import Step
from explorer.ui.number_text import number_text

NAMES: Mapping[str, str] = {
    "picture": "Picture",
    "turn": "Turn",
    "middle": "Middle",
    "resize": "Resize",
    "crop": "Crop",
    "channels": "Order",
    "scale": "Scale",
    "mean": "Mean",
    "std": "Std",
    "tensor": "Tensor",
}

SIGNS: Mapping[str, str] = {"scale": "×", "mean": "−", "std": "÷"}

PLACES: Mapping[str, str] = {
    "centre": "the centre",
    "top-left": "the top left",
    "top-right": "the top right",
    "bottom-left": "the bottom left",
    "bottom-right": "the bottom right",
}

SAMPLINGS: Mapping[str, str] = {
    "smoothed": "smoothed, as Pillow does",
    "half-pixel": "sampled, as OpenCV and TensorFlow 2 do",
    "asymmetric": "sampled from the corner, as TensorFlow 1 does",
    "align-corners": "sampled with corners aligned",
}

ORDERS: Mapping[str, str] = {"RGB": "red, green, blue", "BGR": "blue, green, red", "GRAY": "grey"}


def step_numbers(recipe: Preprocessing, step: str, stage: Stage | None) -> str:
    """The step's numbers as they stand under its picture."""
    if step == "channels":
        return "grey" if recipe.order == "GRAY" else recipe.order
    if step == "middle":
        return f"{100 * recipe.central_fraction:.4g} %"
    if step == "scale":
        return f"× {fraction_text(recipe.scale)}"
    if step in SIGNS:
        numbers = recipe.mean if step == "mean" else recipe.std
        short = [f"{value:.3g}" for value in numbers]
        return f"{SIGNS[step]} {short[0] if len(set(short)) == 1 else ', '.join(short)}"
    if step in ("tensor", "turn"):
        return recipe.layout if step == "tensor" else "H ↔ W"
    if step == "resize" and recipe.fit == "shorter":
        return f"↕ {recipe.shorter_side}"
    if stage is None:
        return ""
    height, width = stage.array.shape[:2]
    return f"{width}²" if width == height and step != "picture" else f"{width}×{height}"


def step_words(recipe: Preprocessing, step: str, stage: Stage | None = None) -> str:
    """What the step does, as a sentence."""
    size = "" if stage is None else f"{stage.array.shape[1]}×{stage.array.shape[0]}"
    if step == "picture":
        return f"The picture as it was decoded, {size} pixels." if size else "The picture as it was decoded."
    if step == "tensor":
        return _tensor_words(recipe, stage)
    if step == "turn":
        return "Height and width are exchanged."
    if step == "middle":
        return f"The middle {100 * recipe.central_fraction:.4g} % of each side is kept."
    if step == "resize":
        how = f"{recipe.interpolation}, {SAMPLINGS['smoothed' if recipe.antialias else recipe.coordinates]}"
        if recipe.fit == "exact":
            return f"Made exactly the network's size, whatever the aspect: {how}."
        return f"The shorter side is made {recipe.shorter_side} pixels, the aspect is kept: {how}."
    if step == "crop":
        part = f"A part of {size}" if size else "A part as large as the network takes"
        return f"{part} is cut from {PLACES[recipe.crop]}."
    if step == "channels":
        return f"Channels become {ORDERS[recipe.order]}."
    words = {"scale": f"Values × {fraction_text(recipe.scale)}", "mean": "Values", "std": "Values"}[step]
    if step != "scale":
        words += f" {SIGNS[step]} {_listed(recipe.mean if step == 'mean' else recipe.std)}"
    return f"{words}{_range_words(stage)}."


def step_tip(recipe: Preprocessing, step: str, stage: Stage | None) -> str:
    """The step's sentence, and what there is after it."""
    words = f"{NAMES[step]}: {step_words(recipe, step, stage)}"
    if stage is None:
        return words
    return f"{words}\n{stage.array.dtype.name}, {'×'.join(map(str, stage.array.shape))}"


def letters(recipe: Preprocessing, step: Step) -> str:
    """The channels as they stand at that step: ``RGB``, ``BGR``, or ``Y`` where there is grey alone."""
    done = recipe.sequence
    if "channels" not in recipe.done or done.index("channels") > done.index(step):
        return "RGB"
    return "Y" if recipe.order == "GRAY" else recipe.order


def fraction_text(value: float) -> str:
    """A factor as people write it: ``1/255``, ``1/127.5``, ``0.017``."""
    for below in (255.0, 127.5, 256.0, 128.0):
        if value == 1 / below:
            return f"1/{below:g}"
    return f"{value:.4g}"


def _tensor_words(recipe: Preprocessing, stage: Stage | None) -> str:
    how = "channels first" if recipe.layout == "NCHW" else "channels last"
    shape = "" if stage is None else f", {'×'.join(map(str, stage.array.shape))}"
    return f"Laid out as the network takes it: {recipe.layout}, {how}{shape}. In all: {recipe.arithmetic()}."


def _listed(numbers: tuple[float, ...]) -> str:
    texts = [f"{value:.6g}" for value in numbers]
    return texts[0] if len(set(texts)) == 1 else f"({', '.join(texts)})"


def _range_words(stage: Stage | None) -> str:
    if stage is None or not stage.array.size:
        return ""
    return f": from {number_text(float(stage.array.min()))} to {number_text(float(stage.array.max()))}"
