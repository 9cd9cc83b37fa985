"""Which values of a run are kept as it goes, and which are computed again when somebody looks at them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.network.network import value_name
from explorer.running.activations import Array
from explorer.running.held import HeldValues
from explorer.running.kept import InMemory, Kept, OnDevice
from explorer.running.pieces import Pieces
from explorer.running.sizes import is_batch_first, ordered
from explorer.running.spilling import SpilledArray

if TYPE_CHECKING:
    from explorer.network.network import Network
    from explorer.running.cancellation import Cancel, Progress
    from explorer.running.computing import Computing

KEPT_PARTS = 2
"""Of the budget one part in this many is for what a run keeps; the rest is for what is looked at."""

BEFORE_A_BEND = frozenset({"Conv", "ConvTranspose", "Gemm", "MatMul", "BatchNormalization", "Add"})
BENDS = frozenset({"Relu", "LeakyRelu", "PRelu", "Clip", "Sigmoid", "Tanh", "HardSigmoid", "HardSwish", "Elu"})
"""What onnxruntime computes in one go with what stands before it, unless the value between the two is asked for."""


def fused_values(network: Network) -> frozenset[str]:
    """The values that only exist when they are asked for: onnxruntime computes across them otherwise.

    Those between a convolution, a normalisation or a product and the only thing that reads it: a normalisation or an
    activation.
    """
    given = {value_name(value) for value in network.outputs}
    found = set()
    for name, value in network.values.items():
        producer, uses = value.producer(), tuple(value.uses())
        if producer is None or name in given or len(uses) != 1 or len(producer.outputs) != 1:
            continue
        reader = uses[0].node
        folds = producer.op_type == "Conv" and reader.op_type == "BatchNormalization"
        if folds or (producer.op_type in BEFORE_A_BEND and reader.op_type in BENDS):
            found.add(name)
    return frozenset(found)


def capture_within(
    computing: Computing,
    fed: Mapping[str, Array],
    wanted: Sequence[str],
    sizes: Mapping[str, int],
    cancelled: Cancel | None = None,
    progress: Progress | None = None,
) -> HeldValues:
    """Run the network on ``fed``, holding no more of the values ``wanted`` than its budget allows.

    The outputs are kept, and of each stretch of the network, all costing about the same, the smallest value: from
    these the others are computed when they are asked for.

    :raises PortsideError: as :meth:`explorer.running.pieces.Pieces.compute` does.
    """
    network, budget = computing.network, computing.memory
    pieces = Pieces(computing, fed, sizes, budget)
    room = budget // KEPT_PARTS - sum(array.nbytes for array in fed.values())
    outputs = [name for name in computing.output_names() if name not in fed]
    keep = [*outputs, *choose_kept(network, sizes, room - sum(sizes[name] for name in outputs), {*fed, *outputs})]
    left = room

    def place(name: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> InMemory | SpilledArray:
        nonlocal left
        size = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
        if size > left:
            return SpilledArray(name, shape, dtype)
        left -= size
        return InMemory(shape, dtype)

    sources: dict[str, Kept] = {name: InMemory.of(array) for name, array in fed.items()}
    kept = pieces.compute(ordered(network, keep), sources, place, cancelled, progress)
    return HeldValues([*fed, *wanted], {**sources, **kept}, pieces, budget)


def capture_unfused(
    computing: Computing,
    fed: Mapping[str, Array],
    given: Mapping[str, Array | OnDevice],
    wanted: Sequence[str],
    sizes: Mapping[str, int],
) -> HeldValues:
    """The values ``wanted`` of a run that has ``given`` some of them; the others are computed when asked for."""
    kept: dict[str, Kept] = {
        name: value if isinstance(value, OnDevice) else InMemory.of(value) for name, value in {**fed, **given}.items()
    }
    return HeldValues([*fed, *wanted], kept, Pieces(computing, fed, sizes, computing.memory), computing.memory)


def choose_kept(network: Network, sizes: Mapping[str, int], room: int, but: Collection[str]) -> tuple[str, ...]:
    """Values to compute the others from, ``room`` bytes at most: the smallest of each of many parts of equal cost."""
    from explorer.network.costs import costs

    marks: list[tuple[float, str]] = []
    spent = 0.0
    for row, layer in zip(costs(network), network.layers, strict=True):
        names = [value_name(value) for value in layer.outputs if is_batch_first(value)]
        # What computes nothing still has to be read and written.
        spent += (row.macs or 0) + sum(sizes[name] for name in names)
        marks += [(spent, name) for name in names if name not in but and layer.nodes]
    parts = len(marks)
    while parts and spent:
        smallest: dict[int, str] = {}
        for cost, name in marks:
            part = min(int(parts * cost / spent), parts - 1)
            if part not in smallest or sizes[name] < sizes[smallest[part]]:
                smallest[part] = name
        if sum(sizes[name] for name in smallest.values()) <= room:
            return tuple(smallest.values())
        parts = parts * 3 // 4
    return ()
