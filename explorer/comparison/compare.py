"""A network against a reference: every layer's errors, floor and verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from explorer.comparison.alignment import (
    Aligned,
    Axes,
    Pair,
    choose_axes,
    loose_axes,
    pair_layers,
    reference_inputs,
    sure_axes,
    turned,
)
from explorer.comparison.comparison import Comparison, LayerComparison, Verdict
from explorer.comparison.isolation import Isolated, Recorded, isolate
from explorer.comparison.metrics import measure
from explorer.comparison.noise import HALF_ULP, measure_whole_noise
from explorer.comparison.recorded_pairs import (
    recorded_axes,
    recorded_pairs,
    recorded_tolerance,
    saved_axes,
    with_recorded_floors,
)
from explorer.comparison.renamed import pair_renamed
from explorer.comparison.value_pairs import pair_by_values
from explorer.errors import PortsideError
from explorer.network.network import Layer, Network, shape_of
from explorer.running.activations import Activations, Array
from explorer.running.cancellation import Cancel, Progress
from explorer.running.reference import Reference
from explorer.running.runner import Runner

INPUT_FLOOR = 2 * HALF_ULP
"""Two or three float32 operations make a number of the input from a pixel."""

Pairs = dict[str, tuple[Pair, ...]]


def compare(
    runner: Runner,
    reference: Reference,
    *,
    given: Mapping[str, Array] | None = None,
    progress: Progress | None = None,
    cancelled: Cancel | None = None,
) -> tuple[Comparison, Activations | None]:
    """Compare layer by layer; the second result is our run on the reference's own input, where it holds one.

    ``given`` is what we make of the reference's picture, by input: then the inputs are compared like any other layer.
    The other layers are compared on the reference's input all the same. Where the reference is a golden run, its
    pairing and tolerance are used as far as they go. ``progress`` is told (stretches done, stretches
    in all).

    :raises PortsideError: when the reference holds no layer of the network, or the network can't run on its values.
    :raises Cancelled: soon after ``cancelled()`` turns true.
    """
    network = runner.network
    known = recorded_pairs(network, reference)
    pairs = pair_renamed(runner, reference, {**pair_layers(network, reference), **known}, cancelled)
    if not any(network.layer[name].nodes for name in pairs):
        first = next(iter(reference.shapes))
        raise PortsideError(f"holds none of this network's layers, but '{first}' …", file=reference.path)
    inputs = reference_inputs(network, reference, pairs)
    ours, failure = _whole_run(runner, inputs, cancelled)
    saved = recorded_axes(reference, pairs)
    aligned = _align(network, reference, pairs, ours, saved)
    isolated = dict(isolate(runner, Recorded(reference, aligned), list(aligned), progress, cancelled))
    if failure is not None and not isolated:
        raise failure
    pairs, aligned, isolated = pair_by_values(
        runner, reference, pairs, aligned, isolated, cancelled, settled=frozenset(saved)
    )
    tolerance = recorded_tolerance(reference)
    whole = {} if ours is None else _whole_noise(runner, ours, cancelled)
    rows: list[LayerComparison] = []
    wrong: set[str] = set()
    for layer in network.layers:
        upstream = any(source.name in wrong for source in network.input_layers(layer))
        found = [
            _row(layer, pair, aligned, isolated, whole, reference, ours, given or {})
            for pair in pairs.get(layer.name, (None,))
        ]
        found = [with_recorded_floors(row, reference) for row in found]
        row = max((replace(row, verdict=_verdict(row, upstream, tolerance)) for row in found), key=_severity)
        if upstream or row.verdict in ("culprit", "shape"):
            wrong.add(layer.name)
        rows.append(row)
    used = {pair.key for several in pairs.values() for pair in several}
    unmatched = tuple(key for key in reference.shapes if key not in used)
    model = network.source.files[0] if network.source.files else network.name
    return Comparison(model, reference.path, tuple(rows), unmatched, aligned), ours


def _whole_run(
    runner: Runner, inputs: Mapping[str, Array] | None, cancelled: Cancel | None
) -> tuple[Activations | None, PortsideError | None]:
    """Our run on the reference's input; where a layer is so wrong that those behind it can't run, the reason."""
    if inputs is None:
        return None, None
    try:
        return runner.run(inputs, values=runner.network.values, cancelled=cancelled), None
    except PortsideError as error:
        return None, error


def _whole_noise(runner: Runner, ours: Activations, cancelled: Cancel | None) -> dict[str, float]:
    try:
        return measure_whole_noise(runner, ours, cancelled)
    except PortsideError:
        return {}


def _verdict(row: LayerComparison, upstream: bool, tolerance: float) -> Verdict:
    """A layer is a culprit when it is wrong on right inputs; it inherits when it is right, but fed by a culprit."""
    if row.reference_key is None:
        return "not compared"
    if row.axes is None or row.unlike:
        return "shape"
    if row.isolated is None or row.isolated_floor is None or row.noise_floor is None:
        return "not compared"
    if row.unusable or not row.isolated.relative_l2 <= tolerance * row.isolated_floor:
        return "culprit"
    if upstream and (
        (row.cumulative is None and row.shape is not None and sorted(row.shape) != sorted(row.reference_shape or ()))
        or (row.cumulative is not None and not row.cumulative.relative_l2 <= tolerance * row.noise_floor)
    ):
        return "inherited"
    return "match"


def _severity(row: LayerComparison) -> tuple[int, float]:
    """Of a layer's several outputs the one that says most about it stands for the layer."""
    order: tuple[Verdict, ...] = ("not compared", "match", "inherited", "culprit", "shape")
    floors = row.isolated.relative_l2 / row.isolated_floor if row.isolated and row.isolated_floor else 0.0
    return order.index(row.verdict), floors


