"""The programs that Portside is measured beside, where they are, and what to do where they are not."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FOLDER = ".peers"
"""Where `tools/set_up_peers.py` puts them, in the folder that the bench is started in."""

VARIABLES: Mapping[str, str] = {
    "polygraphy": "PORTSIDE_BENCH_POLYGRAPHY",
    "netron": "PORTSIDE_BENCH_NETRON",
    "chromium": "PORTSIDE_BENCH_CHROMIUM",
    "opencv": "PORTSIDE_BENCH_OPENCV",
    "caffe": "PORTSIDE_BENCH_CAFFE",
}
"""The environment variable that names each: a Python for polygraphy, netron and opencv, a program for the others."""

WANTED: Mapping[str, str] = {
    "polygraphy": "a Python with polygraphy, onnx and onnxruntime",
    "netron": "a Python with netron",
    "chromium": "Chromium or Chrome",
    "opencv": "a Python with opencv-python-headless<5",
    "caffe": "benchmarks/caffe_forward.cpp, built against Caffe",
}

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")


@dataclass(frozen=True)
class Peers:
    """Where each peer is, or why it can't be had."""

    found: Mapping[str, str]
    missing: Mapping[str, str]


def find_peers(named: Mapping[str, str | None], folder: Path) -> Peers:
    """Find the peers: as ``named``, else by their environment variables, else as set up in ``folder``."""
    found: dict[str, str] = {}
    missing: dict[str, str] = {}
    for peer, variable in VARIABLES.items():
        told = named.get(peer) or os.environ.get(variable)
        path = told or _set_up(peer, folder)
        if path is None:
            missing[peer] = f"{peer} not found: --{peer} or {variable} names {WANTED[peer]}"
        elif told is not None and shutil.which(told) is None:
            missing[peer] = f"{peer} not found: {told} is no program"
        else:
            found[peer] = path
    return Peers(found, missing)


def _set_up(peer: str, folder: Path) -> str | None:
    if peer == "chromium":
        return next((path for name in BROWSERS if (path := shutil.which(name))), None)
    inside = "caffe_forward" if peer == "caffe" else "Scripts/python.exe" if sys.platform == "win32" else "bin/python"
    program = folder / peer / inside
    return str(program) if program.is_file() else None
