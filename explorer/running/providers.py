"""Where networks can run on this machine, and why not elsewhere."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cache

from explorer.errors import PortsideError
from explorer.running.provider_devices import best_device, cpu_name, device_name, is_software, nvidia_name, usable_cores
from explorer.running.provider_libraries import missing_libraries
from explorer.running.provider_packages import installed, overlap_sentence, overlapping
from explorer.running.provider_sessions import is_built_in, is_plugin, plugin_devices
from explorer.running.provider_table import (
    AUTO,
    CPU,
    PROVIDER_NAMES,
    PROVIDERS,
    Provider,
    provider_named,
    provider_title,
)
from explorer.running.provider_trial import Trial, plain_reason, try_provider

__all__ = [
    "PROVIDER_NAMES",
    "Fallback",
    "ProviderState",
    "choose_provider",
    "provider_warnings",
    "providers",
    "usable_cores",
]

SYSTEMS = {"win32": "Windows", "darwin": "macOS", "linux": "Linux"}


@dataclass(frozen=True)
class ProviderState:
    """One way to run: its ``name`` on the command line, its ``device``, and the ``reason`` why it can't be had.

    ``is_installed``: its package is there, whether it works or not. ``caution`` is why it is only taken when it is
    asked for by name, although it can be had: it runs in software, or gives wrong numbers.
    """

    name: str
    device: str
    reason: str | None = None
    is_installed: bool = True
    caution: str | None = None

    @property
    def available(self) -> bool:
        """Whether it can be chosen here."""
        return self.reason is None

    @property
    def recommended(self) -> bool:
        """Whether ``auto`` may take it."""
        return self.reason is None and self.caution is None


@dataclass(frozen=True)
class Fallback:
    """A provider that failed in the middle of the work, which the CPU then did instead."""

    provider: str
    reason: str

    @property
    def sentence(self) -> str:
        """What a person is told."""
        return f"{provider_title(self.provider)} failed, so the network runs on the CPU: {self.reason}"


def providers() -> tuple[ProviderState, ...]:
    """Every provider that Portside knows, the best first, and for each whether it can be had here.

    One that is installed has run a small network before it is called available.
    """
    return tuple(_state(provider.name) for provider in PROVIDERS)


def choose_provider(name: str = AUTO) -> ProviderState:
    """The provider of that name, or the best there is.

    :raises PortsideError: when it is not known, or can't be had here, with the reason.
    """
    if name == AUTO:
        states = (_state(provider.name) for provider in PROVIDERS)
        return next(state for state in states if state.recommended)
    if name not in PROVIDER_NAMES:
        raise PortsideError(f"there is no provider '{name}': take one of {', '.join(PROVIDER_NAMES)}")
    state = _state(name)
    if state.reason is not None:
        raise PortsideError(f"provider '{name}' can't be had here: {state.reason}")
    return state


def provider_warnings() -> tuple[str, ...]:
    """What is wrong with how onnxruntime is installed here, a sentence each.

    Packages that overwrite one another; and where networks run on the CPU although a provider is installed that could
    do better, what keeps that one from it.
    """
    sentences = [sentence] if (sentence := overlap_sentence()) else []
    if choose_provider().name == CPU:
        spoilt = [state for state in providers() if state.is_installed and not state.recommended]
        if spoilt and not sentences:
            # The last is the one that asks for least: CUDA, where TensorRT is missing too.
            state = spoilt[-1]
            title = provider_title(state.name)
            sentences.append(f"networks run on the CPU, as {title} is not used: {state.reason or state.caution}")
    return tuple(sentences)


@cache
def _state(name: str) -> ProviderState:
    provider = provider_named(name)
    if name == CPU:
        return ProviderState(CPU, cpu_name())
    if not (is_built_in(provider) or is_plugin(provider)):
        return ProviderState(name, provider.device, _why_absent(provider), is_installed=False)
    # Asked first: WebGPU writes its own complaint to standard error.
    missing = missing_libraries(name) if name == "webgpu" else None
    trial = Trial(failure=missing) if missing else try_provider(name)
    if trial.failure is not None:
        return ProviderState(name, provider.device, _why_unusable(provider, trial.failure, missing))
    device, software = _device(provider)
    return ProviderState(name, device, caution=trial.flaw or software)


def _why_absent(provider: Provider) -> str:
    if sys.platform not in provider.systems:
        names = [SYSTEMS[system] for system in provider.systems]
        return f"only on {' and '.join(names)}"
    hidden = [package for package in overlapping() if package in provider.packages]
    if hidden:
        others = " and ".join(package for package in overlapping() if package not in hidden)
        return f"{hidden[0]} is overwritten by {others}, which is installed beside it"
    here = next((package for package in provider.packages if installed(package)), None)
    if here is not None:
        return f"the installed {here} {installed(here)} was built without it"
    return f"{provider.packages[0]} is not installed"


def _why_unusable(provider: Provider, failure: str, missing: str | None) -> str:
    lacking = missing or missing_libraries(provider.name)
    if lacking is not None:
        return lacking
    if provider.name == "webgpu" and ("adapter" in failure or "no device" in failure):
        driver = "Vulkan driver" if sys.platform == "linux" else "driver"
        return f"no GPU with a {driver} was found"
    return failure


def _device(provider: Provider) -> tuple[str, str | None]:
    """The device's name, and where it is no real one, what to say about that."""
    if provider.name in ("cuda", "tensorrt"):
        return nvidia_name() or provider.device, None
    if provider.name == "openvino":
        return cpu_name(), None
    try:
        device = best_device(plugin_devices(provider))
    except Exception as error:  # noqa: BLE001 - a name is no reason to fail, whatever a plugin raises
        return provider.device, plain_reason(error)
    if provider.name == "webgpu" and (device is None or is_software(device)):
        # Its library takes any Vulkan driver, one in software too; onnxruntime looks for GPUs by itself.
        return f"{cpu_name()}, in software", "onnxruntime finds no GPU, so it would run in software"
    return (device_name(device) if device is not None else None) or provider.device, None
