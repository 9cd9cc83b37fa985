"""The whole job in small: a network, a picture and a reference, made on the spot."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from explorer.network.network import Network

SEED = 7
WIDTH = 0.25
CLASSES = 12
"""Few: with random weights no class means anything, and a long list would pretend that one did."""

NETWORK, PICTURE, REFERENCE = "googlenet-quarter.onnx", "harbour.png", "reference.npz"


def demo_files(folder: Path) -> tuple[Path, Path, Path]:
    """Write the demo's network, picture and reference into ``folder`` and give their paths.

    The network is a GoogLeNet of a quarter of the width with fixed random weights; the reference holds what a second,
    double-precision evaluation computes for the picture.

    :raises PortsideError: when the folder can't be written.
    """
    from explorer.architectures.googlenet import googlenet
    from explorer.files import whole_file
    from explorer.network.network import Source
    from explorer.network.saving import save_network
    from explorer.running.recording import save_arrays

    folder.mkdir(parents=True, exist_ok=True)
    network_path, picture_path, reference_path = (folder / name for name in (NETWORK, PICTURE, REFERENCE))
    note = "the demo's weights are random: its layers are real, its classes mean nothing"
    source = Source("architecture", (str(network_path),), (note,))
    network = googlenet(width=WIDTH, classes=CLASSES, seed=SEED, source=source)
    save_network(network, network_path)
    picture = draw_harbour(320, 256)
    with whole_file(picture_path) as temporary:
        _save_png(picture, temporary)
    save_arrays(exact_blobs(network, picture), reference_path)
    return network_path, picture_path, reference_path


def exact_blobs(network: Network, picture: NDArray[np.uint8]) -> dict[str, NDArray[np.float32]]:
    """Every blob of ``network`` for ``picture``, evaluated in double precision and rounded to float32 in the end."""
    import numpy as np

    from explorer.network.network import value_name
    from explorer.running import float64
    from explorer.running.runner import feed_picture

    graph = network.model.graph
    inputs = feed_picture(network, picture)
    weights = {name: value.const_value for name, value in graph.initializers.items()}
    names = {blob: value_name(value) for blob, value in network.blobs.items()}
    wanted = [name for name in names.values() if name not in inputs]
    exact = {**inputs, **float64.evaluate(list(graph), inputs, weights, wanted, opset=graph.opset_imports[""])}
    return {blob: exact[name].astype(np.float32) for blob, name in names.items()}


def draw_harbour(width: int, height: int) -> NDArray[np.uint8]:
    """A small picture with colours, edges and texture: a boat on the water at dusk, H×W×3, RGB."""
    import numpy as np
    from PIL import Image, ImageDraw

    scale = 4  # drawn larger and reduced, for smooth edges
    w, h = width * scale, height * scale
    rows = np.linspace(0, 1, h)[:, None, None]
    sky = (1 - rows) * np.array([38, 52, 98]) + rows * np.array([250, 170, 96])
    pixels = np.broadcast_to(sky, (h, w, 3)).copy()
    horizon = int(h * 0.62)
    depth = np.linspace(0, 1, h - horizon)[:, None]
    across = np.arange(w)[None, :]
    waves = np.sin(across / (7 + 60 * depth) + 40 * depth**0.5) * np.sin(90 * depth**0.7)
    water = (1 - depth[..., None]) * np.array([214, 140, 98]) + depth[..., None] * np.array([20, 46, 78])
    pixels[horizon:] = water + 16 * waves[..., None]
    image = Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(image)

    def at(*points: tuple[float, float]) -> list[tuple[float, float]]:
        return [(x * w, y * h) for x, y in points]

    draw.ellipse(at((0.70, 0.44), (0.84, 0.615)), fill=(255, 226, 150))
    draw.rectangle(at((0.70, 0.62), (0.84, 0.635)), fill=(214, 140, 98))
    draw.polygon(at((0.22, 0.70), (0.66, 0.70), (0.60, 0.80), (0.29, 0.80)), fill=(150, 30, 36))
    draw.polygon(at((0.235, 0.725), (0.655, 0.725), (0.645, 0.74), (0.245, 0.74)), fill=(240, 236, 226))
    draw.rectangle(at((0.425, 0.16), (0.435, 0.70)), fill=(84, 58, 44))
    draw.polygon(at((0.445, 0.18), (0.445, 0.66), (0.64, 0.66)), fill=(246, 240, 224))
    draw.polygon(at((0.415, 0.22), (0.415, 0.66), (0.26, 0.66)), fill=(222, 210, 190))
    draw.ellipse(at((0.232, 0.675), (0.252, 0.70)), fill=(255, 48, 48))
    for x, y in ((0.12, 0.20), (0.20, 0.14), (0.86, 0.22)):
        for side in (-1, 1):
            points = at((x, y), (x + side * 0.022, y - 0.022), (x + side * 0.045, y - 0.006))
            draw.line(points, fill=(30, 34, 52), width=scale * 2, joint="curve")
    return np.asarray(image.resize((width, height), Image.Resampling.BOX))


def _save_png(picture: NDArray[np.uint8], path: Path) -> None:
    from PIL import Image

    Image.fromarray(picture).save(path, format="PNG")
