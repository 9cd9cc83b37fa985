import subprocess
import sys
from pathlib import Path

import pytest

from explorer.session.remembered import Remembered
from explorer.session.session_store import Left, SessionStore

NET, PICTURE = Path("/models/net.onnx"), Path("/models/cat.jpg")
OPEN = Remembered(network=NET, pictures=(PICTURE,), picture=PICTURE)
REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "sessions"


def started(folder):
    store = SessionStore(folder)
    store.open()
    return store


def test_the_next_process_finds_what_was_open(folder):
    first = started(folder)
    first.save([OPEN])
    first.close()
    assert started(folder).find_left() == Left((OPEN,))


def test_a_process_that_lives_is_left_alone(folder):
    first = started(folder)
    first.save([OPEN])
    first.mark(1, [NET])
    second = started(folder)
    assert second.find_left() == Left()
    second.save([Remembered(network=Path("/models/other.onnx"))])
    second.close()
    first.close()
    found = started(folder).find_left()
    assert [window.network for window in found.windows] == [Path("/models/other.onnx")]
    assert found.suspects == ()


def test_of_several_processes_the_latest_counts_and_older_ones_go_with_the_next_session(folder):
    for number in range(3):
        store = started(folder)
        store.save([Remembered(network=Path(f"/models/{number}.onnx"))])
        store.close()
    last = started(folder)
    assert [window.network for window in last.find_left().windows] == [Path("/models/2.onnx")]
    last.save([OPEN])
    last.close()
    assert len(list(folder.iterdir())) == 2


def test_a_session_stays_until_another_is_kept(folder):
    first = started(folder)
    first.save([OPEN])
    first.close()
    for _ in range(2):
        again = started(folder)
        assert again.find_left() == Left((OPEN,))
        again.close()


def test_what_was_worked_on_by_a_process_that_was_killed_is_named_once(folder):
    program = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from explorer.session.remembered import Remembered\n"
        "from explorer.session.session_store import SessionStore\n"
        "store = SessionStore(Path(sys.argv[1]))\n"
        "store.open()\n"
        "store.save([Remembered(network=Path('/models/net.onnx'))])\n"
        "store.mark(1, [Path('/models/net.onnx')])\n"
        "store.mark(2, [Path('/models/cat.jpg')], is_example=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", program, str(folder)], cwd=REPOSITORY, check=False, timeout=60)
    found = started(folder).find_left()
    assert {*found.suspects} == {NET, PICTURE}
    assert found.is_example_suspect
    assert [window.network for window in found.windows] == [NET]
    assert started(folder).find_left().suspects == ()


def test_work_that_is_done_leaves_nothing_to_suspect(folder):
    store = started(folder)
    store.mark(1, [NET])
    assert list(folder.glob("*.working.json"))
    store.mark(1, [])
    assert not list(folder.glob("*.working.json"))
    store.mark(1, [NET])
    store.close()
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"\xff\x00garbage", b"[]", b'{"version": 1, "windows": 7}'])
def test_damaged_files_are_as_if_there_were_none(folder, content):
    folder.mkdir()
    for ending in (".lock", ".session.json", ".1.working.json"):
        (folder / f"00001-7{ending}").write_bytes(content)
    assert started(folder).find_left() == Left()


def test_where_nothing_can_be_written_nothing_is_kept_and_nothing_fails(tmp_path, caplog):
    (tmp_path / "file").write_text("in the way")
    store = started(tmp_path / "file" / "sessions")
    store.save([OPEN])
    store.mark(1, [NET])
    assert store.find_left() == Left()
    store.close()
    assert "sessions are not kept" in caplog.text
