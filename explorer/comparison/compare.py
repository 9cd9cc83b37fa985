"""A network against a reference: every layer's errors, floor and verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from explorer.comparison.alignment import Axes, Pair, choose_axes, pair_layers, reference_inputs, turned
from explorer.comparison.comparison import Comparison, LayerComparison, Verdict
from explorer.comparison.metrics import Errors, measure
from explorer.comparison.noise import (
    DRAWS,
    HALF_ULP,
    TOLERANCE,
    Noise,
    measure_noise,
    measure_whole_noise,
    move_one_ulp,
)
from explorer.comparison.stretches import OUTPUT, Stretch, cut_out, find_stretch
from explorer.errors import PortsideError
from explorer.network.network import Layer, Network, shape_of
from explorer.running.activations import Activations, Array
from explorer.running.reference import Reference
from explorer.running.runner import Runner

Progress = Callable[[int, int], None]
Cancel = Callable[[], bool]

GROUP_BYTES = 64 << 20
"""How much recorded data one run of stretches reads at most: enough to keep the cores busy, little enough to hold."""


@dataclass(frozen=True)
class _Isolated:
    stretch: Stretch
    errors: Errors
    noise: Noise


def compare(
    runner: Runner, reference: Reference, *, progress: Progress | None = None, cancelled: Cancel | None = None
) -> tuple[Comparison, Activations | None]:
    """Compare layer by layer; the second result is our run on the reference's own input, where it holds one.

    ``progress`` is told (stretches done, stretches in all).

    :raises PortsideError: when the reference holds no layer of the network, or the network can't run on its values.
    :raises Cancelled: soon after ``cancelled()`` turns true.
    """
    network = runner.network
    pairs = pair_layers(network, reference)
    if not any(network.layer[name].nodes for name in pairs):
        first = next(iter(reference.shapes))
        raise PortsideError(f"holds none of this network's layers, but '{first}' …", file=reference.path)
    inputs = reference_inputs(network, reference)
    ours = None if inputs is None else runner.run(inputs, cancelled=cancelled)
    aligned = _align(network, reference, pairs, ours)
    isolated = dict(_isolate(runner, reference, aligned, progress, cancelled))
    whole = {} if ours is None else measure_whole_noise(runner, ours, cancelled)
    rows: list[LayerComparison] = []
    wrong: set[str] = set()
    for layer in network.layers:
        upstream = any(source.name in wrong for source in network.input_layers(layer))
        found = [
            _row(layer, pair, aligned, isolated, whole, reference, ours) for pair in pairs.get(layer.name, (None,))
        ]
        row = max((replace(row, verdict=_verdict(row, upstream)) for row in found), key=_severity)
        if upstream or row.verdict in ("culprit", "shape"):
            wrong.add(layer.name)
        rows.append(row)
    used = {pair.key for several in pairs.values() for pair in several}
    unmatched = tuple(key for key in reference.shapes if key not in used)
    model = network.source.files[0] if network.source.files else network.name
    return Comparison(model, reference.path, tuple(rows), unmatched), ours


def _verdict(row: LayerComparison, upstream: bool) -> Verdict:
    """A layer is a culprit when it is wrong on right inputs; it inherits when it is right, but fed by a culprit."""
    if row.reference_key is None:
        return "not compared"
    if row.axes is None:
        return "shape"
    if row.isolated is None or row.isolated_floor is None or row.noise_floor is None:
        return "not compared"
    if not row.isolated.relative_l2 <= TOLERANCE * row.isolated_floor:
        return "culprit"
    if upstream and row.cumulative is not None and not row.cumulative.relative_l2 <= TOLERANCE * row.noise_floor:
        return "inherited"
    return "match"


def _severity(row: LayerComparison) -> tuple[int, float]:
    """Of a layer's several outputs the one that says most about it stands for the layer."""
    order: tuple[Verdict, ...] = ("not compared", "match", "inherited", "culprit", "shape")
    floors = row.isolated.relative_l2 / row.isolated_floor if row.isolated and row.isolated_floor else 0.0
    return order.index(row.verdict), floors


