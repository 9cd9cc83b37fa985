"""Occlusion maps against what is computed by hand."""

import numpy as np
import pytest

from explorer.maps.occlusion import Grid, OcclusionMaps, occlusion_maps, usual_grid
from explorer.running.cancellation import Cancelled
from explorer.running.runner import Runner
from tests.picture_networks import Node, network_of, pooled_network

X = np.random.default_rng(1).standard_normal((1, 3, 4, 4)).astype(np.float32)
WEIGHT = np.array([[1.0, -2.0, 0.5], [0.0, 3.0, 1.0]])
GRID = Grid((2, 2), (0, 2), (0, 2))


@pytest.fixture
def runner(tmp_path):
    return Runner(pooled_network(tmp_path, WEIGHT, np.array([0.25, -1.0])), "cpu", 1)


def losses_by_hand():
    """Covering a quarter with its channel's mean changes the mean by a sixteenth of what was there above it."""
    above = X[0] - X[0].mean(axis=(1, 2), keepdims=True)
    found = np.empty((2, 2, 2))
    for row in range(2):
        for column in range(2):
            part = above[:, 2 * row : 2 * row + 2, 2 * column : 2 * column + 2]
            found[row, column] = WEIGHT @ part.sum(axis=(1, 2)) / 16
    return found


def test_a_loss_is_what_the_covered_part_gave_the_class(runner):
    maps = occlusion_maps(runner, X, "y", grid=GRID)
    np.testing.assert_allclose(maps.losses, losses_by_hand(), rtol=1e-4, atol=1e-6)
    assert (maps.count, maps.share, maps.size) == (2, 1.0, (4, 4))


def test_covers_run_together_give_the_same(runner):
    maps = occlusion_maps(runner, X, "y", grid=GRID, batch=3)
    np.testing.assert_allclose(maps.losses, losses_by_hand(), rtol=1e-4, atol=1e-6)


def test_channels_may_come_last(tmp_path):
    nodes: list[Node] = [
        ("ReduceMean", ["x"], "flat", {"axes": [1, 2], "keepdims": 0}),
        ("MatMul", ["flat", "t"], "y", {}),
    ]
    network = network_of(tmp_path, nodes, {"t": WEIGHT.T.astype(np.float32)}, shape=("N", 4, 4, 3))
    maps = occlusion_maps(Runner(network, "cpu", 1), X.transpose(0, 2, 3, 1), "y", layout="NHWC", grid=GRID)
    np.testing.assert_allclose(maps.losses, losses_by_hand(), rtol=1e-4, atol=1e-6)


def test_a_pixel_has_the_mean_of_the_covers_over_it():
    grid = Grid((2, 2), (0, 1), (0,))
    losses = np.array([[[1.0]], [[5.0]]])
    found = OcclusionMaps("y", (3, 2), grid, losses).of_class(0)
    np.testing.assert_array_equal(found, [[1, 1], [3, 3], [5, 5]])


def test_what_is_not_done_is_not_known():
    grid = Grid((1, 1), (0, 1), (0,))
    maps = OcclusionMaps("y", (2, 1), grid, np.array([[[2.0]], [[np.nan]]]))
    np.testing.assert_array_equal(maps.of_class(0), [[2], [np.nan]])
    assert maps.share == 0.5


def test_the_usual_covers_are_a_seventh_of_the_side_and_reach_every_edge():
    grid = usual_grid((224, 227))
    assert grid.cover == (32, 33)
    assert (grid.tops[:2], grid.tops[-1], len(grid.tops)) == ((0, 16), 192, 13)
    assert grid.lefts[-1] == 227 - 33
    tiny = usual_grid((1, 3))
    assert (tiny.cover, tiny.tops, tiny.lefts) == ((1, 1), (0,), (0, 1, 2))


def test_every_place_is_covered_once_and_the_coarse_ones_first():
    grid = usual_grid((224, 224))
    places = list(grid.places())
    assert sorted(places) == [(row, column) for row in range(13) for column in range(13)]
    assert places[:2] == [(0, 0), (0, 4)]
    assert all(row % 4 == column % 4 == 0 for row, column in places[:16])


def test_what_is_there_is_told_as_it_grows(runner):
    seen: list[float] = []
    told: list[tuple[int, int]] = []
    occlusion_maps(
        runner, X, "y", grid=GRID, seen=lambda maps: seen.append(maps.share), progress=lambda *done: told.append(done)
    )
    assert seen == [0.25, 0.5, 0.75, 1.0]
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_it_stops_when_it_is_cancelled(runner):
    seen: list[OcclusionMaps] = []
    with pytest.raises(Cancelled):
        occlusion_maps(runner, X, "y", grid=GRID, seen=seen.append, cancelled=lambda: len(seen) == 2)
    assert seen[-1].share == 0.5
