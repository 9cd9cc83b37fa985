"""Files to read: one, or a sentence that says what is there instead."""

from __future__ import annotations

import errno
import os
import shutil
import socket
from pathlib import Path

import pytest

from explorer.errors import PortsideError
from explorer.files import check_file, holding_files, map_held, whole_file
from explorer.importers import open_network
from explorer.running.images import read_picture


def told(path: Path) -> str:
    with pytest.raises(PortsideError) as caught:
        check_file(path)
    assert caught.value.file == path
    return caught.value.reason


def test_a_file_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.onnx").write_bytes(b"a")
    check_file(tmp_path / "a.onnx")


def test_what_is_there_instead_of_a_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    assert told(tmp_path / "absent") == "there is no such file"
    assert told(tmp_path / "empty" / "under") == "there is no such file"
    assert told(tmp_path) == "is a folder, wanted is a file"
    assert told(tmp_path / "empty") == "the file is empty"
    assert told(tmp_path / "\0") == "can't be read (embedded null byte)"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes that are files, which this system has not")
def test_devices_pipes_and_sockets_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert told(tmp_path / "pipe") == "is a pipe, wanted is a file"
    assert told(Path(os.devnull)) == "is a device, wanted is a file"
    monkeypatch.chdir(tmp_path)  # a socket's whole path may have a hundred letters
    with socket.socket(socket.AF_UNIX) as end:
        end.bind("socket")
        assert told(Path("socket")) == "is a socket, wanted is a file"


def test_networks_weights_and_pictures_say_so(tmp_path: Path) -> None:
    (tmp_path / "net.prototxt").write_text("layer {}")
    with pytest.raises(PortsideError, match="is a folder, wanted is a file"):
        open_network(tmp_path / "net.prototxt", weights=tmp_path)
    with pytest.raises(PortsideError, match="is a device, wanted is a file"):
        open_network(os.devnull)
    with pytest.raises(PortsideError, match="is a folder, wanted is a file"):
        read_picture(tmp_path)


@pytest.mark.parametrize("written", [b"", b"x", b"y" * 9000], ids=["emptied", "cut", "written over"])
def test_what_is_held_stays_when_the_file_is_written_anew_in_place(tmp_path, written):
    path = tmp_path / "network.onnx"
    path.write_bytes(b"z" * 9000)
    with path.open("rb") as file, holding_files():
        held = map_held(file)
    path.write_bytes(written)
    assert bytes(held) == b"z" * 9000


def test_without_room_for_a_copy_the_file_itself_is_held(tmp_path, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(shutil, "copyfileobj", full)
    path = tmp_path / "network.onnx"
    path.write_bytes(b"z" * 9000)
    with path.open("rb") as file, holding_files():
        assert bytes(map_held(file)) == b"z" * 9000


def test_a_name_as_long_as_names_may_be_can_be_written(tmp_path):
    path = tmp_path / ("ä" * 120 + ".onnx")
    with whole_file(path) as temporary:
        temporary.write_bytes(b"z")
    assert path.read_bytes() == b"z"
