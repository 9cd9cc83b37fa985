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
from explorer.running.mapped_files import release_pages
from explorer.running.provider_sessions import FATAL_ONLY, open_session
from explorer.running.provider_table import CPU, provider_named
from explorer.running.provider_trial import plain_reason
from explorer.running.providers import Fallback, usable_cores

if TYPE_CHECKING:
    from collections.abc import Iterator

    import onnx_ir as ir

CANCEL_POLL_SECONDS = 0.02

IN_PLACE_BYTES = 1024
"""Initializers from this size on are handed over without a copy; smaller ones take part in constant folding."""

FED_BYTES = 16 << 20
"""Weights from this size on are fed to a lean program like inputs: a session copies what it is to keep."""

NEVER = float("inf")
"""No initializer is: a provider that compiles the graph reads them out of it."""


class Program:
    """A graph on one provider. ``outputs`` are the names of what a run can give.

    With ``on_fallback``, the CPU takes the place of a provider that fails at load or in a run, and the function is told
    once the CPU has done what the provider could not. With ``tf32``, NVIDIA's GPUs may round what they multiply. A
    ``lean`` program takes as little memory as it can, and more time: no copies of weights, nothing kept between runs.
    With ``profile``, the beginning of a path, onnxruntime writes down there how long each node takes.
    """

    def __init__(
        self,
        model: ir.Model,
        outputs: Collection[str],
        provider: str,
        threads: int | None = None,
        *,
        tf32: bool = False,
        on_fallback: Callable[[Fallback], None] | None = None,
        lean: bool = False,
        profile: str | None = None,
    ) -> None:
        import onnxruntime

        onnxruntime.set_default_logger_severity(FATAL_ONLY)
        self._provider, self._threads, self._tf32 = provider, threads or usable_cores(), tf32
        self._lean, self._profile = lean, profile
        self._on_fallback = on_fallback if provider != CPU else None
        in_place = NEVER if provider_named(provider).compiles else IN_PLACE_BYTES
        # Left to itself, onnxruntime cancels casts to half precision and back, and with them what they lose.
        held = [name for name in _half_values(model) if name not in outputs]
        proto, self._names, arrays = without_weights(model, [*outputs, *held], in_place)
        self._fed = _feed_weights(proto, self._names, arrays) if lean else {}
        # Onnxruntime reads these arrays where they lie: they must live as long as the session.
        self._weights = [onnxruntime.OrtValue.ortvalue_from_numpy(array) for array in arrays]
        release_pages(value.const_value for value in model.graph.initializers.values())
        graph = proto.SerializeToString()
        self.outputs = tuple(outputs)
        try:
            self._session = self._open(graph, provider)
        except Exception as error:
            if self._on_fallback is None:
                raise PortsideError(f"onnxruntime refuses the network: {plain_reason(error)}") from error
            self._session = self._open_on_cpu(graph)
            self._on_fallback(Fallback(provider, plain_reason(error)))
            self._on_fallback = None
        self._graph = graph if self._on_fallback is not None else b""

    def _open(self, graph: bytes, provider: str) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.log_severity_level = FATAL_ONLY
        options.intra_op_num_threads = self._threads
        if self._lean:
            options.enable_cpu_mem_arena = False
            options.enable_mem_pattern = False
            options.add_session_config_entry("session.disable_prepacking", "1")
        if self._profile is not None:
            options.enable_profiling = True
            options.profile_file_prefix = self._profile
        if self._names:
            options.add_external_initializers(self._names, self._weights)
        return open_session(provider, graph, options, tf32=self._tf32)

    def _open_on_cpu(self, graph: bytes) -> Any:
        try:
            return self._open(graph, CPU)
        except Exception as error:
            raise PortsideError(f"onnxruntime refuses the network: {plain_reason(error)}") from error

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
                arrays = self._session.run(names, {**inputs, **self._fed}, options)
            except Exception as error:
                if stopped.is_set():
                    raise Cancelled from None
                if self._on_fallback is None:
                    raise PortsideError(f"onnxruntime can't run the network: {plain_reason(error)}") from error
                failure = Fallback(self._provider, plain_reason(error))
            else:
                return dict(zip(names, arrays, strict=True))
        return self._run_on_cpu(failure, inputs, names, cancelled)

    def run_on_device(
        self,
        inputs: Mapping[str, Array],
        outputs: Collection[str],
        memory: str,
        cancelled: Callable[[], bool] | None = None,
    ) -> dict[str, Any]:
        """The values ``outputs`` as ``OrtValue`` in the device's ``memory``, from where ``numpy()`` copies them.

        :raises Cancelled: soon after ``cancelled()`` turns true; the program stays usable.
        :raises PortsideError: when onnxruntime can't do that; :meth:`run` may still.
        """
        import onnxruntime

        options = onnxruntime.RunOptions()
        options.log_severity_level = FATAL_ONLY
        names = list(outputs)
        with _watch(options, cancelled) as stopped:
            try:
                binding = self._session.io_binding()
                for name, array in {**inputs, **self._fed}.items():
                    binding.bind_cpu_input(name, array)
                for name in names:
                    binding.bind_output(name, memory)
                self._session.run_with_iobinding(binding, options)
                binding.synchronize_outputs()
                return dict(zip(names, binding.get_outputs(), strict=True))
            except Exception as error:
                if stopped.is_set():
                    raise Cancelled from None
                raise PortsideError(f"onnxruntime can't run the network: {plain_reason(error)}") from error

    def end_profile(self) -> str:
        """Stop timing; the path of the file that onnxruntime wrote."""
        return str(self._session.end_profiling())

    def _run_on_cpu(
        self,
        failure: Fallback,
        inputs: Mapping[str, Array],
        names: Collection[str],
        cancelled: Callable[[], bool] | None,
    ) -> dict[str, Array]:
        """What the provider could not do; where the CPU can't either, the network or its inputs are to blame."""
        told, self._on_fallback = self._on_fallback, None
        failed, self._session = self._session, self._open_on_cpu(self._graph)
        try:
            given = self.run(inputs, names, cancelled)
        except PortsideError:
            self._session, self._on_fallback = failed, told
            raise
        self._graph = b""
        if told is not None:
            told(failure)
        return given


