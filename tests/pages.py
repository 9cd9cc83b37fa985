"""The pages of the documentation as tests read them: their commands, their links, and the files that they speak of."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from explorer import cli, drawings
from explorer.demo import broken_demo, copy_demo
from explorer.importers import open_network
from explorer.network.saving import save_network

ROOT = Path(__file__).parents[1]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
PROGRAMS = ("portside", "python", "pip", "make", "git")

FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)|(?:src|srcset)=\"([^\"]+)\"")
RECORDING = re.compile(r"python (record_\w+)\.py ([^`\n]*)")
INLINE = re.compile(r"`(portside [^`]*)`", re.DOTALL)
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Line:
    """A command of a page, without its comment."""

    page: Path
    text: str

    @property
    def words(self) -> list[str]:
        """The program and its arguments."""
        return shlex.split(self.text, comments=True)

    @property
    def opens_window(self) -> bool:
        """Whether a person sees the window afterwards."""
        program, *arguments = self.words
        if program != "portside":
            return False
        is_demo = arguments[:1] == ["demo"] and "--headless" not in arguments
        return is_demo or not arguments or arguments[0] not in cli.COMMANDS


def commands(page: Path) -> list[Line]:
    """All commands in the page's blocks; in YAML those that a job runs.

    A block in which one line begins with a program holds nothing but commands.
    """
    found = []
    for language, block in FENCED.findall(page.read_text("utf-8")):
        lines = [line.strip() for line in block.splitlines() if line.strip()]
        if language == "yaml":
            lines = [line.partition("run: ")[2] for line in lines if "run: " in line]
        if any(line.split()[0] in PROGRAMS for line in lines):
            found += [Line(page, line) for line in lines]
    return found


def links(page: Path) -> Iterator[str]:
    """Where the page's links and pictures lead to, addresses on the network left out."""
    prose = FENCED.sub("", page.read_text("utf-8"))
    for either in LINK.findall(prose):
        target = "".join(either)
        if not target.startswith(("https://", "http://")):
            yield target


def anchors(page: Path) -> set[str]:
    """The anchors of the page's headings, as GitHub makes them."""
    headings = HEADING.findall(FENCED.sub("", page.read_text("utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def write_files(folder: Path) -> Path:
    """The files that the pages speak of, all of them Drawings' own, under the names that a person's might have."""
    plain, cluttered = drawings.recorded()
    copies = {
        "deploy.prototxt": drawings.caffe_port(),
        "weights.caffemodel": drawings.caffe_port().with_suffix(".caffemodel"),
        "deploy.labels.txt": drawings.labels_file(),
        "deploy.preprocessing.json": drawings.preprocessing_file(),
        "original.onnx": drawings.onnx_port(),
        "network.onnx": drawings.onnx_port(),
        "exported.onnx": drawings.onnx_port(),
        "old.onnx": drawings.onnx_port(),
        "new.onnx": drawings.onnx_port(),
        "picture.png": plain.picture,
        "reference.npz": plain.reference,
        "other.npz": cluttered.reference,
        "holiday/one.png": plain.picture,
        "holiday/two.png": cluttered.picture,
    }
    for name, file in copies.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, folder / name)
    _write_port(folder)
    copy_demo(folder / "portside-demo")
    broken_demo(folder / "portside-demo")
    (folder / "tests").mkdir()
    golden = str(folder / "tests" / "golden.portside")
    arguments = [str(folder / "network.onnx"), str(folder / "picture.png"), "--capture", golden, "--quiet"]
    assert cli.run(["run", *arguments]) == 0
    return folder


def _write_port(folder: Path) -> None:
    """``port.onnx``: the network with one mistake, α not divided by the window."""
    before, alpha, after = (folder / "deploy.prototxt").read_text("utf-8").rpartition("alpha: 0.0001")
    assert alpha
    wrong = folder / "wrong"
    wrong.mkdir()
    for name in ("weights.caffemodel", "deploy.labels.txt", "deploy.preprocessing.json"):
        shutil.copyfile(folder / name, wrong / name)
    (wrong / "deploy.prototxt").write_text(f"{before}alpha: 0.0005{after}", "utf-8")
    save_network(open_network(wrong / "deploy.prototxt"), folder / "port.onnx")
    shutil.rmtree(wrong)
