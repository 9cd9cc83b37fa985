"""One run of the bench: its settings, its peers, and the files that are measured on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from explorer.bench.peers import Peers
from explorer.bench.subjects import CaffeFiles, write_blocks, write_caffe, write_googlenet, write_picture


@dataclass(frozen=True)
class Settings:
    """How often and on how much is measured.

    ``rounds`` of what takes less than a second, ``slow_rounds`` of what takes longer; GoogLeNet as wide as ``width``
    times the original; ``large`` are the nodes of the ONNX files that are opened, ``growth`` those whose cost is
    compared; ``threads`` for everybody.
    """

    rounds: int = 21
    slow_rounds: int = 7
    width: float = 1.0
    large: tuple[int, ...] = (10_000, 20_000)
    growth: tuple[int, ...] = (1_000, 20_000)
    threads: int = 2


QUICK = Settings(rounds=5, slow_rounds=2)


@dataclass(frozen=True)
class Bench:
    """What every measurement is handed: ``tell`` says in a line what is being done."""

    settings: Settings
    peers: Peers
    folder: Path
    tell: Callable[[str], None]

    @cached_property
    def googlenet(self) -> Path:
        """GoogLeNet with random weights, as ONNX."""
        return write_googlenet(self.folder, self.settings.width)

    @cached_property
    def caffe(self) -> CaffeFiles:
        """The same network as Caffe's two files."""
        return write_caffe(self.folder, self.settings.width)

    @cached_property
    def picture(self) -> Path:
        """A picture of noise and a gradient."""
        return write_picture(self.folder)

    def blocks(self, nodes: int) -> Path:
        """An ONNX file of that many nodes."""
        path = self.folder / f"blocks-{nodes}.onnx"
        return path if path.exists() else write_blocks(path, nodes)
