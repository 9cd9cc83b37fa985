"""The classification that two sides give, class by class."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from explorer.comparison.comparison import Comparison
    from explorer.network.network import Network
    from explorer.running.activations import Activations, Array
    from explorer.running.reference import Reference


@dataclass(frozen=True)
class ClassRow:
    """One class: its ``index`` in the output, its ``label`` if one is known, and what each side gives it."""

    index: int
    label: str | None
    ours: float | None
    reference: float | None


def class_rows(
    network: Network,
    run: Activations | None,
    labels: tuple[str, ...],
    comparison: Comparison | None = None,
    reference: Reference | None = None,
    count: int = 5,
    output: str | None = None,
) -> tuple[ClassRow, ...]:
    """Our ``count`` best classes of the first picture, then those of the reference's that are not among them.

    Empty where the network gives no vector. Where the network gives several, ``output`` counts, or the last in the
    order of the data: the others are auxiliary classifiers.
    """
    from explorer.running.activations import top_classes

    name = classifying_output(network) if output is None else output
    if name is None:
        return ()
    ours = run.values[name][:1] if run is not None and name in run else None
    theirs = _reference_vector(name, comparison, reference)
    vectors = [vector.reshape(-1) for vector in (ours, theirs) if vector is not None]
    if not vectors or any(vector.size != vectors[0].size for vector in vectors):
        vectors = [vector for vector in vectors[:1] if ours is not None]
        theirs = None
    chosen = dict.fromkeys(line.index for vector in vectors for line in top_classes(vector, None, count))
    names = labels if vectors and len(labels) == vectors[0].size else None
    return tuple(
        ClassRow(index, names[index] if names else None, _entry(ours, index), _entry(theirs, index)) for index in chosen
    )


def agreement(rows: tuple[ClassRow, ...], count: int = 5) -> str:
    """How far the best classes of both sides are the same, in a few words; empty where there are not both."""
    pairs = [(row.ours, row.reference, row.index) for row in rows]
    if not pairs or any(ours is None or theirs is None for ours, theirs, _ in pairs):
        return ""
    if not all(math.isfinite(ours or 0) and math.isfinite(theirs or 0) for ours, theirs, _ in pairs):
        return "not all are numbers"
    ours = [index for value, _, index in sorted(pairs, key=lambda pair: -(pair[0] or 0))][:count]
    theirs = [index for _, value, index in sorted(pairs, key=lambda pair: -(pair[1] or 0))][:count]
    if ours == theirs:
        return "same order"
    if ours[0] != theirs[0]:
        return "another first class"
    shared = len(set(ours) & set(theirs))
    return "same first class" if shared < len(ours) else "same classes, another order"


def classifying_outputs(network: Network) -> tuple[str, ...]:
    """The outputs that hold one vector for each picture, in the order of the data."""
    outputs = {value.name for value in network.outputs}
    return tuple(
        value.name or ""
        for layer in network.layers
        for value in layer.outputs
        if value.name in outputs and _is_vector(() if value.shape is None else tuple(value.shape)[1:])
    )


def classifying_output(network: Network) -> str | None:
    """The output that holds one vector for each picture: the last one in the order of the data."""
    return next(reversed(classifying_outputs(network)), None)


def has_classes(network: Network) -> bool:
    """Whether an output is one vector for each picture."""
    return classifying_output(network) is not None


def class_count(network: Network) -> int | None:
    """How many classes the network tells apart."""
    name = classifying_output(network)
    if name is None:
        return None
    shape = network.values[name].shape
    assert shape is not None
    return math.prod(size for size in tuple(shape)[1:] if isinstance(size, int))


def _is_vector(sizes: tuple[object, ...]) -> bool:
    numbers = [size for size in sizes if isinstance(size, int)]
    if len(numbers) != len(sizes):
        return False
    # One number for each picture is a class of its own only where nothing says that it is a map.
    return sum(size > 1 for size in numbers) == 1 or numbers == [1]


def _reference_vector(value: str, comparison: Comparison | None, reference: Reference | None) -> Array | None:
    from explorer.comparison.alignment import turned

    if comparison is None or reference is None:
        return None
    for row in reversed(comparison.layers):
        if row.value == value and row.reference_key is not None and row.axes is not None:
            return turned(reference.arrays[row.reference_key], row.axes)[:1]
    return None


def _entry(vector: Array | None, index: int) -> float | None:
    return None if vector is None else float(vector.reshape(-1)[index])
