"""The networks that faults are put into, each with its picture, and what plain onnxruntime computes for it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from benchmarks.faulting import running
from benchmarks.faulting.calibration import calibrate
from benchmarks.faulting.catalogue import caffe_catalogue, chain_catalogue, keras_catalogue
from benchmarks.faulting.running import Array
from explorer.architectures.googlenet import googlenet
from explorer.architectures.inception_v4 import inception_v4
from explorer.architectures.mobilenet_v1 import mobilenet_v1
from explorer.architectures.slim_resnet import resnet_v1_50
from explorer.architectures.vgg import vgg16
from explorer.importers import open_network
from explorer.network.network import Network, value_name
from explorer.network.saving import save_network
from explorer.running.images import read_picture
from explorer.running.runner import feed_picture

SHARED = Path(__file__).resolve().parents[3] / "shared" / "references"

MARGIN = 30.0
"""A fault must change its layer's output by more than this many times what rounding does."""


class MissingFilesError(Exception):
    """The network's own files are not there."""


@dataclass(frozen=True, eq=False)
class Subject:
    """A right network, opened from its file, with inputs made of a picture (``pixels``: H×W×3, RGB)."""

    name: str
    network: Network
    inputs: Mapping[str, Array]
    pixels: Array

    @cached_property
    def values(self) -> dict[str, Array]:
        """Every value by its name, from plain onnxruntime without graph optimisations."""
        return running.run_plain(self.network, self.inputs)

    @cached_property
    def whole_floors(self) -> dict[str, float]:
        """For each value of a layer what all rounding before it does: the largest of three ways to round otherwise.

        A double-precision run, a run with the graph optimised (final outputs only), a run on inputs moved to their
        neighbours.
        """
        exact = running.exact(self.network, self.inputs)
        random = np.random.default_rng(0)
        moved = {
            name: np.nextafter(array, np.where(random.random(array.shape) < 0.5, np.inf, -np.inf).astype(array.dtype))
            for name, array in self.inputs.items()
        }
        shaken = running.run_plain(self.network, moved)
        optimised = running.run_plain(self.network, self.inputs, optimised=True)
        floors: dict[str, float] = {}
        for name in self.network.values:
            array = self.values[name]
            ways = [running.LEAST_FLOOR]
            ways += [running.distance(other[name], array) for other in (exact, shaken, optimised) if name in other]
            floors[name] = max(ways)
        return floors

    def own_floor(self, layer: str) -> float:
        """What rounding does in one layer that reads right values."""
        if layer not in self._own_floors:
            self._own_floors[layer] = running.layer_floor(self.network, layer, self.values)
        return self._own_floors[layer]

    @cached_property
    def _own_floors(self) -> dict[str, float]:
        return {}


def _googlenet(seed: int) -> Network:
    return googlenet(seed=seed)


def _narrow_googlenet(seed: int) -> Network:
    return googlenet(width=0.25, classes=100, size=160, auxiliary=True, seed=seed)


def _inception(seed: int) -> Network:
    return inception_v4(width=0.125, classes=101, size=(203, 203), seed=seed)


def _whole_vgg(seed: int) -> Network:
    return vgg16(seed=seed)


def _vgg(seed: int) -> Network:
    return vgg16(width=0.125, classes=100, size=96, seed=seed)


def _resnet(seed: int) -> Network:
    return resnet_v1_50(width=0.25, classes=100, size=(129, 129), seed=seed)


def _mobilenet(seed: int) -> Network:
    return mobilenet_v1(width=0.25, classes=101, size=(160, 160), seed=seed)


def _caffe_catalogue(seed: int) -> Network:
    return caffe_catalogue(np.random.default_rng(seed))


def _keras_catalogue(seed: int) -> Network:
    return keras_catalogue(np.random.default_rng(seed))


def _chain_catalogue(seed: int) -> Network:
    return chain_catalogue(np.random.default_rng(seed))


@dataclass(frozen=True)
class Recipe:
    """How a network comes about: what builds it, and the deviation that its convolutions are given."""

    build: Callable[[int], Network]
    scale: float = 1.0


RECIPES: Mapping[str, Recipe] = {
    "googlenet": Recipe(_googlenet, 40.0),
    "vgg16": Recipe(_whole_vgg, 40.0),
    "googlenet-narrow": Recipe(_narrow_googlenet, 40.0),
    "inception_v4-narrow": Recipe(_inception),
    "vgg16-narrow": Recipe(_vgg, 40.0),
    "resnet_v1_50-narrow": Recipe(_resnet),
    "mobilenet_v1-narrow": Recipe(_mobilenet),
    "catalogue-caffe": Recipe(_caffe_catalogue, 20.0),
    "catalogue-keras": Recipe(_keras_catalogue),
    "catalogue-chain": Recipe(_chain_catalogue),
}
"""The networks with drawn weights, by the name that the command line takes."""

SQUEEZENET = "squeezenet"

NAMES = (*RECIPES, SQUEEZENET)

WHOLE = ("googlenet", "vgg16")
"""Those of full size: several faults in them only repeat at length what narrow ones show."""

LARGEST = ("vgg16",)
"""Those that are taken when they are asked for: half a gigabyte of weights, and half a minute for each case."""


def make_subject(name: str, folder: Path, *, seed: int = 0, picture: str = "cat") -> Subject:
    """Build a network, give it weights like trained ones, and open it again from the file that it is saved in.

    :raises MissingFilesError: for a network whose weights are not on this machine.
    """
    pixels = find_picture(picture, seed)
    path = folder / f"{name}.onnx"
    if name == SQUEEZENET:
        prototxt = SHARED / "squeezenet-v1.1" / "deploy.prototxt"
        if not prototxt.is_file():
            raise MissingFilesError(f"{name} needs {prototxt}, which is absent")
        network = open_network(prototxt)
    else:
        recipe = RECIPES[name]
        network = recipe.build(seed)
        calibrate(network, feed_picture(network, pixels), np.random.default_rng(seed + 1), recipe.scale)
    save_network(network, path)
    opened = open_network(path)
    inputs = feed_picture(opened, pixels)
    assert set(inputs) == {value_name(value) for value in opened.inputs}
    return Subject(name, opened, inputs, pixels)


def find_picture(name: str, seed: int) -> Array:
    """``cat`` or ``elephant`` where the pictures are on this machine, else one that is drawn (H×W×3, 0–255)."""
    path = SHARED / f"{name}.jpg"
    return read_picture(path).pixels if path.is_file() else draw_picture(seed)


def draw_picture(seed: int, height: int = 360, width: int = 480) -> Array:
    """Coloured discs and stripes over a gradient with some grain: edges and areas as photographs have them."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    picture = 60 + 120 * (x / width)[..., None] * random.uniform(0.3, 1, 3) + 40 * (y / height)[..., None]
    for _ in range(25):
        row, column, radius = random.uniform(0, height), random.uniform(0, width), random.uniform(8, 90)
        inside = (y - row) ** 2 + (x - column) ** 2 < radius**2
        stripes = 1 + 0.4 * np.sin(x * random.uniform(-0.4, 0.4) + y * random.uniform(-0.4, 0.4))[inside]
        picture[inside] = random.uniform(0, 255, 3) * stripes[:, None]
    picture += 6 * random.standard_normal(picture.shape)
    clipped: Array = np.clip(picture, 0, 255).astype(np.uint8)
    return clipped


def scratch_folder() -> tempfile.TemporaryDirectory[str]:
    """Where networks are saved during a run of the bench."""
    return tempfile.TemporaryDirectory(prefix="faults-")
