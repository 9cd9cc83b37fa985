"""Arrays in files without a name."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections import namedtuple
from pathlib import Path

import numpy as np
import pytest

from explorer.errors import PortsideError
from explorer.running import spilling
from explorer.running.spilling import SpilledArray, spilling_folder

FLOAT = np.dtype(np.float32)


def filled(folder: Path, rows: np.ndarray) -> SpilledArray:
    spilled = SpilledArray("conv1", rows.shape, rows.dtype, folder)
    for start in range(0, len(rows), 2):
        spilled.write(rows[start : start + 2])
    return spilled


def test_what_is_written_in_parts_is_read_whole_and_in_parts(tmp_path):
    rows = np.random.default_rng(0).standard_normal((5, 3, 4)).astype(np.float32)
    spilled = filled(tmp_path, rows)
    assert spilled.nbytes == rows.nbytes
    np.testing.assert_array_equal(spilled.array(), rows)
    np.testing.assert_array_equal(spilled.read(slice(1, 4)), rows[1:4])
    np.testing.assert_array_equal(spilled.read(slice(4, 9)), rows[4:])


def test_an_array_outlives_its_file_and_cannot_be_written_to(tmp_path):
    rows = np.arange(12, dtype=np.float32).reshape(4, 3)
    spilled = filled(tmp_path, rows)
    array = spilled.array()
    spilled.close()
    np.testing.assert_array_equal(array, rows)
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 1


def test_an_array_without_entries_is_one(tmp_path):
    assert SpilledArray("empty", (0, 3), FLOAT, tmp_path).array().shape == (0, 3)


def test_a_disk_that_is_too_small_is_told_before_anything_is_written(tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda place: usage(1 << 40, 0, spilling.LEFT_FREE + 1_000_000))
    with pytest.raises(PortsideError, match=r"'conv1' takes 4 MB, .* has only 1 MB to spare"):
        SpilledArray("conv1", (1000, 1000), FLOAT, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    with pytest.raises(PortsideError, match="'conv1' can't be kept on disk"):
        SpilledArray("conv1", (4,), FLOAT, tmp_path / "absent")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no file without a name")
def test_a_process_that_is_killed_leaves_nothing_behind(tmp_path):
    program = (
        "import os, signal, sys, numpy, pathlib\n"
        "from explorer.running.spilling import SpilledArray\n"
        "kept = SpilledArray('x', (1000, 1000), numpy.dtype('f4'), pathlib.Path(sys.argv[1]))\n"
        "kept.write(numpy.ones((1000, 1000), 'f4'))\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], cwd=root, check=False)
    assert done.returncode == -9
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_memory_is_passed_over(tmp_path, monkeypatch):
    (tmp_path / "disk").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(spilling, "_file_systems", lambda: {"/": "ext4", str(tmp_path): "tmpfs"})
    assert spilling_folder() != tmp_path
    monkeypatch.setattr(spilling, "_file_systems", lambda: {"/": "ext4"})
    assert spilling_folder() == tmp_path
