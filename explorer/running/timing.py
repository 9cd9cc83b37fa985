"""How long each of the source's layers takes, from onnxruntime's own profile of the network as it runs it."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from explorer.errors import PortsideError
from explorer.network.network import shape_of, value_name
from explorer.running.activations import Array
from explorer.running.cancellation import Progress
from explorer.running.profile import NODE_NAME, ProfiledRun, read_profile, shared_nodes

if TYPE_CHECKING:
    import onnx_ir as ir

    from explorer.network.network import Network
    from explorer.running.cancellation import Cancel
    from explorer.running.runner import Runner

RUNS = 10
WARMING = 2
"""Runs before those that count: the first ones take memory from the system."""

MOST_EVENTS = 60_000
"""Onnxruntime writes a kilobyte for each node of each run: of larger networks fewer runs are timed."""

LEAST_RUNS = 3


@dataclass(frozen=True)
class LayerTime:
    """One layer's median time; ``within`` is the layer that onnxruntime computes this one together with, for its time.

    ``milliseconds`` is then None. A layer that onnxruntime leaves out altogether takes 0.
    """

    layer: str
    milliseconds: float | None
    within: str | None = None


@dataclass(frozen=True, eq=False)
class Timing:
    """The median times of ``runs`` runs of ``batch`` pictures, for the outputs alone, in milliseconds.

    Of a whole run (``milliseconds``), ``conversions`` is spent on other arrangements of values in memory, and
    ``overhead`` on everything that is no layer's.
    """

    layers: tuple[LayerTime, ...]
    milliseconds: float
    conversions: float
    overhead: float
    runs: int
    batch: int
    provider: str

    @cached_property
    def _by_name(self) -> Mapping[str, LayerTime]:
        return {row.layer: row for row in self.layers}

    def of(self, layer: str) -> LayerTime | None:
        """The time of the layer of that name."""
        return self._by_name.get(layer)


def gigaflops(milliseconds: float | None, macs: int | None) -> float | None:
    """Billions of floating-point operations in a second, two for each multiply-add; None where there are none."""
    return 2e-6 * macs / milliseconds if macs and milliseconds else None


def time_layers(
    runner: Runner,
    inputs: Mapping[str, Array],
    *,
    runs: int = RUNS,
    progress: Progress | None = None,
    cancelled: Cancel | None = None,
) -> Timing:
    """Run the network as it is run for its outputs, ``runs`` times (less where it is very large), and time each layer.

    On a GPU the times are those that onnxruntime's provider reports of itself.

    :raises PortsideError: when the network can't be run on the inputs, or no profile can be written.
    :raises Cancelled: soon after ``cancelled()`` turns true.
    """
    from explorer.running.cutting import cut_out, stretch_to

    network = runner.network
    fed = runner.checked(inputs)
    outputs = [name for name in runner.output_names() if name not in fed]
    stretch = stretch_to(network, outputs, fed.keys())
    model = cut_out(network, stretch.nodes, outputs, {name: array.dtype for name, array in fed.items()})
    for number, node in enumerate(model.graph):
        # Onnxruntime names what it fuses after the names of the parts, or after the value that comes out.
        node.name = NODE_NAME.format(number)
    fed = {name: fed[name] for name in stretch.inputs}
    count = max(LEAST_RUNS, min(runs, MOST_EVENTS // max(len(stretch.nodes), 1)))
    with _folder() as folder:
        program = runner.program_of(model, outputs, profile=str(folder / "profile"))
        for done in range(WARMING + count):
            if progress is not None:
                progress(done, WARMING + count)
            program.run(fed, outputs, cancelled)
        found = read_profile(Path(program.end_profile()), stretch.nodes)[-count:]
        del program
    if not found:
        raise PortsideError(f"onnxruntime wrote no times of {runner.provider.name}")
    batch = next((len(array) for array in fed.values() if array.ndim), 1)
    return _timing(network, stretch.nodes, found, batch, runner.provider.name)


def made_up_inputs(network: Network, batch: int = 1) -> dict[str, Array]:
    """Numbers between 0 and 1 for every input, drawn by chance; zeros where the network wants whole numbers.

    :raises PortsideError: when the network leaves open how large an input is.
    """
    draw = np.random.default_rng(0)
    found: dict[str, Array] = {}
    for value in network.inputs:
        shape = shape_of(value, batch)
        if shape is None:
            name = value_name(value)
            raise PortsideError(f"the size of the input '{name}' is left open: a run on a picture can be timed")
        dtype = np.dtype(np.float32) if value.dtype is None else value.dtype.numpy()
        drawn = draw.random(shape) if dtype.kind == "f" else np.zeros(shape)
        found[value_name(value)] = drawn.astype(dtype)
    return found


def _timing(
    network: Network, nodes: Sequence[ir.Node], runs: Sequence[ProfiledRun], batch: int, provider: str
) -> Timing:
    place = {node: number for number, node in enumerate(nodes)}
    owner = {place[node]: layer.name for layer in network.layers for node in layer.nodes if node in place}
    timed = {number for run in runs for number in run.nodes}
    shared = shared_nodes(nodes, timed)
    rows = []
    for layer in network.layers:
        numbers = [place[node] for node in layer.nodes if node in place]
        own = [number for number in numbers if number in timed]
        within = next((owner[shared[number]] for number in numbers if number in shared), None)
        if own or within is None or within == layer.name:
            spent = [sum(run.nodes.get(number, 0.0) for number in own) for run in runs]
            rows.append(LayerTime(layer.name, statistics.median(spent)))
        else:
            rows.append(LayerTime(layer.name, None, within))
    whole = statistics.median(run.milliseconds for run in runs)
    conversions = statistics.median(run.conversions for run in runs)
    overhead = statistics.median(run.milliseconds - run.conversions - sum(run.nodes.values()) for run in runs)
    return Timing(tuple(rows), whole, conversions, overhead, len(runs), batch, provider)


@contextmanager
def _folder() -> Iterator[Path]:
    try:
        with tempfile.TemporaryDirectory(prefix="portside-profile-", ignore_cleanup_errors=True) as folder:
            yield Path(folder)
    except OSError as error:
        raise PortsideError(f"the times can't be kept on disk ({error.strerror or error})") from None