def _align(network: Network, reference: Reference, pairs: Pairs, ours: Activations | None, saved: Aligned) -> Aligned:
    """For each recorded value its array's name and axes, the ``saved`` ones where they fit.

    Arrays of another shape than ours lie as most of the others do; those of another rank are left out.
    """
    aligned: Aligned = {}
    others: dict[str, tuple[str, tuple[int, ...]]] = {}
    layouts: list[Axes] = []
    for pair in (pair for several in pairs.values() for pair in several):
        if pair.value in aligned or pair.value in others:
            continue
        values = None if ours is None else ours[pair.value]
        theirs = reference.arrays[pair.key]
        batch = theirs.shape[0] if theirs.ndim else 1
        shape = shape_of(network.values[pair.value], batch) if values is None else values.shape
        axes = saved_axes(saved, pair, theirs.shape, shape)
        if axes is None and shape is not None:
            axes = sure_axes(shape, theirs, values)
        if axes is not None:
            aligned[pair.value] = (pair.key, axes)
            layouts.append(axes)
        elif shape is not None:
            others[pair.value] = (pair.key, shape)
    for value, (key, shape) in others.items():
        values = None if ours is None else ours[value]
        axes = choose_axes(shape, reference.arrays[key], values, layouts)
        axes = axes or loose_axes(shape, reference.shapes[key], layouts)
        if axes is not None:
            aligned[value] = (key, axes)
    return aligned


def _cumulative_floor(found: Isolated, whole: dict[str, float]) -> float:
    """What rounding explains in a run of the whole network: in ours, and in one that rounded otherwise before this.

    Where ours came out exact by chance the reference need not have: it may differ in the inputs as much as ours does,
    and the stretch makes that larger.
    """
    assert found.noise is not None
    inputs = max((whole.get(name, 0.0) for name in found.stretch.inputs), default=0.0)
    return max(found.noise.own, whole.get(found.stretch.value, 0.0), found.noise.amplification * inputs)


def _row(
    layer: Layer,
    pair: Pair | None,
    aligned: Aligned,
    isolated: Mapping[str, Isolated],
    whole: dict[str, float],
    reference: Reference,
    ours: Activations | None,
    given: Mapping[str, Array],
) -> LayerComparison:
    shape = shape_of(layer.outputs[0]) if layer.outputs else None
    if pair is None:
        return LayerComparison(layer.name, layer.type, shape=shape)
    theirs_shape = reference.shapes[pair.key]
    if ours is not None:
        shape = ours[pair.value].shape
    elif theirs_shape:
        shape = shape_of(layer.outputs[0], theirs_shape[0])
    row = LayerComparison(layer.name, layer.type, pair.value, pair.key, shape, theirs_shape, stretch=(layer.name,))
    if pair.value not in aligned:
        return row
    key, axes = aligned[pair.value]
    theirs = turned(reference.arrays[key], axes)
    row = replace(row, axes=axes)
    if ours is not None and ours[pair.value].shape == theirs.shape:
        row = replace(row, cumulative=measure(ours[pair.value], theirs))
    if not layer.nodes:
        row = replace(row, unusable=not np.isfinite(theirs).all())
    made = given.get(pair.value)
    if not layer.nodes and made is not None:
        if made.shape != theirs.shape:
            return replace(row, shape=made.shape, unlike=True)
        found_errors = measure(made, theirs)
        return replace(
            row, cumulative=found_errors, isolated=found_errors, isolated_floor=INPUT_FLOOR, noise_floor=INPUT_FLOOR
        )
    if not layer.nodes:
        # What the network is fed with is the reference's own array, to the last bit.
        return replace(row, isolated=row.cumulative, isolated_floor=HALF_ULP, noise_floor=HALF_ULP)
    found = isolated.get(pair.value)
    if found is None or found.errors is None or found.noise is None:
        return replace(row, unlike=found is not None or row.shape != theirs.shape)
    return replace(
        row,
        stretch=found.stretch.layers,
        isolated=found.errors,
        isolated_floor=found.noise.own,
        noise_floor=_cumulative_floor(found, whole),
    )
