"""What a golden run is made of: a network's own run on a picture, or what a reference says of the network."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from explorer.comparison.alignment import pair_layers, turned
from explorer.comparison.metrics import measure
from explorer.golden.network_part import file_name
from explorer.golden.record import SavedFloors, SavedReference, Tolerance
from explorer.network.network import Network, value_name
from explorer.running.activations import Activations, Array
from explorer.running.golden_saving import Golden
from explorer.running.reference import Reference

if TYPE_CHECKING:
    from explorer.comparison.comparison import Comparison
    from explorer.network.preprocessing import Preprocessing
    from explorer.running.images import Picture

SAME_INPUT = 1e-6
"""Relative L2 error up to which float32 arithmetic alone explains unlike tensors made of one picture."""


def golden_of_run(
    network: Network,
    activations: Activations,
    *,
    picture: Picture | None = None,
    preprocessing: Preprocessing | None = None,
    labels: tuple[str, ...] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Golden:
    """The network's own values on a picture, by the names under which its framework would record them.

    ``preprocessing`` is what made the input of the picture; ``labels`` are given where they are not the customary ones.
    """
    values = _Recorded(network, activations, cancelled)
    named = Reference("", values, dict.fromkeys(values, ()))
    pairs = pair_layers(network, named)
    return Golden(
        network,
        activations.provider,
        values,
        frozenset(blob for blob, value in values.names.items() if value in activations.inputs),
        tuple((layer, pair.value, pair.key) for layer, several in pairs.items() for pair in several),
        picture=picture,
        gives_input=picture is not None and activations.fed_with == "picture",
        preprocessing=preprocessing,
        labels=labels,
    )


def golden_of_reference(
    network: Network,
    provider: str,
    comparison: Comparison,
    reference: Reference,
    *,
    picture: Picture | None = None,
    made: Mapping[str, Array] | None = None,
    preprocessing: Preprocessing | None = None,
    labels: tuple[str, ...] | None = None,
) -> Golden:
    """What ``reference`` holds, with the pairing and the noise floors that the comparison has found.

    ``made`` are the inputs, by name, that ``preprocessing`` makes of the picture.
    """
    rows = comparison.layer
    pairs: dict[tuple[str, str, str], None] = {}
    for layer in network.layers:
        own = [value_name(value) for value in layer.outputs]
        row = rows.get(layer.name)
        for value in (*own, *([row.value] if row is not None and row.value is not None else [])):
            if value in comparison.aligned:
                pairs[layer.name, value, comparison.aligned[value][0]] = None
    saved = None if reference.golden is None else reference.golden.record
    inputs = {value_name(value) for value in network.inputs}
    return Golden(
        network,
        provider,
        reference.arrays,
        frozenset(key for value, (key, _) in comparison.aligned.items() if value in inputs),
        tuple(pairs),
        {value: axes for value, (_, axes) in comparison.aligned.items()},
        _tolerance(comparison, reference),
        picture,
        _gives_input(comparison, reference, made or {}),
        preprocessing,
        labels,
        saved.reference if saved is not None else SavedReference(file_name(reference.path), reference.metadata),
    )


class _Recorded(Mapping[str, Array]):
    """What stands under each of the framework's names in the end; a value may be computed when it is asked for."""

    def __init__(self, network: Network, activations: Activations, cancelled: Callable[[], bool] | None) -> None:
        self.names = {blob: value_name(value) for blob, value in network.blobs.items()}
        self._activations, self._cancelled = activations, cancelled

    def __getitem__(self, blob: str) -> Array:
        return self._activations.fetch(self.names[blob], self._cancelled)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)


def _tolerance(comparison: Comparison, reference: Reference) -> Tolerance:
    floors = {
        row.layer: SavedFloors(_finite(row.isolated_floor), _finite(row.noise_floor))
        for row in comparison.layers
        if row.isolated_floor is not None or row.noise_floor is not None
    }
    saved = Tolerance() if reference.golden is None else reference.golden.record.tolerance
    return Tolerance(saved.floors, floors)


def _finite(floor: float | None) -> float | None:
    return floor if floor is not None and math.isfinite(floor) else None


def _gives_input(comparison: Comparison, reference: Reference, made: Mapping[str, Array]) -> bool:
    """Whether what became of the picture is what the reference was fed with."""
    for name, tensor in made.items():
        key, axes = comparison.aligned.get(name, ("", ()))
        if not key:
            return False
        theirs = turned(reference.arrays[key], axes)
        if theirs.shape != tensor.shape or measure(tensor, theirs).relative_l2 > SAME_INPUT:
            return False
    return bool(made)
