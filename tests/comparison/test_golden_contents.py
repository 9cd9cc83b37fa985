"""What goes into a golden run of a reference."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from explorer.comparison.compare import compare
from explorer.comparison.golden_contents import golden_of_reference
from explorer.golden.reading import open_golden
from explorer.running.golden_saving import save_golden
from explorer.running.images import Picture
from explorer.running.recording import save_arrays
from explorer.running.reference import open_reference
from explorer.running.runner import Runner, feed_picture
from tests.small_network import blobs, picture_pixels, small_network


@pytest.fixture
def channels_last(tmp_path: Path) -> Path:
    """A reference as another framework would record it: other names, channels last, and an array of no layer."""
    arrays = {}
    for blob, array in blobs(small_network(), picture_pixels()).items():
        name = "input" if blob == "data" else f"model/{blob.replace('/', '_')}"
        arrays[name] = array.transpose(0, 2, 3, 1) if array.ndim == 4 else array
    save_arrays({**arrays, "extra": np.ones(3, np.float32)}, tmp_path / "reference.npz")
    return tmp_path / "reference.npz"


def test_a_golden_run_of_a_reference_keeps_its_arrays_and_what_was_found_out(
    tmp_path: Path, channels_last: Path
) -> None:
    network = small_network()
    runner, reference = Runner(network, "cpu", threads=1), open_reference(channels_last)
    comparison, _ = compare(runner, reference)
    made = feed_picture(network, picture_pixels())
    picture = Picture("noise.png", picture_pixels())
    golden = golden_of_reference(network, "cpu", comparison, reference, picture=picture, made=made)
    save_golden(golden, tmp_path / "run.portside")
    run = open_golden(tmp_path / "run.portside")
    assert run.record.reference is not None
    assert run.record.reference.name == "reference.npz"
    assert run.record.picture is not None and run.record.picture.gives_input
    assert {key: array.tobytes() for key, array in run.values.items()} == {
        key: np.ascontiguousarray(reference.arrays[key]).tobytes() for key in reference.arrays
    }
    pairs = {pair.layer: (pair.key, pair.axes) for pair in run.record.pairing}
    assert pairs["fork/join"] == ("model/fork_join", (0, 3, 1, 2))
    assert pairs["relu1"] == ("model/conv1", (0, 3, 1, 2))
    floors = run.record.tolerance.layers
    assert {name: floors[name].isolated for name in floors} == {
        row.layer: row.isolated_floor for row in comparison.layers
    }
    again, _ = compare(runner, open_reference(tmp_path / "run.portside"))
    assert again.aligned == comparison.aligned
    assert again.unmatched_reference == ("extra",)
    assert [(row.layer, row.verdict) for row in again.layers] == [(row.layer, row.verdict) for row in comparison.layers]


def test_a_picture_that_gives_another_input_is_not_said_to_give_it(tmp_path: Path, channels_last: Path) -> None:
    network = small_network()
    runner, reference = Runner(network, "cpu", threads=1), open_reference(channels_last)
    comparison, _ = compare(runner, reference)
    picture = Picture("other.png", picture_pixels(seed=9))
    made = feed_picture(network, picture.pixels)
    golden = golden_of_reference(network, "cpu", comparison, reference, picture=picture, made=made)
    assert not golden.gives_input


def test_a_golden_run_saved_again_keeps_whose_its_values_are_and_what_is_allowed(
    tmp_path: Path, channels_last: Path
) -> None:
    network = small_network()
    runner, path = Runner(network, "cpu", threads=1), channels_last
    for number in range(2):
        reference = open_reference(path)
        comparison, _ = compare(runner, reference)
        path = tmp_path / f"{number}.portside"
        save_golden(golden_of_reference(network, "cpu", comparison, reference), path)
    first, second = (open_golden(tmp_path / f"{number}.portside").record for number in range(2))
    assert second.reference == first.reference
    assert second.reference is not None and second.reference.name == "reference.npz"
    assert second.pairing == first.pairing
    assert second.tolerance.layers == first.tolerance.layers
    assert [second.parts[value.part] for value in second.values] == [first.parts[value.part] for value in first.values]