def _align(
    network: Network, reference: Reference, pairs: dict[str, tuple[Pair, ...]], ours: Activations | None
) -> dict[str, tuple[str, Axes]]:
    """For each recorded value its array's name and axes; arrays of another shape are left out."""
    aligned: dict[str, tuple[str, Axes]] = {}
    for pair in (pair for several in pairs.values() for pair in several):
        if pair.value in aligned:
            continue
        values = None if ours is None else ours[pair.value]
        theirs = reference.arrays[pair.key]
        batch = theirs.shape[0] if theirs.ndim else 1
        shape = shape_of(network.values[pair.value], batch) if values is None else values.shape
        axes = None if shape is None else choose_axes(shape, theirs, values)
        if axes is not None:
            aligned[pair.value] = (pair.key, axes)
    return aligned


def _isolate(
    runner: Runner,
    reference: Reference,
    aligned: dict[str, tuple[str, Axes]],
    progress: Progress | None,
    cancelled: Cancel | None,
) -> Iterator[tuple[str, _Isolated]]:
    """Run every stretch on the reference's own values, several stretches at a time."""
    found = (find_stretch(runner.network, value, aligned) for value in aligned)
    stretches = [stretch for stretch in found if stretch is not None and stretch.nodes]

    def theirs(value: str) -> Array:
        key, axes = aligned[value]
        return turned(reference.arrays[key], axes)

    opset = runner.network.model.graph.opset_imports.get("", 1)
    done = 0
    for group in _groups(stretches, lambda value: theirs(value).nbytes):
        feeds = {name: _as_input(theirs(name), runner.network, name) for stretch in group for name in stretch.inputs}
        model = cut_out(runner.network, group, {name: array.dtype for name, array in feeds.items()})
        names = [OUTPUT.format(stretch.value) for stretch in group]
        program = runner.program_of(model, names)
        results = program.run(feeds, names, cancelled)
        moved = [
            program.run({name: move_one_ulp(array, draw) for name, array in feeds.items()}, names, cancelled)
            for draw in range(DRAWS)
        ]
        for stretch, name in zip(group, names, strict=True):
            recorded = theirs(stretch.value)
            noise = measure_noise(
                stretch, opset, feeds, results[name], [run[name] for run in moved], recorded, cancelled
            )
            yield stretch.value, _Isolated(stretch, measure(results[name], recorded), noise)
            done += 1
            if progress is not None:
                progress(done, len(stretches))


def _cumulative_floor(found: _Isolated, whole: dict[str, float]) -> float:
    """What rounding explains in a run of the whole network: in ours, and in one that rounded otherwise before this.

    Where ours came out exact by chance the reference need not have: it may differ in the inputs as much as ours does,
    and the stretch makes that larger.
    """
    inputs = max((whole.get(name, 0.0) for name in found.stretch.inputs), default=0.0)
    return max(found.noise.own, whole.get(found.stretch.value, 0.0), found.noise.amplification * inputs)


def _as_input(array: Array, network: Network, name: str) -> Array:
    dtype = network.values[name].dtype
    return array if dtype is None else array.astype(dtype.numpy(), copy=False)


def _groups(stretches: Sequence[Stretch], size: Callable[[str], int]) -> Iterator[list[Stretch]]:
    group: list[Stretch] = []
    held = 0
    for stretch in stretches:
        needed = sum(map(size, stretch.inputs))
        if group and held + needed > GROUP_BYTES:
            yield group
            group, held = [], 0
        group.append(stretch)
        held += needed
    if group:
        yield group


def _row(
    layer: Layer,
    pair: Pair | None,
    aligned: dict[str, tuple[str, Axes]],
    isolated: dict[str, _Isolated],
    whole: dict[str, float],
    reference: Reference,
    ours: Activations | None,
) -> LayerComparison:
    shape = shape_of(layer.outputs[0]) if layer.outputs else None
    if pair is None:
        return LayerComparison(layer.name, layer.type, shape=shape)
    if ours is not None:
        shape = ours[pair.value].shape
    row = LayerComparison(
        layer.name, layer.type, pair.value, pair.key, shape, reference.shapes[pair.key], stretch=(layer.name,)
    )
    if pair.value not in aligned:
        return row
    key, axes = aligned[pair.value]
    theirs = turned(reference.arrays[key], axes)
    row = replace(row, axes=axes, cumulative=None if ours is None else measure(ours[pair.value], theirs))
    if not layer.nodes:
        # What the network is fed with is the reference's own array, to the last bit.
        return replace(row, isolated=row.cumulative, isolated_floor=HALF_ULP, noise_floor=HALF_ULP)
    found = isolated.get(pair.value)
    if found is None:
        return row
    return replace(
        row,
        stretch=found.stretch.layers,
        isolated=found.errors,
        isolated_floor=found.noise.own,
        noise_floor=_cumulative_floor(found, whole),
    )
