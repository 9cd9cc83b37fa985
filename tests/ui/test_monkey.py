"""Whatever is done to the window, it goes on: no exception, no warning, and no more memory than it may take."""

from __future__ import annotations

import faulthandler
import gc
import logging
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QtMsgType, qInstallMessageHandler

from explorer.architectures.googlenet import googlenet
from explorer.network.network import Source
from explorer.network.saving import save_network
from explorer.running.recording import save_arrays
from explorer.ui.assembly import make_window
from explorer.ui.main_window import MainWindow
from tests.golden_runs import write_golden
from tests.small_network import write_small_files
from tests.ui.monkey import Monkey

SEED = 20_261_121
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
    folder = tmp_path / "files"
    folder.mkdir()
    good = write_small_files(folder)
    (folder / "port").mkdir()
    port = write_small_files(folder / "port", shifted="fork/left").network
    golden = write_golden(folder)
    larger = folder / "inception.onnx"
    save_network(googlenet(width=1 / 16, classes=7, seed=1, source=Source("architecture", (), ())), larger)
    photo = folder / "photo.jpg"
    Image.fromarray(np.random.default_rng(1).integers(0, 256, (40, 60, 3), np.uint8)).save(photo)
    pictures = folder / "pictures"
    pictures.mkdir()
    for number in range(3):
        Image.new("RGB", (9, 9), (80 * number, 10, 200)).save(pictures / f"{number}.png")
    (pictures / "3.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    bad = {
        "empty.onnx": b"",
        "noise.onnx": np.random.default_rng(2).bytes(4_000),
        "cut.onnx": good.network.read_bytes()[:-600],
        "cut.npz": good.reference.read_bytes()[:-200],
        "empty.caffemodel": b"",
        "bad.prototxt": b'name: "x" layer { name: "a" type: "Convolution" bottom: "nowhere" top: "a" }',
        "open.prototxt": b"layer { layer { layer {" * 50,
        "model.json": b'{"class_name": "Model", "config": {"layers": "none"}}',
        "noise.h5": b"\x89HDF\r\n\x1a\n" + np.random.default_rng(3).bytes(900),
        "noise.png": b"GIF89a nonsense",
        "run.portside": golden.read_bytes()[:3_000],
        "notes.txt": "drei Äpfel".encode(),
    }
    folder_of_bad = folder / "bad"
    folder_of_bad.mkdir()
    for name, data in bad.items():
        (folder_of_bad / name).write_bytes(data)
    save_arrays(
        {"data": np.full((1, 3, 8, 8), np.nan, np.float32), "fc": np.ones((1, 6), np.float32)}, folder / "n.npz"
    )
    save_arrays({"conv9": np.ones((2, 2), np.float32)}, folder / "other.npz")
    return [
        *(good.network, good.picture, good.reference, port, golden, larger, photo, pictures),
        *(good.network, good.picture, good.reference, port),
        *(folder / "n.npz", folder / "other.npz", folder / "is-not-there.onnx", folder_of_bad),
        *sorted(folder_of_bad.iterdir()),
    ]


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
def threaded(qtbot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MainWindow]:
    """The window as people have it, with its threads; the network is out of reach."""

    def unreachable(*_: object) -> None:
        raise OSError("the network is unreachable")

    monkeypatch.setattr(socket.socket, "connect", unreachable)
    monkeypatch.chdir(tmp_path)
    made = make_window(tmp_path / "example", mode="light")
    qtbot.addWidget(made)
    made.resize(1280, 720)
    made.show()
    yield made
    made.close()


def test_a_few_hundred_random_actions_leave_no_exception_and_no_warning(threaded, dropped, tmp_path, told, caplog):
    act_at_random(threaded, dropped, tmp_path, 300)
    assert told == []
    assert unexpected(caplog) == []


@pytest.mark.slow
def test_ten_thousand_random_actions_leave_no_exception_no_warning_and_no_growing_memory(
    threaded, dropped, tmp_path, told, caplog
):
    # In place of the time after which a test is taken to wait for ever: this one is long and knows that.
    faulthandler.dump_traceback_later(LONGEST, exit=True)
    monkey = act_at_random(threaded, dropped, tmp_path, WARM)
    before = held(threaded)
    act_at_random(threaded, dropped, tmp_path, 10_000 - WARM, monkey)
    after = held(threaded)
    assert told == []
    assert unexpected(caplog) == []
    assert after - before < GROWTH, f"{before / 1e6:.0f} MB became {after / 1e6:.0f} MB"


def act_at_random(
    window: MainWindow, files: list[Path], folder: Path, count: int, monkey: Monkey | None = None
) -> Monkey:
    """Let the monkey act ``count`` times, and tell what it did last where that goes wrong."""
    monkey = monkey or Monkey(window, files, folder, SEED)
    monkey.start()
    try:
        for _ in range(count):
            monkey.act()
    except BaseException:
        print("done last:", *monkey.done, sep="\n  ", file=sys.stderr)
        raise
    monkey.stop()
    assert window.jobs.wait_until_idle(120_000)
    return monkey


def held(window: MainWindow) -> float:
    """Bytes of memory that this process has while nothing is open."""
    window.desk.close()
    assert window.jobs.wait_until_idle(120_000)
    gc.collect()
    if not sys.platform.startswith("linux"):
        pytest.skip("memory is read from /proc")
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * 4096.0


def unexpected(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the program logged as its own mistakes."""
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
