"""Netron in Chromium: the same files opened there, and the memory that this takes."""

from __future__ import annotations

import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from explorer.bench.bench import Bench
from explorer.bench.chromium import Chromium
from explorer.bench.figures import Figure
from explorer.bench.processes import LONGEST
from explorer.bench.spread import spread_of
from explorer.errors import PortsideError

NETRON = "import sys; from netron import main; sys.exit(main())"
"""What its own script holds, which need not be on any path."""

SHOWN = (
    "document.body && document.body.classList.contains('default') "
    "&& document.querySelectorAll('#canvas g.node, #canvas [id^=node-id-]').length > 0"
)
"""True in Netron's page when the graph stands."""


def measure_netron(bench: Bench, row: str, name: str, path: Path, ours: float) -> Figure:
    """Our seconds over those of Netron, whose page is loaded afresh each time in a running browser."""
    title = f"{name}: Portside ÷ Netron in Chromium, page and file"
    missing = _missing(bench)
    if missing:
        return Figure(row, title, "ratio", None, missing=missing)
    times = []
    try:
        with serve(bench.peers.found["netron"], path) as address, Chromium(bench.peers.found["chromium"]) as browser:
            _agree(browser, address)
            for _ in range(bench.settings.slow_rounds):
                browser.go_to("about:blank")
                start = time.perf_counter()
                browser.go_to(address)
                browser.wait_for(SHOWN)
                times.append(time.perf_counter() - start)
    except PortsideError as error:
        return Figure(row, title, "ratio", None, missing=str(error))
    detail = f"{ours:.2f} s, Netron {median(times):.2f} s; not alternated"
    return Figure(row, title, "ratio", None, spread_of([ours / each for each in times]), detail=detail)


def measure_netron_memory(bench: Bench, ours: float) -> Figure:
    """Our megabytes over those of the browser's processes and Netron's server, with the file open and nothing run."""
    title = "memory with GoogLeNet open and run ÷ Netron in Chromium, not run"
    missing = _missing(bench)
    if missing:
        return Figure("memory", title, "ratio", None, missing=missing)
    try:
        with (
            serve(bench.peers.found["netron"], bench.googlenet) as address,
            Chromium(bench.peers.found["chromium"]) as browser,
        ):
            _agree(browser, address)
            browser.go_to(address)
            browser.wait_for(SHOWN)
            theirs = browser.resident_bytes() / 1e6
    except PortsideError as error:
        return Figure("memory", title, "ratio", None, missing=str(error))
    detail = f"{ours:.0f} MB, Netron {theirs:.0f} MB (PSS of the browser's processes)"
    return Figure("memory", title, "ratio", None, spread_of([ours / theirs]), detail=detail)


@contextmanager
def serve(python: str, path: Path) -> Iterator[str]:
    """Netron's server on that file; gives its address.

    :raises PortsideError: when it does not answer.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [python, "-c", NETRON, str(path), "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for_answer(address, process)
        yield address
    finally:
        process.terminate()
        process.wait(LONGEST)


def _agree(browser: Chromium, address: str) -> None:
    """Say yes to the cookies that the page asks about before it opens a file."""
    browser.go_to(address)
    browser.wait_for("location.protocol == 'http:' && document.readyState == 'complete'")
    browser.value("document.cookie = 'consent=1; path=/'")


def _wait_for_answer(address: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.05)
    raise PortsideError("its server does not answer", file="netron")


def _missing(bench: Bench) -> str:
    return "; ".join(bench.peers.missing[peer] for peer in ("netron", "chromium") if peer in bench.peers.missing)
