"""Out of an archive comes the member that the catalogue names, and nothing that an archive could do beside that."""

from __future__ import annotations

import gzip
import io
import random
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from explorer.catalogue.download import fetch, is_here
from explorer.catalogue.unpacking import unpack_member
from explorer.errors import PortsideError
from explorer.running.cancellation import Cancelled
from tests.catalogue.made_up import entry_of, file_of, left_in, way_to
from tests.catalogue.servers import serving

NAME = "inception_v1.ckpt"

WEIGHTS = random.Random(0).randbytes(300_000)
"""As hard to compress as weights are."""


def _member(name: str, content: bytes = b"", **fields: Any) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for field, value in fields.items():
        setattr(info, field, value)
    return info, content


def _archive(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for info, content in members:
            tar.addfile(info, io.BytesIO(content))
    return packed.getvalue()


def _unpack(tmp_path: Path, packed: bytes, free: int = 1 << 40) -> bytes:
    archive, target = tmp_path / "archive", tmp_path / "target"
    archive.write_bytes(packed)
    unpack_member(archive, NAME, target, free=lambda _: free, cancelled=lambda: False)
    return target.read_bytes()


def test_the_one_that_is_named_comes_out(tmp_path: Path) -> None:
    others = (_member("README", b"read me"), _member("train.graph", WEIGHTS))
    assert _unpack(tmp_path, _archive(*others, _member(NAME, WEIGHTS))) == WEIGHTS
    assert _unpack(tmp_path, _archive(_member(f"./{NAME}", b"with a dot before"))) == b"with a dot before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["archive", "target"]


@pytest.mark.parametrize(
    "members",
    [
        (),
        (_member(f"../{NAME}", b"outside"),),
        (_member(f"/{NAME}", b"outside"),),
        (_member(f"elsewhere/{NAME}", b"in a folder"),),
    ],
)
def test_no_other_path_is_it(tmp_path: Path, members: Sequence[tuple[tarfile.TarInfo, bytes]]) -> None:
    with pytest.raises(PortsideError, match=f"the archive holds no '{NAME}'"):
        _unpack(tmp_path, _archive(*members))


@pytest.mark.parametrize(
    "fields",
    [
        {"type": tarfile.SYMTYPE, "linkname": "/etc/passwd"},
        {"type": tarfile.LNKTYPE, "linkname": "README"},
        {"type": tarfile.DIRTYPE},
        {"type": tarfile.FIFOTYPE},
        {"type": tarfile.CHRTYPE},
    ],
)
def test_links_folders_and_devices_are_refused(tmp_path: Path, fields: dict[str, Any]) -> None:
    with pytest.raises(PortsideError, match=f"'{NAME}' in the archive is no plain file"):
        _unpack(tmp_path, _archive(_member(NAME, **fields)))
    assert not (tmp_path / "target").exists()


def test_what_grows_beyond_measure_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PortsideError, match="would unpack to 10000000 bytes, more than weights ever do"):
        _unpack(tmp_path, _archive(_member(NAME, bytes(10_000_000))))
    with pytest.raises(PortsideError, match=f"the archive holds no '{NAME}'"):
        _unpack(tmp_path, _archive(_member("before", bytes(10_000_000)), _member(NAME, WEIGHTS)))


def test_what_there_is_no_room_for_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PortsideError, match=f"unpacks to {len(WEIGHTS)} bytes, for which there is no room"):
        _unpack(tmp_path, _archive(_member(NAME, WEIGHTS)), free=len(WEIGHTS) - 1)


@pytest.mark.parametrize(
    "packed",
    [
        b"nothing of the kind",
        gzip.compress(b"no tar inside"),
        _archive(_member(NAME, WEIGHTS))[:-400],
        gzip.compress(gzip.decompress(_archive(_member(NAME, WEIGHTS)))[:90_000]),
    ],
)
def test_a_damaged_archive_is_told_in_a_sentence(tmp_path: Path, packed: bytes) -> None:
    with pytest.raises(PortsideError, match=r"not an archive that can be unpacked|the archive holds no"):
        _unpack(tmp_path, packed)


def test_unpacking_is_cancelled_between_two_pieces(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    archive.write_bytes(_archive(_member(NAME, WEIGHTS)))
    with pytest.raises(Cancelled):
        unpack_member(archive, NAME, tmp_path / "target", free=lambda _: 1 << 40, cancelled=lambda: True)


def test_a_network_in_an_archive_is_fetched_and_known_again(tmp_path: Path) -> None:
    packed, way = _archive(_member("./README", b"read me"), _member(NAME, WEIGHTS)), way_to(tmp_path)
    with serving(lambda visit: visit.part(packed)) as web:
        entry = entry_of(file_of(web.address, content=packed, name="net.ckpt", member=NAME))
        assert not is_here(entry, way.places)
        (path,) = fetch(entry, way, lambda *_: None, lambda: False)
        assert (path.name, path.read_bytes()) == ("net.ckpt", WEIGHTS)
        assert is_here(entry, way.places)
        assert left_in(way) == [".json"]
        fetch(entry, way, lambda *_: None, lambda: False)
        assert len(web.asked) == 1
        path.write_bytes(WEIGHTS[:-1] + b"?")
        fetch(entry, way, lambda *_: None, lambda: False)
        assert len(web.asked) == 2
        assert path.read_bytes() == WEIGHTS


def test_an_archive_without_it_leaves_nothing_under_its_name(tmp_path: Path) -> None:
    packed, way = _archive(_member("README", b"read me")), way_to(tmp_path)
    with serving(lambda visit: visit.part(packed)) as web:
        entry = entry_of(file_of(web.address, content=packed, name="net.ckpt", member=NAME))
        with pytest.raises(PortsideError, match=f"net.ckpt: the archive holds no '{NAME}'"):
            fetch(entry, way, lambda *_: None, lambda: False)
    assert list(way.places.folder(entry).iterdir()) == []
    assert left_in(way) == []


def test_a_members_name_that_is_taken_in_a_persons_folder_stays_theirs(tmp_path: Path) -> None:
    packed, own = _archive(_member(NAME, WEIGHTS)), tmp_path / "net.ckpt"
    own.write_bytes(b"trained for weeks")
    with serving(lambda visit: visit.part(packed)) as web:
        entry = entry_of(file_of(web.address, content=packed, name="net.ckpt", member=NAME))
        with pytest.raises(PortsideError, match="is there already, and is not the file of the catalogue"):
            fetch(entry, way_to(tmp_path / "places"), lambda *_: None, lambda: False, folder=tmp_path)
        assert own.read_bytes() == b"trained for weeks"
        own.write_bytes(WEIGHTS)
        assert fetch(entry, way_to(tmp_path / "places"), lambda *_: None, lambda: False, folder=tmp_path) == (own,)
