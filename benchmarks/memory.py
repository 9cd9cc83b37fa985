"""How much memory it takes to look at every layer of a large run: `python -m benchmarks.memory`.

A network with random weights is written as a file. In a process of its own that is opened and run on a batch of
pictures with every layer captured, and then every layer's maps are read, to the last number, in an order drawn by
chance, twice.
Prints the table of docs/performance.md; `--verbose` tells of every layer.
"""

from __future__ import annotations

import argparse
import importlib
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

COLUMNS = (
    *("budget", "weights, MB", "all layers, MB", "at most until run, MB", "at most until all is read, MB"),
    *("run, s", "a layer, s, median", "slowest"),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--architecture", default="vgg:vgg16", help="module and function of explorer.architectures")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--memory", nargs="+", default=["256MB", "512MB"], help="the budgets of layers' values")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--measure", metavar="FILE", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        print(json.dumps(measure(arguments.measure, arguments.batch, arguments.memory[0], arguments.verbose)))
        return
    print(f"{arguments.architecture}, batch {arguments.batch}; megabytes are 10⁶ bytes\n")
    print(f"| {' | '.join(COLUMNS)} |")
    print("|---" * len(COLUMNS) + "|")
    with tempfile.TemporaryDirectory(prefix="portside-memory-") as folder:
        file = write_network(arguments.architecture, Path(folder))
        for budget in arguments.memory:
            command = [sys.executable, "-m", "benchmarks.memory", "--measure", str(file)]
            command += ["--batch", str(arguments.batch), "--memory", budget, *["--verbose"] * arguments.verbose]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
            row = json.loads(done.stdout)
            times = sorted(row["seconds_a_layer"])
            cells = [budget, *(f"{row[key] / 1e6:.0f}" for key in ("weights", "captured", "run_peak", "peak"))]
            cells += [f"{seconds:.1f}" for seconds in (row["run_seconds"], times[len(times) // 2], times[-1])]
            print(f"| {' | '.join(cells)} |", flush=True)


def write_network(architecture: str, folder: Path) -> Path:
    """The network as an ONNX file; its random weights are drawn on the way."""
    from explorer.network.saving import save_network

    module, function = architecture.split(":")
    save_network(getattr(importlib.import_module(f"explorer.architectures.{module}"), function)(), folder / "net.onnx")
    return folder / "net.onnx"


def measure(file: str, batch: int, memory: str, verbose: bool) -> dict[str, Any]:
    """The most that this process took (``ru_maxrss``) until the run was done, and until all was read; and the times."""
    import numpy as np

    from explorer.importers import open_network
    from explorer.running.memory import read_size
    from explorer.running.runner import Runner, picture_input

    network = open_network(file)
    tensors = [value.const_value for value in network.model.graph.initializers.values()]
    weights = sum(tensor.nbytes for tensor in tensors if tensor is not None)
    runner = Runner(network, "cpu", memory=read_size(memory))
    name, _, (height, width) = picture_input(network)
    draw = np.random.default_rng(0)
    pictures = draw.random((batch, 3, height, width), np.float32) * 256 - 128
    start = time.perf_counter()
    run = runner.run({name: pictures}, fed_with="picture")
    run_seconds = time.perf_counter() - start
    run_peak = peak()
    seconds = []
    captured = 0
    for order in range(2):
        for value in np.random.default_rng(order).permutation(list(run.values)):
            start = time.perf_counter()
            array = run[str(value)]
            seconds.append(time.perf_counter() - start)
            # Every page of every map is looked at.
            if not np.isfinite([maps.sum(dtype=np.float64) for maps in array]).all():
                raise SystemExit(f"{value} is not finite")
            captured += 0 if order else array.nbytes
            if verbose:
                most = f"at most {peak() / 1e6:.0f} MB so far"
                print(f"{value}: {array.nbytes / 1e6:.0f} MB in {seconds[-1]:.1f} s, {most}", file=sys.stderr)
            del array
    return {
        "weights": weights,
        "captured": captured,
        "run_peak": run_peak,
        "peak": peak(),
        "run_seconds": run_seconds,
        "seconds_a_layer": seconds,
    }


def peak() -> int:
    """The most bytes that this process had in memory at once."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    main()
