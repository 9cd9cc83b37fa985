"""A provider tried on small convolutions with known results: can it be created, does it run, is it right?"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.running.provider_sessions import FATAL_ONLY, ProviderUnusableError, open_session
from explorer.running.provider_table import provider_named

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float32]

SIDE = 4

SHAPES = ((3, 4, 3), (6, 4, 3), (3, 6, 1), (8, 8, 1))
"""Input channels, output channels and kernel of what is tried.

Channels are packed by two or four on GPUs, so both even and odd numbers of packs are among them.
"""

LARGEST_ERROR = 1e-2
"""Relative L2: half precision passes, a wrong shader does not."""


@dataclass(frozen=True)
class Trial:
    """How a provider did: ``failure`` where it can't run at all, ``flaw`` where it runs and gives wrong numbers."""

    failure: str | None = None
    flaw: str | None = None


@cache
def try_provider(name: str) -> Trial:
    """Run the convolutions on a provider, once in a process: the machine doesn't change under it."""
    try:
        session = open_session(name, _model(), _options())
        if not _takes_part(session, provider_named(name).onnxruntime_name):
            return Trial(failure="onnxruntime left a small network to the CPU")
        arrays = session.run(None, {f"x{i}": _draw(1, inputs, SIDE, SIDE) for i, (inputs, _, _) in enumerate(SHAPES)})
    except ProviderUnusableError as error:
        return Trial(failure=error.reason)
    except Exception as error:  # noqa: BLE001 - onnxruntime and its plugins raise what they like
        return Trial(failure=plain_reason(error))
    for shape, array in zip(SHAPES, arrays, strict=True):
        expected = _expected(*shape)
        distance = float(np.linalg.norm(array - expected) / np.linalg.norm(expected))
        if not distance <= LARGEST_ERROR:
            inputs, outputs, kernel = shape
            return Trial(
                flaw=f"it gets a {kernel}×{kernel} convolution from {inputs} to {outputs} channels wrong "
                f"(relative error {distance:.1e})"
            )
    return Trial()


def _takes_part(session: Any, provider: str) -> bool:
    """Whether the provider has any node; onnxruntime before 1.24 doesn't tell, and is believed."""
    if not hasattr(session, "get_provider_graph_assignment_info"):
        return True
    return any(part.ep_name == provider for part in session.get_provider_graph_assignment_info())


def plain_reason(error: Exception) -> str:
    """Onnxruntime's message without its codes, source lines and C++ signatures."""
    lines = str(error).strip().splitlines()
    text = lines[0].strip() if lines else type(error).__name__
    for mark in (" was false. ", "Status Message: "):
        text = text.rpartition(mark)[2]
    if "[ONNXRuntimeError]" in text:
        text = text.partition("[ONNXRuntimeError]")[2].split(" : ", 3)[-1]
    if ".cc:" in text and ") " in text:
        text = text.rpartition(") ")[2]
    return text.strip() or type(error).__name__


def _options() -> Any:
    import onnxruntime

    onnxruntime.set_default_logger_severity(FATAL_ONLY)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = FATAL_ONLY
    options.intra_op_num_threads = 1
    options.add_session_config_entry("session.record_ep_graph_assignment_info", "1")
    return options


def _model() -> bytes:
    """One graph with a convolution of each shape side by side."""
    import onnx

    nodes, inputs, outputs, weights = [], [], [], []
    for i, (read, written, kernel) in enumerate(SHAPES):
        nodes.append(onnx.helper.make_node("Conv", [f"x{i}", f"w{i}"], [f"y{i}"], pads=[kernel // 2] * 4))
        inputs.append(onnx.helper.make_tensor_value_info(f"x{i}", onnx.TensorProto.FLOAT, [1, read, SIDE, SIDE]))
        outputs.append(onnx.helper.make_tensor_value_info(f"y{i}", onnx.TensorProto.FLOAT, [1, written, SIDE, SIDE]))
        weights.append(onnx.numpy_helper.from_array(_draw(written, read, kernel, kernel), f"w{i}"))
    graph = onnx.helper.make_graph(nodes, "trial", inputs, outputs, weights)
    opsets = [onnx.helper.make_opsetid("", 13)]
    return onnx.helper.make_model(graph, opset_imports=opsets, ir_version=8).SerializeToString()


def _draw(*shape: int) -> FloatArray:
    return np.random.default_rng(shape).standard_normal(shape).astype(np.float32)


def _expected(read: int, written: int, kernel: int) -> FloatArray:
    pad = kernel // 2
    x = np.pad(_draw(1, read, SIDE, SIDE), ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    windows = np.lib.stride_tricks.sliding_window_view(x[0], (kernel, kernel), axis=(1, 2))
    result: FloatArray = np.einsum("chwij,ocij->ohw", windows, _draw(written, read, kernel, kernel))[None]
    return result
