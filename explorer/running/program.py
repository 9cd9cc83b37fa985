"""An ONNX graph made ready for onnxruntime: weights handed over in place, a real cancel, no chatter."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.errors import PortsideError
from explorer.running.activations import Array
from explorer.running.cancellation import Cancelled
from explorer.running.providers import onnxruntime_name, usable_cores

if TYPE_CHECKING:
    from collections.abc import Iterator

    import onnx_ir as ir

FATAL_ONLY = 4
"""Onnxruntime's log severity: it warns of every initializer that a cut-out part doesn't use.

Its errors are raised as well, and told once.
"""

CANCEL_POLL_SECONDS = 0.02

IN_PLACE_BYTES = 1024
"""Initializers from this size on are handed over without a copy; smaller ones take part in constant folding."""


class Program:
    """A graph on one provider. ``outputs`` are the names of what a run can give."""

    def __init__(self, model: ir.Model, outputs: Collection[str], provider: str, threads: int | None = None) -> None:
        import onnxruntime

        onnxruntime.set_default_logger_severity(FATAL_ONLY)
        options = onnxruntime.SessionOptions()
        options.log_severity_level = FATAL_ONLY
        options.intra_op_num_threads = threads or usable_cores()
        if any(_narrows(node) for node in model.graph):
            # Optimised, casts to half precision and back cancel one another, and with them what they lose.
            options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        proto, names, arrays = without_weights(model, outputs)
        # Onnxruntime reads these arrays where they lie: they must live as long as the session.
        self._weights = [onnxruntime.OrtValue.ortvalue_from_numpy(array) for array in arrays]
        if names:
            options.add_external_initializers(names, self._weights)
        chain = list(dict.fromkeys([onnxruntime_name(provider), "CPUExecutionProvider"]))
        try:
            self._session = onnxruntime.InferenceSession(proto.SerializeToString(), options, providers=chain)
        except Exception as error:
            raise PortsideError(f"onnxruntime refuses the network: {_reason(error)}") from error
        self.outputs = tuple(outputs)

    def run(
        self,
        inputs: Mapping[str, Array],
        outputs: Collection[str],
        cancelled: Callable[[], bool] | None = None,
    ) -> dict[str, Array]:
        """The values ``outputs`` for ``inputs``, by name.

        :raises Cancelled: soon after ``cancelled()`` turns true; the program stays usable.
        :raises PortsideError: when onnxruntime refuses the inputs or fails.
        """
        import onnxruntime

        options = onnxruntime.RunOptions()
        options.log_severity_level = FATAL_ONLY
        names = list(outputs)
        with _watch(options, cancelled) as stopped:
            try:
                arrays = self._session.run(names, dict(inputs), options)
            except Exception as error:
                if stopped.is_set():
                    raise Cancelled from None
                raise PortsideError(f"onnxruntime can't run the network: {_reason(error)}") from error
        return dict(zip(names, arrays, strict=True))


def _narrows(node: ir.Node) -> bool:
    """Whether a node casts to half precision."""
    import onnx_ir as ir

    to = node.attributes.get("to") if node.op_type == "Cast" else None
    return to is not None and to.value in (ir.DataType.FLOAT16, ir.DataType.BFLOAT16)


@contextmanager
def _watch(options: Any, cancelled: Callable[[], bool] | None) -> Iterator[threading.Event]:
    """Ask ``cancelled`` from another thread for as long as the run lasts, and end the run when it says so."""
    stopped, done = threading.Event(), threading.Event()

    def poll() -> None:
        while cancelled is not None and not done.wait(CANCEL_POLL_SECONDS):
            if cancelled():
                stopped.set()
                options.terminate = True
                return

    if cancelled is None:
        yield stopped
        return
    if cancelled():
        raise Cancelled
    thread = threading.Thread(target=poll, name="portside-cancel", daemon=True)
    thread.start()
    try:
        yield stopped
    finally:
        done.set()
        thread.join()


def without_weights(model: ir.Model, outputs: Collection[str]) -> tuple[Any, list[str], list[Array]]:
    """The model giving ``outputs`` as protobuf, its large weights marked as handed over, and their names and arrays."""
    import onnx
    import onnx_ir as ir

    # The types that numpy and onnxruntime share.
    in_place = (ir.DataType.FLOAT, ir.DataType.DOUBLE, ir.DataType.INT32, ir.DataType.INT64)
    graph = model.graph
    names: list[str] = []
    arrays: list[Array] = []
    proto = onnx.ModelProto()
    proto.ir_version = model.ir_version
    for domain, version in graph.opset_imports.items():
        proto.opset_import.add(domain=domain, version=version)
    proto.graph.name = graph.name or "network"
    for function in model.functions.values():
        proto.functions.append(ir.to_proto(function))
    for node in graph:
        proto.graph.node.append(ir.to_proto(node))
    for value in graph.inputs:
        proto.graph.input.append(ir.to_proto(value))
    for name in outputs:
        proto.graph.output.add(name=name)
    for name, value in graph.initializers.items():
        tensor = value.const_value
        assert tensor is not None
        if tensor.nbytes < IN_PLACE_BYTES or tensor.dtype not in in_place:
            inside = ir.Tensor(tensor.numpy(), name=name) if isinstance(tensor, ir.ExternalTensor) else tensor
            proto.graph.initializer.append(ir.to_proto(inside))
            proto.graph.initializer[-1].name = name
            continue
        empty = proto.graph.initializer.add(name=name, data_type=int(tensor.dtype), dims=tuple(tensor.shape.numpy()))
        empty.data_location = onnx.TensorProto.EXTERNAL
        empty.external_data.add(key="location", value="handed over")
        names.append(name)
        arrays.append(np.ascontiguousarray(tensor.numpy()))
    return proto, names, arrays


def _reason(error: Exception) -> str:
    """Onnxruntime's message without its codes and source lines."""
    text = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return text.split(" : ", 3)[-1] if text.startswith("[ONNXRuntimeError]") else text
