"""Layers that go by other names in the reference: paired by what they compute from values that are paired already."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import onnx_ir as ir

from explorer.comparison.alignment import Axes, Pair, possible_axes, turned
from explorer.comparison.metrics import measure
from explorer.comparison.stretches import Stretch
from explorer.errors import PortsideError
from explorer.network.network import Network, value_name
from explorer.running.activations import Array
from explorer.running.cancellation import Cancel
from explorer.running.cutting import cut_out
from explorer.running.reference import Reference
from explorer.running.runner import Runner

SAME = 1e-4
"""The relative L2 error below which two frameworks computed the same; half precision adds its own."""

SAMPLE = 256
"""Numbers that are looked at before whole arrays are compared."""

REACH = 12
"""Values behind a supposed one that are computed to see whether the reference holds them."""

MOST_TRIALS = 400
"""Suppositions, each of which is a run of a few layers."""

BY_NAME = 0.5
"""Of the reference's arrays: where more have a layer of their name, names are the same in both."""

KEPT = ("Identity", "Dropout", "Reshape", "Flatten", "Squeeze")

BENDS = ("Relu", "LeakyRelu", "PRelu", "Clip", "Elu", "Sigmoid", "Tanh")


def pair_renamed(
    runner: Runner,
    reference: Reference,
    pairs: Mapping[str, tuple[Pair, ...]],
    cancelled: Cancel | None = None,
) -> dict[str, tuple[Pair, ...]]:
    """``pairs`` with those added whose names say nothing.

    From the input on, every value is computed from the reference's own arrays and looked for among those left over. A
    wrong layer's value is not among them: each left over array of its shape is supposed to be it, and believed when
    what the next layers make of it is found. What can't be tried so is paired where only one value and one array of a
    shape are left.

    :raises Cancelled: soon after ``cancelled()`` turns true.
    """
    search = _Search(runner, reference, cancelled)
    for several in pairs.values():
        for pair in several:
            search.take(pair.value, pair.key)
    if not search.begin():
        return dict(pairs)
    while search.propagate() or search.suppose():
        pass
    search.take_the_only_ones()
    return {**_by_layer(runner.network, search.keys), **pairs}


def _by_layer(network: Network, keys: Mapping[str, str]) -> dict[str, tuple[Pair, ...]]:
    """Each layer with what stands in the end where it writes."""
    found: dict[str, tuple[Pair, ...]] = {}
    for layer in network.layers:
        names = []
        for value, blob in zip(layer.outputs, layer.blobs, strict=True):
            last = value_name(network.blobs[blob] if blob is not None and blob in network.blobs else value)
            names.append(last if last in keys else value_name(value))
        own = tuple(Pair(name, keys[name]) for name in dict.fromkeys(names) if name in keys)
        if own:
            found[layer.name] = own
    return found


@dataclass(frozen=True)
class _Trial:
    """An array that a value might be, and how many of the values behind it are then found."""

    value: str
    key: str
    axes: Axes
    explained: int


