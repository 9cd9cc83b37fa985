"""Caffe's weights in HDF5."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from explorer.errors import PortsideError
from explorer.importers import open_network
from explorer.importers.caffe_hdf5 import read_caffe_hdf5
from explorer.running.runner import Runner
from tests.caffe_files import Weights, input_layer, small_inception, write_caffe
from tests.caffe_forward import layer, noise


def write_hdf5(path: Path, weights: Weights) -> Path:
    """As net.cpp's ``ToHDF5`` lays it out."""
    with h5py.File(path, "w") as file:
        for name, blobs in weights.items():
            for index, array in enumerate(blobs):
                file[f"data/{name}/{index}"] = array
    return path


def test_layers_come_with_their_blobs_slashes_and_all(tmp_path: Path) -> None:
    weights = {"inc/3x3": [noise(2, 3), noise(2)], "fc": [noise(4)]}
    read = dict(read_caffe_hdf5(write_hdf5(tmp_path / "w.h5", weights)))
    assert list(read) == ["fc", "inc/3x3"]
    blob = read["inc/3x3"][0]
    assert blob is not None
    np.testing.assert_array_equal(blob.array, weights["inc/3x3"][0])
    assert (blob.shape, blob.legacy, blob.stored) == ((2, 3), False, "float32")
    assert not blob.array.flags.owndata


def test_half_precision_becomes_single(tmp_path: Path) -> None:
    path = tmp_path / "w.h5"
    with h5py.File(path, "w") as file:
        file["data/a/0"] = np.array([0.5, 1 / 3], np.float16)
    ((_, (blob,)),) = read_caffe_hdf5(path)
    assert blob is not None
    assert (blob.array.dtype.name, blob.stored) == ("float32", "float16")
    np.testing.assert_array_equal(blob.array, np.array([0.5, np.float16(1 / 3)], np.float32))


def test_a_network_runs_the_same_on_either_kind_of_file(tmp_path: Path) -> None:
    prototxt, weights = small_inception()
    binary = open_network(write_caffe(tmp_path, prototxt, weights))
    hdf5 = open_network(tmp_path / "net.prototxt", weights=write_hdf5(tmp_path / "other.h5", weights))
    x = {"data": noise(1, 3, 23, 23)}
    np.testing.assert_array_equal(Runner(hdf5, "cpu").run(x)["prob"], Runner(binary, "cpu").run(x)["prob"])


def test_it_is_found_beside_the_prototxt(tmp_path: Path) -> None:
    prototxt, weights = small_inception()
    path = write_caffe(tmp_path, prototxt)
    write_hdf5(tmp_path / "net.caffemodel.h5", weights)
    assert open_network(path).source.files[1] == str(tmp_path / "net.caffemodel.h5")


def test_a_shared_parameter_is_only_with_its_owner(tmp_path: Path) -> None:
    specs = 'param { name: "w" } param { } inner_product_param { num_output: 4 }'
    text = input_layer(2, 6) + layer("InnerProduct", specs, top="a") + layer("InnerProduct", specs, top="c")
    path = write_caffe(tmp_path, text)
    weight, biases = noise(4, 6), (noise(4, seed=1), noise(4, seed=2))
    with h5py.File(tmp_path / "w.h5", "w") as file:
        file["data/a/0"], file["data/a/1"], file["data/c/1"] = weight, biases[0], biases[1]
    x = noise(2, 6)
    values = Runner(open_network(path, weights=tmp_path / "w.h5"), "cpu").run({"data": x})
    for name, bias in zip("ac", biases, strict=True):
        np.testing.assert_allclose(values[name], x @ weight.T + bias, rtol=1e-5, atol=1e-6)


def circle(file: h5py.File) -> None:
    group = file.create_group("data/a")
    group["b"] = file["data"]


def one_blob_twice(file: h5py.File) -> None:
    file["data/a/0"] = noise(2)
    file["data/a/1"] = file["data/a/0"]


def virtual(file: h5py.File) -> None:
    layout = h5py.VirtualLayout(shape=(3, 4), dtype="f4")
    layout[:] = h5py.VirtualSource("secret.h5", "x", shape=(3, 4))
    file.create_virtual_dataset("data/a/0", layout)


def promised(file: h5py.File) -> None:
    file.create_dataset("data/a/0", shape=(1 << 20, 1 << 10), dtype="f4", chunks=(1, 1024), compression="gzip")


def kept_elsewhere(file: h5py.File) -> None:
    file.create_dataset("data/a/0", (3,), "f4", external=[("/etc/hostname", 0, 12)])


WRONG: dict[str, tuple[Callable[[h5py.File], object], str]] = {
    "Keras's": (lambda file: file.create_group("model_weights"), "no group 'data'"),
    "data is no group": (lambda file: file.__setitem__("data", noise(2)), "no group 'data'"),
    "nothing in it": (lambda file: file.create_group("data"), "no layers"),
    "a name": (lambda file: file.__setitem__("data/a/kernel", noise(2)), "not a small number"),
    "a large number": (lambda file: file.__setitem__("data/a/99999999", noise(2)), "not a small number"),
    "circle": (circle, "circle"),
    "one blob twice": (one_blob_twice, "circle"),
    "virtual": (virtual, "other data sets"),
    "kept elsewhere": (kept_elsewhere, "another file"),
    "promised in chunks": (promised, "promises|missing|stored"),
    "promised in one piece": (lambda file: file.create_dataset("data/a/0", shape=(1 << 40,), dtype="f4"), "promises"),
    "integers": (lambda file: file.create_dataset("data/a/0", data=[1, 2]), "not real numbers"),
    "text": (lambda file: file.create_dataset("data/a/0", data="words"), "not numbers"),
    "soft link": (lambda file: file.__setitem__("data/a/0", h5py.SoftLink("/data")), "not followed"),
    "link": (lambda file: file.__setitem__("data/a/0", h5py.ExternalLink("x.h5", "/y")), "not followed"),
}


@pytest.mark.parametrize("case", WRONG.values(), ids=WRONG)
def test_a_file_that_is_something_else_is_refused(
    tmp_path: Path, case: tuple[Callable[[h5py.File], object], str]
) -> None:
    path = tmp_path / "w.h5"
    with h5py.File(path, "w") as file:
        case[0](file)
    with pytest.raises(PortsideError, match=case[1]):
        read_caffe_hdf5(path)


def test_a_file_that_is_cut_short_is_refused(tmp_path: Path) -> None:
    prototxt, weights = small_inception()
    path = write_hdf5(tmp_path / "w.h5", weights)
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(PortsideError, match=r"w\.h5"):
        open_network(write_caffe(tmp_path, prototxt), weights=path)
