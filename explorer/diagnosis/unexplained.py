"""What can be said where no name can be given, and what input would tell two names apart."""

from __future__ import annotations

import numpy as np

from explorer.diagnosis.scene import Scene, Suspect
from explorer.network.network import value_name

NOT_FINITE = "the reference itself holds infinities or NaN here"


def why_unexplained(suspect: Suspect) -> str:
    """Why no cause was found for a stretch, in a sentence."""
    layers = suspect.stretch.layers
    target = suspect.target
    if not np.isfinite(target).all():
        return NOT_FINITE
    if len(layers) > 3:
        return (
            f"{len(layers)} layers lie between the recorded values, from '{layers[0]}' to '{layers[-1]}': "
            "a reference that records more of them would narrow it down"
        )
    result = Scene(suspect).result
    if result is None:
        return "it can't run on the values that the reference recorded"
    if result.shape != target.shape:
        return f"it gives {_by(result.shape)} where the reference has {_by(target.shape)}"
    if not np.isfinite(result).all():
        return "it gives infinities or NaN where the reference has numbers"
    if np.ptp(target) == 0:
        return "the reference is the same number everywhere here, from which no cause can be told"
    text = "no single known mistake and no two or three together bring it to the reference's values"
    given = {value_name(value) for value in suspect.network.inputs}
    if given & set(suspect.stretch.inputs):
        text += ", unless the recorded input is not what they were computed from"
    return text


def deciding_input(cause: str, equals: tuple[str, ...]) -> str | None:
    """What input would tell ``cause`` from those that explain this reference as well; None where there are none."""
    if not equals:
        return None
    causes = {cause, *equals}
    if causes & {"input-channel-order"}:
        return "a picture in colour would tell them apart"
    if causes <= {"activation-slope", "activation-kind", "output-head", "wiring", "label-order", "channels-permuted"}:
        return "both name the same change"
    if causes & {"weights-other", "bias-wrong", "bias-missing", "bn-parameters", "weights-precision"}:
        return "a reference of several different pictures would tell them apart"
    if causes & {"kernel-axes", "kernel-rotated", "input-transposed"}:
        return "a picture without symmetry would tell them apart"
    return "another picture, with more contrast at the borders, may tell them apart"


def _by(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape))
