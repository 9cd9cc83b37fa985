"""A provider that is not there: onnxruntime answers as if it were, and runs on the CPU underneath."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import onnx
import onnxruntime
import pytest

from explorer.running import providers
from explorer.running.activations import Array
from explorer.running.provider_trial import try_provider

REAL = onnxruntime.InferenceSession


@dataclass
class MadeUpGpu:
    """What onnxruntime says of the provider ``name``, and how it fares.

    ``missing``: sessions quietly take the CPU. ``refuses`` and ``fails`` are what is raised when a session is made and
    when it runs, the trial's sessions too where ``always``. ``spoils`` changes what it computes, by its options.
    """

    name: str = "CUDAExecutionProvider"
    missing: bool = False
    refuses: str | None = None
    fails: str | None = None
    always: bool = False
    spoils: Callable[[Array, Mapping[str, str]], Array] | None = None
    asked: list[Mapping[str, str]] = field(default_factory=list)


class _Session:
    def __init__(self, gpu: MadeUpGpu, model: bytes, options: Any, wanted: Mapping[str, Mapping[str, str]]) -> None:
        self.gpu, self.wanted = gpu, wanted
        self.is_gpu = gpu.name in wanted and not gpu.missing
        self.counts = gpu.always or onnx.load_model_from_string(model).graph.name != "trial"
        if self.is_gpu:
            gpu.asked.append(wanted[gpu.name])
            if self.counts and gpu.refuses is not None:
                raise RuntimeError(gpu.refuses)
        self.real = REAL(model, options, providers=["CPUExecutionProvider"])

    def get_providers(self) -> list[str]:
        return [self.gpu.name, "CPUExecutionProvider"] if self.is_gpu else ["CPUExecutionProvider"]

    def run(self, names: Any, inputs: Any, options: Any = None) -> list[Array]:
        if self.is_gpu and self.counts and self.gpu.fails is not None:
            raise RuntimeError(self.gpu.fails)
        arrays: list[Array] = self.real.run(names, inputs, options)
        if self.is_gpu and self.gpu.spoils is not None:
            options_given = self.wanted[self.gpu.name]
            return [self.gpu.spoils(array, options_given) for array in arrays]
        return arrays


def forget() -> None:
    """What was found out about the machine so far."""
    providers._state.cache_clear()
    try_provider.cache_clear()


@contextmanager
def made_up(monkeypatch: pytest.MonkeyPatch, gpu: MadeUpGpu) -> Iterator[MadeUpGpu]:
    """Let onnxruntime have the provider."""

    def session(model: bytes, options: Any = None, providers: Any = (), **_: Any) -> Any:
        pairs = [(entry, {}) if isinstance(entry, str) else entry for entry in providers]
        return _Session(gpu, model, options, dict(pairs))

    with monkeypatch.context() as patch:
        patch.setattr(onnxruntime, "get_available_providers", lambda: [gpu.name, "CPUExecutionProvider"])
        patch.setattr(onnxruntime, "InferenceSession", session)
        forget()
        yield gpu
    forget()
