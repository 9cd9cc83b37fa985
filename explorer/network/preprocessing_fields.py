"""What a description of preprocessing may say: the kinds of its fields, and the check of those that a file holds."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any, Literal, get_args

from explorer.errors import PortsideError
from explorer.network.pixel_steps import PLACES, Order
from explorer.network.resampling import COORDINATES, INTERPOLATIONS

Fit = Literal["shorter", "exact", "none"]
Layout = Literal["NCHW", "NHWC"]
Step = Literal["turn", "middle", "resize", "crop", "channels", "scale", "mean", "std"]

USUAL: tuple[Step, ...] = get_args(Step)
"""The order in which the steps are done where nothing else is said."""

CALCULATING: tuple[Step, ...] = ("scale", "mean", "std")
"""The steps that calculate, rather than move pixels."""

LARGEST_SIDE = 65_536


def checked(key: str, value: object, file: str | Path | None) -> Any:
    """The value of a field as a description holds it.

    :raises PortsideError: naming ``file`` and the key, where it is none of the field's values.
    """
    choices: dict[str, tuple[str, ...]] = {
        "fit": get_args(Fit),
        "order": get_args(Order),
        "layout": get_args(Layout),
        "interpolation": INTERPOLATIONS,
        "coordinates": COORDINATES,
        "crop": PLACES,
    }
    if key in choices and value in choices[key]:
        return value
    if key == "sequence" and isinstance(value, list | tuple) and all(isinstance(each, str) for each in value):
        if sorted(value) == sorted(USUAL):
            return tuple(value)
        wanted = f"each of {', '.join(USUAL)} once"
        raise PortsideError(
            f"preprocessing: 'sequence' is {', '.join(value) or 'empty'}, wanted is {wanted}", file=file
        )
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
