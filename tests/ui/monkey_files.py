"""What the monkey drops: good files and those that nobody should open, and how they change under the window."""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
from PIL import Image

from explorer.architectures.googlenet import googlenet
from explorer.network.network import Source
from explorer.network.saving import save_network
from explorer.running.recording import save_arrays
from tests.golden_runs import write_golden
from tests.small_network import write_small_files

ODD = '<b>it\'s "odd" & \u202egpj.\nx' if os.name == "posix" else "it's odd & \u202egpj"
"""A file's name with tags, quotes, a mark that turns the writing round and a line's end."""


def write_monkey_files(folder: Path) -> list[Path]:
    """Write them into ``folder``, which is not there yet; the good ones are several times in the list."""
    folder.mkdir()
    good = write_small_files(folder)
    (folder / "port").mkdir()
    port = write_small_files(folder / "port", shifted="fork/left").network
    golden = write_golden(folder)
    larger = folder / "inception.onnx"
    save_network(googlenet(width=1 / 16, classes=7, seed=1, source=Source("architecture", (), ())), larger)
    photo = folder / "photo.jpg"
    Image.fromarray(np.random.default_rng(1).integers(0, 256, (40, 60, 3), np.uint8)).save(photo)
    pictures = folder / "pictures"
    pictures.mkdir()
    for number in range(3):
        Image.new("RGB", (9, 9), (80 * number, 10, 200)).save(pictures / f"{number}.png")
    (pictures / "3.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    save_arrays(
        {"data": np.full((1, 3, 8, 8), np.nan, np.float32), "fc": np.ones((1, 6), np.float32)}, folder / "n.npz"
    )
    save_arrays({"conv9": np.ones((2, 2), np.float32)}, folder / "other.npz")
    odd = [folder / f"{ODD}.onnx", folder / f"{ODD}.png"]
    odd[0].write_bytes(good.network.read_bytes())
    odd[1].write_bytes(good.picture.read_bytes())
    return [
        *(good.network, good.picture, good.reference, port, golden, larger, photo, pictures),
        *(good.network, good.picture, good.reference, port),
        *(folder / "n.npz", folder / "other.npz", folder / "is-not-there.onnx", *odd),
        *_write_bad(folder / "bad", good.network.read_bytes(), good.reference.read_bytes(), golden.read_bytes()),
    ]


def _write_bad(folder: Path, network: bytes, reference: bytes, golden: bytes) -> list[Path]:
    bad = {
        "empty.onnx": b"",
        "noise.onnx": np.random.default_rng(2).bytes(4_000),
        "cut.onnx": network[:-600],
        "cut.npz": reference[:-200],
        "empty.caffemodel": b"",
        "bad.prototxt": b'name: "x" layer { name: "a" type: "Convolution" bottom: "nowhere" top: "a" }',
        "open.prototxt": b"layer { layer { layer {" * 50,
        "model.json": b'{"class_name": "Model", "config": {"layers": "none"}}',
        "noise.h5": b"\x89HDF\r\n\x1a\n" + np.random.default_rng(3).bytes(900),
        "noise.png": b"GIF89a nonsense",
        "run.portside": golden[:3_000],
        "notes.txt": "drei Äpfel".encode(),
    }
    folder.mkdir()
    for name, data in bad.items():
        (folder / name).write_bytes(data)
    return [folder, *sorted(folder.iterdir())]


class Spoiler:
    """Changes files under the window's feet, and puts them right again."""

    def __init__(self, files: Sequence[Path], draw: random.Random) -> None:
        self._draw = draw
        self._whole = {path: path.read_bytes() for path in files if path.is_file()}

    def spoil(self) -> str:
        """Touch, replace, cut or remove a file, or make all files whole."""
        path = self._draw.choice(list(self._whole))
        way = self._draw.choice(("touch", "replace", "cut", "remove", "mend", "mend"))
        if way == "mend":
            self.mend()
        elif way == "touch" and path.exists():
            path.touch()
        elif way == "remove":
            path.unlink(missing_ok=True)
        else:
            data = self._whole[self._draw.choice(list(self._whole))] if way == "replace" else self._whole[path]
            self._put(path, data[: len(data) // 2] if way == "cut" else data, in_place=self._draw.random() < 0.5)
        return f"{way} {path.name!r}"

    def mend(self) -> None:
        """Make all files whole."""
        for path, data in self._whole.items():
            with suppress(OSError):
                if path.read_bytes() == data:
                    continue
            self._put(path, data)

    def _put(self, path: Path, data: bytes, *, in_place: bool = False) -> None:
        """Put another file in the place of the one that may be open, as editors do, or write into it, as exporters."""
        other = path if in_place else path.with_name("being-written")
        other.write_bytes(data)
        other.replace(path)
