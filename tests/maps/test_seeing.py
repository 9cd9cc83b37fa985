"""The best way to find where a class is seen."""

import numpy as np
import pytest

from explorer.errors import PortsideError
from explorer.maps.seeing import class_maps, classes_output, run_for_maps, seen_picture
from explorer.network.preprocessing import Preprocessing
from explorer.running.runner import Runner
from tests.picture_networks import network_of, pooled_network
from tests.small_network import CLASSES, picture_pixels, small_network


def test_a_network_with_such_an_end_gives_activation_maps(tmp_path):
    runner = Runner(pooled_network(tmp_path, np.ones((2, 3)), np.zeros(2)), "cpu", 1)
    run = run_for_maps(runner, picture_pixels())
    maps = class_maps(runner, run)
    assert (maps.method, maps.output, maps.count, maps.size) == ("activation", "y", 2, (4, 4))
    forced = class_maps(runner, run, by_occlusion=True)
    assert (forced.method, forced.count, forced.share) == ("occlusion", 2, 1.0)


def test_every_other_network_gives_occlusion_maps():
    runner = Runner(small_network(), "cpu", 1)
    maps = class_maps(runner, run_for_maps(runner, picture_pixels()))
    assert (maps.method, maps.count, maps.size) == ("occlusion", CLASSES, (8, 8))


def test_a_network_without_classes_is_told_of(tmp_path):
    network = network_of(tmp_path, [("Relu", ["x"], "y", {})], {}, output=("N", 3, 4, 4))
    with pytest.raises(PortsideError, match="list of classes"):
        classes_output(network)


def test_the_picture_is_seen_as_the_network_sees_it(tmp_path):
    network = pooled_network(tmp_path, np.ones((2, 3)), np.zeros(2))
    pixels = picture_pixels(12)
    seen = seen_picture(network, pixels, Preprocessing(fit="none"))
    np.testing.assert_array_equal(seen, pixels[4:8, 4:8])
