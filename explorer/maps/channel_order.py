"""Channels in another order than the stored one, by what is in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from explorer.maps.likeness import Likeness
from explorer.running.activations import Array

OrderBy = Literal["stored", "activation", "error", "likeness"]
Order = NDArray[np.intp]
"""Channels' numbers from the first place to the last."""

ORDER_WORDS: Mapping[OrderBy, str] = {
    "stored": "As stored",
    "activation": "By activation",
    "error": "By error",
    "likeness": "By likeness",
}


def largest_first(maps: Array) -> Order:
    """The channels of ``maps`` by their mean magnitude, the largest first; those with NaN or infinity before all."""
    flat = np.abs(maps.reshape(len(maps), -1))
    with np.errstate(invalid="ignore", over="ignore"):
        means = flat.mean(axis=1, dtype=np.float64) if flat.size else np.zeros(len(maps))
    return np.argsort(-np.where(np.isfinite(means), means, np.inf), kind="stable")


def moved_first(likeness: Likeness) -> Order:
    """Channels that stand elsewhere in the reference first, then by their likeness, the least first.

    Likeness counts to three decimals, and among equals the stored order stays.
    """
    scores = np.nan_to_num(np.round(likeness.scores, 3), nan=2.0)
    stays = np.asarray(likeness.partners) == np.arange(len(scores))
    return np.lexsort((np.arange(len(scores)), scores, stays))