@dataclass(eq=False)
class _Search:
    """What is paired so far: ``keys`` by our values' names, and the reference's ``arrays`` turned as ours lie."""

    runner: Runner
    reference: Reference
    cancelled: Cancel | None
    keys: dict[str, str] = field(default_factory=dict)
    arrays: dict[str, Array] = field(default_factory=dict)
    tried: set[tuple[str, str]] = field(default_factory=set)

    @property
    def network(self) -> Network:
        return self.runner.network

    def free(self) -> list[str]:
        """The keys that nothing is paired with, in the reference's order."""
        used = set(self.keys.values())
        return [key for key in self.reference.shapes if key not in used]

    def take(self, value: str, key: str, axes: Axes | None = None) -> None:
        """Pair a value; without ``axes`` as it must lie, if its shape says it."""
        self.keys[value] = key
        shape = _static(self.network.values[value], self._batch())
        if axes is None and shape is not None:
            axes = next(iter(possible_axes(shape, self.reference.shapes[key])), None)
        if axes is not None:
            self.arrays[value] = turned(self.reference.arrays[key], axes)

    def begin(self) -> bool:
        """Pair the inputs, where one array alone has the shape; False where there is nothing to go by or to find."""
        if len(set(self.keys.values())) > BY_NAME * len(self.reference.shapes):
            return False
        for value in self.network.inputs:
            name = value_name(value)
            if name in self.keys:
                continue
            fitting = [key for key in self.free() if self._axes(name, key)]
            if len(fitting) != 1:
                return bool(self.arrays)
            self.take(name, fitting[0], self._axes(name, fitting[0])[0])
        return True

    def propagate(self) -> bool:
        """Compute what can be computed and pair what is found; whether anything was."""
        open_values = [name for name in self.network.values if name not in self.keys]
        results = self._computed(open_values, self.arrays)
        found = False
        for name, result in results.items():
            match = self._match(result, self.free())
            if match is not None:
                self.take(name, *match)
                found = True
        return found

    def suppose(self) -> bool:
        """Pair the first value that is wrong in ours with the array that explains most of what follows, if one does."""
        for name in self.network.values:
            if name in self.keys or not self._is_read_by_open_ones(name):
                continue
            supposed = [trial for trial in self._trials(name) if trial.explained]
            most = max((trial.explained for trial in supposed), default=0)
            best = [trial for trial in supposed if trial.explained == most]
            # Any array's activation is found: where nothing more is, the order of the file decides, if it has one.
            if len(best) == 1 or (best and self._is_in_order()):
                self.take(best[0].value, best[0].key, best[0].axes)
                return True
        return False

    def _trials(self, name: str) -> Iterator[_Trial]:
        """Each array that ``name`` might be, in the file's order, with how many of the next values it explains."""
        free = self.free()
        behind = self._behind(name)
        for key in free if behind else ():
            for axes in self._axes(name, key):
                if len(self.tried) > MOST_TRIALS or (name, key) in self.tried:
                    continue
                supposed = turned(self.reference.arrays[key], axes)
                results = self._computed(behind, {**self.arrays, name: supposed})
                others = [other for other in free if other != key]
                explained = sum(self._match(result, others) is not None for result in results.values())
                yield _Trial(self._last_alike(name, supposed, results), key, axes, explained)
        self.tried |= {(name, key) for key in free}

    def _is_in_order(self) -> bool:
        """Whether the pairs found so far stand in the file as they are computed."""
        places = {key: number for number, key in enumerate(self.reference.shapes)}
        found = [places[self.keys[name]] for name in self.network.values if name in self.keys]
        return len(found) > 1 and all(a < b for a, b in pairwise(found))

    def take_the_only_ones(self) -> None:
        """Pair a value and an array where no others of that shape are left, and nothing was found out about them."""
        free = self.free()
        left = [name for name in self.network.values if name not in self.keys and not self._is_before_a_known(name)]
        for key in free:
            fitting = [name for name in left if self._axes(name, key)]
            rivals = [other for other in free if fitting and self._axes(fitting[-1], other)]
            if rivals == [key] and self._are_one(fitting):
                self.take(fitting[-1], key, self._axes(fitting[-1], key)[0])

    def _is_before_a_known(self, name: str) -> bool:
        """Whether an activation alone lies between the value and one that is paired: then that one is recorded."""
        while True:
            readers = {use.node for use in self.network.values[name].uses()}
            reader = readers.pop() if len(readers) == 1 else None
            if reader is None or reader.op_type not in (*BENDS, *KEPT):
                return False
            name = value_name(reader.outputs[0])
            if name in self.keys or name not in self.network.values:
                return name in self.keys

    def _are_one(self, names: Sequence[str]) -> bool:
        """Whether the values are one after the other along activations: the last is what a framework records."""
        for before, after in pairwise(names):
            producer = self.network.values[after].producer()
            read = [] if producer is None else [value_name(value) for value in producer.inputs if value is not None]
            if producer is None or producer.op_type not in BENDS or before not in read:
                return False
        return bool(names)

    def _behind(self, name: str) -> list[str]:
        """The next values that are computed from this one."""
        found: dict[str, None] = {}
        pending = [self.network.values[name]]
        while pending and len(found) < REACH:
            for use in pending.pop(0).uses():
                for value in use.node.outputs:
                    if value.name and value.name not in found:
                        pending.append(value)
                        found[value.name] = None
        return [each for each in found if each in self.network.values and each not in self.keys]

    def _is_read_by_open_ones(self, name: str) -> bool:
        """Whether something would be learnt from this value: what reads it is not all known."""
        values = [value.name for use in self.network.values[name].uses() for value in use.node.outputs]
        return any(value not in self.keys for value in values)

    def _last_alike(self, name: str, supposed: Array, results: Mapping[str, Array]) -> str:
        """The value behind activations that change nothing any more: what was recorded is what stands behind them."""
        while True:
            readers = {use.node for use in self.network.values[name].uses()}
            reader = readers.pop() if len(readers) == 1 else None
            after = value_name(reader.outputs[0]) if reader is not None and reader.op_type in BENDS else ""
            if after not in results or after in self.keys or not _same(results[after], supposed):
                return name
            name = after

    def _match(self, result: Array, keys: Iterable[str]) -> tuple[str, Axes] | None:
        for key in keys:
            for axes in possible_axes(result.shape, self.reference.shapes[key]):
                if _same(result, turned(self.reference.arrays[key], axes)):
                    return key, axes
        return None

    def _axes(self, name: str, key: str) -> list[Axes]:
        shape = _static(self.network.values[name], self._batch())
        return [] if shape is None else possible_axes(shape, self.reference.shapes[key])

    def _batch(self) -> int:
        for value in self.network.inputs:
            if value_name(value) in self.arrays:
                return int(self.arrays[value_name(value)].shape[0])
        return 1

    def _computed(self, names: Sequence[str], given: Mapping[str, Array]) -> dict[str, Array]:
        """What ``names`` are when ``given`` values are; those that can't be computed from them are left out."""
        stretch, wanted = _stretch_to(self.network, names, given)
        if stretch is None:
            return {}
        feeds = {name: np.ascontiguousarray(given[name], _dtype(self.network.values[name])) for name in stretch.inputs}
        model = cut_out(
            self.network, stretch.nodes, [stretch.value], {name: array.dtype for name, array in feeds.items()}
        )
        try:
            with np.errstate(all="ignore"):
                return self.runner.program_of(model, wanted).run(feeds, wanted, self.cancelled)
        except PortsideError:
            return {}


