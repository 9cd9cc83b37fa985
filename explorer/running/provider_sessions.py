"""Onnxruntime's sessions on a provider, built in or a plugin; a session that quietly took the CPU is refused."""

from __future__ import annotations

import importlib
import os
import threading
from functools import cache
from typing import Any

from explorer.errors import PortsideError
from explorer.running.provider_devices import best_device
from explorer.running.provider_libraries import preload_cuda
from explorer.running.provider_packages import installed
from explorer.running.provider_table import CPU, PROVIDERS, TF32_SWITCH, Provider, provider_named

PLUGINS = {"webgpu": ("onnxruntime-ep-webgpu", "onnxruntime_ep_webgpu")}
"""Providers that a package of their own brings to plain onnxruntime: the package and its module."""

FATAL_ONLY = 4
"""Onnxruntime's log severity: it warns of every initializer that a cut-out part doesn't use.

Its errors are raised as well, and told once.
"""

TF32_OVERRIDE = "NVIDIA_TF32_OVERRIDE"
"""The environment variable that, at 0, keeps all of NVIDIA's libraries from TF32: TensorRT has no other switch."""

_REGISTERING = threading.Lock()


class ProviderUnusableError(PortsideError):
    """A provider that is installed can't be created."""


def open_session(name: str, model: bytes, options: Any, *, tf32: bool = False) -> Any:
    """A session for the serialised ``model`` on the provider, with the CPU for what that leaves over.

    With ``tf32``, NVIDIA's GPUs may round what they multiply to 10 bits, as they do elsewhere unless told otherwise.

    :raises ProviderUnusableError: when onnxruntime would run all of it on the CPU instead.
    :raises Exception: whatever onnxruntime raises, for the model or for the provider.
    """
    import onnxruntime

    provider = provider_named(name)
    if name == "tensorrt" and not tf32:
        os.environ.setdefault(TF32_OVERRIDE, "0")
    if name in ("cuda", "tensorrt"):
        preload_cuda()
    if name == "directml":
        # It refuses to share memory between values of one shape.
        options.enable_mem_pattern = False
    # Without its own fallback: it prints to standard output and takes the CPU unasked.
    if is_built_in(provider):
        chain = [(entry.onnxruntime_name, options_of(entry, tf32)) for entry in _chain(provider)]
        session = onnxruntime.InferenceSession(model, options, providers=chain, enable_fallback=0)
    else:
        device = best_device(plugin_devices(provider))
        if device is None:
            raise ProviderUnusableError("onnxruntime finds no device for it")
        options.add_provider_for_devices([device], options_of(provider, tf32))
        session = onnxruntime.InferenceSession(model, options, enable_fallback=0)
    if provider.onnxruntime_name not in session.get_providers():
        raise ProviderUnusableError("onnxruntime could not create it")
    return session


def is_built_in(provider: Provider) -> bool:
    """Whether the installed onnxruntime was built with the provider, so that it can be asked for by name.

    Onnxruntime lists a plugin among these too once that is registered, and then quietly takes the CPU.
    """
    import onnxruntime

    return provider.onnxruntime_name in onnxruntime.get_available_providers() and not is_plugin(provider)


def is_plugin(provider: Provider) -> bool:
    """Whether a library that was registered brings the provider, or a package that is installed for it would."""
    import onnxruntime

    if provider.name in PLUGINS and installed(PLUGINS[provider.name][0]) is not None:
        return True
    devices = onnxruntime.get_ep_devices() if hasattr(onnxruntime, "get_ep_devices") else ()
    return any(found.ep_name == provider.onnxruntime_name and "library_path" in found.ep_metadata for found in devices)


def plugin_devices(provider: Provider) -> tuple[Any, ...]:
    """Onnxruntime's devices (``OrtEpDevice``) for the provider, after its plugin is registered where it has one.

    :raises Exception: when onnxruntime refuses the plugin, as one of another version.
    """
    import onnxruntime

    if not hasattr(onnxruntime, "get_ep_devices"):
        return ()
    package, module = PLUGINS.get(provider.name, (None, None))
    if package is not None and module is not None and installed(package) is not None:
        _register(module)
    return tuple(found for found in onnxruntime.get_ep_devices() if found.ep_name == provider.onnxruntime_name)


def options_of(provider: Provider, tf32: bool) -> dict[str, str]:
    """The options that a provider is asked for with."""
    options = dict(provider.options)
    if tf32 and TF32_SWITCH in options:
        options[TF32_SWITCH] = "1"
    return options


def _chain(provider: Provider) -> list[Provider]:
    names = [provider.name, provider.rest, CPU]
    return [entry for entry in PROVIDERS if entry.name in names and (entry is provider or is_built_in(entry))]


def _register(module: str) -> None:
    """Register a plugin's library with onnxruntime, which keeps it for the rest of the process."""
    with _REGISTERING:
        _register_once(module)


@cache
def _register_once(module: str) -> None:
    # Asked for a second time, onnxruntime 1.31 refuses, and the next session on the plugin ends the process.
    import onnxruntime

    path = importlib.import_module(module).get_library_path()
    # Plugins write warnings of their own while they are loaded.
    onnxruntime.set_default_logger_severity(FATAL_ONLY)
    onnxruntime.register_execution_provider_library(module, path)