def _half_values(model: ir.Model) -> list[str]:
    """The values behind casts to half precision, up to the casts back."""
    import onnx_ir as ir

    found: dict[str, None] = {}
    for node in model.graph:
        if node.op_type == "Cast":
            to = node.attributes.get("to")
            half = to is not None and to.value in (ir.DataType.FLOAT16, ir.DataType.BFLOAT16)
        else:
            half = any(value is not None and value.name in found for value in node.inputs)
        if half:
            found |= dict.fromkeys(value.name for value in node.outputs if value.name)
    return list(found)


def _feed_weights(proto: Any, names: list[str], arrays: list[Array]) -> dict[str, Array]:
    """Make the largest of the weights that are handed over inputs of the graph, and take them from the lists."""
    fed = {name: array for name, array in zip(names, arrays, strict=True) if array.nbytes >= FED_BYTES}
    left = [(name, array) for name, array in zip(names, arrays, strict=True) if name not in fed]
    names[:], arrays[:] = [name for name, _ in left], [array for _, array in left]
    kept = [tensor for tensor in proto.graph.initializer if tensor.name not in fed]
    for tensor in proto.graph.initializer:
        if tensor.name in fed:
            kind = proto.graph.input.add(name=tensor.name).type.tensor_type
            kind.elem_type = tensor.data_type
            for size in tensor.dims:
                kind.shape.dim.add(dim_value=size)
    del proto.graph.initializer[:]
    proto.graph.initializer.extend(kept)
    return fed


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


def without_weights(
    model: ir.Model, outputs: Collection[str], in_place: float = IN_PLACE_BYTES
) -> tuple[Any, list[str], list[Array]]:
    """The model giving ``outputs`` as protobuf, its large weights marked as handed over, and their names and arrays.

    Weights of ``in_place`` bytes and more are handed over.
    """
    import onnx
    import onnx_ir as ir

    # The types that numpy and onnxruntime share.
    shared_types = (ir.DataType.FLOAT, ir.DataType.DOUBLE, ir.DataType.INT32, ir.DataType.INT64)
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
        if not value.uses() and name not in outputs:
            # Onnxruntime drops it, and then refuses what is handed over for it.
            continue
        if tensor.nbytes < in_place or tensor.dtype not in shared_types:
            inside = ir.Tensor(tensor.numpy(), name=name) if isinstance(tensor, ir.ExternalTensor) else tensor
            proto.graph.initializer.append(ir.to_proto(inside))
            proto.graph.initializer[-1].name = name
            continue
        empty = proto.graph.initializer.add(name=name, data_type=int(tensor.dtype), dims=tuple(tensor.shape.numpy()))
        empty.data_location = onnx.TensorProto.EXTERNAL
        empty.external_data.add(key="location", value="handed over")
        names.append(name)
        # Onnxruntime takes no array from an odd place in a file where it lies.
        arrays.append(np.require(tensor.numpy(), requirements=["C", "A"]))
    return proto, names, arrays
