"""Parts in a zip: where they begin, and that any program reads them."""

from __future__ import annotations

import hashlib
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.golden.archive import open_archive
from explorer.golden.writing import LINE, PAGE, PartsWriter

ARRAYS: dict[str, Any] = {
    "floats": np.arange(24, dtype=np.float32).reshape(2, 3, 4),
    "fortran": np.asfortranarray(np.arange(6, dtype=np.float64).reshape(2, 3)),
    "strided": np.arange(20, dtype=np.int16)[::2],
    "half": np.array([1.5, np.nan, np.inf], np.float16),
    "scalar": np.array(3, np.int64),
    "none": np.empty((0, 5), np.float32),
    "flags": np.array([True, False]),
}


def _nothing() -> None:
    pass


@pytest.fixture
def path(tmp_path: Path) -> Path:
    with (tmp_path / "a.portside").open("w+b") as file, PartsWriter(file, _nothing) as writer:
        writer.add("network.onnx", lambda stream: stream.write(b"graph"), align=PAGE)  # type: ignore[arg-type]
        for name, array in ARRAYS.items():
            writer.add_array(f"values/{name}.npy", array)
        writer.add_bytes("run.json", b"{}")
    return tmp_path / "a.portside"


def test_numpy_and_zipfile_read_what_was_written(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert archive.read("network.onnx") == b"graph"
        for name, array in ARRAYS.items():
            found = np.load(BytesIO(archive.read(f"values/{name}.npy")))
            np.testing.assert_array_equal(found, array)
            assert (found.dtype, found.shape) == (array.dtype, array.shape)


def test_parts_begin_where_they_can_be_mapped_from(path: Path) -> None:
    parts = open_archive(path).parts
    assert parts["network.onnx"].start == PAGE
    assert {part.start % LINE for part in parts.values()} == {0}
    assert path.stat().st_size < PAGE + 4096


def test_each_part_has_its_size_and_hash(tmp_path: Path) -> None:
    with (tmp_path / "a.portside").open("w+b") as file, PartsWriter(file, _nothing) as writer:
        writer.add_bytes("a", b"some bytes")
    assert writer.written["a"].bytes == 10
    assert writer.written["a"].sha256 == hashlib.sha256(b"some bytes").hexdigest()


def test_writing_ends_between_two_pieces_when_it_is_stopped(tmp_path: Path) -> None:
    class Stopped(Exception):  # noqa: N818
        pass

    def stop() -> None:
        raise Stopped

    with (tmp_path / "a.portside").open("w+b") as file, pytest.raises(Stopped), PartsWriter(file, stop) as writer:
        writer.add_bytes("a", b"some bytes")
