"""Golden runs of the small network for tests, and zips whose every byte a test can choose."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from explorer.comparison.golden_contents import golden_of_run
from explorer.network.network import Network
from explorer.network.preprocessing import Preprocessing
from explorer.running.golden_saving import save_golden
from explorer.running.images import read_picture
from explorer.running.runner import Runner, feed_picture
from tests.small_network import picture_pixels, small_network


def write_golden(
    folder: Path,
    network: Network | None = None,
    *,
    preprocessing: Preprocessing | None = None,
    labels: tuple[str, ...] | None = None,
    name: str = "run.portside",
) -> Path:
    """A golden run of a network on ``noise.png`` (12×12), which is written beside it."""
    network = network or small_network()
    Image.fromarray(picture_pixels()).save(folder / "noise.png")
    picture = read_picture(folder / "noise.png")
    chosen = preprocessing or network.preprocessing
    run = Runner(network, "cpu", threads=1).run(feed_picture(network, picture.pixels, chosen), fed_with="picture")
    golden = golden_of_run(network, run, picture=picture, preprocessing=chosen, labels=labels)
    save_golden(golden, folder / name)
    return folder / name


def parts_of(path: Path) -> dict[str, bytes]:
    """Every part's bytes, by name."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def write_parts(path: Path, parts: Mapping[str, bytes], method: int = zipfile.ZIP_STORED) -> Path:
    """A zip of these parts, as any program would make it."""
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


def rewrite(path: Path, change: Callable[[dict[str, Any], dict[str, bytes]], None]) -> Path:
    """Let ``change`` change the record and the other parts of a golden run, hashes left as they are."""
    parts = parts_of(path)
    record = json.loads(parts.pop("run.json"))
    change(record, parts)
    return write_parts(path, {**parts, "run.json": json.dumps(record).encode()})


def npy(array: Any) -> bytes:
    """An array as a file, pickled where NumPy would."""
    from io import BytesIO

    held = BytesIO()
    np.save(held, array, allow_pickle=True)
    return held.getvalue()
