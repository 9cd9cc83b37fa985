"""A person who wants to break it: files that go and change, names that are no names, no room, no patience."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import sys
import threading
import weakref
from pathlib import Path

import numpy as np
import onnx
import pytest
from PIL import Image
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtGui import Qt
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from explorer.architectures.googlenet import googlenet
from explorer.network.network import Source
from explorer.network.saving import save_network
from explorer.ui.assembly import make_windows
from explorer.ui.pictures import drop_files
from tests.catalogue.made_up import entry_of, file_of
from tests.catalogue.servers import serving
from tests.small_network import write_small_files

ODD = ("L" * 10_000, "<b>x</b><img src=x>&amp;", "a\nb\tc", "\u202e\u202dcba", "'\"`", "\U0001f600" * 50, "a\x01b")


@pytest.fixture
def threaded(qapp, tmp_path, monkeypatch):
    """Windows as people have them, with their threads."""
    for name in ("XDG_DATA_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.setenv("no_proxy", "*")
    made = make_windows(tmp_path / "example", mode="light")
    yield made
    made.quit()
    made.end()
    made.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.mark.parametrize("left", [0, 1000], ids=["emptied", "cut"])
def test_the_file_of_the_open_network_is_written_anew_in_place(window, files, tmp_path, left):
    path = tmp_path / "inception.onnx"
    # Its weights are so large that they stay where they lie in the file.
    save_network(googlenet(width=1 / 4, classes=7, seed=1, source=Source("architecture", (), ())), path)
    drop_files(window, [path, files.picture])
    output = window.session.network.layers[-1].name
    before = window.session.picture_run[output].copy()
    with path.open("r+b") as file:
        file.truncate(left)
    window.desk.run()
    np.testing.assert_array_equal(window.session.picture_run[output], before)
    window.desk.save_network(tmp_path / "kept.onnx")
    window.commands.run("file.close")
    drop_files(window, [tmp_path / "kept.onnx", files.picture])
    np.testing.assert_array_equal(window.session.picture_run[output], before)


def test_a_network_is_saved_over_itself_while_two_windows_have_it(threaded, files):
    first, second = threaded.open_window(files.all), threaded.open_window(files.all)
    for window in (first, second):
        assert window.jobs.wait_until_idle(30_000)
        window.desk.save_network(files.network)
        assert window.jobs.wait_until_idle(30_000)
        assert window.notices.texts[0] == f"Saved as {files.network}."
    first.reload()
    assert first.jobs.wait_until_idle(30_000)
    assert first.session.comparison.agrees


def test_names_that_are_no_names_are_shown_as_they_are_written(window, files, tmp_path):
    path = tmp_path / "odd.onnx"
    onnx.save(_renamed(onnx.load(files.network)), path)
    drop_files(window, [path, files.picture, files.reference])
    names = [layer.name for layer in window.session.network.layers]
    assert {*ODD} <= {*names}
    for name in names:
        window.desk.choose_layer(name)
        window.commands.run("maps.copy_values")
        window.grab()
        assert window.minimumSizeHint().width() <= 1280
        for widget in window.findChildren(QWidget):
            tip = widget.toolTip()
            assert not Qt.mightBeRichText(tip) or tip.startswith("<qt>"), f"{widget.objectName()} says {tip!r} as HTML"
        for label in window.findChildren(QLabel):
            text = label.text()
            is_plain = label.textFormat() == Qt.TextFormat.PlainText
            assert is_plain or "img" not in text, f"{label.objectName()} says {text!r} as HTML"


def test_the_folder_that_the_program_was_started_in_is_gone(window, tmp_path, monkeypatch):
    gone = tmp_path / "gone"
    gone.mkdir()
    files = write_small_files(gone)
    monkeypatch.chdir(gone)
    drop_files(window, files.all)
    shutil.rmtree(gone)
    window.reload()
    assert window.notices.texts == ("small.onnx, reference.npz and noise.png are no longer there.",)
    window.desk.run()
    assert window.session.picture_run is not None
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    drop_files(window, write_small_files(elsewhere, shifted="conv1").all)
    assert window.session.path == elsewhere / "small.onnx"
    assert not window.session.comparison.agrees


@pytest.mark.parametrize("size", [(30_000, 3), (3, 30_000)], ids=["wide", "tall"])
def test_a_picture_that_is_hardly_one_is_shown(window, files, tmp_path, size):
    Image.new("RGB", size, (1, 2, 3)).save(tmp_path / "odd.png")
    drop_files(window, [files.network, tmp_path / "odd.png"])
    assert window.session.picture_run is not None
    window.grab()
    assert window.minimumSizeHint().width() <= 1280


def test_a_window_is_closed_while_a_network_is_fetched_from_a_server_that_says_nothing(threaded, monkeypatch, qtbot):
    asked, end = threading.Event(), threading.Event()

    def stall(visit) -> None:
        asked.set()
        end.wait(60)

    window = threaded.open_window()
    with serving(stall) as web:
        entry = entry_of(file_of(web.address, content=b"x" * 100, name="small.onnx"), name="small")
        monkeypatch.setattr("explorer.catalogue.reading.read_catalogue", lambda: (entry,))
        window.commands.run("file.open_catalogue")
        qtbot.waitUntil(lambda: window.desk.catalogue.shelf.entries != (), timeout=30_000)
        window.desk.catalogue.open("small")
        qtbot.waitUntil(asked.is_set, timeout=30_000)
        window.close()
        assert threaded.all == () and not end.is_set()
        end.set()


def test_a_window_is_closed_in_the_middle_of_its_work(threaded, files, tmp_path, qtbot):
    known = []
    for kind in ("open", "run", "compare", "diagnose", "draw"):
        window = threaded.open_window()
        seen: list[str] = []
        window.jobs.changed.connect(lambda _, window=window, seen=seen: seen.extend(window.jobs.kinds))
        window.open_broken_example()
        qtbot.waitUntil(lambda kind=kind, seen=seen: kind in seen, timeout=60_000)
        known.append(weakref.ref(window))
        window.close()
        del window, seen
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    assert [ref() for ref in known] == [None] * 5


def test_the_theme_is_changed_while_modules_open(threaded, files, qtbot):
    window = threaded.open_window([files.network])
    assert window.jobs.wait_until_idle(30_000)
    graph = window.graph_view
    graph.motion_time = 160
    for mode in ("dark", "light", "dark"):
        window.commands.run("view.close_modules")
        graph.clock.setCurrentTime(60)
        window.looks.choose(mode)
        window.commands.run("view.open_modules")
        window.grab()
    qtbot.waitUntil(lambda: graph.held_places() is None, timeout=10_000)


@pytest.mark.skipif(os.name != "posix", reason="there are limits to files on POSIX alone")
def test_a_disk_without_room_is_told_and_leaves_nothing_behind(tmp_path):
    program = """
