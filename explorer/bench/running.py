"""What capturing costs: beside bare onnxruntime, Caffe and OpenCV."""

from __future__ import annotations

from pathlib import Path

from explorer.bench.bench import Bench
from explorer.bench.figures import Figure
from explorer.bench.processes import Taker, module
from explorer.bench.spread import ratios_of, spread_of

WARM_UP = 3
"""Runs of each before those that count."""

CAPTURE_GOAL, CAFFE_GOAL, OPENCV_GOAL = 1.10, 0.40, 0.45


def measure_capture(bench: Bench) -> list[Figure]:
    """Every layer captured over a plain run, and what capturing costs that makes every tensor an output."""
    with _ours(bench) as ours:
        plain, every, capture = _in_turns(bench, [(ours, "plain"), (ours, "every"), (ours, "capture")])
    detail = f"plain {_ms(plain)}, captured {_ms(capture)}, every tensor an output {_ms(every)}"
    return [
        Figure(
            "capture",
            "every source layer captured ÷ plain onnxruntime run",
            "ratio",
            CAPTURE_GOAL,
            ratios_of(capture, plain),
            detail=detail,
        )
    ]


def measure_caffe(bench: Bench) -> list[Figure]:
    """Run and capture over Caffe's forward."""
    title = "run + capture ÷ real Caffe's forward"
    program = bench.peers.found.get("caffe")
    if program is None:
        return [Figure("caffe", title, "ratio", CAFFE_GOAL, missing=bench.peers.missing["caffe"])]
    files = [str(bench.caffe.network), str(bench.caffe.weights)]
    threads = {"OPENBLAS_NUM_THREADS": str(bench.settings.threads), "OMP_NUM_THREADS": str(bench.settings.threads)}
    with _ours(bench) as ours, Taker([program, *files], threads) as caffe:
        capture, forward = _in_turns(bench, [(ours, "capture"), (caffe, "forward")])
    detail = f"captured {_ms(capture)}, Caffe {_ms(forward)}"
    return [Figure("caffe", title, "ratio", CAFFE_GOAL, ratios_of(capture, forward), detail=detail)]


def measure_opencv(bench: Bench) -> list[Figure]:
    """Run and capture over OpenCV with all blobs fetched."""
    title = "run + capture ÷ OpenCV DNN with all blobs fetched"
    python = bench.peers.found.get("opencv")
    if python is None:
        return [Figure("opencv", title, "ratio", OPENCV_GOAL, missing=bench.peers.missing["opencv"])]
    script = Path(__file__).parent / "programs" / "opencv_forward.py"
    command = [python, str(script), str(bench.caffe.network), str(bench.caffe.weights), str(bench.settings.threads)]
    with _ours(bench) as ours, Taker(command) as opencv:
        capture, fetched, forward = _in_turns(bench, [(ours, "capture"), (opencv, "all"), (opencv, "forward")])
    detail = f"captured {_ms(capture)}, OpenCV with all blobs {_ms(fetched)}, its answer alone {_ms(forward)}"
    return [Figure("opencv", title, "ratio", OPENCV_GOAL, ratios_of(capture, fetched), detail=detail)]


def _ours(bench: Bench) -> Taker:
    threads = str(bench.settings.threads)
    return Taker(module("capturing", str(bench.googlenet), str(bench.picture), threads))


def _in_turns(bench: Bench, takers: list[tuple[Taker, str]]) -> list[list[float]]:
    """What each taker measured, in rounds in which all take one turn."""
    measured: list[list[float]] = [[] for _ in takers]
    for round_ in range(WARM_UP + bench.settings.rounds):
        for times, (taker, text) in zip(measured, takers, strict=True):
            took = float(taker.ask(text))
            if round_ >= WARM_UP:
                times.append(took)
    return measured


def _ms(times: list[float]) -> str:
    return f"{spread_of(times).median:.1f} ms"
