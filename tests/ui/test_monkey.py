"""Whatever is done to the window, it goes on: no exception, no warning, and no more memory than it may take."""

from __future__ import annotations

import ctypes
import faulthandler
import gc
import logging
import os
import random
import socket
import sys
import traceback
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from explorer.app import warm_up
from explorer.ui import graph_moving
from explorer.ui.assembly import make_windows
from explorer.ui.windows import Windows
from tests.ui.monkey import Monkey
from tests.ui.monkey_files import write_monkey_files

SEED = int(os.environ.get("PORTSIDE_MONKEY_SEED", "20261121"))
COUNT = int(os.environ.get("PORTSIDE_MONKEY_ACTIONS", "10000"))
"""Other seeds and more actions can be asked for by whoever looks for mistakes."""

WARM = 2_000
"""Actions after which everything that is made once was made."""

LONGEST = 45 * 60
"""Seconds for ten thousand actions on a slow machine."""

GROWTH = 80e6
"""Bytes that the window may hold after thousands of actions more than after the first ones.

It keeps the pictures that were opened and undo steps, and the allocator its fragments; a leak of one network or of one
run a hundred actions would be several times that.
"""


@pytest.fixture
def dropped(tmp_path: Path) -> list[Path]:
    """Files that a person may drop, and those that nobody should."""
    return write_monkey_files(tmp_path / "files")


@pytest.fixture
def told() -> Iterator[list[str]]:
    """What Qt says meanwhile, from debug to fatal."""
    messages: list[str] = []

    def note(kind: QtMsgType, context: object, text: str) -> None:
        # The offscreen platform says of each thing of a real desktop that it has none of it.
        if not text.startswith("This plugin does not support"):
            messages.append(f"{kind.name}: {text}")

    before = qInstallMessageHandler(note)
    yield messages
    qInstallMessageHandler(before)


@pytest.fixture
def raised(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Exceptions of what Qt calls."""
    found: list[str] = []
    monkeypatch.setattr(sys, "excepthook", lambda *error: found.append("".join(traceback.format_exception(*error))))
    return found


@pytest.fixture
def monkey(
    qapp: QApplication, dropped: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Monkey]:
    """Its program is as people have it, with threads, motion, and what is kept; the network is out of reach."""

    def unreachable(*_: object) -> None:
        raise OSError("the network is unreachable")

    draw = random.Random(SEED)
    monkeypatch.setattr(socket.socket, "connect", unreachable)
    monkeypatch.setattr(graph_moving, "motion_time", lambda _: draw.choice((0, 30, 160)))
    for name in ("XDG_DATA_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.chdir(tmp_path)

    def begin() -> Windows:
        settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
        windows = make_windows(tmp_path / "example", settings=settings, sessions=tmp_path / "sessions")
        windows.opened.connect(lambda window: warm_up(window, ()))
        window = windows.open_window()
        window.resize(1280, 720)
        windows.begin(window)
        return windows

    made = Monkey(begin, dropped, tmp_path, SEED)
    yield made
    made.end()


def test_a_few_hundred_random_actions_leave_no_exception_and_no_warning(monkey, told, raised, caplog):
    act_at_random(monkey, 300, told, raised)
    assert unexpected(caplog) == []


@pytest.mark.slow
def test_ten_thousand_random_actions_leave_no_exception_no_warning_and_no_growing_memory(monkey, told, raised, caplog):
    # In place of the time after which a test is taken to wait for ever: this one is long and knows that.
    faulthandler.dump_traceback_later(LONGEST, exit=True)
    act_at_random(monkey, WARM, told, raised)
    before = held(monkey)
    act_at_random(monkey, COUNT - WARM, told, raised)
    after = held(monkey)
    assert unexpected(caplog) == []
    print(f"{before / 1e6:.0f} MB became {after / 1e6:.0f} MB", file=sys.stderr)
    assert after - before < GROWTH, f"{before / 1e6:.0f} MB became {after / 1e6:.0f} MB"


def act_at_random(monkey: Monkey, count: int, told: list[str], raised: list[str]) -> None:
    """Let the monkey act ``count`` times, and tell what it did last where that goes wrong."""
    monkey.start()
    try:
        for _ in range(count):
            monkey.act()
            assert not told and not raised, "\n".join((*told, *raised))
    except BaseException:
        print("done last:", *monkey.done, sep="\n  ", file=sys.stderr)
        raise
    monkey.stop()
    assert monkey.wait()
    assert not told and not raised, "\n".join((*told, *raised))


def held(monkey: Monkey) -> float:
    """Bytes of memory that this process has while no window is open.

    What was freed and the allocator keeps for what comes is not among them: it is scattered further by each run.
    """
    monkey.end()
    gc.collect()
    if not sys.platform.startswith("linux"):
        pytest.skip("memory is read from /proc")
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * 4096.0


def unexpected(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the program logged as its own mistakes."""
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
