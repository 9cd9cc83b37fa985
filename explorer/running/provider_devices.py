"""What a provider runs on: the processor's cores, or the name of the GPU where it can be known cheaply."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

VENDORS = {0x10DE: "NVIDIA", 0x1002: "AMD", 0x8086: "Intel", 0x106B: "Apple", 0x5143: "Qualcomm", 0x13B5: "Arm"}
"""Makers of GPUs by their PCI number."""

NVIDIA_FOLDER = Path("/proc/driver/nvidia/gpus")
"""Where NVIDIA's driver tells about every GPU on Linux, in containers too."""

PCI_NAMES = (Path("/usr/share/misc/pci.ids"), Path("/usr/share/hwdata/pci.ids"))
"""The public table of PCI devices, where the system has it."""


def usable_cores() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def cpu_name() -> str:
    """The processor with its cores."""
    cores = usable_cores()
    return f"CPU, {cores} core{'s' if cores > 1 else ''}"


def nvidia_name() -> str | None:
    """The name of the first NVIDIA GPU, as its driver writes it; None where the driver doesn't say (Linux only)."""
    for file in sorted(NVIDIA_FOLDER.glob("*/information")):
        found = re.search(r"^Model:\s*(.+)$", file.read_text("utf-8", "replace"), re.MULTILINE)
        if found:
            return found[1].strip()
    return None


def best_device(devices: Iterable[Any]) -> Any | None:
    """Of onnxruntime's devices for one provider the one to take: a GPU of its own before one in the processor."""
    ranked = sorted(devices, key=lambda found: (_is_gpu(found), found.device.metadata.get("Discrete") == "1"))
    return ranked[-1] if ranked else None


def device_name(found: Any) -> str | None:
    """The name of the hardware behind one of onnxruntime's devices; None where nothing tells it."""
    hardware = found.device
    described = str(hardware.metadata.get("Description", "")).strip()
    if described or not _is_gpu(found):
        return described or None
    vendor = VENDORS.get(hardware.vendor_id, str(hardware.vendor).strip())
    listed = _pci_name(hardware.vendor_id, hardware.device_id)
    if hardware.vendor_id == 0x10DE:
        return nvidia_name() or (f"NVIDIA {listed}" if listed else "NVIDIA GPU")
    return f"{vendor} {listed or 'GPU'}".strip()


def is_software(found: Any) -> bool:
    """Whether one of onnxruntime's devices is the processor, standing in for a GPU."""
    return not _is_gpu(found)


def _is_gpu(found: Any) -> bool:
    return str(found.device.type).rpartition(".")[2] == "GPU"


def _pci_name(vendor: int, device: int) -> str | None:
    table = next((path for path in PCI_NAMES if path.is_file()), None)
    if table is None:
        return None
    inside = False
    with table.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            if line[:1].strip() and not line.startswith("#"):
                inside = line.startswith(f"{vendor:04x} ")
            elif inside and line.startswith(f"\t{device:04x} "):
                return line[5:].strip()
    return None
