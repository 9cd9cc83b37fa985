"""How long an import takes beside OpenCV's and Caffe's, and how much memory: `python -m benchmarks.imports FOLDER`.

FOLDER holds one prototxt named ``deploy.prototxt`` and one caffemodel. OpenCV 4 and Caffe are not needed to use
Portside, so they are found where the options say; prints the tables of docs/performance.md.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from benchmarks.large_files import WRITERS

_PORTSIDE = """
import sys, time
from explorer.importers import open_network
for _ in sys.stdin:
    start = time.perf_counter()
    network = open_network(sys.argv[1], weights=sys.argv[2])
    print((time.perf_counter() - start) * 1e3, flush=True)
"""

_OPENCV = """
import sys, time
import cv2
if not cv2.__version__.startswith("4."):
    sys.exit(f"this is OpenCV {cv2.__version__}, wanted is 4")
for _ in sys.stdin:
    start = time.perf_counter()
    network = cv2.dnn.readNetFromCaffe(sys.argv[1], sys.argv[2])
    print((time.perf_counter() - start) * 1e3, flush=True)
"""

_MEMORY = """
import resource, sys, tempfile
from pathlib import Path
import numpy
from explorer.importers import open_network

def peak():
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit

start = peak()
network = open_network(sys.argv[1])
if sys.argv[2] == "convert":
    from explorer.network.saving import save_network
    with tempfile.TemporaryDirectory(dir=Path(sys.argv[1]).parent) as folder:
        save_network(network, Path(folder) / "network.onnx")
elif sys.argv[2] == "run":
    from explorer.running.runner import Runner, feed_picture
    Runner(network, "cpu").run(feed_picture(network, numpy.zeros((224, 224, 3), numpy.uint8)))
print(peak() - start)
"""


class Loader:
    """A process that loads the same network again for each line it is sent."""

    def __init__(self, name: str, command: Sequence[str]) -> None:
        self.name = name
        self.milliseconds: list[float] = []
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def load(self) -> None:
        """Load once, and note how long it took."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise SystemExit(f"{self.name} ended without an answer; what it said stands above")
        self.milliseconds.append(float(answer))

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


def main(arguments: list[str]) -> int:
    """Print both tables; the exit status says whether every import kept within the memory it may take."""
    options = _parser().parse_args(arguments)
    print(f"{platform.machine()}, {_processor()}, Python {platform.python_version()}\n")
    if options.folder is not None:
        _print_times(options)
    return 0 if options.no_memory else _print_memory(options.factor)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.imports")
    parser.add_argument("folder", type=Path, nargs="?", help="holds deploy.prototxt and one caffemodel")
    parser.add_argument("--opencv", metavar="PYTHON", help="an interpreter with opencv-python-headless<5")
    parser.add_argument("--caffe", metavar="PROGRAM", help="benchmarks/caffe_load.cpp, built")
    parser.add_argument("--rounds", type=int, default=25, help="loads of each, in turn (default 25)")
    parser.add_argument("--no-memory", action="store_true", help="leave out the large files")
    parser.add_argument("--factor", type=float, default=1.5, help="of its file that an import may take (default 1.5)")
    return parser


def _print_times(options: argparse.Namespace) -> None:
    network, model = options.folder / "deploy.prototxt", next(options.folder.glob("*.caffemodel"))
    files = [str(network), str(model)]
    commands = {"Portside": [sys.executable, "-c", _PORTSIDE, *files]}
    if options.opencv:
        commands["OpenCV"] = [options.opencv, "-c", _OPENCV, *files]
    else:
        print("OpenCV is left out: --opencv wants an interpreter that has opencv-python-headless<5.\n")
    if options.caffe:
        commands["Caffe"] = [options.caffe, *files]
    else:
        print("Caffe is left out: --caffe wants benchmarks/caffe_load.cpp, built against it.\n")
    with ExitStack() as stack:
        loaders = []
        for name, command in commands.items():
            loaders.append(Loader(name, command))
            stack.callback(loaders[-1].close)
        for _ in range(options.rounds + 1):
            for loader in loaders:
                loader.load()
    print("| load of | median, ms | fastest | slowest | first of its process |\n|---|---|---|---|---|")
    for loader in loaders:
        first, *later = loader.milliseconds
        row = (statistics.median(later), min(later), max(later), first)
        print(f"| {loader.name} | {' | '.join(f'{time:.1f}' for time in row)} |")
    print(f"\n{options.rounds} loads of each, in turn, after a first one that reads the programs' own files.\n")


def _print_memory(factor: float) -> int:
    print("| weights in | file, MB | import, MB | … of the file | convert, MB | first run, MB |")
    print("|---|---|---|---|---|---|")
    kept = True
    for kind in WRITERS:
        with tempfile.TemporaryDirectory() as folder:
            written = _output([sys.executable, "-m", "benchmarks.large_files", kind, folder]).splitlines()
            network, weights = map(Path, written)
            size = weights.stat().st_size
            peaks = [_peak(network, what) for what in ("import", "convert", "run")]
        share = peaks[0] / size
        kept &= share < factor
        opened, converted, ran = (f"{peak / 1e6:.0f}" for peak in peaks)
        print(f"| {kind} | {size / 1e6:.0f} | {opened} | {share:.2f} | {converted} | {ran} |", flush=True)
    print("\nThe most memory of a fresh process, beyond what it had at its start; pages of mapped files count.")
    return 0 if kept else 1


def _peak(network: Path, what: str) -> int:
    """The most memory in bytes that a fresh process takes beyond its start."""
    return int(_output([sys.executable, "-c", _MEMORY, str(network), what]))


def _output(command: Sequence[str]) -> str:
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout


def _processor() -> str:
    path = Path("/proc/cpuinfo")
    lines = path.read_text("utf-8").splitlines() if path.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{os.cpu_count()} cores of {names[0] if names else platform.processor()}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
