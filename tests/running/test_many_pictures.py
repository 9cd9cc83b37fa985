"""Many pictures through one network."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from explorer.errors import PortsideError
from explorer.network.preprocessing import Preprocessing, find_preprocessing, preset_names
from explorer.running.cancellation import Cancelled
from explorer.running.images import read_picture
from explorer.running.many_pictures import MOST_DECODERS, check_preprocessing, classify_pictures, run_pictures
from explorer.running.runner import Runner, feed_picture
from tests.picture_networks import Node, network_of, pooled_network
from tests.small_network import picture_pixels, small_network


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    found = []
    for seed in range(7):
        found.append(tmp_path / f"{seed}.png")
        Image.fromarray(picture_pixels(20, seed)).save(found[-1])
    found[3].write_bytes(found[3].read_bytes()[:60])
    return found


def test_each_picture_gives_what_it_gives_alone_in_the_order_given(paths):
    network = small_network()
    runner = Runner(network, "cpu", 1)
    found = list(run_pictures(runner, paths, values=["prob"]))
    assert [one.path for one in found] == [str(path) for path in paths]
    for seed, one in enumerate(found):
        if seed == 3:
            assert one.activations is None
            assert one.error is not None and one.error.startswith("the picture can't be decoded")
            continue
        assert one.activations is not None
        alone = runner.run(feed_picture(network, picture_pixels(20, seed)), values=["prob"])
        np.testing.assert_array_equal(one.activations["prob"], alone["prob"])
        assert one.error is None


def test_batches_change_no_answer(paths):
    network = small_network()
    alone, together = (
        [one.best for one in classify_pictures(Runner(network, "cpu", 1), paths, batch=batch)] for batch in (1, 3)
    )
    assert [[line.index for line in best] for best in together] == [[line.index for line in best] for best in alone]
    assert [len(best) for best in together] == [5, 5, 5, 0, 5, 5, 5]
    assert together[0][0].probability == pytest.approx(alone[0][0].probability, rel=1e-5)


def test_a_missing_file_is_told_in_its_place(paths, tmp_path):
    rows = list(classify_pictures(Runner(small_network(), "cpu", 1), [tmp_path / "no.png", paths[0]]))
    assert (rows[0].error, rows[0].best) == ("there is no such file", ())
    assert len(rows[1].best) == 5


def test_notes_come_with_their_picture(tmp_path):
    Image.fromarray(picture_pixels()).convert("CMYK").save(tmp_path / "c.tiff")
    (row,) = classify_pictures(Runner(small_network(), "cpu", 1), [tmp_path / "c.tiff"])
    assert row.notes == ("converted from CMYK",)


def test_no_more_pictures_are_decoded_than_are_soon_run(paths, monkeypatch):
    begun: list[str] = []

    def read(path):
        begun.append(str(path))
        return read_picture(path)

    monkeypatch.setattr("explorer.running.many_pictures.read_picture", read)
    ran = run_pictures(Runner(small_network(), "cpu", 1), paths * 20, values=["prob"])
    next(ran)
    assert len(begun) <= MOST_DECODERS + 2
    ran.close()


def test_it_stops_when_it_is_cancelled(paths):
    asked = iter([False] * 4)
    with pytest.raises(Cancelled):
        list(run_pictures(Runner(small_network(), "cpu", 1), paths * 50, cancelled=lambda: next(asked, True)))


def test_what_is_wrong_with_every_picture_is_told_before_the_first(tmp_path, paths):
    nodes: list[Node] = [("Relu", ["x"], "y", {})]
    network = network_of(tmp_path, nodes, {}, shape=("N", 7), output=("N", 7))
    with pytest.raises(PortsideError, match="takes pictures"):
        next(run_pictures(Runner(network, "cpu", 1), paths))
    network = pooled_network(tmp_path, np.ones((2, 3)), np.zeros(2))
    with pytest.raises(PortsideError, match="preprocessing makes 1×1×4×4"):
        next(run_pictures(Runner(network, "cpu", 1), paths, preprocessing=Preprocessing(order="GRAY")))


@pytest.mark.parametrize(
    "preprocessing", [*map(find_preprocessing, preset_names()), Preprocessing(fit="none", central_fraction=0.6)]
)
def test_preprocessing_that_cuts_passes_the_check(tmp_path, preprocessing):
    check_preprocessing(pooled_network(tmp_path, np.ones((2, 3)), np.zeros(2)), preprocessing)
