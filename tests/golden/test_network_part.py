"""The network in a golden run: the same one, without its folders, in one part or two."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.errors import PortsideError
from explorer.golden import network_part
from explorer.golden.network_part import file_name
from explorer.importers import open_network
from explorer.network import marks
from explorer.network.network import Network
from explorer.network.provenance import Provenance
from tests.caffe_files import small_inception, write_caffe
from tests.golden_runs import parts_of, rewrite, write_golden
from tests.small_network import small_network


def weights(network: Network) -> dict[str, bytes]:
    initializers = network.model.graph.initializers
    return {name: value.const_value.tobytes() for name, value in initializers.items() if value.const_value is not None}


def test_no_part_names_the_folder_that_the_network_was_read_from(tmp_path: Path) -> None:
    folder = tmp_path / "secret-place"
    folder.mkdir()
    network = open_network(write_caffe(folder, *small_inception()))
    path = write_golden(tmp_path, network)
    assert b"secret-place" not in path.read_bytes()
    found = open_network(path)
    assert found.source.files == tuple(Path(file).name for file in network.source.files)
    ours, theirs = (each.model.graph.initializers["conv1:weight"].const_value for each in (network, found))
    assert ours is not None and theirs is not None
    origin, saved = (Provenance.from_json(each.metadata_props[marks.PROVENANCE]) for each in (ours, theirs))
    assert origin.file == str(folder / saved.file)
    assert replace(origin, file=saved.file) == saved


def test_the_network_comes_back_as_it_was(tmp_path: Path) -> None:
    network = small_network()
    found = open_network(write_golden(tmp_path, network))
    assert [layer.name for layer in found.layers] == [layer.name for layer in network.layers]
    assert found.preprocessing == network.preprocessing
    assert weights(found) == weights(network)
    assert found.labels is None


def test_labels_of_its_own_come_with_it(tmp_path: Path) -> None:
    assert open_network(write_golden(tmp_path, labels=tuple("abcdef"))).labels == tuple("abcdef")


@pytest.fixture
def split(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A golden run whose weights are too large for one ONNX file."""
    monkeypatch.setattr(network_part, "MOST_BYTES", 1000)
    monkeypatch.setattr(network_part, "is_large", lambda tensor: tensor.nbytes > 100)
    return write_golden(tmp_path)


def test_weights_that_one_file_can_not_hold_are_a_part_of_their_own(split: Path) -> None:
    parts = parts_of(split)
    assert list(parts)[:2] == ["network.data", "network.onnx"]
    found = open_network(split)
    assert weights(found) == weights(small_network())
    conv1 = found.model.graph.initializers["conv1:weight"].const_value
    assert conv1 is not None
    assert conv1.numpy().tobytes() in parts["network.data"]
    assert conv1.numpy().tobytes() not in parts["network.onnx"]


def test_weights_are_never_looked_for_beside_the_file(split: Path) -> None:
    data = parts_of(split)["network.data"]
    (split.parent / "network.data").write_bytes(data)

    def change(record: dict[str, Any], parts: dict[str, bytes]) -> None:
        del record["parts"]["network.data"]

    rewrite(split, change)
    with pytest.raises(PortsideError, match=r"lies in 'network\.data', which is not there"):
        open_network(split)


def test_a_damaged_network_is_told_with_the_files_name(tmp_path: Path) -> None:
    import hashlib

    def change(record: dict[str, Any], parts: dict[str, bytes]) -> None:
        parts["network.onnx"] = np.random.default_rng(0).bytes(500)
        digest = hashlib.sha256(parts["network.onnx"]).hexdigest()
        record["parts"]["network.onnx"] = {"bytes": 500, "sha256": digest}

    path = rewrite(write_golden(tmp_path), change)
    with pytest.raises(PortsideError, match=r"run\.portside: not an ONNX file, or cut short"):
        open_network(path)


def test_a_golden_run_takes_no_other_weights(tmp_path: Path) -> None:
    path = write_golden(tmp_path)
    with pytest.raises(PortsideError, match="a golden run has weights of its own"):
        open_network(path, weights=tmp_path / "noise.png")


@pytest.mark.parametrize(
    ("path", "name"), [("/home/me/net.onnx", "net.onnx"), (r"C:\nets\net.onnx", "net.onnx"), ("net.onnx", "net.onnx")]
)
def test_a_files_name_is_the_paths_last_part(path: str, name: str) -> None:
    assert file_name(path) == name
