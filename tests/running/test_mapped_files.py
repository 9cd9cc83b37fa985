"""Pages of mapped files that need not stay in memory."""

from __future__ import annotations

import mmap

import numpy as np
import onnx_ir as ir

from explorer.running.mapped_files import _file_of, release_pages


def test_a_tensor_in_a_mapped_file_reads_the_same_after_its_pages_were_released(tmp_path):
    numbers = np.arange(10_000, dtype=np.float32)
    path = tmp_path / "weights"
    path.write_bytes(b"x" + numbers.tobytes())
    with path.open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    array = np.frombuffer(mapped, np.float32, offset=1)
    tensor = ir.Tensor(array, name="w")
    assert _file_of(array) is mapped
    release_pages([tensor, None, ir.tensor([1.0])])
    np.testing.assert_array_equal(tensor.numpy(), numbers)


def test_memory_that_may_be_written_to_is_left_alone(tmp_path):
    path = tmp_path / "weights"
    path.write_bytes(bytes(8192))
    with path.open("r+b") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
    assert _file_of(np.frombuffer(mapped, np.uint8)) is None
    assert _file_of(np.zeros(3)) is None
    assert _file_of(None) is None
