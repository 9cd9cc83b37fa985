"""Every command of README and docs is run, every option that they name exists, and every link leads somewhere."""

from __future__ import annotations

import argparse
import hashlib
import importlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from explorer import cli, drawings
from explorer.command_line.recorders import recorders
from explorer.ui.picture_states import STATES
from explorer.ui.pictures import IN_DARK
from tests.catalogue.servers import serving
from tests.pages import INLINE, PAGES, RECORDING, ROOT, Line, anchors, commands, links, write_files
from tests.recorders.scripts import load

NOT_RUN = {
    "pip": "changes the installation that the tests run in",
    "make": "sets up a machine, and runs these tests",
    "python": "needs the original's framework; its options are held against its own parser below",
}
"""Programs that no test runs, and why."""

ELSEWHERE = {"portside demo --broken --headless": "tests/command_line/test_demo.py"}
"""Commands that another test runs."""

INSTEAD = {"webgpu": "cpu"}
"""What a word stands aside for: no GPU is at hand."""

WRONG_PORTS = ("port.onnx", "portside-demo/broken.onnx")
"""Networks that differ from their reference; all others agree."""

FETCHED = "squeezenet-1.1"
"""The network that the pages fetch; a server of the tests' own has another file under its name."""

LINES = [line for page in PAGES for line in commands(page)]
RUN_HERE = [line for line in LINES if line.words[0] not in NOT_RUN and line.text not in ELSEWHERE]

WINDOW = """
import json, sys
from PySide6.QtCore import QTimer
from explorer import app, cli
from explorer.command_line import demo
open_window = app.run_window
def close_at_once(files):
    return open_window(files, when_painted=lambda window: QTimer.singleShot(0, window.close))
app.run_window = close_at_once
demo.has_display = lambda: True
print(json.dumps([cli.run(arguments) for arguments in json.loads(sys.argv[1])]))
"""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_files(tmp_path_factory.mktemp("named"))


@pytest.fixture
def folder(files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of a page's own with all files in it, and a person's home beside it."""
    at = tmp_path / "here"
    shutil.copytree(files, at)
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("no_proxy", "*")
    for name in ("XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "LOCALAPPDATA", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.chdir(at)
    return at


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Path]:
    """A catalogue whose only network a server of this machine has."""
    content = drawings.onnx_port().read_bytes()
    with serving(lambda visit: visit.part(content)) as web:
        path = tmp_path / "catalogue.toml"
        path.write_text(
            f"""
[[network]]
name = "{FETCHED}"
title = "Drawings under another name"
framework = "ONNX"
licence = "MIT"
home = "https://example.org"
sources = ["https://example.org"]
preprocessing = "caffe"
labels = "imagenet"

[[network.file]]
name = "network.onnx"
size = {len(content)}
sha256 = "{hashlib.sha256(content).hexdigest()}"
addresses = {json.dumps([web.address])}
""",
            "utf-8",
        )
        yield path


def run(text: str, catalogue: Path, capsys: pytest.CaptureFixture[str]) -> int:
    """Run a command as a shell would, what stands in ``$(…)`` before."""
    nested = re.search(r"\$\((.*?)\)", text)
    if nested is not None:
        capsys.readouterr()
        assert run(nested[1], catalogue, capsys) == 0
        text = text.replace(nested[0], shlex.quote(capsys.readouterr().out.strip()))
    arguments = [INSTEAD.get(word, word) for word in shlex.split(text, comments=True)[1:]]
    if arguments[0] == "fetch" and FETCHED in arguments and "--list" not in arguments:
        arguments += ["--catalogue", str(catalogue)]
    return cli.run(arguments)


def wanted(line: Line) -> int:
    """The exit status that the page promises."""
    command, model, *_ = [*line.words[1:], ""]
    return int(command in ("compare", "diagnose") and model in WRONG_PORTS)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_of_a_page_does_what_it_says(
    page: Path, folder: Path, catalogue: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for line in RUN_HERE:
        if line.page == page and not line.opens_window:
            assert run(line.text, catalogue, capsys) == wanted(line), f"{line.text}\n{capsys.readouterr().err}"


def test_every_command_that_opens_the_window_opens_it(folder: Path) -> None:
    lines = list({line.text: line.words[1:] for line in RUN_HERE if line.opens_window}.values())
    assert ["demo"] in lines
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", WINDOW, json.dumps(lines)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == [0] * len(lines)


def test_what_is_not_run_is_listed() -> None:
    assert {line.words[0] for line in LINES} - {"portside"} <= set(NOT_RUN)
    assert set(ELSEWHERE) <= {line.text for line in LINES}
    assert [line.text for line in LINES if line.words[0] == "python" and "record_" not in line.text] == []


class Parsed(Exception):  # noqa: N818
    """The recorder understood its command line, and would begin now."""


RECORDINGS = sorted({found for page in PAGES for found in RECORDING.findall(page.read_text("utf-8"))})


@pytest.mark.parametrize(("script", "arguments"), RECORDINGS)
def test_a_recorder_understands_what_the_pages_tell_it(
    script: str, arguments: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    parse = argparse.ArgumentParser.parse_args

    def stop(parser: argparse.ArgumentParser) -> None:
        raise Parsed(vars(parse(parser)))

    monkeypatch.setattr(argparse.ArgumentParser, "parse_args", stop)
    monkeypatch.setattr("sys.argv", [f"{script}.py", *shlex.split(arguments)])
    with pytest.raises(Parsed) as parsed:
        load(script.removeprefix("record_")).main()
    assert parsed.value.args[0]["output"] == "reference.npz"


def test_there_is_a_line_for_every_recorder() -> None:
    assert {script for script, _ in RECORDINGS} == {f"record_{name}" for name in recorders()}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_option_that_a_page_names_is_there(page: Path) -> None:
    for text in INLINE.findall(page.read_text("utf-8")):
        _, *words = text.split()
        command = words[0] if words else ""
        if command not in cli.COMMANDS:
            continue
        parser = argparse.ArgumentParser()
        importlib.import_module(f"explorer.command_line.{command}").add_arguments(parser)
        options = {word for word in words if word.startswith("--")}
        assert options - parser._option_string_actions.keys() == set(), text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_and_picture_leads_to_something(page: Path) -> None:
    taken = {f"{state.name}-light.png" for state in STATES} | {f"{name}-dark.png" for name in IN_DARK}
    for link in links(page):
        place, _, anchor = link.partition("#")
        target = (page.parent / place).resolve() if place else page
        if target.parent == ROOT / "docs" / "pictures":
            assert target.name in taken, link
        else:
            assert target.is_file(), link
        if anchor:
            assert anchor in anchors(target), link


def test_every_page_can_be_reached_from_readme() -> None:
    linked = {(ROOT / link.partition("#")[0]).resolve() for link in links(ROOT / "README.md")}
    assert [page.name for page in PAGES[1:] if page not in linked] == []
