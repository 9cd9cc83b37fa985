"""VGG16 and VGG19 (Simonyan and Zisserman 2015, table 1, D and E) with the layer names of their Caffe originals."""

from __future__ import annotations

from explorer.architectures.caffe_style import CaffeStyle
from explorer.network.network import Network, Source

CHANNELS = (64, 128, 256, 512, 512)


def vgg16(
    *, width: float = 1.0, classes: int = 1000, size: int = 224, seed: int = 0, source: Source | None = None
) -> Network:
    """Build VGG16 with random weights for pictures of N×3×size×size."""
    return _build("VGG16", (2, 2, 3, 3, 3), width, classes, size, seed, source)


def vgg19(
    *, width: float = 1.0, classes: int = 1000, size: int = 224, seed: int = 0, source: Source | None = None
) -> Network:
    """Build VGG19 with random weights for pictures of N×3×size×size."""
    return _build("VGG19", (2, 2, 4, 4, 4), width, classes, size, seed, source)


def _build(
    name: str, depths: tuple[int, ...], width: float, classes: int, size: int, seed: int, source: Source | None
) -> Network:
    net = CaffeStyle(name, width=width, seed=seed)
    x = net.data(size)
    for block, (depth, channels) in enumerate(zip(depths, CHANNELS, strict=True), 1):
        for number in range(1, depth + 1):
            # A picture minus its mean is ±128: the first kernels bring that down to the scale of one.
            gain = 2 / 60**2 if block == number == 1 else 2.0
            at = f"{block}_{number}"
            x = net.convolution(x, f"conv{at}", channels, kernel=3, pad=1, relu=f"relu{at}", gain=gain)
        x = net.pooling(x, f"pool{block}", "MAX", 2, 2)
    for number in (6, 7):
        x = net.relu(net.dense(x, f"fc{number}", net.channels(4096)), f"relu{number}", f"fc{number}")
        x = net.dropout(x, f"drop{number}", f"fc{number}")
    net.softmax(net.dense(x, "fc8", classes), "prob")
    return net.finished(source)
