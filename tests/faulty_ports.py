"""Ports with known mistakes, beside what the original computed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from explorer.importers import open_network
from explorer.running.recording import save_arrays
from tests.caffe_files import small_inception, write_caffe
from tests.exact_values import exact_blobs

SIDE = 30


@dataclass(frozen=True)
class PortFiles:
    """What a person would drop: the port's two files, the picture, and what the original made of it."""

    network: Path
    weights: Path
    picture: Path
    reference: Path

    @property
    def all(self) -> list[Path]:
        return [self.network, self.weights, self.picture, self.reference]


def write_port(folder: Path, faults: Collection[str] = (), name: str = "port") -> PortFiles:
    """A small inception network; ``rotated``: kernels of inc/3x3, ``alpha``: of norm1, ``biasless``: fc."""
    folder.mkdir(parents=True, exist_ok=True)
    text, weights = small_inception()
    (folder / "original").mkdir(exist_ok=True)
    original = open_network(write_caffe(folder / "original", text, weights, name))
    pixels = np.random.default_rng(5).integers(0, 256, (SIDE, SIDE, 3), np.uint8)
    Image.fromarray(pixels).save(folder / f"{name}.png")
    save_arrays(exact_blobs(original, pixels), folder / f"{name}.npz")
    if "rotated" in faults:
        kernel, bias = weights["inc/3x3"]
        weights["inc/3x3"] = [kernel[:, :, ::-1, ::-1], bias]
    if "alpha" in faults:
        text = text.replace("alpha: 0.01", "alpha: 0.05")
    if "biasless" in faults:
        weights["fc"] = [weights["fc"][0], weights["fc"][1] * 0]
    path = write_caffe(folder, text, weights, name)
    return PortFiles(path, folder / f"{name}.caffemodel", folder / f"{name}.png", folder / f"{name}.npz")
