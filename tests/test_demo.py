"""The files of the demo: what is dropped onto the window, and where it lies."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from explorer import drawings
from explorer.demo import BROKEN, Demo, broken_demo, copy_demo, demo
from explorer.errors import PortsideError
from explorer.importers import open_network

COPIED = {
    "CARD.md",
    "cluttered.npz",
    "cluttered.png",
    "drawings.caffemodel",
    "drawings.h5",
    "drawings.json",
    "drawings.labels.txt",
    "drawings.onnx",
    "drawings.preprocessing.json",
    "drawings.prototxt",
    "plain.npz",
    "plain.png",
}


def test_the_demo_is_the_caffe_port_with_the_picture_amid_clutter() -> None:
    whole = demo()
    assert [path.name for path in whole.files] == ["drawings.prototxt", "cluttered.png", "cluttered.npz"]
    assert whole.files == (whole.network, whole.picture, whole.reference)
    assert all(path.is_file() and path.is_relative_to(drawings.folder()) for path in whole.files)


def test_the_broken_one_is_written_and_has_the_picture_in_pen(tmp_path: Path) -> None:
    broken = broken_demo(tmp_path / "new")
    assert broken.network == tmp_path / "new" / BROKEN
    assert [path.name for path in (broken.picture, broken.reference)] == ["plain.png", "plain.npz"]
    assert [path.name for path in (tmp_path / "new").iterdir()] == [BROKEN]
    layers = open_network(broken.network).layer
    assert all(mistake.layer in layers for mistake in drawings.MISTAKES)


def test_a_copy_holds_three_ports_both_pictures_and_the_card(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "copy"
    copied = copy_demo(folder)
    assert {path.name for path in folder.iterdir()} == COPIED
    assert copied.files == tuple(folder / path.name for path in demo().files)
    assert [path.read_bytes() for path in copied.files] == [path.read_bytes() for path in demo().files]


def test_a_copied_port_finds_its_weights_labels_and_preprocessing_beside_it(tmp_path: Path) -> None:
    network = open_network(copy_demo(tmp_path).network)
    assert network.source.has_weights
    assert network.labels is not None
    assert (len(network.labels), network.labels[2]) == (28, "butterfly")
    assert network.preprocessing is not None
    assert (network.preprocessing.order, network.preprocessing.mean) == ("BGR", (104.0, 117.0, 123.0))


def test_a_copy_again_puts_back_what_was_changed(tmp_path: Path) -> None:
    labels = tmp_path / "drawings.labels.txt"
    copy_demo(tmp_path)
    labels.write_text("other")
    copy_demo(tmp_path)
    assert labels.read_bytes() == drawings.labels_file().read_bytes()


@pytest.mark.parametrize("write", [copy_demo, broken_demo])
def test_a_file_in_the_folders_place_is_told(tmp_path: Path, write: Callable[[Path], Demo]) -> None:
    place = tmp_path / "taken"
    place.write_text("")
    with pytest.raises(PortsideError, match="taken: the demo's files can't be written"):
        write(place)
