"""The catalogue at the desk: what is here, a network fetched, opened, prepared for; and a fetch that is cancelled."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication

from explorer.catalogue.entry import Entry
from explorer.catalogue.places import usual_places
from explorer.session.answers import Notice
from explorer.session.catalogue_runs import Shelf
from explorer.session.desk import Desk
from explorer.session.jobs import Jobs
from explorer.session.session import Session
from tests.catalogue.made_up import entry_of, file_of, foreign
from tests.catalogue.servers import Visit, Web, nobody, serving
from tests.small_network import SmallFiles, write_small_files

WAIT = 30_000


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))


@pytest.fixture
def files(tmp_path: Path) -> SmallFiles:
    return write_small_files(tmp_path)


@pytest.fixture
def web(files: SmallFiles) -> Iterator[Web]:
    content = foreign(files.network)
    with serving(lambda visit: visit.part(content)) as web:
        yield web


class Room:
    """A desk whose jobs are done at once, or with ``serial`` false in threads, over a catalogue of one network."""

    def __init__(self, entry: Entry, monkeypatch: pytest.MonkeyPatch, *, serial: bool = True) -> None:
        monkeypatch.setattr("explorer.catalogue.reading.read_catalogue", lambda: (entry,))
        self.session, self.jobs = Session(), Jobs(serial=serial)
        self.desk = Desk(self.session, self.jobs)
        self.told: list[str] = []
        self.shelves: list[Shelf] = []
        self.desk.said.connect(self._hear)
        self.desk.catalogue.changed.connect(self.shelves.append)

    def _hear(self, notice: Notice) -> None:
        self.told.append(notice.text)


def _small(files: SmallFiles, *addresses: str, kind: str = "sha256") -> Entry:
    return entry_of(file_of(*addresses, content=foreign(files.network), name="small.onnx", kind=kind), name="small")


def test_a_look_tells_what_is_here(files: SmallFiles, web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = _small(files, web.address)
    room = Room(entry, monkeypatch)
    room.desk.catalogue.look()
    assert room.shelves == [Shelf((entry,))]
    folder = usual_places().folder(entry)
    folder.mkdir(parents=True)
    (folder / "small.onnx").write_bytes(foreign(files.network))
    room.desk.catalogue.look()
    assert room.shelves[-1] == Shelf((entry,), frozenset({"small"}))


def test_a_network_is_fetched_opened_and_its_pictures_prepared_as_the_catalogue_says(
    files: SmallFiles, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = _small(files, nobody(), web.address)
    room = Room(entry, monkeypatch)
    room.desk.open([files.picture])
    room.desk.catalogue.look()
    room.desk.catalogue.open("small")
    path = usual_places().folder(entry) / "small.onnx"
    assert room.session.path == path
    assert room.session.preprocessing is not None and room.session.preprocessing.name == "caffe"
    assert room.session.picture_run is not None
    assert room.told == [f"Small was fetched to {path.parent} and checked by sha256."]
    assert [shelf.under_way for shelf in room.shelves] == [frozenset(), {"small"}, frozenset(), frozenset()]
    assert room.desk.catalogue.shelf.here == {"small"}
    room.desk.close()
    room.desk.catalogue.open("small")
    assert room.session.path == path
    assert len(web.asked) == 1
    assert len(room.told) == 1


def test_one_that_was_deleted_meanwhile_is_fetched_again(
    files: SmallFiles, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = _small(files, web.address, kind="md5")
    room = Room(entry, monkeypatch)
    room.desk.catalogue.look()
    room.desk.catalogue.open("small")
    assert room.told[-1].endswith("checked by md5, which is no proof against a file made to deceive.")
    (usual_places().folder(entry) / "small.onnx").unlink()
    room.desk.close()
    room.desk.catalogue.open("small")
    assert room.session.network is not None
    assert len(web.asked) == 2


def test_what_goes_wrong_is_one_notice_and_leaves_everything_as_it_was(
    files: SmallFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = Room(_small(files, nobody()), monkeypatch)
    room.desk.open([files.network])
    before = room.session.network
    room.desk.catalogue.look()
    room.desk.catalogue.open("small")
    (text,) = room.told
    assert text.startswith("small.onnx: nobody can be reached")
    assert room.session.network is before
    assert room.desk.catalogue.shelf == Shelf(room.desk.catalogue.shelf.entries)
    room.desk.catalogue.open("another")
    assert len(room.told) == 1


def test_a_network_that_says_it_itself_keeps_its_own_preprocessing(
    files: SmallFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = files.network.read_bytes()
    with serving(lambda visit: visit.part(content)) as web:
        room = Room(entry_of(file_of(web.address, content=content, name="small.onnx"), name="small"), monkeypatch)
        room.desk.catalogue.look()
        room.desk.catalogue.open("small")
    assert room.session.preprocessing is not None and room.session.preprocessing.name == "raw"


def test_a_fetch_is_cancelled_while_its_server_is_silent(
    files: SmallFiles, monkeypatch: pytest.MonkeyPatch, qapp: QCoreApplication
) -> None:
    asked = threading.Event()

    def silent(visit: Visit) -> None:
        asked.set()
        deaf.over.wait()

    with serving(silent) as deaf:
        entry = _small(files, deaf.address)
        room = Room(entry, monkeypatch, serial=False)
        room.desk.catalogue.look()
        assert room.jobs.wait_until_idle(WAIT)
        room.desk.catalogue.open("small")
        room.desk.catalogue.open("small")
        assert room.desk.catalogue.shelf.under_way == {"small"}
        assert len(room.jobs.shown) == 1
        asked.wait()
        room.jobs.cancel()
        assert room.jobs.wait_until_idle(WAIT)
        assert room.desk.catalogue.shelf.under_way == frozenset()
        assert room.told == []
        assert room.session.network is None
        assert list(usual_places().folder(entry).iterdir()) == []
        room.jobs.close()
