"""Edits of a chain of preprocessing: a step left out, put in, moved; each gives another description."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from explorer.network.preprocessing import Preprocessing, find_preprocessing, preset_names
from explorer.network.preprocessing_fields import Step

CUSTOM = "custom"
"""The name of a description that is no preset and not the network's own."""

WHITE = 255.0

FIELDS: Mapping[Step, tuple[str, ...]] = {
    "turn": ("transposed",),
    "middle": ("central_fraction",),
    "resize": ("fit", "shorter_side", "interpolation", "antialias", "coordinates"),
    "crop": ("fit", "crop"),
    "channels": ("order",),
    "scale": ("scale",),
    "mean": ("mean",),
    "std": ("std",),
}
"""What of a description belongs to each step."""

LEFT_OUT: Mapping[Step, Mapping[str, Any]] = {
    "turn": {"transposed": False},
    "middle": {"central_fraction": 1.0},
    "resize": {"fit": "none"},
    "crop": {"fit": "exact"},
    "channels": {"order": "RGB"},
    "scale": {"scale": 1.0},
    "mean": {"mean": (0.0,)},
    "std": {"std": (1.0,)},
}
"""What a description says of a step that is not done."""


def without(recipe: Preprocessing, step: Step) -> Preprocessing:
    """The recipe without that step."""
    return replace(recipe, **LEFT_OUT[step])


def with_step(recipe: Preprocessing, step: Step, numbers: Preprocessing | None = None) -> Preprocessing:
    """The recipe with that step: with its numbers in ``numbers``, where those do anything, else with usual ones."""
    if numbers is not None and numbers.does(step):
        return replace(recipe, **{name: getattr(numbers, name) for name in FIELDS[step]})
    largest = WHITE * recipe.scale if recipe.does("scale") else WHITE
    usual: Mapping[Step, Mapping[str, Any]] = {
        "turn": {"transposed": True},
        "middle": {"central_fraction": 0.875},
        "resize": {"fit": "shorter"},
        "crop": {"fit": "shorter"},
        "channels": {"order": "BGR"},
        "scale": {"scale": 1 / WHITE},
        "mean": {"mean": (largest / 2,)},
        "std": {"std": (largest / 2,)},
    }
    return replace(recipe, **usual[step])


def moved(recipe: Preprocessing, step: Step, by: int) -> Preprocessing:
    """The recipe with that step ``by`` places later among those that are done, as far as it goes."""
    done = recipe.done
    if step not in done or not 0 <= done.index(step) + by < len(done):
        return recipe
    target = done[done.index(step) + by]
    rest = [each for each in recipe.sequence if each != step]
    rest.insert(rest.index(target) + (by > 0), step)
    return replace(recipe, sequence=tuple(rest))


def named(recipe: Preprocessing, own: Preprocessing | None) -> Preprocessing:
    """The recipe under the name of the network's own or of the preset that does the same, else :data:`CUSTOM`."""
    known = [own] if own is not None else []
    known += [find_preprocessing(name) for name in preset_names()]
    same = next((each for each in known if is_same(each, recipe)), None)
    return replace(recipe, name=CUSTOM if same is None else same.name)


def is_same(one: Preprocessing, other: Preprocessing) -> bool:
    """Whether both do the same, whatever they are called and however the tensor is laid out."""
    return _plain(one) == _plain(other)


def _plain(recipe: Preprocessing) -> Preprocessing:
    """The recipe with nothing said of what is not done."""
    done = recipe.done
    idle = [step for step in FIELDS if step not in done]
    plain = replace(recipe, name="", layout="NCHW", sequence=done)
    for step in idle:
        plain = replace(plain, **{name: value for name, value in LEFT_OUT[step].items() if name != "fit"})
    if plain.fit != "shorter":
        plain = replace(plain, shorter_side=1)
    if "resize" not in done:
        plain = replace(plain, interpolation="nearest", antialias=True)
    if "crop" not in done:
        plain = replace(plain, crop="centre")
    if plain.antialias:
        plain = replace(plain, coordinates="half-pixel")
    return replace(plain, mean=_short(plain.mean), std=_short(plain.std))


def _short(numbers: tuple[float, ...]) -> tuple[float, ...]:
    return numbers[:1] if len(set(numbers)) == 1 else numbers
