"""A golden run that is opened: arrays over the file, and every way in which a file can be wrong."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.errors import PortsideError
from explorer.golden.reading import open_golden
from tests.golden_runs import npy, parts_of, rewrite, write_golden, write_parts


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_golden(tmp_path)


def refusal(path: Path, use: Callable[[Any], object] = lambda run: None) -> str:
    with pytest.raises(PortsideError) as caught:
        use(open_golden(path))
    assert Path(str(caught.value.file)) == path
    assert "\n" not in str(caught.value)
    return caught.value.reason


def part_of(record: dict[str, Any], key: str) -> str:
    return str(next(value["part"] for value in record["values"] if value["key"] == key))


def test_arrays_are_views_of_the_file_that_nobody_can_change(path: Path) -> None:
    array = open_golden(path).values["conv1"]
    assert not array.flags.writeable
    assert not array.flags.owndata
    assert array.flags.aligned


def test_a_file_made_by_another_zip_program_is_read_the_same(path: Path) -> None:
    run = open_golden(path)
    arrays = {key: np.array(array) for key, array in run.values.items()}
    network = bytes(run.mapped("network.onnx"))
    picture = run.picture()
    again = open_golden(write_parts(path.with_name("again.portside"), parts_of(path)))
    assert again.record == run.record
    assert bytes(again.mapped("network.onnx")) == network
    assert again.picture() == picture == path.with_name("noise.png").read_bytes()
    for key, array in arrays.items():
        np.testing.assert_array_equal(again.values[key], array)


def test_arrays_in_fortrans_order_and_without_numbers_are_read(path: Path) -> None:
    turned = np.asfortranarray(np.arange(6, dtype=np.float64).reshape(2, 3))

    def change(record: dict[str, Any], parts: dict[str, bytes]) -> None:
        record["values"] = []
        for name, array in (("turned", turned), ("none", np.empty((0, 3), np.int8))):
            parts[name] = npy(array)
            record["values"].append({"key": name, "part": name, "shape": list(array.shape), "type": array.dtype.name})
            import hashlib

            digest = hashlib.sha256(parts[name]).hexdigest()
            record["parts"][name] = {"bytes": len(parts[name]), "sha256": digest}

    found = open_golden(rewrite(path, change)).values
    np.testing.assert_array_equal(found["turned"], turned)
    assert found["none"].shape == (0, 3)


def test_a_changed_part_is_named(path: Path) -> None:
    def change(record: dict[str, Any], parts: dict[str, bytes]) -> None:
        for name in (part_of(record, "conv1"), "network.onnx", "picture.png"):
            parts[name] = parts[name][:-1] + bytes([parts[name][-1] ^ 1])

    rewrite(path, change)
    told = "the part '{}' is not what was saved: its hash is another"
    assert refusal(path, lambda run: run.values["conv1"]) == told.format("values/0001-conv1.npy")
    assert refusal(path, lambda run: run.mapped("network.onnx")) == told.format("network.onnx")
    assert refusal(path, lambda run: run.picture()) == told.format("picture.png")
    assert open_golden(path).values["pool1"].shape == (1, 4, 4, 4)


@pytest.mark.parametrize(
    ("array", "reason"),
    [
        (np.array([{"a": 1}, None], object), "'values/0001-conv1.npy' holds Python objects, which are never read"),
        (np.array(["text"]), "'values/0001-conv1.npy' holds <U4, not numbers"),
        (np.zeros((2, 2), np.float32), "has the shape (2, 2), 'run.json' says (1, 4, 8, 8)"),
        (None, "'values/0001-conv1.npy' is not an array"),
    ],
)
def test_an_array_that_is_none_of_numbers_is_refused_when_the_file_is_opened(
    path: Path, array: Any, reason: str
) -> None:
    def change(record: dict[str, Any], parts: dict[str, bytes]) -> None:
        parts[part_of(record, "conv1")] = b"text" if array is None else npy(array)

    assert reason in refusal(rewrite(path, change))


@pytest.mark.parametrize("shape", [(1 << 40, 1 << 40), (0, 1 << 62, 1 << 62), (1,) * 40, (10**30,)])
def test_a_shape_that_promises_more_than_is_there_is_refused_before_memory_is_taken(
    path: Path, shape: tuple[int, ...]
) -> None:
    def change(record: dict[str, Any], parts: dict[str, bytes]) -> None:
        name = part_of(record, "conv1")
        text = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}".encode()
        text += b" " * (64 - (len(text) + 11) % 64) + b"\n"
        parts[name] = b"\x93NUMPY\1\0" + len(text).to_bytes(2, "little") + text + bytes(64)
        record["values"][1]["shape"] = list(shape)

    assert "needs more than is there" in refusal(rewrite(path, change))


def test_a_part_that_is_missing_is_named(path: Path) -> None:
    def change(record: dict[str, Any], parts: dict[str, bytes]) -> None:
        del parts[part_of(record, "fc")]

    assert refusal(rewrite(path, change)).startswith("the part 'values/0006-fc.npy' is missing")


def test_a_part_with_no_hash_is_not_believed(path: Path) -> None:
    def change(record: dict[str, Any], parts: dict[str, bytes]) -> None:
        record["parts"] = {}

    assert "is not what was saved" in refusal(rewrite(path, change), lambda run: run.values["fc"])


def test_two_arrays_of_one_name_are_refused(path: Path) -> None:
    def change(record: dict[str, Any], parts: dict[str, bytes]) -> None:
        record["values"].append(record["values"][0])

    assert refusal(rewrite(path, change)) == "'run.json' names an array twice"


def test_another_zip_is_no_golden_run(tmp_path: Path) -> None:
    path = write_parts(tmp_path / "a.portside", {"conv1.npy": npy(np.ones(3))})
    assert refusal(path) == "not a golden run: the part 'run.json' is missing"


def test_a_compressed_file_is_refused_with_the_part(path: Path) -> None:
    write_parts(path, parts_of(path), zipfile.ZIP_DEFLATED)
    assert refusal(path) == "the part 'run.json' is compressed; parts are stored as they are"


def test_a_file_cut_anywhere_is_told_so(path: Path) -> None:
    whole = path.read_bytes()
    for size in range(1, len(whole), len(whole) // 50):
        path.write_bytes(whole[:size])
        assert refusal(path).startswith("not a golden run, or cut short")
