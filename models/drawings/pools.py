"""Many pictures at once, drawn by all cores."""

from __future__ import annotations

import multiprocessing
import os
from functools import partial

import numpy as np
from numpy.typing import NDArray

from models.drawings.classes import KINDS
from models.drawings.program import SIDE, draw_picture

BLOCK = 256


def draw_pool(
    seed: int, count: int, side: int = SIDE, *, processes: int | None = None
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Draw ``count`` pictures, the classes in turn: count×side×side×3 RGB, and their classes."""
    labels = np.arange(count) % len(KINDS)
    pictures = np.empty((count, side, side, 3), np.uint8)
    starts = range(0, count, BLOCK)
    draw = partial(_draw_block, seed, count, side)
    workers = processes or os.cpu_count() or 1
    if workers == 1:
        for start in starts:
            block = draw(start)
            pictures[start : start + len(block)] = block
        return pictures, labels
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        for start, block in zip(starts, pool.imap(draw, starts), strict=True):
            pictures[start : start + len(block)] = block
    return pictures, labels


def _draw_block(seed: int, count: int, side: int, start: int) -> NDArray[np.uint8]:
    indices = range(start, min(count, start + BLOCK))
    return np.stack([draw_picture((seed, index), index % len(KINDS), side) for index in indices])
