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
) -> tuple[ClassRow, ...]:
    """Our ``count`` best classes of the first picture, then those of the reference's that are not among them.

    Empty where the network gives no vector. Where the network gives several, the last in the order of the
    data counts: the others are auxiliary classifiers.
    """
    from explorer.running.activations import top_classes

    name = classifying_output(network)
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


def classifying_output(network: Network) -> str | None:
    """The output that holds one vector for each picture: the last one in the order of the data."""
    outputs = {value.name for value in network.outputs}
    for layer in reversed(network.layers):
        for value in layer.outputs:
            sizes = () if value.shape is None else tuple(value.shape)[1:]
            if value.name in outputs and _is_vector(sizes):
                return value.name
    return None


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
    return len(numbers) == len(sizes) and sum(size > 1 for size in numbers) == 1


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
