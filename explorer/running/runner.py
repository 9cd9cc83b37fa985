"""A network on a provider: inputs in, the activations of every layer out."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from functools import cached_property
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import NDArray

from explorer.errors import PortsideError
from explorer.network import marks
from explorer.network.network import Network, shape_of, value_name
from explorer.network.preprocessing import Preprocessing
from explorer.network.preprocessing_fields import Layout
from explorer.running.activations import Activations, Array
from explorer.running.cancellation import Cancel, Progress
from explorer.running.capturing import capture_unfused, capture_within, fused_values
from explorer.running.fitting import Sizes, check_poolings
from explorer.running.kept import OnDevice
from explorer.running.memory import usual_budget
from explorer.running.program import Program
from explorer.running.provider_table import AUTO, CPU, provider_named
from explorer.running.providers import Fallback, ProviderState, choose_provider, usable_cores
from explorer.running.sizes import value_sizes

OPEN_SIDE = 224
"""The height or width of a picture for a network that takes any."""

COLOURS = (1, 3)
"""How many channels a picture has."""


class Runner:
    """Runs one network. Onnxruntime's sessions are made on first use and kept, one for each set of wanted values.

    Where ``provider`` is left to be chosen, the CPU takes the place of one that fails in the middle of the work:
    ``fallback`` then says why, and ``on_fallback`` is told in the thread of the work. ``tf32`` lets NVIDIA's GPUs round
    what they multiply to 10 bits. ``memory`` is how many bytes the values of one run may take (None: a quarter of the
    machine's memory); it may be set anew for later runs.
    """

    def __init__(
        self,
        network: Network,
        provider: str = AUTO,
        threads: int | None = None,
        *,
        tf32: bool = False,
        on_fallback: Callable[[Fallback], None] | None = None,
        memory: int | None = None,
    ) -> None:
        if not network.source.has_weights:
            raise PortsideError("the network has no weights, so it can't be run", file=network.source.files[0])
        _check_no_opaque(network)
        self.network = network
        self.provider: ProviderState = choose_provider(provider)
        self.threads = threads or usable_cores()
        self.tf32 = tf32
        self.memory = memory or usual_budget()
        self.fallback: Fallback | None = None
        self._may_fall_back = provider == AUTO
        self._on_cpu: Runner | None = None
        self._on_fallback = on_fallback
        self._programs: dict[tuple[str, ...], Program] = {}
        self._fitting: set[tuple[tuple[str, Sizes], ...]] = set()
        self._sizes: dict[tuple[tuple[str, Sizes], ...], Mapping[str, int]] = {}

    def run(
        self,
        inputs: Mapping[str, Array],
        *,
        values: Collection[str] | None = None,
        cancelled: Cancel | None = None,
        progress: Progress | None = None,
        fed_with: Literal["picture", "tensor"] = "tensor",
    ) -> Activations:
        """Feed ``inputs`` (by input name, batch first) and keep ``values`` (by value name; None: those of every layer).

        Of every layer's values, those that onnxruntime would have to compute on their own are computed when they are
        asked for, so that a run takes hardly longer than one for the outputs alone. Where all of them take more than
        :attr:`memory`, few are kept, and pictures go through the network some at a time: ``progress`` is then told
        (pictures done, pictures in all).

        :raises PortsideError: when an input is missing or has another shape than the network takes, or when there is
            room for the values neither in memory nor on disk.
        :raises Cancelled: soon after ``cancelled()`` turns true.
        """
        fed = self.checked(inputs)
        wanted = [name for name in (self.network.values if values is None else values) if name not in fed]
        unknown = [name for name in wanted if name not in self.network.values]
        if unknown:
            raise PortsideError(f"the network has no value '{unknown[0]}'")
        sizes = self._sizes_for(fed)
        start = time.perf_counter()
        found: Mapping[str, Array]
        if sum(sizes[name] for name in {*wanted, *fed}) > self.memory:
            found = capture_within(self, fed, wanted, sizes, cancelled, progress)
            milliseconds = (time.perf_counter() - start) * 1e3
        else:
            apart = self._apart if values is None else frozenset()
            together = [name for name in wanted if name not in apart]
            program = self._program(tuple(together))
            start = time.perf_counter()
            given = self._given(program, fed, together, cancelled)
            milliseconds = (time.perf_counter() - start) * 1e3
            if apart or any(isinstance(value, OnDevice) for value in given.values()):
                found = capture_unfused(self, fed, given, wanted, sizes)
            else:
                found = {**fed, **cast(Mapping[str, Array], given)}
        return Activations(found, fed, self.provider.name, milliseconds, fed_with)

    def checked(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """The network's inputs as it takes them.

        :raises PortsideError: when one is missing, has another shape than the network takes, or is too small for it.
        """
        fed = {value_name(value): self._checked(value_name(value), value, inputs) for value in self.network.inputs}
        self._check_windows({name: array.shape for name, array in fed.items()})
        return fed

    def output_names(self) -> tuple[str, ...]:
        """The names of the network's outputs."""
        return tuple(value_name(value) for value in self.network.outputs)

    def program_of(
        self, model: Any, outputs: Collection[str], *, lean: bool = False, profile: str | None = None
    ) -> Program:
        """Another graph on the same provider, with as many threads; see :class:`explorer.running.program.Program`."""
        told = self._fall_back if self._may_fall_back else None
        name, threads = self.provider.name, self.threads
        return Program(model, outputs, name, threads, tf32=self.tf32, on_fallback=told, lean=lean, profile=profile)

    def for_network(self, network: Network) -> Runner:
        """A runner of another network, on the same provider and with as many threads; it tells this one of a fallback.

        :raises PortsideError: when the network can't be run.
        """
        name, told = self.provider.name, self._fall_back
        other = Runner(network, name, self.threads, tf32=self.tf32, on_fallback=told, memory=self.memory)
        other._may_fall_back = self._may_fall_back
        return other

    def on_cpu(self) -> Runner:
        """A runner of the same network on the CPU: this one, where it is on the CPU itself."""
        if self.provider.name == CPU:
            return self
        if self._on_cpu is None:
            self._on_cpu = Runner(self.network, CPU, self.threads, memory=self.memory)
        return self._on_cpu

    def without_tf32(self) -> Runner:
        """A runner of the same network on the same provider, which rounds nothing to 10 bits."""
        other = self.for_network(self.network)
        other.tf32 = False
        return other

    def _fall_back(self, fallback: Fallback) -> None:
        if self.fallback is not None:
            return
        self.fallback, self.provider = fallback, choose_provider(CPU)
        self._programs.clear()
        if self._on_fallback is not None:
            self._on_fallback(fallback)

    @cached_property
    def _apart(self) -> frozenset[str]:
        """The values that are left to be computed when they are asked for."""
        return fused_values(self.network)

    def _given(
        self, program: Program, fed: Mapping[str, Array], names: Collection[str], cancelled: Cancel | None
    ) -> Mapping[str, Array | OnDevice]:
        memory = provider_named(self.provider.name).memory
        if memory is not None:
            try:
                found = program.run_on_device(fed, names, memory, cancelled)
            except PortsideError:
                # What it can't do that way it may still do the other; if not, the CPU may.
                return program.run(fed, names, cancelled)
            return {name: OnDevice(value) for name, value in found.items()}
        return program.run(fed, names, cancelled)

    def _sizes_for(self, fed: Mapping[str, Array]) -> Mapping[str, int]:
        shapes = {name: array.shape for name, array in fed.items()}
        key = tuple(shapes.items())
        if key not in self._sizes:
            self._sizes[key] = value_sizes(self.network, shapes)
        return self._sizes[key]

    def _program(self, outputs: tuple[str, ...]) -> Program:
        if outputs not in self._programs:
            self._programs[outputs] = self.program_of(self.network.model, outputs)
        return self._programs[outputs]

    def _check_windows(self, fed: Mapping[str, Sizes]) -> None:
        """Refuse inputs of open size that are too small for a pooling, which onnxruntime would not survive."""
        key = tuple(fed.items())
        if key not in self._fitting:
            check_poolings(self.network.model, fed)
            self._fitting.add(key)

    def _checked(self, name: str, value: Any, inputs: Mapping[str, Array]) -> Array:
        if name not in inputs:
            raise PortsideError(f"nothing is given for the input '{name}'")
        array = np.asarray(inputs[name])
        if not array.size:
            raise PortsideError(f"nothing is given for the input '{name}': its array is empty")
        shape = shape_of(value, batch=array.shape[0] if array.ndim else 1)
        if shape is not None and array.shape != shape:
            raise PortsideError(
                f"the input '{name}' takes {'×'.join(map(str, shape))}, given is {'×'.join(map(str, array.shape))}"
            )
        return np.ascontiguousarray(array, value.dtype.numpy() if value.dtype is not None else np.float32)


def _check_no_opaque(network: Network) -> None:
    for layer in network.layers:
        if any(node.domain == marks.OPAQUE for node in layer.nodes):
            file = network.source.files[0] if network.source.files else None
            reason = f"the {layer.type} is kept as an opaque node, to be looked at: a network with one can't be run"
            raise PortsideError(reason, file=file, layer=layer.name)


def picture_input(network: Network) -> tuple[str, Preprocessing, tuple[int, int]]:
    """Which input takes pictures, what the network says of preprocessing, and the pictures' (height, width).

    A height or width that the network leaves open is ``OPEN_SIDE``.

    :raises PortsideError: when no input has the shape of pictures.
    """
    for value in network.inputs:
        sizes = [] if value.shape is None else [dim if isinstance(dim, int) else OPEN_SIDE for dim in value.shape]
        if len(sizes) != 4 or (sizes[1] not in COLOURS and sizes[3] not in COLOURS):
            continue
        layout: Layout = "NCHW" if sizes[1] in COLOURS else "NHWC"
        channels, height, width = sizes[1:] if layout == "NCHW" else (sizes[3], *sizes[1:3])
        usual = Preprocessing("raw", order="GRAY" if channels == 1 else "RGB", layout=layout)
        return value_name(value), network.preprocessing or usual, (height, width)
    raise PortsideError("the network has no input that takes pictures")


def feed_picture(
    network: Network, picture: NDArray[np.uint8], preprocessing: Preprocessing | None = None
) -> dict[str, Array]:
    """The inputs for a picture (H×W×3, RGB, 0–255); None takes the network's own preprocessing.

    :raises PortsideError: when the network takes no picture, or one of another number of channels, or more than a
        picture.
    """
    name, own, size = picture_input(network)
    others = [value_name(value) for value in network.inputs if value_name(value) != name]
    if others:
        raise PortsideError(f"beside a picture the network wants '{others[0]}'")
    tensor = (preprocessing or own).apply(picture, size)
    check_tensor(network, tensor)
    return {name: tensor}


def check_tensor(network: Network, tensor: Array) -> None:
    """Check that the network's first input takes what preprocessing made.

    :raises PortsideError: when it has another shape.
    """
    shape = shape_of(network.inputs[0])
    if shape is not None and tensor.shape != shape:
        made, wanted = ("×".join(map(str, sizes)) for sizes in (tensor.shape, shape))
        raise PortsideError(f"preprocessing makes {made} of the picture, the network takes {wanted}")
