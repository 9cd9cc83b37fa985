"""Whether a picture became the tensor that the original framework was fed with: preprocessing is layer 0."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from explorer.comparison.metrics import Errors
    from explorer.running.activations import Activations

ROUNDING = 1e-6
"""Relative L2 error up to which float32 arithmetic alone explains unlike tensors."""


def input_errors(picture_run: Activations | None, reference_run: Activations | None) -> Errors | None:
    """How far the picture's tensor is from the reference's input; None where there are not both, or unlike shapes."""
    if picture_run is None or reference_run is None:
        return None
    from explorer.comparison.metrics import measure

    for name, tensor in picture_run.inputs.items():
        theirs = reference_run.inputs.get(name)
        if theirs is not None and theirs.shape == tensor.shape:
            return measure(tensor, theirs)
    return None
