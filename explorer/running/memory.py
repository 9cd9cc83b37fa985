"""How much memory the machine has, and how much of it the values of layers may take."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from explorer.errors import PortsideError

SHARE = 4
"""One part in this many of the machine's memory is the budget, where nobody says another one."""

LEAST_BUDGET = 16 << 20

UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12, "ki": 1 << 10, "mi": 1 << 20, "gi": 1 << 30}
"""What a size may be written in; the letter B behind them says nothing more."""

CGROUP_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
"""What a container may take of its machine's memory, in either version of Linux's control groups."""


def machine_memory() -> int:
    """The bytes of memory that this machine has, or this container may take."""
    found = _windows_memory()[0] if sys.platform == "win32" else _pages("SC_PHYS_PAGES")
    for limit in map(Path, CGROUP_LIMITS):
        try:
            found = min(found, int(limit.read_text()))
        except (OSError, ValueError):
            continue
    return found


def free_memory() -> int:
    """The bytes that could be taken now without writing others out; on systems that don't say, half of all there is."""
    if sys.platform == "win32":
        return _windows_memory()[1]
    try:
        text = Path("/proc/meminfo").read_text("ascii")
    except OSError:
        return machine_memory() // 2
    found = re.search(r"^MemAvailable:\s*(\d+) kB", text, re.MULTILINE)
    return min(int(found[1]) << 10 if found else machine_memory() // 2, machine_memory())


def usual_budget() -> int:
    """How many bytes of layers' values are held where nobody says how many: a quarter of the machine's memory."""
    return max(machine_memory() // SHARE, LEAST_BUDGET)


def read_size(text: str) -> int:
    """The bytes that a person means by ``2GB``, ``512 MiB`` or ``1e9``.

    :raises PortsideError: when it is no size, or less than can be worked with.
    """
    found = re.fullmatch(r"\s*(\d+(?:[.,]\d+)?(?:e\d+)?)\s*([kmgt]i?|)b?\s*", text.lower())
    if found is None or found[2] not in UNITS:
        raise PortsideError(f"'{text}' is no amount of memory, such as 2GB or 512MB")
    size = float(found[1].replace(",", ".")) * UNITS[found[2]]
    if not LEAST_BUDGET <= size < 1 << 60:
        raise PortsideError(f"'{text}' is too {'little' if size < LEAST_BUDGET else 'much'} memory: try 2GB or 512MB")
    return int(size)


def read_budget(text: str) -> int:
    """The same for what the values of layers may take.

    :raises PortsideError: as :func:`read_size` does, and when it is more than the machine has.
    """
    size = read_size(text)
    if size > machine_memory():
        raise PortsideError(f"'{text}' is more memory than the {size_text(machine_memory())} that this machine has")
    return size


def size_text(size: int) -> str:
    """A number of bytes as people write it, in powers of ten."""
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= factor:
            return f"{size / factor:.3g} {unit}" if size < 1000 * factor else f"{size / factor:.0f} {unit}"
    return f"{size} bytes"


def _pages(name: str) -> int:
    return os.sysconf(name) * os.sysconf("SC_PAGE_SIZE")


def _windows_memory() -> tuple[int, int]:
    """All there is and what is free: ``GlobalMemoryStatusEx``."""
    import ctypes

    names = ("total", "free", "all_pages", "free_pages", "all_virtual", "free_virtual", "extended")

    class Status(ctypes.Structure):
        _fields_ = [
            ("length", ctypes.c_uint32),
            ("load", ctypes.c_uint32),
            *((name, ctypes.c_uint64) for name in names),
        ]

    status = Status(length=ctypes.sizeof(Status))
    getattr(ctypes, "windll").kernel32.GlobalMemoryStatusEx(ctypes.byref(status))  # noqa: B009 - only Windows has it
    return int(status.total), int(status.free)


def give_back() -> None:
    """Return to the system what was freed and the C library keeps: 60 to 80 MB after a session of GoogLeNet's size.

    Glibc's way (malloc_trim(3)); other libraries do it by themselves.
    """
    import ctypes

    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):
        return
    trim(0)
