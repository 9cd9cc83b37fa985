import subprocess
import sys

import pytest

from explorer.file_lock import hold_file

HOLD = """
import pathlib, sys
from explorer.file_lock import hold_file
lock = hold_file(pathlib.Path(sys.argv[1]))
print(lock, flush=True)
input()
"""


def test_a_file_is_held_by_one_at_a_time(tmp_path):
    path = tmp_path / "held.lock"
    lock = hold_file(path)
    assert lock is not None
    assert hold_file(path) is None
    lock.release()
    again = hold_file(path)
    assert again is not None
    again.release(remove=True)
    assert not path.exists()
    again.release()


def test_the_system_lets_go_of_what_a_killed_process_held(tmp_path):
    path = tmp_path / "held.lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert "FileLock" in other.stdout.readline()
        assert hold_file(path) is None
        other.kill()
    lock = hold_file(path)
    assert lock is not None
    lock.release()


def test_where_no_file_can_be_made_that_is_said(tmp_path):
    with pytest.raises(FileNotFoundError):
        hold_file(tmp_path / "nowhere" / "held.lock")
