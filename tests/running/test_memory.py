"""How much memory there is, and how a person says how much may be taken."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

import pytest

from explorer.errors import PortsideError
from explorer.running import memory
from explorer.running.memory import free_memory, machine_memory, read_budget, read_size, size_text, usual_budget


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("2GB", 2_000_000_000),
        ("2 gb", 2_000_000_000),
        ("512MiB", 536_870_912),
        ("1.5G", 1_500_000_000),
        ("1,5 GB", 1_500_000_000),
        ("100000000", 100_000_000),
        ("1e9", 1_000_000_000),
    ],
)
def test_a_size_is_read_as_it_is_meant(text, size):
    assert read_size(text) == size


@pytest.mark.parametrize("text", ["", "much", "-2GB", "2 XB", "nan", "1kB", "2GBGB", "1e30"])
def test_what_is_no_usable_size_is_refused_in_a_sentence(text):
    with pytest.raises(PortsideError, match="memory"):
        read_size(text)


def test_sizes_are_shown_as_they_can_be_typed():
    assert size_text(2_000_000_000) == "2 GB"
    assert size_text(536_870_912) == "537 MB"
    assert size_text(6_318_000_000) == "6.32 GB"
    assert size_text(12) == "12 bytes"
    assert read_size(size_text(6_320_000_000)) == 6_320_000_000


def test_the_usual_budget_is_a_quarter_of_what_the_machine_has():
    assert 0 < free_memory() <= machine_memory()
    assert usual_budget() == machine_memory() // 4


def test_a_container_has_what_it_may_take(tmp_path, monkeypatch):
    limit = tmp_path / "memory.max"
    limit.write_text("200000000\n")
    unlimited = tmp_path / "unlimited"
    unlimited.write_text("max\n")
    monkeypatch.setattr(memory, "CGROUP_LIMITS", (str(limit), str(unlimited), str(tmp_path / "absent")))
    assert machine_memory() == 200_000_000
    assert usual_budget() == 50_000_000
    assert free_memory() <= 200_000_000


def test_a_budget_is_no_more_than_the_machine_has(monkeypatch):
    monkeypatch.setattr(memory, "machine_memory", lambda: 8_000_000_000)
    assert read_budget("8GB") == 8_000_000_000
    with pytest.raises(PortsideError, match=r"'8\.1GB' is more memory than the 8 GB that this machine has"):
        read_budget("8.1GB")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="what a process takes is read from Linux's /proc")
def test_what_was_freed_is_given_back_to_the_system():
    library = ctypes.CDLL(None)
    if not hasattr(library, "malloc_trim"):
        pytest.skip("only glibc keeps what was freed")
    library.malloc.restype, library.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
    size, count = 4096, 10_000
    blocks = [library.malloc(size) for _ in range(count)]
    for block in blocks:
        ctypes.memset(block, 1, size)
    last = library.malloc(size)
    for block in blocks:
        library.free(block)
    before = _resident()
    memory.give_back()
    assert before - _resident() > size * count / 2
    library.free(last)


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
