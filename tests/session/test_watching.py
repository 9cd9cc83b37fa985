import math
import os
from pathlib import Path

import pytest
from PySide6.QtCore import QObject

from explorer.session import reopening
from explorer.session.jobs import Jobs
from explorer.session.remembered import Stamp
from explorer.session.reopening import stamp_of, wait_until_settled
from explorer.session.session import Session
from explorer.session.watching import Watching
from tests.small_network import small_network, write_small_files


@pytest.fixture
def watched(qapp, tmp_path):
    """A session with a network from a file, what watches it, and what that told."""
    files = write_small_files(tmp_path)
    owner = QObject()
    session, jobs = Session(owner), Jobs(owner, serial=True)
    watching = Watching(session, jobs, owner)
    told: list[tuple[Path, ...]] = []
    watching.changed.connect(told.append)
    session.put(network=small_network(), path=files.network)
    yield watching, files, told, session
    jobs.close()
    owner.deleteLater()


def write(path, content, number):
    path.write_bytes(content)
    # Two changes within one tick of the disk's clock would look like one.
    os.utime(path, ns=(number, number))


def test_how_a_file_was_is_known_once_it_is_open(watched):
    watching, files, _, _ = watched
    assert watching.stamps == {files.network: stamp_of(files.network)}


def test_a_change_is_told_once_it_stays_and_each_state_once(watched):
    watching, files, told, _ = watched
    watching.look()
    assert told == []
    write(files.network, b"first half", 10**18)
    watching.look()
    assert told == []
    write(files.network, b"first half and the second", 2 * 10**18)
    watching.look()
    assert told == []
    watching.look()
    assert told == [(files.network,)]
    for _ in range(3):
        watching.look()
    assert len(told) == 1
    write(files.network, b"again", 3 * 10**18)
    watching.look()
    watching.look()
    assert len(told) == 2


def test_a_file_that_is_gone_is_told_when_it_is_back(watched):
    watching, files, told, _ = watched
    files.network.unlink()
    watching.look()
    watching.look()
    assert told == []
    write(files.network, b"another", 10**18)
    watching.look()
    watching.look()
    assert told == [(files.network,)]


def test_a_file_that_is_as_it_was_again_is_no_news(watched):
    watching, files, told, _ = watched
    content, state = files.network.read_bytes(), files.network.stat()
    write(files.network, b"for a moment", 10**18)
    watching.look()
    write(files.network, content, state.st_mtime_ns)
    watching.look()
    watching.look()
    assert told == []


def test_what_is_read_anew_is_known_as_it_is_now(watched):
    watching, files, told, session = watched
    write(files.network, b"another", 10**18)
    session.put(network=small_network(), path=files.network)
    watching.look()
    watching.look()
    assert told == []
    assert watching.stamps[files.network] == Stamp(7, 10**18)


def test_what_is_closed_is_no_longer_watched(watched):
    watching, files, told, session = watched
    session.clear()
    write(files.network, b"another", 10**18)
    watching.look()
    watching.look()
    assert told == []
    assert watching.stamps == {}


def test_the_system_tells_of_a_file_that_an_editor_replaced(watched, qtbot, tmp_path):
    _, files, told, _ = watched
    for number, content in enumerate((b"one", b"two and more"), start=1):
        beside = tmp_path / "beside.tmp"
        write(beside, content, number * 10**18)
        beside.replace(files.network)
        qtbot.waitUntil(lambda number=number: len(told) == number, timeout=10_000)


def test_nobody_waits_for_a_file_that_was_written_long_ago(tmp_path, monkeypatch):
    path = tmp_path / "old"
    write(path, b"content", 10**18)
    monkeypatch.setattr("time.sleep", lambda _: pytest.fail("waited"))
    wait_until_settled([path], lambda: False)


def test_a_file_that_grows_is_waited_for(tmp_path, monkeypatch):
    path = tmp_path / "growing"
    path.write_bytes(b"1")
    sizes = []

    def sleep(_: float) -> None:
        sizes.append(path.stat().st_size)
        if len(sizes) < 4:
            path.write_bytes(b"1" * (len(sizes) + 1))

    monkeypatch.setattr("time.sleep", sleep)
    wait_until_settled([path], lambda: False)
    assert sizes == [1, 2, 3, 4]


def test_a_file_that_never_comes_to_rest_is_not_waited_for_for_ever(tmp_path, monkeypatch):
    path = tmp_path / "growing"
    path.write_bytes(b"1")
    clock = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: clock[0])

    def sleep(seconds: float) -> None:
        clock[0] += seconds
        path.write_bytes(b"1" * (1 + round(clock[0] * 10)))

    monkeypatch.setattr("time.sleep", sleep)
    wait_until_settled([path], lambda: False)
    assert clock[0] >= reopening.LONGEST_WAIT


def test_nobody_waits_for_a_file_whose_folder_is_gone(tmp_path, monkeypatch):
    monkeypatch.setattr("explorer.session.reopening.LONGEST_WAIT", math.inf)
    wait_until_settled([tmp_path / "gone" / "network.onnx"], lambda: False)
