"""Runs a network plainly in bare onnxruntime, or with every layer captured: MODEL PICTURE THREADS.

Lines in: `plain`, `every` (bare onnxruntime, every tensor an output) or `capture`; milliseconds out.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

PAUSE = 0.03
"""Seconds before each run: the threads of another session go on looking for work for a while."""


def main(arguments: list[str]) -> int:
    """Serve until the input ends."""
    from explorer.importers import open_network
    from explorer.running.images import read_picture
    from explorer.running.runner import Runner, feed_picture

    path, picture, threads = arguments
    network = open_network(path)
    inputs = feed_picture(network, read_picture(picture).pixels)
    runner = Runner(network, "cpu", int(threads))
    plain = _bare(path, int(threads), every=False)
    bare: dict[str, Any] = {}
    runs: Mapping[str, Callable[[], Any]] = {
        "plain": lambda: plain.run(None, inputs),
        "every": lambda: bare["every"].run(None, inputs),
        "capture": lambda: runner.run(inputs),
    }
    for line in sys.stdin:
        if line.strip() == "every" and not bare:
            bare["every"] = _bare(path, int(threads), every=True)
        run = runs[line.strip()]
        time.sleep(PAUSE)
        start = time.perf_counter()
        kept = run()
        print((time.perf_counter() - start) * 1e3, flush=True)
        del kept
    return 0


def _bare(path: str, threads: int, *, every: bool) -> Any:
    import onnx
    import onnxruntime

    model = onnx.load(path)
    if every:
        known = {value.name for value in model.graph.output}
        names = [name for node in model.graph.node for name in node.output if name and name not in known]
        model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
