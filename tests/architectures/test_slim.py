"""TF-slim's networks against the counts and shapes that its own tests, Keras and torchvision publish."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from explorer.architectures import ARCHITECTURES, build_architecture
from explorer.architectures.inception_v3 import inception_v3
from explorer.architectures.slim_vgg import vgg_16
from explorer.network.costs import costs
from explorer.network.network import Network, shape_of
from explorer.running.runner import Runner, feed_picture
from tests.slim_checkpoints import SIZES, slim_network

SLIM_NAMES = [name for name, build in ARCHITECTURES.items() if "_v" in name or name.startswith("vgg_")]


def parameters(network: Network, *left_out: str) -> int:
    """All learned numbers, moving averages among them, but for those of layers with such a scope."""
    return sum(row.parameters for row in costs(network) if not set(left_out) & set(row.layer.split("/")))


def normalised_channels(network: Network) -> int:
    """The channels of all normalisations: two moving averages each, which others don't count."""
    shapes = [shape_of(layer.outputs[0]) for layer in network.layers if layer.type == "BatchNorm"]
    return sum(int(shape[1]) for shape in shapes if shape is not None)


@pytest.mark.parametrize(
    ("name", "body", "whole"),
    [
        # slim's tests (testModelHasExpectedNumberOfParameters) count the body; the classifier is 1024 · 1001 + 1001.
        ("inception_v1", 5_607_184, 5_607_184 + 1_026_025),
        ("inception_v2", 10_173_112, 10_173_112 + 1_026_025),
        # Keras has 23 851 784 and 55 873 736 for 1000 classes.
        ("inception_v3", 21_802_784, 23_851_784 + 2049),
        ("inception_resnet_v2", 54_336_736, 55_873_736 + 1537),
        # torchvision's kin has 41 142 816 before its classifier, with a gamma, but without two moving averages.
        ("inception_v4", 41_142_816 + 31_584, 41_142_816 + 31_584 + 1536 * 1001 + 1001),
        # Keras has 4 253 864 for 1000 classes; slim's test counts 3 217 920 without the gammas of 10 944 channels.
        ("mobilenet_v1", 3_217_920 + 10_944, 4_253_864 + 1025),
        # torchvision has 25 557 032, 44 549 160 and 60 192 808 without moving averages.
        ("resnet_v1_50", None, 25_557_032 + 2 * 26_560),
        ("resnet_v1_101", None, 44_549_160 + 2 * 52_672),
        ("resnet_v1_152", None, 60_192_808 + 2 * 75_712),
        # Keras has 25 613 800, 44 675 560 and 60 380 648 for 1000 classes.
        ("resnet_v2_50", None, 25_613_800 + 2049),
        ("resnet_v2_101", None, 44_675_560 + 2049),
        ("resnet_v2_152", None, 60_380_648 + 2049),
        # The paper's table 2: 138 and 144 million.
        ("vgg_16", None, 138_357_544),
        ("vgg_19", None, 143_667_240),
    ],
)
def test_the_published_numbers_of_parameters(name: str, body: int | None, whole: int) -> None:
    network = build_architecture(name)
    assert parameters(network, "AuxLogits") == whole
    assert body is None or parameters(network, "AuxLogits", "Logits") == body


def test_the_channels_that_the_published_numbers_differ_by() -> None:
    for name, channels in (("resnet_v1_50", 26_560), ("resnet_v1_101", 52_672), ("resnet_v1_152", 75_712)):
        assert normalised_channels(build_architecture(name)) == channels
    # With the 896 of the classifier on the side.
    assert normalised_channels(build_architecture("inception_v4")) == 31_584 + 896
    assert normalised_channels(build_architecture("mobilenet_v1")) == 10_944


def test_inception_v3_with_its_classifier_on_the_side_is_torchvisions() -> None:
    network = inception_v3(classes=1000)
    # torchvision counts a gamma where slim has a moving mean and a moving variance.
    assert parameters(network) - normalised_channels(network) == 27_161_264
    assert parameters(network) - parameters(inception_v3(classes=1000, auxiliary=False)) == 128 * 768 + 3 * 128 + (
        25 * 128 * 768 + 3 * 768 + 769 * 1000
    )


