import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from explorer.app import picture_of_window, run_window
from explorer.errors import PortsideError
from tests.small_network import write_small_files


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_picture_of_the_window_shows_what_was_dropped(qapp, tmp_path, theme):
    files = write_small_files(tmp_path)
    target = tmp_path / "window.png"
    picture_of_window(files.all, target, theme, (1280, 720))
    with Image.open(target) as picture:
        assert picture.size == (1280, 720)
        colours = picture.convert("RGB").getcolors(1 << 24)
    assert colours is not None
    assert len(colours) > 1000


def test_a_picture_that_can_not_be_written_is_told(qapp, tmp_path):
    with pytest.raises(PortsideError, match="can't be written"):
        picture_of_window((), tmp_path / "nowhere" / "window.png", "light", (960, 600))


def test_without_a_display_the_window_says_so(monkeypatch):
    for name in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    with pytest.raises(PortsideError, match="there is no display"):
        run_window([])


def test_the_empty_window_is_there_before_anything_heavy_is_imported(tmp_path):
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from explorer.ui.assembly import make_application, make_window\n"
        "application = make_application(offscreen=True)\n"
        f"window = make_window(Path({str(tmp_path)!r}), mode='light')\n"
        "window.show()\n"
        "application.processEvents()\n"
        "heavy = {'onnx_ir', 'onnxruntime', 'pyqtgraph', 'PIL', 'networkx', 'google.protobuf', 'onnx'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
        "window.close()\n"
    )
    folder = Path(__file__).resolve().parents[1]
    found = subprocess.run(
        [sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=True, timeout=120
    )
    assert found.stdout.strip() == "[]"


def test_the_window_opens_its_files_and_ends_with_the_last_window(tmp_path):
    files = write_small_files(tmp_path)
    program = (
        "import sys\n"
        "from PySide6.QtCore import QTimer\n"
        "from PySide6.QtWidgets import QApplication\n"
        "from explorer.app import run_window\n"
        "from explorer.ui.assembly import make_application\n"
        "application = make_application()\n"
        "def look():\n"
        "    [window] = [w for w in QApplication.topLevelWidgets() if w.objectName() == 'main_window']\n"
        "    if window.session.comparison is not None and not window.jobs.is_busy():\n"
        "        print(window.session.comparison.agrees, window.session.providers != ())\n"
        "        timer.stop()\n"
        "        window.close()\n"
        "timer = QTimer(interval=20)\n"
        "timer.timeout.connect(look)\n"
        "timer.start()\n"
        "sys.exit(run_window(sys.argv[1:]))\n"
    )
    folder = Path(__file__).resolve().parents[1]
    found = subprocess.run(
        [sys.executable, "-W", "error", "-c", program, *map(str, files.all)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)},
    )
    assert (found.returncode, found.stdout.strip()) == (0, "True True"), found.stderr
    assert found.stderr == ""
    assert list(tmp_path.rglob("portside.log"))
