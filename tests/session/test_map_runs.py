"""Class maps for the window: found, kept up with the picture, and stopped."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from explorer.running.cancellation import Cancelled
from explorer.session.desk import Desk
from explorer.session.jobs import Jobs
from explorer.session.session import Session
from tests.picture_networks import pooled_network
from tests.small_network import CLASSES, picture_pixels, write_small_files


class Bench:
    def __init__(self, *paths: Path, **tasks):
        self.session, self.jobs = Session(), Jobs(serial=True)
        self.desk = Desk(self.session, self.jobs, **tasks)
        self.shares: list[float] = []
        self.session.class_maps_changed.connect(lambda maps: self.shares.append(0.0 if maps is None else maps.share))
        self.desk.open(list(paths))


@pytest.fixture
def with_head(tmp_path: Path) -> list[Path]:
    pooled_network(tmp_path, np.arange(6).reshape(2, 3) - 2.0, np.zeros(2))
    Image.fromarray(picture_pixels()).save(tmp_path / "a.png")
    return [tmp_path / "made.onnx", tmp_path / "a.png"]


@pytest.fixture
def without_head(tmp_path: Path) -> list[Path]:
    files = write_small_files(tmp_path)
    return [files.network, files.picture]


def test_nothing_is_looked_for_until_it_is_to_be_seen(with_head):
    bench = Bench(*with_head)
    assert bench.session.class_maps is None
    bench.desk.maps.toggle()
    assert bench.session.shows_class_map
    maps = bench.session.class_maps
    assert maps is not None and (maps.method, maps.count) == ("activation", 2)
    bench.desk.maps.toggle()
    assert not bench.session.shows_class_map


def test_activation_maps_follow_the_picture(with_head, tmp_path):
    bench = Bench(*with_head)
    bench.desk.maps.toggle()
    before = bench.session.class_maps
    Image.fromarray(picture_pixels(seed=9)).save(tmp_path / "b.png")
    bench.desk.open([tmp_path / "b.png"])
    after = bench.session.class_maps
    assert after is not None and before is not None and after is not before
    assert not np.array_equal(after.of_class(0), before.of_class(0))


def test_without_such_an_end_parts_are_covered_when_it_is_asked_for_and_not_again(without_head, tmp_path):
    bench = Bench(*without_head)
    bench.desk.maps.toggle()
    maps = bench.session.class_maps
    assert maps is not None and (maps.method, maps.count, maps.share) == ("occlusion", CLASSES, 1.0)
    assert bench.shares == sorted(bench.shares)
    assert len(bench.shares) > 5
    Image.fromarray(picture_pixels(seed=9)).save(tmp_path / "b.png")
    bench.desk.open([tmp_path / "b.png"])
    assert bench.session.class_maps is None
    bench.desk.maps.occlude()
    assert bench.session.class_maps is not None


def test_either_way_can_be_asked_for(with_head):
    bench = Bench(*with_head)
    bench.desk.maps.occlude()
    covered = bench.session.class_maps
    assert covered is not None and covered.method == "occlusion"
    bench.desk.maps.activate()
    exact = bench.session.class_maps
    assert exact is not None and exact.method == "activation"


def test_a_class_that_is_chosen_is_shown_and_forgotten_with_the_picture(with_head, tmp_path):
    bench = Bench(*with_head)
    bench.desk.maps.choose_class(1)
    assert (bench.session.map_class, bench.session.shows_class_map) == (1, True)
    assert bench.session.class_maps is not None
    Image.fromarray(picture_pixels(seed=9)).save(tmp_path / "b.png")
    bench.desk.open([tmp_path / "b.png"])
    assert bench.session.map_class is None


def test_what_was_covered_before_a_cancel_stays(without_head):
    def find(runner, run, preprocessing, by_occlusion, found, progress, cancelled):
        from explorer.maps.occlusion import Grid, OcclusionMaps

        losses = np.array([[[1.0], [np.nan]]])
        found(OcclusionMaps("prob", (2, 2), Grid((2, 1), (0,), (0, 1)), losses))
        progress(1, 2, "")
        bench.jobs.cancel()
        assert cancelled()
        raise Cancelled

    bench = Bench(*without_head, find_maps=find)
    bench.desk.maps.occlude()
    assert bench.session.class_maps is not None
    assert bench.session.class_maps.share == 0.5
    assert not bench.desk.maps.is_running
