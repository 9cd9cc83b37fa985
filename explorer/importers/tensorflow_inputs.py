"""A graph's inputs as a network declares them: their sizes, as far as the graph says, and how their axes lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from explorer.importers.tensorflow_evaluation import Evaluator, UnknownError
from explorer.importers.tensorflow_graph import Operation, Port, Sizes
from explorer.importers.tensorflow_phase import LEARNING, Sorting, placed_shape
from explorer.importers.tensorflow_values import Order, channels_first, plain
from explorer.network.builder import NamedSizeError
from explorer.network.network import Shape

OPEN_SIDE = 224
"""Height and width of a picture where a graph leaves them open and nobody says."""

CUSTOMARY_SIDES = {"InceptionV3": 299, "InceptionV4": 299, "InceptionResnetV2": 299}
"""The same for the networks that take larger ones, by their scope."""

_COLOURS = (1, 3, 4)


@dataclass(frozen=True)
class DeclaredInput:
    """An input: ``shape`` as TensorFlow has it, ``order`` how it lies in ours; ``notes`` say what was assumed.

    ``batch`` is the first size that the graph says; ``open_size``: height and width were nobody's, and are customary.
    """

    name: str
    kind: str
    shape: Shape
    order: Order
    batch: int | None = None
    notes: tuple[str, ...] = ()
    open_size: bool = False


def declared_input(
    sorting: Sorting,
    kept: Sequence[Operation],
    constants: Evaluator,
    port: Port,
    batch: str | None,
    size: tuple[int, int] | None,
) -> DeclaredInput:
    """Declare the input at ``port``; ``batch`` names its first size, or None takes the declared one.

    ``size`` is the height and width where the graph leaves them open.

    :raises PortsideError: when a size is open that has no customary value.
    """
    graph = sorting.graph
    operation = graph.operations[port.operation]
    name = str(port) if port.index else port.operation
    declared = _declared(operation, port, constants)
    if len(declared) < 2:
        raise graph.error(f"an input of {len(declared)} axes can't be read", operation)
    notes: list[str] = []
    if not operation.kind.startswith("Placeholder"):
        notes.append(f"the pictures are read at '{name}', which the graph's {operation.kind} gives")
    open_size = False
    sizes = list(declared)
    channels_last = True
    if len(sizes) == 4:
        channels_last = _is_channels_last(sizes, kept)
        first = 1 if channels_last else 2
        if sizes[first] is None or sizes[first + 1] is None:
            side = CUSTOMARY_SIDES.get(kept[0].name.partition("/")[0], OPEN_SIDE)
            asked = size or (side, side)
            sizes[first : first + 2] = [old or new for old, new in zip(sizes[first : first + 2], asked, strict=True)]
            open_size = size is None
            if open_size:
                notes.append(f"the graph leaves the picture's size open: {sizes[first]}×{sizes[first + 1]} is taken")
        channel = 3 if channels_last else 1
        sizes[channel] = sizes[channel] or _channels(kept, constants)
    if None in sizes[1:]:
        raise graph.error("the sizes of this input stand in no file", operation)
    whole = [1 if number is None else number for number in sizes]
    if any(number < 1 or number > 1 << 20 for number in whole):
        raise graph.error(f"an input of the shape {tuple(whole)} makes no sense", operation)
    shape: Shape = tuple(whole) if batch is None else (batch, *whole[1:])
    order = channels_first(len(shape)) if channels_last else plain(len(shape))
    return DeclaredInput(name, operation.kind, shape, order, declared[0], tuple(notes), open_size)


def _declared(operation: Operation, port: Port, constants: Evaluator) -> Sizes:
    shape = placed_shape(operation, port.index)
    if operation.kind.startswith("Resize") and len(operation.inputs) > 1:
        try:
            wanted = [int(number) for number in constants.find(operation.inputs[1]).array.reshape(-1)]
        except (UnknownError, NamedSizeError, ValueError, TypeError):
            wanted = []
        if len(wanted) == 2:
            return (None, *wanted, shape[3] if shape is not None and len(shape) == 4 else None)
    return (None,) * 4 if shape is None else shape


def _is_channels_last(sizes: Sequence[int | None], kept: Sequence[Operation]) -> bool:
    """Pictures lie as N×H×W×C unless the first windows slide over N×C×H×W and the sizes don't speak against it."""
    formats = (operation.text("data_format") for operation in kept)
    before = next((operation.kind for operation in kept if operation.kind == "Transpose"), None)
    first = next((text for text in formats if text), "NHWC")
    if not first.startswith("NC") or before is not None:
        return True
    return sizes[3] in _COLOURS and sizes[1] not in _COLOURS


def _channels(kept: Sequence[Operation], constants: Evaluator) -> int:
    """The channels that the first kernels read."""
    for operation in kept:
        slides = operation.kind in LEARNING and operation.kind.startswith(("Conv2D", "Depthwise"))
        if slides and len(operation.inputs) > 1:
            try:
                shape = constants.find(operation.inputs[1]).array.shape
            except (UnknownError, NamedSizeError):
                break
            if len(shape) == 4:
                return int(shape[2])
    return 3
