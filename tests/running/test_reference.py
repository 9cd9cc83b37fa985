"""Reference files: what they hold, and what is refused of them."""

from __future__ import annotations

import pickle
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from explorer.errors import PortsideError
from explorer.running.recording import save_arrays
from explorer.running.reference import open_reference


def test_arrays_keep_their_names_slashes_and_all(tmp_path: Path) -> None:
    arrays: dict[str, Any] = {
        "conv1/7x7_s2": np.arange(6, dtype=np.float32).reshape(1, 6),
        "file": np.ones(2, np.float16),
    }
    save_arrays(arrays, tmp_path / "r.npz")
    reference = open_reference(tmp_path / "r.npz")
    assert reference.shapes == {"conv1/7x7_s2": (1, 6), "file": (2,)}
    for name, array in arrays.items():
        np.testing.assert_array_equal(reference.arrays[name], array)
        assert reference.arrays[name].dtype == array.dtype


def test_numpys_own_files_are_read_compressed_and_in_fortran_order(tmp_path: Path) -> None:
    array = np.asfortranarray(np.random.default_rng(0).standard_normal((3, 4, 5)))
    np.savez_compressed(tmp_path / "r.npz", **{"a/b": array})  # type: ignore[arg-type]
    np.testing.assert_array_equal(open_reference(tmp_path / "r.npz").arrays["a/b"], array)


def test_metadata_is_no_layer(tmp_path: Path) -> None:
    np.savez(tmp_path / "r.npz", x=np.ones(1), __portside__=np.array('{"framework": "caffe"}'))
    reference = open_reference(tmp_path / "r.npz")
    assert reference.metadata == {"framework": "caffe"}
    assert list(reference.arrays) == ["x"]


def test_a_folder_of_npy_files_is_a_reference_too(tmp_path: Path) -> None:
    (tmp_path / "conv1").mkdir()
    np.save(tmp_path / "conv1" / "3x3.npy", np.ones((1, 2)))
    np.save(tmp_path / "prob.npy", np.zeros(3))
    assert open_reference(tmp_path).shapes == {"conv1/3x3": (1, 2), "prob": (3,)}


def test_an_hdf5_file_is_a_reference_too_its_groups_are_slashes(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "r.h5", "w") as file:
        file.attrs["__portside__"] = '{"framework": "keras"}'
        file["conv1/3x3"] = np.arange(6, dtype=np.float32).reshape(1, 6)
        file.create_dataset("prob", data=np.full((1, 9), 0.5), chunks=(1, 3), compression="gzip")
    reference = open_reference(tmp_path / "r.h5")
    assert reference.shapes == {"conv1/3x3": (1, 6), "prob": (1, 9)}
    assert reference.metadata == {"framework": "keras"}
    np.testing.assert_array_equal(reference.arrays["conv1/3x3"], [[0, 1, 2, 3, 4, 5]])
    np.testing.assert_array_equal(reference.arrays["prob"], np.full((1, 9), 0.5))


def test_an_hdf5_file_of_text_or_of_nothing_is_no_reference(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "text.h5", "w") as file:
        file["labels"] = ["cat", "dog"]
    with h5py.File(tmp_path / "empty.h5", "w") as file:
        file.create_group("conv1")
    assert "'labels' holds" in message(tmp_path / "text.h5") and "not numbers" in message(tmp_path / "text.h5")
    assert "holds no arrays" in message(tmp_path / "empty.h5")


def test_an_hdf5_file_whose_groups_make_a_circle_is_refused(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "r.h5", "w") as file:
        file["a/x"] = np.ones(2)
        file["a/b"] = file["a"]
    assert "make a circle" in message(tmp_path / "r.h5")


def message(path: Path) -> str:
    with pytest.raises(PortsideError) as caught:
        read_all(path)
    return str(caught.value)


def read_all(path: Path) -> list[Any]:
    reference = open_reference(path)
    return [reference.arrays[name] for name in reference.arrays]


def test_an_object_array_is_never_unpickled(tmp_path: Path) -> None:
    class Bomb:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return (Path.touch, (str(tmp_path / "exploded"),))

    np.savez(tmp_path / "r.npz", a=np.array([Bomb()], object))
    assert "objects" in message(tmp_path / "r.npz")
    (tmp_path / "p.npz").write_bytes(pickle.dumps(Bomb()))
    assert "p.npz" in message(tmp_path / "p.npz")
    assert not (tmp_path / "exploded").exists()


def test_a_truncated_file_is_refused_by_name(tmp_path: Path) -> None:
    np.savez(tmp_path / "r.npz", a=np.ones(1000))
    whole = (tmp_path / "r.npz").read_bytes()
    for size in (0, 10, 500, len(whole) // 2, len(whole) - 30):
        (tmp_path / "cut.npz").write_bytes(whole[:size])
        assert "cut.npz" in message(tmp_path / "cut.npz")


def test_a_damaged_array_is_refused_when_it_is_read(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "r.npz", a=np.random.default_rng(0).standard_normal(1000))
    damaged = bytearray((tmp_path / "r.npz").read_bytes())
    damaged[len(damaged) // 2] ^= 0xFF
    (tmp_path / "r.npz").write_bytes(damaged)
    assert "'a" in message(tmp_path / "r.npz")


def test_a_file_that_went_away_after_it_was_opened_is_told_by_name(tmp_path: Path) -> None:
    path = tmp_path / "r.npz"
    save_arrays({"conv1": np.ones(3, np.float32), "fc": np.zeros(2, np.float32)}, path)
    arrays = open_reference(path).arrays
    np.testing.assert_array_equal(arrays["conv1"], np.ones(3))
    path.unlink()
    np.testing.assert_array_equal(arrays["conv1"], np.ones(3))
    with pytest.raises(PortsideError, match=r"r\.npz.*'fc\.npy' can't be read any more \(No such file or directory\)"):
        arrays["fc"]
    save_arrays({"conv1": np.ones(3, np.float32)}, path)
    with pytest.raises(PortsideError, match=r"r\.npz.*'fc\.npy' is not in it any more"):
        arrays["fc"]
    path.write_bytes(b"being written")
    with pytest.raises(PortsideError, match=r"r\.npz.*'fc\.npy' can't be read any more"):
        arrays["fc"]
    with pytest.raises(KeyError):
        arrays["conv2"]


def test_a_shape_that_promises_more_than_is_there_takes_no_memory(tmp_path: Path) -> None:
    header = b"\x93NUMPY\x01\x00" + (118).to_bytes(2, "little")
    text = "{'descr': '<f4', 'fortran_order': False, 'shape': (1000000, 1000000, 1000), }".ljust(117) + "\n"
    with zipfile.ZipFile(tmp_path / "r.npz", "w") as archive:
        archive.writestr("a.npy", header + text.encode())
    assert "cut short" in message(tmp_path / "r.npz")


def test_text_and_nothing_are_not_references(tmp_path: Path) -> None:
    np.savez(tmp_path / "words.npz", a=np.array(["x"]))
    assert "not numbers" in message(tmp_path / "words.npz")
    np.savez(tmp_path / "none.npz")
    assert "no arrays" in message(tmp_path / "none.npz")
    (tmp_path / "empty").mkdir()
    assert "no .npy" in message(tmp_path / "empty")
    assert "no such file" in message(tmp_path / "absent.npz")
