"""Architectures in Caffe's style, held against the tables that courses and papers print."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.architectures import ARCHITECTURES, build_architecture
from explorer.architectures.alexnet import alexnet
from explorer.architectures.googlenet import googlenet, posenet
from explorer.architectures.vgg import vgg16
from explorer.errors import PortsideError
from explorer.network.costs import LayerCost, ReceptiveField, costs
from explorer.network.network import Network, shape_of
from explorer.running.runner import Runner, feed_picture

PICTURE = np.random.default_rng(0).integers(0, 256, (256, 256, 3), np.uint8)


def rows(network: Network) -> dict[str, LayerCost]:
    return {row.layer: row for row in costs(network)}


def parameters(network: Network) -> int:
    return sum(row.parameters for row in costs(network))


def test_vgg16_has_its_138_million_parameters_where_the_course_notes_put_them() -> None:
    found = rows(vgg16())
    assert sum(row.parameters for row in found.values()) == 138_357_544
    assert found["conv1_1"].parameters == 64 * 27 + 64
    assert found["conv2_1"].parameters - 128 == 73_728
    assert found["fc6"].parameters - 4096 == 102_760_448
    assert found["conv1_1"].activation_bytes == 224 * 224 * 64 * 4
    assert found["pool5"].output_shape == (1, 512, 7, 7)
    assert found["pool5"].receptive_field == ReceptiveField((212, 212), (32, 32))
    macs = [row.macs for row in found.values()]
    assert sum(number for number in macs if number) == 15_470_264_320


def test_alexnets_first_layer_is_that_of_the_course_notes() -> None:
    found = rows(alexnet())
    assert found["conv1"].output_shape == (1, 96, 55, 55)
    assert found["conv1"].parameters == 34_944
    assert found["pool1"].output_shape == (1, 96, 27, 27)
    assert sum(row.parameters for row in found.values()) == 60_965_224


def test_every_architecture_has_its_published_number_of_parameters() -> None:
    assert parameters(build_architecture("vgg19")) == 143_667_240
    assert parameters(build_architecture("caffenet")) == 60_965_224
    # 5,973,552 up to the pooling, then 2048·1024 + 2048 and 7·2048 + 7 for the pose.
    assert parameters(build_architecture("posenet")) == 8_087_095
    assert parameters(build_architecture("googlenet")) == 6_998_552
    # A head on the side: 1×1 to 128 channels, 4·4·128 features to 1024.
    side = [(channels + 1) * 128 + (2048 + 1) * 1024 for channels in (512, 528)]
    assert parameters(googlenet(auxiliary=True)) == 6_998_552 + sum(side) + 2 * 1025 * 1000 == 13_378_280
    assert parameters(posenet(auxiliary=True)) == 8_087_095 + sum(side) + 2 * 1025 * 7


def test_normalisation_stands_before_pooling_in_alexnet_and_behind_it_in_caffenet() -> None:
    for name, order in (("alexnet", ["norm1", "pool1"]), ("caffenet", ["pool1", "norm1"])):
        names = [layer.name for layer in build_architecture(name).layers]
        assert names[3:5] == order


@pytest.mark.parametrize(
    "network",
    [
        googlenet(width=0.125, classes=5, auxiliary=True),
        posenet(width=0.125, auxiliary=True),
        alexnet(width=0.125, classes=5),
        vgg16(width=0.125, classes=5),
    ],
    ids=["googlenet", "posenet", "alexnet", "vgg16"],
)
def test_narrow_versions_run_and_keep_the_scale_of_one(network: Network) -> None:
    activations = Runner(network, "cpu").run(feed_picture(network, PICTURE))
    for name, array in activations.values.items():
        assert np.isfinite(array).all(), name
        assert name in activations.inputs or np.abs(array).max() < 200, name


def test_posenet_gives_a_position_and_an_orientation_from_each_head() -> None:
    outputs = posenet(width=0.125, auxiliary=True).outputs
    assert [value.name for value in outputs] == [
        f"cls{head}_fc_pose_{part}" for head in (1, 2, 3) for part in ("xyz", "wpqr")
    ]
    assert [shape_of(value) for value in outputs] == [(1, 3), (1, 4)] * 3
    assert [shape_of(value) for value in posenet(width=0.125).outputs] == [(1, 3), (1, 4)]


def test_the_same_seed_gives_the_same_weights_whatever_is_read_first() -> None:
    first, second = (googlenet(width=0.1, seed=3).model.graph.initializers for _ in range(2))
    names = list(first)
    for name in names[:4]:
        first[name].const_value.numpy()  # type: ignore[union-attr]
    for name in reversed(names):
        ours, theirs = first[name].const_value, second[name].const_value
        assert ours is not None
        assert theirs is not None
        np.testing.assert_array_equal(ours.numpy(), theirs.numpy())


def test_an_unknown_architecture_brings_the_nearest_name() -> None:
    with pytest.raises(PortsideError, match="did you mean 'googlenet'"):
        build_architecture("googlenett")
    with pytest.raises(PortsideError, match="there are googlenet, posenet"):
        build_architecture("zzz")
    assert set(ARCHITECTURES) >= {"googlenet", "vgg16"}
