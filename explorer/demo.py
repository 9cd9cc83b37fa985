"""The whole job on the network that comes with the program: what PyTorch trained and computed, and a port of it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from explorer import drawings
from explorer.errors import PortsideError

BROKEN = "broken.onnx"


@dataclass(frozen=True)
class Demo:
    """What is dropped onto the window: a port, a picture, and what PyTorch computed for it."""

    network: Path
    picture: Path
    reference: Path

    @property
    def files(self) -> tuple[Path, Path, Path]:
        """All three, the network first."""
        return self.network, self.picture, self.reference


def demo() -> Demo:
    """Drawings as Caffe has it, with the picture amid clutter; the files are those of the installation."""
    _, cluttered = drawings.recorded()
    return Demo(drawings.caffe_port(), cluttered.picture, cluttered.reference)


def broken_demo(folder: Path) -> Demo:
    """A port with three mistakes, written into ``folder``, with the picture in pen on white.

    :raises PortsideError: when it can't be written.
    """
    plain, _ = drawings.recorded()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _not_written(folder, error) from None
    return Demo(drawings.write_broken_port(folder / BROKEN), plain.picture, plain.reference)


def copy_demo(folder: Path) -> Demo:
    """Copy everything that comes with Drawings into ``folder``: three ports, pictures, references, and its card.

    :raises PortsideError: when the folder can't be written.
    """
    whole = drawings.folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file in sorted((*whole.glob("ports/*"), *whole.glob("reference/*"), whole / "CARD.md")):
            shutil.copyfile(file, folder / file.name)
    except OSError as error:
        raise _not_written(folder, error) from None
    return Demo(*(folder / file.name for file in demo().files))


def _not_written(folder: Path, error: OSError) -> PortsideError:
    return PortsideError(f"the demo's files can't be written ({error.strerror})", file=folder)