def _stretch_to(network: Network, names: Sequence[str], given: Mapping[str, Array]) -> tuple[Stretch | None, list[str]]:
    """The nodes between the ``given`` values and ``names``, and which of those can be had."""
    nodes: dict[ir.Node, bool] = {}
    inputs: dict[str, None] = {}
    for node in network.model.graph:
        read = [value for value in node.inputs if value is not None and not value.is_initializer()]
        nodes[node] = all(
            value_name(value) in given or nodes.get(value.producer(), False)  # type: ignore[arg-type]
            for value in read
        )
    wanted = [name for name in names if nodes.get(network.values[name].producer(), False)]  # type: ignore[arg-type]
    kept: dict[ir.Node, None] = {}
    pending = [network.values[name].producer() for name in wanted]
    while pending:
        current = pending.pop()
        if current is None or current in kept:
            continue
        kept[current] = None
        for value in current.inputs:
            if value is None or value.is_initializer():
                continue
            if value_name(value) in given:
                inputs[value_name(value)] = None
            else:
                pending.append(value.producer())
    if not wanted:
        return None, []
    ordered = tuple(node for node in network.model.graph if node in kept)
    return Stretch(wanted[-1], tuple(inputs), ordered, ()), wanted


def _static(value: ir.Value, batch: int) -> tuple[int, ...] | None:
    if value.shape is None:
        return None
    sizes = [size if isinstance(size, int) else batch if place == 0 else None for place, size in enumerate(value.shape)]
    return None if None in sizes else tuple(size for size in sizes if size is not None)


def _dtype(value: ir.Value) -> np.dtype[np.generic]:
    return np.dtype(np.float32) if value.dtype is None else value.dtype.numpy()


def _same(a: Array, b: Array) -> bool:
    """Whether the numbers are the same but for rounding, and not the same everywhere."""
    if a.shape != b.shape or a.dtype.kind != "f" or not a.size:
        return False
    limit = max(SAME, *(float(np.finfo(each.dtype).eps) for each in (a, b) if each.dtype.kind == "f"))
    step = max(1, a.size // SAMPLE)
    some, others = a.reshape(-1)[::step], b.reshape(-1)[::step]
    scale = float(np.abs(others).max(initial=0.0))
    if not np.isfinite(scale) or float(np.abs(some - others).max(initial=0.0)) > 0.1 * scale:
        return False
    return measure(a, b).relative_l2 <= limit and float(np.ptp(b)) > 0
