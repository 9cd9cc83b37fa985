"""HDF5 files read by code of our own, against what h5py wrote, in all of HDF5's generations; and damaged ones."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from numpy.typing import NDArray

from explorer.errors import PortsideError
from explorer.hdf5.reader import Dataset, Group, Node, open_hdf5, read_hdf5

Array = NDArray[Any]

GENERATIONS: dict[str, Any] = {"first": None, "v108": ("v108", "v108"), "latest": "latest"}


def noise(*shape: int) -> NDArray[np.float32]:
    return np.random.default_rng(len(shape)).standard_normal(shape).astype(np.float32)


def written(path: Path, fill: Callable[[h5py.File], None], generation: str = "first", **options: Any) -> Group:
    with h5py.File(path, "w", libver=GENERATIONS[generation], **options) as file:
        fill(file)
    return open_hdf5(path)


@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize("userblock", [0, 512])
def test_groups_and_arrays_are_what_was_written(tmp_path: Path, generation: str, userblock: int) -> None:
    def fill(file: h5py.File) -> None:
        for number in range(300):
            file[f"many/a_name_that_is_long_enough_{number}"] = np.full((2, 3), number, np.float32)
        file["deep/er/still"] = np.float64(2.5)

    root = written(tmp_path / "f.h5", fill, generation, userblock_size=userblock)
    many = root.group("many")
    assert len(many.links) == 300
    for number in range(300):
        array = many.dataset(f"a_name_that_is_long_enough_{number}").numbers()
        np.testing.assert_array_equal(array, np.full((2, 3), number, np.float32))
    still = root.dataset("deep/er/still")
    assert (still.name, still.shape, float(still.numbers())) == ("deep/er/still", (), 2.5)
    assert "deep/er/still" in root
    assert "deep/er/moving" not in root


@pytest.mark.parametrize("generation", GENERATIONS)
def test_attributes_are_text_lists_and_numbers(tmp_path: Path, generation: str) -> None:
    long = "x" * 100_000

    def fill(file: h5py.File) -> None:
        file.attrs["text"], file.attrs["bytes"], file.attrs["long"] = "grün", b"plain", long
        file.attrs["texts"], file.attrs["fixed"] = ["a", "bc", ""], np.array([b"ab", b"c"])
        file.attrs["numbers"], file.attrs["nothing"] = np.arange(4), np.zeros(0)
        file.attrs["empty"], file.attrs["yes"] = h5py.Empty("f"), True

    attributes = written(tmp_path / "f.h5", fill, generation).attributes
    assert {key: attributes[key] for key in ("text", "bytes", "long", "texts", "fixed")} == {
        "text": "grün",
        "bytes": "plain",
        "long": long,
        "texts": ["a", "bc", ""],
        "fixed": ["ab", "c"],
    }
    np.testing.assert_array_equal(attributes["numbers"], np.arange(4))
    assert attributes["nothing"].shape == (0,)
    assert attributes["empty"] is None
    assert int(attributes["yes"]) == 1


@pytest.mark.parametrize("generation", GENERATIONS)
def test_many_attributes_are_kept_in_a_heap(tmp_path: Path, generation: str) -> None:
    def fill(file: h5py.File) -> None:
        for number in range(80):
            file.attrs[f"attribute_{number}"] = np.arange(number)

    attributes = written(tmp_path / "f.h5", fill, generation).attributes
    assert {key: len(value) for key, value in attributes.items()} == {f"attribute_{n}": n for n in range(80)}


CHUNKED: dict[str, dict[str, Any]] = {
    "plain": {"chunks": (7, 5)},
    "one": {"chunks": (50, 21)},
    "one deflated": {"chunks": (50, 21), "compression": "gzip"},
    "filtered": {"chunks": (20, 10), "compression": "gzip", "shuffle": True, "fletcher32": True},
    "shuffled": {"chunks": (20, 10), "shuffle": True},
}


@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize("kind", CHUNKED)
def test_chunks_are_put_together(tmp_path: Path, generation: str, kind: str) -> None:
    data = noise(50, 21)
    root = written(tmp_path / "f.h5", lambda file: file.create_dataset("c", data=data, **CHUNKED[kind]), generation)
    np.testing.assert_array_equal(root.dataset("c").numbers(), data)


def test_a_list_of_more_chunks_than_a_page_holds(tmp_path: Path) -> None:
    data = noise(3000, 2)
    options = {"data": data, "chunks": (1, 2)}
    root = written(tmp_path / "f.h5", lambda file: file.create_dataset("c", **options), "latest")
    np.testing.assert_array_equal(root.dataset("c").numbers(), data)


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", ">f4", ">f8", "i1", "u2", ">i4", "i8"])
def test_numbers_of_every_kind(tmp_path: Path, dtype: str) -> None:
    data = np.arange(-6, 6).reshape(3, 4).astype(dtype) if dtype != "u2" else np.arange(12, dtype=dtype).reshape(3, 4)
    array = written(tmp_path / "f.h5", lambda file: file.__setitem__("x", data)).dataset("x").numbers()
    assert array.dtype == np.dtype(dtype)
    np.testing.assert_array_equal(array, data)


def test_bfloat16_as_keras_writes_it_becomes_float32(tmp_path: Path) -> None:
    exact = np.array([1.0, -2.5, 0.15625, 3e38], np.float32)
    halves = (exact.view(np.uint32) >> 16).astype(np.uint16)

    def fill(file: h5py.File) -> None:
        file["x"] = halves.view("V2")
        file["x"].attrs["dtype"] = "bfloat16"
        file["y"] = halves.view("V2")

    root = written(tmp_path / "f.h5", fill)
    expected = (halves.astype(np.uint32) << 16).view(np.float32)
    np.testing.assert_array_equal(root.dataset("x").numbers(), expected)
    with pytest.raises(PortsideError, match="'y' holds opaque bytes, not numbers"):
        root.dataset("y").numbers()


def test_numbers_in_one_piece_are_not_copied(tmp_path: Path) -> None:
    root = written(tmp_path / "f.h5", lambda file: file.__setitem__("x", noise(100, 100)))
    array = root.dataset("x").numbers()
    assert not array.flags.owndata
    assert not array.flags.writeable


def _virtual(file: h5py.File) -> None:
    layout = h5py.VirtualLayout(shape=(3,), dtype="f4")
    layout[:] = h5py.VirtualSource("other.h5", "x", shape=(3,))
    file.create_virtual_dataset("x", layout)


def _external(file: h5py.File) -> None:
    file.create_dataset("x", (3,), "f4", external=[("secret.bin", 0, 12)])


REFUSED: dict[str, tuple[Callable[[h5py.File], Any], str]] = {
    "text": (lambda file: file.__setitem__("x", "text"), "'x' holds text, not numbers"),
    "records": (lambda file: file.__setitem__("x", np.zeros(2, [("a", "f4")])), "'x' holds records, not numbers"),
    "soft link": (lambda file: file.__setitem__("x", h5py.SoftLink("/y")), "'x' is a link to another place"),
    "external link": (lambda file: file.__setitem__("x", h5py.ExternalLink("o.h5", "/y")), "'x' is a link to another"),
    "virtual": (_virtual, "'x' keeps its numbers in other data sets, which is not read"),
    "external": (_external, "'x' keeps its numbers in another file, which is not read"),
    "compressed otherwise": (
        lambda file: file.create_dataset("x", data=noise(9, 9), compression="lzf"),
        "'x' it is encoded by filter 32000, which is not read",
    ),
    "never written": (lambda file: file.create_dataset("x", (1000, 1000), "f4"), "'x' promises 4000000 bytes, but 0"),
    "group": (lambda file: file.create_group("x"), "'x' is no data set"),
    "nothing": (lambda file: None, "holds no 'x'"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_array_of_this_file_is_told(tmp_path: Path, case: str) -> None:
    fill, reason = REFUSED[case]
    with pytest.raises(PortsideError, match=f"f.h5: .*{reason}"):
        written(tmp_path / "f.h5", fill).dataset("x").numbers()


@pytest.mark.parametrize("data", [b"no HDF5 file at all", b"\x89HDF\r\n\x1a\n", b"\x89HDF\r\n\x1a\n\x09" + b"\0" * 90])
def test_what_is_no_hdf5_is_told(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "f.h5"
    path.write_bytes(data)
    with pytest.raises(PortsideError, match=r"f.h5: is not a readable HDF5 file"):
        open_hdf5(path)


def test_a_file_cut_short_is_told(tmp_path: Path) -> None:
    path = tmp_path / "f.h5"
    written(path, lambda file: file.__setitem__("x", noise(100)))
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(PortsideError, match=r"is cut short: it says that it has [0-9]+ bytes, there are 1000"):
        open_hdf5(path)


def _sample(file: h5py.File) -> None:
    file.attrs["layer_names"] = ["a", "bc"]
    for number in range(20):
        file[f"group/name_{number}"] = noise(3, 4)
        file["group"].attrs[f"attribute_{number}"] = f"text {number}"
    file.create_dataset("chunked", data=noise(9, 7), chunks=(4, 3), compression="gzip", shuffle=True)


def _visit(node: Node, seen: set[Any]) -> None:
    """Read all there is, each place once: damaged links may go round in circles."""
    assert isinstance(node.attributes, dict)
    if isinstance(node, Dataset):
        assert node.numbers().shape == node.shape
    elif isinstance(node, Group) and node.messages not in seen:
        seen.add(node.messages)
        for name in node.links:
            _visit(node.member(name), seen)


@pytest.mark.parametrize("generation", GENERATIONS)
def test_damaged_files_are_read_or_refused_in_a_sentence(tmp_path: Path, generation: str) -> None:
    path = tmp_path / "f.h5"
    written(path, _sample, generation)
    whole = path.read_bytes()
    for seed in range(300):
        chance = random.Random(seed)
        data = bytearray(whole)
        for _ in range(chance.choice([1, 1, 2, 8])):
            place = chance.randrange(len(data))
            if chance.random() < 0.5:
                data[place] = chance.randrange(256)
            else:
                data[place : place + 4] = chance.choice([b"\xff" * 4, b"\0" * 4, bytes(data[:4])])
        del data[chance.choice([len(data), len(data), len(data) // 2]) :]
        try:
            _visit(read_hdf5(bytes(data), "f.h5"), set())
        except PortsideError as error:
            assert str(error).startswith("f.h5: ")  # noqa: PT017 - either is right, a traceback is not