import os, resource, signal, sys
from pathlib import Path
from explorer.architectures.googlenet import googlenet
from explorer.network.network import Source
from explorer.network.saving import save_network
from explorer.ui.assembly import make_application, make_window
from tests.small_network import write_small_files
folder = Path(sys.argv[1])
application = make_application(offscreen=True)
files = write_small_files(folder)
window = make_window(folder / "example", mode="light", serial=True)
window.open_files(list(files.all))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
told = []
window.desk.said.connect(lambda notice: told.append(notice.text))
window.desk.save_network(folder / "full.onnx")
window.desk.golden.save(folder / "full.portside")
for ending in ("svg", "png", "pdf"):
    window.export_graph(folder / f"full.{ending}")
window.reload()
window.close()
os.write(1, "\\n".join(told).encode())
"""
    run = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, check=False, cwd=Path.cwd()
    )
    endings = ("onnx", "portside", "svg", "png", "pdf")
    assert run.returncode == 0, run.stderr.decode()
    assert run.stdout.decode().splitlines() == [
        f"full.{ending}: can't be written (File too large)" for ending in endings
    ]
    assert not [path for path in tmp_path.iterdir() if "full" in path.name or path.name.startswith(".")]


def test_no_more_is_open_after_two_hundred_drops_at_once(threaded, files, tmp_path):
    window = threaded.open_window()
    pictures = []
    for number in range(200):
        pictures.append(tmp_path / f"{number}.png")
        Image.new("RGB", (8, 8), (number, 10, 20)).save(pictures[-1])
    for number in range(12):
        drop_files(window, [files.network, *pictures])
        QApplication.processEvents()
        if number % 3 == 0:
            window.jobs.cancel()
    assert window.jobs.wait_until_idle(60_000)
    assert window.session.picture_run is not None
    assert window.session.path == files.network


def _renamed(model: onnx.ModelProto) -> onnx.ModelProto:
    """The network of any other program, with names as no program should give."""
    del model.metadata_props[:]
    outputs = {output.name for output in model.graph.output}
    names: dict[str, str] = {}
    for node, name in zip(model.graph.node, ODD, strict=False):
        for place, output in enumerate(node.output):
            if output not in outputs:
                names[output] = node.output[place] = name
        node.name = name
    for node in model.graph.node:
        del node.metadata_props[:]
        for place, value in enumerate(node.input):
            node.input[place] = names.get(value, value)
    for known in model.graph.value_info:
        known.name = names.get(known.name, known.name)
    return model
