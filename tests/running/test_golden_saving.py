"""Saving a golden run, and opening it again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from explorer.comparison.golden_contents import golden_of_run
from explorer.errors import PortsideError
from explorer.golden.reading import open_golden
from explorer.importers import open_network
from explorer.network.network import value_name
from explorer.network.preprocessing import find_preprocessing
from explorer.running.activations import Activations
from explorer.running.answers import classify
from explorer.running.cancellation import Cancelled
from explorer.running.golden_pictures import picture_of
from explorer.running.golden_saving import Golden, save_golden
from explorer.running.images import Picture
from explorer.running.reference import open_reference
from explorer.running.runner import Runner, feed_picture
from tests.golden_runs import write_golden
from tests.small_network import CLASSES, picture_pixels, small_network

LABELS = tuple("abcdef")


def golden(memory: int | None = None) -> tuple[Golden, Activations]:
    network = small_network()
    runner = Runner(network, "cpu", threads=1)
    # Less than anybody may ask for, so that nearly every value is computed when it is written.
    runner.memory = memory or runner.memory
    picture = Picture("made up", picture_pixels())
    run = runner.run(feed_picture(network, picture.pixels), fed_with="picture")
    return golden_of_run(network, run, picture=picture, preprocessing=network.preprocessing), run


@pytest.mark.parametrize("memory", [None, 4096])
def test_every_value_comes_back_to_the_last_bit(tmp_path: Path, memory: int | None) -> None:
    made, run = golden(memory)
    save_golden(made, tmp_path / "run.portside")
    found = open_reference(tmp_path / "run.portside")
    network = small_network()
    assert list(found.arrays) == list(network.blobs)
    for blob, value in network.blobs.items():
        assert found.arrays[blob].tobytes() == run[value_name(value)].tobytes()
        assert found.arrays[blob].dtype == run[value_name(value)].dtype
        assert found.shapes[blob] == run[value_name(value)].shape


def test_the_classes_are_the_same_with_their_names(tmp_path: Path) -> None:
    network = small_network()
    pixels = picture_pixels()
    before = classify(network, Runner(network, "cpu").run(feed_picture(network, pixels)), LABELS)
    path = write_golden(tmp_path, network, labels=LABELS)
    found, picture = open_network(path), picture_of(open_golden(path))
    assert picture is not None
    after = classify(found, Runner(found, "cpu").run(feed_picture(found, picture.pixels)))
    assert after == before
    assert len(after["prob"]) == 5 and {line.label for line in after["prob"]} <= set(LABELS)


def test_the_record_says_what_was_run_and_how(tmp_path: Path) -> None:
    record = open_golden(write_golden(tmp_path)).record
    assert (record.source_format, record.provider, record.own_preprocessing) == ("onnx", "cpu", True)
    assert record.preprocessing == find_preprocessing("raw")
    assert record.picture is not None
    assert (record.picture.part, record.picture.name, record.picture.gives_input) == ("picture.png", "noise.png", True)
    assert {value.key: value.part for value in record.values} == {
        "data": "input/0000-data.npy",
        "conv1": "values/0001-conv1.npy",
        "pool1": "values/0002-pool1.npy",
        "fork/left": "values/0003-fork_left.npy",
        "fork/right": "values/0004-fork_right.npy",
        "fork/join": "values/0005-fork_join.npy",
        "fc": "values/0006-fc.npy",
        "prob": "values/0007-prob.npy",
    }
    assert [(pair.layer, pair.key, pair.axes) for pair in record.pairing][:3] == [
        ("data", "data", (0, 1, 2, 3)),
        # Computed in its place, relu1 writes what conv1 is recorded as.
        ("conv1", "conv1", (0, 1, 2, 3)),
        ("relu1", "conv1", (0, 1, 2, 3)),
    ]


def test_names_that_no_system_can_unpack_are_kept_in_the_table_alone(tmp_path: Path) -> None:
    made, run = golden()
    keys = ["../../outside", "CON", "a" * 300, "conv1", "Conv1", "/", "größe:0"]
    odd = Golden(made.network, "cpu", dict.fromkeys(keys, run["fc"]), frozenset(), ())
    save_golden(odd, tmp_path / "run.portside")
    found = open_golden(tmp_path / "run.portside")
    assert list(found.values) == keys
    parts = [value.part for value in found.record.values]
    assert parts == [
        "values/0000-outside.npy",
        "values/0001-CON.npy",
        f"values/0002-{'a' * 60}.npy",
        "values/0003-conv1.npy",
        "values/0004-Conv1.npy",
        "values/0005.npy",
        "values/0006-gr_e_0.npy",
    ]
    np.testing.assert_array_equal(found.values["größe:0"].reshape(-1), run["fc"].reshape(-1))
    assert run["fc"].size == CLASSES


def test_progress_is_told_part_by_part(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    save_golden(golden()[0], tmp_path / "run.portside", lambda *progress: told.append(progress))
    assert told == [(done, 10) for done in range(1, 11)]


@pytest.mark.parametrize("after", [0, 1, 5, 12])
def test_a_cancelled_save_leaves_nothing_behind_and_the_older_file_as_it_was(tmp_path: Path, after: int) -> None:
    path = tmp_path / "run.portside"
    path.write_bytes(b"older")
    asked = 0

    def cancelled() -> bool:
        nonlocal asked
        asked += 1
        return asked > after

    with pytest.raises(Cancelled):
        save_golden(golden()[0], path, cancelled=cancelled)
    assert [file.name for file in tmp_path.iterdir()] == ["run.portside"]
    assert path.read_bytes() == b"older"


def test_a_value_that_can_not_be_had_leaves_no_file(tmp_path: Path) -> None:
    class Broken(dict[str, np.ndarray]):
        def __getitem__(self, key: str) -> np.ndarray:
            raise PortsideError("there is not enough memory to compute 'fc' again")

    made, run = golden()
    with pytest.raises(PortsideError, match="not enough memory"):
        save_golden(Golden(made.network, "cpu", Broken(fc=run["fc"]), frozenset(), ()), tmp_path / "run.portside")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(PortsideError, match=r"can't be written"):
        save_golden(golden()[0], tmp_path / "nowhere" / "run.portside")
