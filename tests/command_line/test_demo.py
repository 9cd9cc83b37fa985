"""`portside demo` where there is no display: what it tells, what it leaves, and how it ends."""

from __future__ import annotations

import contextlib
import io
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from PySide6.QtWidgets import QApplication

from explorer import cli
from explorer.command_line import demo
from explorer.drawings import MISTAKES
from explorer.importers import open_network
from tests.test_demo import COPIED

WRITTEN = {"broken.onnx", "corrected.onnx", "report.html", "window.png"}
README = Path(__file__).parents[2] / "README.md"
AGREES = "corrected (written to portside-demo/corrected.onnx): all 95 compared layers agree"


@dataclass(frozen=True)
class Ran:
    """What one run printed, its document and its exit status; its folder is ``at``/portside-demo."""

    at: Path
    out: str
    document: dict[str, Any]
    status: int


def ran(at: Path, *arguments: str) -> Ran:
    with contextlib.chdir(at), contextlib.redirect_stdout(io.StringIO()) as out:
        status = cli.run(["demo", "--headless", "--json", "found.json", *arguments])
    document = json.loads((at / "found.json").read_text("utf-8"))
    return Ran(at, out.getvalue(), document, status)


@pytest.fixture(scope="module")
def whole(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    return ran(tmp_path_factory.mktemp("whole"))


@pytest.fixture(scope="module")
def broken(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    return ran(tmp_path_factory.mktemp("broken"), "--broken")


def causes(document: dict[str, Any]) -> list[tuple[str, str]]:
    return [(finding["layer"], finding["cause"]) for finding in document["findings"]]


def masked(text: str) -> str:
    """The text without its figures, which other processors round otherwise."""
    return re.sub(r"\d+\.\d+e[+-]\d+", "#", text)


def test_the_picture_is_known_and_every_layer_agrees_with_pytorch(whole: Ran) -> None:
    lines = whole.out.splitlines()
    classes = [line.split()[-1] for line in lines if re.match(r" +0\.\d{6}  ", line)]
    assert len(classes) == 5
    assert classes[0] == "butterfly"
    assert "compare    all 159 compared layers agree; the largest relative error is " in whole.out
    assert "reference  portside-demo/cluttered.npz (PyTorch)" in whole.out


def test_the_broken_ports_three_mistakes_are_named_and_corrected(whole: Ran) -> None:
    told = re.findall(r"▲ (\S+): (\S+)", whole.out)
    assert told == [(mistake.layer, mistake.cause) for mistake in MISTAKES]
    assert AGREES in whole.out
    assert whole.status == 0


def test_its_document_holds_the_comparison_and_the_diagnosis(whole: Ran) -> None:
    found = whole.document
    assert found["schema"] == 1
    assert (found["agrees"], found["first_divergence"], len(found["layers"])) == (True, None, 159)
    assert found["broken"]["agrees"] is False
    assert causes(found["broken"]) == [(mistake.layer, mistake.cause) for mistake in MISTAKES]
    repaired = found["broken"]["repaired"]
    assert (repaired["path"], repaired["agrees"]) == (str(Path("portside-demo/corrected.onnx")), True)
    assert (found["report"], found["window"]) == (
        str(Path("portside-demo/report.html")),
        str(Path("portside-demo/window.png")),
    )


def test_it_leaves_the_example_the_ports_a_report_and_a_picture_of_the_window(whole: Ran) -> None:
    folder = whole.at / "portside-demo"
    assert {path.name for path in folder.iterdir()} == COPIED | WRITTEN
    assert "conv2/norm2" in (folder / "report.html").read_text("utf-8")
    with Image.open(folder / "window.png") as picture:
        assert picture.size >= (1440, 900)
    assert open_network(folder / "corrected.onnx").source.has_weights


def test_broken_tells_of_the_broken_port_alone(broken: Ran) -> None:
    assert broken.status == 0
    assert broken.out.startswith("broken     portside-demo/broken.onnx, a port with three mistakes\n")
    assert "butterfly" not in broken.out
    assert set(broken.document) == {"schema", "broken", "report", "window"}
    assert {path.name for path in (broken.at / "portside-demo").iterdir()} == COPIED | WRITTEN


def test_readme_shows_what_is_printed(broken: Ran) -> None:
    _, _, after = README.read_text("utf-8").partition("portside demo --broken --headless\n```\n")
    shown = after.partition("```\n")[2].partition("```")[0]
    printed = {masked(line.strip()) for line in broken.out.splitlines()}
    lines = [masked(line.strip()) for line in shown.splitlines() if line.strip() not in ("", "…")]
    assert len(lines) > 5
    assert [line for line in lines if line not in printed] == []


def test_a_folder_that_can_not_be_written_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = tmp_path / "taken"
    place.write_text("")
    assert cli.run(["demo", "--headless", "--folder", str(place)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [f"portside: {place}: the demo's files can't be written (File exists)"]


@pytest.mark.parametrize(("arguments", "network"), [([], "drawings.prototxt"), (["--broken"], "broken.onnx")])
def test_with_a_display_the_window_opens_with_the_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], network: str
) -> None:
    opened: list[list[str]] = []

    def run_window(files: list[str]) -> int:
        opened.append(files)
        return 7

    monkeypatch.setattr(demo, "has_display", lambda: True)
    monkeypatch.setattr("explorer.app.run_window", run_window)
    assert cli.run(["demo", "--folder", str(tmp_path), *arguments]) == 7
    [files] = opened
    assert [Path(file).name for file in files][:1] == [network]
    assert all(Path(file).is_file() for file in files)


@pytest.mark.parametrize(
    ("environment", "shown"),
    [
        ({}, False),
        ({"DISPLAY": ":0"}, True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, True),
        ({"DISPLAY": ":0", "QT_QPA_PLATFORM": "offscreen"}, False),
        ({"DISPLAY": ":0", "QT_QPA_PLATFORM": "xcb"}, True),
    ],
)
def test_a_display_is_one_that_somebody_sees(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], shown: bool
) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert demo.has_display() is shown
