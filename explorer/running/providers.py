"""Where networks can run on this machine, and why not elsewhere."""

from __future__ import annotations

import os
from dataclasses import dataclass

from explorer.errors import PortsideError


@dataclass(frozen=True)
class ProviderState:
    """One way to run: its ``name`` on the command line, its ``device``, and the ``reason`` why it can't be had."""

    name: str
    device: str
    reason: str | None = None

    @property
    def available(self) -> bool:
        """Whether it can be chosen here."""
        return self.reason is None


@dataclass(frozen=True)
class _Provider:
    name: str
    onnxruntime_name: str
    device: str
    package: str


_PROVIDERS = (
    _Provider("tensorrt", "TensorrtExecutionProvider", "NVIDIA GPU", "onnxruntime-gpu"),
    _Provider("cuda", "CUDAExecutionProvider", "NVIDIA GPU", "onnxruntime-gpu"),
    _Provider("webgpu", "WebGpuExecutionProvider", "GPU", "onnxruntime-webgpu"),
    _Provider("directml", "DmlExecutionProvider", "GPU", "onnxruntime-directml"),
    _Provider("coreml", "CoreMLExecutionProvider", "Apple GPU and neural engine", "onnxruntime for macOS"),
    _Provider("openvino", "OpenVINOExecutionProvider", "Intel CPU and GPU", "onnxruntime-openvino"),
    _Provider("cpu", "CPUExecutionProvider", "CPU", "onnxruntime"),
)
"""In the order of preference; the names are onnxruntime's."""

PROVIDER_NAMES = ("auto", *(provider.name for provider in _PROVIDERS))


def providers() -> tuple[ProviderState, ...]:
    """Every provider that Portside knows, the best first, and for each whether it can be had here."""
    import onnxruntime

    built_in = set(onnxruntime.get_available_providers())
    return tuple(
        ProviderState(
            provider.name,
            _cpu_name() if provider.name == "cpu" else provider.device,
            None if provider.onnxruntime_name in built_in else f"{provider.package} is not installed",
        )
        for provider in _PROVIDERS
    )


def choose_provider(name: str = "auto") -> ProviderState:
    """The provider of that name, or the best there is.

    :raises PortsideError: when it is not known, or can't be had here, with the reason.
    """
    states = providers()
    if name == "auto":
        return next(state for state in states if state.available)
    for state in states:
        if state.name == name:
            if state.reason is not None:
                raise PortsideError(f"provider '{name}' can't be had here: {state.reason}")
            return state
    raise PortsideError(f"there is no provider '{name}': take one of {', '.join(PROVIDER_NAMES)}")


def onnxruntime_name(name: str) -> str:
    """Onnxruntime's own name of a provider."""
    return next(provider.onnxruntime_name for provider in _PROVIDERS if provider.name == name)


def usable_cores() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _cpu_name() -> str:
    cores = usable_cores()
    return f"CPU, {cores} core{'s' if cores > 1 else ''}"
