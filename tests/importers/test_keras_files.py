"""Which of Keras' files hold what, and how damaged and hostile ones end."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest

from explorer.errors import PortsideError
from explorer.importers import is_weights, open_network, recognise
from explorer.importers.keras_files import role
from tests.keras_files import (
    functional,
    input_layer,
    layer,
    noise,
    open_keras,
    write_archive,
    write_json,
    write_modern_weights,
    write_weights,
    write_whole,
)

WEIGHTS = {"d": {"kernel": noise(4, 3), "bias": noise(3)}}
KINDS = {"x": "InputLayer", "d": "Dense"}


def dense(version: int = 2) -> dict[str, object]:
    return functional([input_layer("x", 4, version=version), layer("Dense", "d", {"units": 3}, "x")], ["d"], version)


def test_files_are_told_apart_by_what_is_in_them(tmp_path: Path) -> None:
    whole = write_whole(tmp_path, dense(), WEIGHTS)
    weights = write_weights(tmp_path / "some.h5", WEIGHTS)
    modern = write_modern_weights(tmp_path / "some.hdf5", KINDS, WEIGHTS)
    archive = write_archive(tmp_path, dense(3), KINDS, WEIGHTS)
    architecture = write_json(tmp_path, dense())
    assert [role(path) for path in (whole, weights, modern, archive, architecture)] == [
        "whole",
        "weights",
        "weights",
        "whole",
        "architecture",
    ]
    assert recognise(whole) == recognise(archive) == recognise(architecture) == "keras"
    assert is_weights(weights)
    assert is_weights(modern)
    assert recognise(weights) is None
    assert not is_weights(whole)


def test_other_json_and_hdf5_are_no_networks(tmp_path: Path) -> None:
    (tmp_path / "labels.json").write_text(json.dumps({"labels": ["cat", "dog"]}))
    with h5py.File(tmp_path / "data.h5", "w") as file:
        file["data"] = np.arange(3)
    (tmp_path / "text.h5").write_text("no HDF5")
    for name in ("labels.json", "data.h5", "text.h5"):
        assert recognise(tmp_path / name) is None
        assert not is_weights(tmp_path / name)


def test_weights_beside_an_architecture_are_found_and_whole_networks_are_none(tmp_path: Path) -> None:
    path = write_json(tmp_path, dense(), keras_version="2.4.0", backend="tensorflow")
    write_whole(tmp_path, dense(), WEIGHTS)
    weights = write_weights(tmp_path / "some.h5", WEIGHTS)
    assert open_network(path).source.files == (str(path), str(weights))
    write_weights(tmp_path / "more.h5", WEIGHTS)
    with pytest.raises(PortsideError, match=r"2 weights files fit it, more.h5 and some.h5: say which"):
        open_network(path)


def test_a_whole_network_takes_no_weights_from_beside_it(tmp_path: Path) -> None:
    path = write_whole(tmp_path, dense(), WEIGHTS)
    write_weights(tmp_path / "other.h5", {"d": {"kernel": noise(4, 3, seed=7), "bias": noise(3)}})
    network = open_network(path)
    assert network.source.files == (str(path),)
    kernel = network.layer["d"].weights[0].const_value
    assert kernel is not None
    np.testing.assert_array_equal(kernel.numpy(), WEIGHTS["d"]["kernel"])


def test_other_weights_may_be_given_to_a_whole_network(tmp_path: Path) -> None:
    path = write_whole(tmp_path, dense(), WEIGHTS)
    other = write_weights(tmp_path / "other.h5", {"d": {"kernel": noise(4, 3, seed=7), "bias": noise(3)}})
    kernel = open_network(path, weights=other).layer["d"].weights[0].const_value
    assert kernel is not None
    np.testing.assert_array_equal(kernel.numpy(), noise(4, 3, seed=7))


def test_the_weights_of_a_compressed_archive_are_read_too(tmp_path: Path) -> None:
    path = write_archive(tmp_path, dense(3), KINDS, WEIGHTS)
    with zipfile.ZipFile(path) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    kernel = open_keras(path).layer["d"].weights[0].const_value
    assert kernel is not None
    np.testing.assert_array_equal(kernel.numpy(), WEIGHTS["d"]["kernel"])


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9, 0.99])
@pytest.mark.parametrize("form", ["whole", "archive"])
def test_a_file_cut_short_is_told_with_its_name(tmp_path: Path, form: str, kept: float) -> None:
    path = (
        write_whole(tmp_path, dense(), WEIGHTS)
        if form == "whole"
        else write_archive(tmp_path, dense(3), KINDS, WEIGHTS)
    )
    data = path.read_bytes()
    path.write_bytes(data[: int(kept * len(data))])
    with pytest.raises(PortsideError, match=path.name):
        open_network(path)


@pytest.mark.parametrize(
    ("left_out", "reason"),
    [
        ("config.json", "holds no config.json"),
        ("metadata.json", "holds no metadata.json"),
        ("model.weights.h5", "holds no weights"),
    ],
)
def test_an_archive_without_a_part_is_told(tmp_path: Path, left_out: str, reason: str) -> None:
    path = write_archive(tmp_path, dense(3), KINDS, WEIGHTS)
    with zipfile.ZipFile(path) as archive:
        entries = {name: archive.read(name) for name in archive.namelist() if name != left_out}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    with pytest.raises(PortsideError, match=reason):
        open_keras(path)


def test_weights_that_are_pickled_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "model.keras"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", json.dumps(dense(3)))
        archive.writestr("metadata.json", json.dumps({"keras_version": "3.5.0"}))
        archive.writestr("model.weights.npz", b"PK")
    with pytest.raises(PortsideError, match=r"keeps its weights as 'model.weights.npz', which is not read"):
        open_keras(path)


def test_a_json_that_inflates_beyond_measure_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "model.keras"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", b" " * (300 << 20))
        archive.writestr("metadata.json", "{}")
    with pytest.raises(PortsideError, match=r"'config.json' promises more bytes than it can hold"):
        open_keras(path)


def test_weights_that_promise_more_than_is_stored_are_refused(tmp_path: Path) -> None:
    path = write_json(tmp_path, dense(), keras_version="2.4.0", backend="tensorflow")
    weights = tmp_path / "w.h5"
    with h5py.File(weights, "w") as file:
        file.attrs["layer_names"] = [b"d"]
        group = file.create_group("d")
        group.attrs["weight_names"] = [b"d/kernel:0", b"d/bias:0"]
        group.create_dataset("d/kernel:0", (4, 3), "f4", chunks=(4, 3), maxshape=(None, None), compression="gzip")
        group["d/bias:0"] = noise(3)
    with pytest.raises(PortsideError, match="'d/d/kernel:0' it promises 48 bytes, but 0 are stored"):
        open_keras(path, weights)


def test_links_out_of_the_file_are_not_followed(tmp_path: Path) -> None:
    path = write_json(tmp_path, dense(), keras_version="2.4.0", backend="tensorflow")
    other = tmp_path / "other.h5"
    with h5py.File(other, "w") as file:
        file["secret"] = noise(4, 3)
    weights = write_weights(tmp_path / "w.h5", WEIGHTS)
    with h5py.File(weights, "a") as file:
        del file["d/d/kernel:0"]
        file["d/d/kernel:0"] = h5py.ExternalLink("other.h5", "secret")
    with pytest.raises(PortsideError, match="'kernel:0' is a link to another place, which is not followed"):
        open_keras(path, weights)
