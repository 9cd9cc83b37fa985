"""Checkpoints of both versions, written by the tests themselves: values, slices, checksums, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from explorer.errors import PortsideError
from explorer.importers.checkpoint import read_checkpoint
from explorer.importers.checkpoint_entries import FULL, slice_key
from tests.tensorflow_files import field, masked, shape_proto, table_bytes, varint, write_bundle, write_slices
from tests.tensorflow_files import slice_key as small_slice_key

RANDOM = np.random.default_rng(5)

VARIABLES: dict[str, NDArray[np.generic]] = {
    "net/conv1/weights": RANDOM.standard_normal((3, 3, 3, 8)).astype(np.float32),
    "net/conv1/biases": RANDOM.standard_normal(8).astype(np.float32),
    "net/conv2/weights": RANDOM.standard_normal((1, 1, 8, 5)).astype(np.float32),
    "net/double": RANDOM.standard_normal((4, 2)),
    "zeros": np.zeros((20, 3), np.float32),
    "global_step": np.asarray(-7, np.int64),
}


def same(a: NDArray[np.generic], b: NDArray[np.generic]) -> None:
    assert a.dtype == b.dtype
    np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("pack", [False, True])
@pytest.mark.parametrize("shards", [1, 3])
def test_the_second_version(tmp_path: Path, pack: bool, shards: int) -> None:
    checkpoint = read_checkpoint(write_bundle(tmp_path / "model.ckpt", VARIABLES, shards=shards, pack=pack))
    assert set(checkpoint.variables) == set(VARIABLES)
    for name, array in VARIABLES.items():
        same(checkpoint.read(name).array, array)
    assert [Path(file).name for file in checkpoint.files] == [
        "model.ckpt.index",
        *(f"model.ckpt.data-{shard:05d}-of-{shards:05d}" for shard in range(shards)),
    ]


@pytest.mark.parametrize("pack", [False, True])
def test_the_first_version(tmp_path: Path, pack: bool) -> None:
    checkpoint = read_checkpoint(write_slices(tmp_path / "model.ckpt", VARIABLES, pack=pack))
    assert set(checkpoint.variables) == set(VARIABLES)
    for name, array in VARIABLES.items():
        same(checkpoint.read(name).array, array)


def test_values_are_views_of_the_file_and_never_written_to(tmp_path: Path) -> None:
    for path in (write_bundle(tmp_path / "two", VARIABLES), write_slices(tmp_path / "one", VARIABLES)):
        array = read_checkpoint(path).read("net/conv1/weights").array
        assert not array.flags.owndata
        assert not array.flags.writeable


def test_slices_of_a_partitioned_variable_are_joined(tmp_path: Path) -> None:
    array = RANDOM.standard_normal((10, 6)).astype(np.float32)
    cut = [[(0, 4), (0, -1)], [(4, 3), (0, -1)], [(7, 3), (0, 2)], [(7, 3), (2, 4)]]
    checkpoint = read_checkpoint(write_bundle(tmp_path / "m", {"w": array, "b": array[0]}, parts={"w": cut}, shards=2))
    assert set(checkpoint.variables) == {"w", "b"}
    stored = checkpoint.read("w")
    same(stored.array, array)
    assert stored.steps == ("4 slices joined",)
    same(checkpoint.read("w", ((4, 3), (0, FULL))).array, array[4:7])
    same(checkpoint.read("w", ((3, 5), (1, 2))).array, array[3:8, 1:3])
    same(checkpoint.read("b", ((2, 3),)).array, array[0, 2:5])
    with pytest.raises(ValueError, match="not within the shape"):
        checkpoint.read("b", ((4, 3),))


@pytest.mark.parametrize(
    ("cut", "reason"),
    [
        ([[(0, 4), (0, -1)]], "not filled by its slices"),
        ([[(0, 6), (0, -1)], [(5, 4), (0, -1)]], "not filled by its slices"),
        ([[(0, 4), (0, -1)], [(0, 4), (0, -1)], [(8, 2), (0, -1)]], "not filled by its slices"),
        ([[(0, 40), (0, -1)]], "not within the shape"),
    ],
)
def test_slices_that_do_not_fill_the_variable_are_refused(
    tmp_path: Path, cut: list[list[tuple[int, int]]], reason: str
) -> None:
    write_bundle(tmp_path / "m", {"w": np.zeros((10, 6), np.float32)}, parts={"w": cut})
    with pytest.raises(PortsideError, match=reason):
        read_checkpoint(tmp_path / "m").read("w")


def test_a_missing_slice_is_named(tmp_path: Path) -> None:
    array = np.zeros((10, 6), np.float32)
    cut = [[(0, 5), (0, -1)], [(5, 5), (0, -1)]]
    write_bundle(tmp_path / "m", {"w": array}, parts={"w": cut}, left_out=[small_slice_key("w", cut[1])])
    with pytest.raises(PortsideError, match=r"m\.index: .*the slice .* of the variable 'w' is missing"):
        read_checkpoint(tmp_path / "m").read("w")


@pytest.mark.parametrize(
    ("number", "code"),
    [(0, "80"), (63, "bf"), (64, "c040"), (8191, "dfff"), (8192, "e02000"), (-1, "7f"), (-64, "40"), (-65, "3fbf")],
)
def test_numbers_in_keys_are_those_of_ordered_code(number: int, code: str) -> None:
    key = slice_key("w", ((number, FULL),))
    assert key == b"\x00w\x00\x01\x01\x01" + bytes.fromhex(code) + b"\x7f"


def test_keys_are_those_that_the_tests_write() -> None:
    for extents in ((), ((0, FULL),), ((5, 3), (0, FULL))):
        assert slice_key("a/b", extents) == small_slice_key("a/b", extents)


@pytest.mark.parametrize("place", range(0, 400, 13))
def test_a_byte_that_was_changed_in_the_index_is_found(tmp_path: Path, place: int) -> None:
    index = write_bundle(tmp_path / "m", VARIABLES).with_name("m.index")
    data = bytearray(index.read_bytes())
    place %= len(data) - 40
    data[place] ^= 0x10
    index.write_bytes(data)
    with pytest.raises(PortsideError, match=r"m\.index: is damaged, or no checkpoint"):
        read_checkpoint(tmp_path / "m")


def test_a_byte_that_was_changed_in_the_values_is_found_where_it_is_read(tmp_path: Path) -> None:
    write_bundle(tmp_path / "m", VARIABLES)
    data = tmp_path / "m.data-00000-of-00001"
    content = bytearray(data.read_bytes())
    content[100] ^= 1
    data.write_bytes(content)
    checkpoint = read_checkpoint(tmp_path / "m")
    assert checkpoint.read("zeros").array.sum() == 0
    with pytest.raises(PortsideError, match=r"data-00000-of-00001: is damaged: the checksum .* 'net/conv1/weights'"):
        checkpoint.read("net/conv1/weights")


def test_values_that_are_missing_or_cut_short_are_told_at_once(tmp_path: Path) -> None:
    write_bundle(tmp_path / "m", VARIABLES)
    data = tmp_path / "m.data-00000-of-00001"
    data.write_bytes(data.read_bytes()[:-9])
    with pytest.raises(PortsideError, match=r"data-00000-of-00001: is cut short: '[a-z_]+' goes on for \d bytes"):
        read_checkpoint(tmp_path / "m")
    data.unlink()
    with pytest.raises(PortsideError, match="data-00000-of-00001 is not there"):
        read_checkpoint(tmp_path / "m")


def test_a_first_version_that_was_changed_or_cut_short_is_refused(tmp_path: Path) -> None:
    path = write_slices(tmp_path / "m", VARIABLES)
    whole = path.read_bytes()
    place = whole.index(VARIABLES["net/conv1/weights"].tobytes()) + 7
    path.write_bytes(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :])
    with pytest.raises(PortsideError, match="the checksum of its block at byte"):
        read_checkpoint(path).read("net/conv1/weights")
    path.write_bytes(whole[:-30])
    with pytest.raises(PortsideError, match="does not end as a table does"):
        read_checkpoint(path)


def test_a_string_variable_is_there_but_not_read(tmp_path: Path) -> None:
    entries = {b"": field(1, 1), b"s": field(1, 7) + field(2, shape_proto([2]))}
    (tmp_path / "m.index").write_bytes(table_bytes(entries))
    (tmp_path / "m.data-00000-of-00001").write_bytes(b"..")
    checkpoint = read_checkpoint(tmp_path / "m")
    assert not checkpoint.variables["s"].is_numeric
    with pytest.raises(PortsideError, match="holds no numbers"):
        checkpoint.read("s")


def test_brain_floats_are_widened_exactly(tmp_path: Path) -> None:
    values = np.array([1.5, -3.0, 0.0078125], np.float32)
    content = (values.view(np.uint32) >> 16).astype(np.uint16).tobytes()
    entry = field(1, 14) + field(2, shape_proto([3])) + field(5, len(content)) + varint(6 << 3 | 5) + masked(content)
    (tmp_path / "m.index").write_bytes(table_bytes({b"": field(1, 1), b"v": entry}))
    (tmp_path / "m.data-00000-of-00001").write_bytes(content)
    same(read_checkpoint(tmp_path / "m").read("v").array, values)