END_POINTS: dict[str, dict[str, tuple[int, int]]] = {
    "inception_v1": {
        "Conv2d_1a_7x7": (112, 64),
        "MaxPool_2a_3x3": (56, 64),
        "Conv2d_2c_3x3": (56, 192),
        "Mixed_3b": (28, 256),
        "Mixed_3c": (28, 480),
        "Mixed_4b": (14, 512),
        "Mixed_4e": (14, 528),
        "Mixed_4f": (14, 832),
        "MaxPool_5a_2x2": (7, 832),
        "Mixed_5c": (7, 1024),
    },
    "inception_v2": {
        "Conv2d_1a_7x7": (112, 64),
        "Conv2d_2b_1x1": (56, 64),
        "MaxPool_3a_3x3": (28, 192),
        "Mixed_3b": (28, 256),
        "Mixed_3c": (28, 320),
        "Mixed_4a": (14, 576),
        "Mixed_4e": (14, 576),
        "Mixed_5a": (7, 1024),
        "Mixed_5c": (7, 1024),
    },
    "inception_v3": {
        "Conv2d_1a_3x3": (149, 32),
        "Conv2d_2b_3x3": (147, 64),
        "MaxPool_3a_3x3": (73, 64),
        "Conv2d_3b_1x1": (73, 80),
        "Conv2d_4a_3x3": (71, 192),
        "MaxPool_5a_3x3": (35, 192),
        "Mixed_5b": (35, 256),
        "Mixed_5d": (35, 288),
        "Mixed_6a": (17, 768),
        "Mixed_6e": (17, 768),
        "Mixed_7a": (8, 1280),
        "Mixed_7c": (8, 2048),
    },
    "inception_v4": {
        "Conv2d_2b_3x3": (147, 64),
        "Mixed_3a": (73, 160),
        "Mixed_4a": (71, 192),
        "Mixed_5a": (35, 384),
        "Mixed_5e": (35, 384),
        "Mixed_6a": (17, 1024),
        "Mixed_6h": (17, 1024),
        "Mixed_7a": (8, 1536),
        "Mixed_7d": (8, 1536),
    },
    "inception_resnet_v2": {
        "Conv2d_4a_3x3": (71, 192),
        "MaxPool_5a_3x3": (35, 192),
        "Mixed_5b": (35, 320),
        "Mixed_6a": (17, 1088),
        "PreAuxLogits": (17, 1088),
        "Mixed_7a": (8, 2080),
        "Conv2d_7b_1x1": (8, 1536),
    },
    "mobilenet_v1": {
        "Conv2d_0": (112, 32),
        "Conv2d_1_depthwise": (112, 32),
        "Conv2d_2_depthwise": (56, 64),
        "Conv2d_2_pointwise": (56, 128),
        "Conv2d_6_pointwise": (14, 512),
        "Conv2d_13_pointwise": (7, 1024),
    },
    # The stride stands in the last unit of a block.
    **{
        f"resnet_v{version}_50": {
            f"resnet_v{version}_50/block1": (28, 256),
            f"resnet_v{version}_50/block2": (14, 512),
            f"resnet_v{version}_50/block3": (7, 1024),
            f"resnet_v{version}_50/block4": (7, 2048),
        }
        for version in (1, 2)
    },
    "vgg_16": {
        "vgg_16/conv1/conv1_2": (224, 64),
        "vgg_16/pool5": (7, 512),
        "vgg_16/fc6": (1, 4096),
        "vgg_16/fc7": (1, 4096),
    },
}


@pytest.mark.parametrize("name", END_POINTS)
def test_end_points_have_the_shapes_of_slims_own_tests(name: str) -> None:
    network = build_architecture(name)
    named = {other: value for blob, others in network.aliases.items() for other in others for value in [blob]}
    for point, (side, channels) in END_POINTS[name].items():
        value = network.blobs[named.get(point, point)]
        assert shape_of(value) == (1, channels, side, side), point


@pytest.mark.parametrize("name", SLIM_NAMES)
def test_answers_are_of_as_many_classes_as_slims(name: str) -> None:
    classes = 1000 if name.startswith(("vgg", "resnet_v1")) else 1001
    shapes = [shape_of(value) for value in build_architecture(name).outputs]
    sided = name in ("inception_v3", "inception_v4", "inception_resnet_v2")
    assert shapes == [(1, classes)] * (2 if sided else 1)


@pytest.mark.parametrize("name", SLIM_NAMES)
def test_narrow_versions_run_and_give_shares_of_one(name: str) -> None:
    network, _ = slim_network(name, width=0.05)
    picture = np.random.default_rng(0).integers(0, 256, (256, 256, 3), np.uint8)
    activations = Runner(network, "cpu").run(feed_picture(network, picture))
    assert all(np.isfinite(array).all() for array in activations.values.values())
    shares = [activations[layer.outputs[0].name or ""] for layer in network.layers if layer.type == "Softmax"]
    assert len(shares) == (0 if name.startswith("vgg") else 1)
    for share in shares:
        assert share.shape == (1, 6)
        assert share.sum() == pytest.approx(1, abs=1e-5)


def test_a_network_without_a_file_may_have_any_width_size_and_classes() -> None:
    network = partial(vgg_16, width=0.125, classes=7, size=(230, 224))()
    assert shape_of(network.inputs[0]) == (1, 3, 230, 224)
    assert [shape_of(value) for value in network.outputs] == [(1, 7)]
    assert network.layer["vgg_16/conv5/conv5_3/Conv2D"].outputs[0].shape == ("N", 64, 14, 14)
    assert SIZES["vgg_16"] == (224, 224)
