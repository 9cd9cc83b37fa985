"""The machine that the figures hold for, in words."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

LIBRARIES = ("onnxruntime", "onnx-ir", "numpy", "PySide6-Essentials", "pyqtgraph")


def machine() -> Mapping[str, str]:
    """Processor, memory, system, Python and the libraries that the figures depend on."""
    return {
        "processor": f"{os.cpu_count()} cores, {_processor()}",
        "memory": _memory(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "libraries": ", ".join(f"{name} {_version(name)}" for name in LIBRARIES),
        "load": _load(),
    }


def take_cores(count: int) -> None:
    """Keep this process and those that it starts on ``count`` cores, where the system can do that."""
    if hasattr(os, "sched_setaffinity"):
        allowed = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, allowed[:count])


def keep_bytecode() -> None:
    """Let the programs that are started keep what they compile, as installed ones do."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def _processor() -> str:
    path = Path("/proc/cpuinfo")
    lines = path.read_text("utf-8").splitlines() if path.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _memory() -> str:
    try:
        return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB"
    except (AttributeError, ValueError, OSError):
        return "unknown"


def _load() -> str:
    try:
        return f"{os.getloadavg()[0]:.1f} before the first run"
    except (AttributeError, OSError):
        return "unknown"


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "missing"
