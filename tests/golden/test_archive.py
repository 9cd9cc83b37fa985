"""Zips of stored parts: where parts lie, and what is refused."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import pytest

from explorer.errors import PortsideError
from explorer.golden import archive
from explorer.golden.archive import open_archive
from tests.golden_runs import write_parts


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_parts(tmp_path / "a.portside", {"run.json": b"{}", "values/ä.npy": b"numbers", "empty": b""})


def refusal(path: Path) -> str:
    with pytest.raises(PortsideError) as caught:
        open_archive(path)
    assert str(caught.value).startswith(f"{path}: ")
    return caught.value.reason


def test_parts_are_found_where_they_lie(path: Path) -> None:
    found = open_archive(path)
    assert {name: bytes(found.view(name)) for name in found.parts} == {
        "run.json": b"{}",
        "values/ä.npy": b"numbers",
        "empty": b"",
    }


def test_sizes_of_more_than_32_bits_are_read_from_their_own_field(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 1)
    path = write_parts(tmp_path / "large.portside", {"run.json": b"{}", "b": b"more"})
    data = path.read_bytes()
    assert struct.pack("<LL", 0xFFFFFFFF, 0xFFFFFFFF) in data and b"PK\6\6" in data
    found = open_archive(path)
    assert (bytes(found.view("run.json")), bytes(found.view("b"))) == (b"{}", b"more")


def test_names_that_lead_out_of_a_folder_are_passed_over(tmp_path: Path) -> None:
    names = ["../outside", "/absolute", "C:/drive", "a/../../b", "folder/", "good"]
    path = write_parts(tmp_path / "a.portside", dict.fromkeys(names, b""))
    assert set(open_archive(path).parts) == {"good"}


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_comes_twice_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.portside", "w") as made:
        made.writestr("run.json", b"{}")
        made.writestr("run.json", b"[]")
    assert refusal(tmp_path / "a.portside") == "holds the part 'run.json' twice"


def test_a_compressed_part_is_refused_however_large_it_would_be(tmp_path: Path) -> None:
    path = write_parts(tmp_path / "a.portside", {"run.json": bytes(1 << 24)}, zipfile.ZIP_DEFLATED)
    with pytest.raises(PortsideError, match=r"the part 'run\.json' is compressed; parts are stored as they are"):
        open_archive(path).view("run.json")


def test_a_part_that_is_not_there_is_named(path: Path) -> None:
    with pytest.raises(PortsideError, match=r"the part 'network\.onnx' is missing"):
        open_archive(path).view("network.onnx")


@pytest.mark.parametrize("kept", [0.3, 0.6, 0.9, 0.99])
def test_a_file_that_is_cut_short_is_refused(path: Path, kept: float) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: int(kept * len(data))])
    assert refusal(path) == "not a golden run, or cut short: the directory at its end is missing"


def test_what_is_no_zip_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.portside").write_bytes(b"no zip at all")
    assert refusal(tmp_path / "a.portside").startswith("not a golden run, or cut short")
    (tmp_path / "b.portside").touch()
    assert refusal(tmp_path / "b.portside") == "the file is empty"
    assert refusal(tmp_path / "c.portside") == "there is no such file"


def test_parts_that_lie_over_one_another_are_refused(path: Path) -> None:
    data = bytearray(path.read_bytes())
    second = data.index(b"PK\1\2", data.index(b"PK\1\2") + 4)
    third = data.index(b"PK\1\2", second + 4)
    # The third entry claims the second's bytes for its own.
    data[third + 42 : third + 46] = data[second + 42 : second + 46]
    path.write_bytes(data)
    assert refusal(path) == "parts of it lie over one another"


@pytest.mark.parametrize("field", [20, 24, 28, 30, 42])
def test_a_directory_that_leads_out_of_the_file_is_refused(path: Path, field: int) -> None:
    data = bytearray(path.read_bytes())
    entry = data.index(b"PK\1\2")
    size = 4 if field in (20, 24, 42) else 2
    data[entry + field : entry + field + size] = b"\xf0" * size
    path.write_bytes(data)
    # One that only disagrees with itself holds no part that can be had.
    if field == 24:
        with pytest.raises(PortsideError, match="compressed"):
            open_archive(path).view("run.json")
    else:
        assert refusal(path) == "its directory of parts is damaged"


def test_more_parts_than_a_golden_run_has_are_refused_unread(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MOST_PARTS", 2)
    assert refusal(path) == "holds 3 parts, more than a golden run has"


def test_every_damaged_byte_of_the_directory_gives_parts_or_a_sentence(path: Path) -> None:
    whole = path.read_bytes()
    for place in range(whole.index(b"PK\1\2"), len(whole)):
        for flip in (0x01, 0x80, 0xFF):
            path.write_bytes(whole[:place] + bytes([whole[place] ^ flip]) + whole[place + 1 :])
            try:
                found = open_archive(path)
            except PortsideError:
                continue
            assert sum(part.size for part in found.parts.values() if part.plain) <= len(whole)
