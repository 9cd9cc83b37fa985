"""Every stretch of a network run by itself, on the reference's own values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from explorer.comparison.alignment import Aligned, turned
from explorer.comparison.metrics import Errors, measure
from explorer.comparison.noise import DRAWS, Noise, measure_noise, move_one_ulp
from explorer.comparison.stretches import OUTPUT, Stretch, cut_out, find_stretch
from explorer.errors import PortsideError
from explorer.network.network import Network
from explorer.running.activations import Array
from explorer.running.cancellation import Cancel, Progress
from explorer.running.reference import Reference
from explorer.running.runner import Runner

GROUP_BYTES = 64 << 20
"""How much recorded data one run of stretches reads at most: enough to keep the cores busy, little enough to hold."""


@dataclass(frozen=True, eq=False)
class Isolated:
    """What a stretch gave on recorded values; no errors and noise where its ``result`` has another shape."""

    stretch: Stretch
    result: Array
    errors: Errors | None
    noise: Noise | None


class Recorded(Mapping[str, Array]):
    """The reference's arrays in our axes, by our values' names; each is turned when it is asked for."""

    def __init__(self, reference: Reference, aligned: Aligned) -> None:
        self._reference, self._aligned = reference, aligned

    def __getitem__(self, value: str) -> Array:
        key, axes = self._aligned[value]
        return turned(self._reference.arrays[key], axes)

    def __iter__(self) -> Iterator[str]:
        return iter(self._aligned)

    def __len__(self) -> int:
        return len(self._aligned)

    @cached_property
    def readable(self) -> frozenset[str]:
        """The values that a stretch can be run on: those without infinities and NaN, which would hide what it does."""
        return frozenset(value for value in self if np.isfinite(self[value]).all())


def isolate(
    runner: Runner,
    recorded: Recorded,
    values: Sequence[str],
    progress: Progress | None = None,
    cancelled: Cancel | None = None,
) -> Iterator[tuple[str, Isolated]]:
    """Run the stretches that give ``values``, several at a time. One that can't run on recorded values is left out.

    :raises Cancelled: soon after ``cancelled()`` turns true.
    """
    found = (find_stretch(runner.network, value, recorded.readable) for value in values)
    stretches = [stretch for stretch in found if stretch is not None and stretch.nodes]
    done = 0
    for group in _groups(stretches, lambda value: recorded[value].nbytes):
        for stretch, isolated in _run(runner, recorded, group, cancelled):
            if isolated is not None:
                yield stretch.value, isolated
            done += 1
            if progress is not None:
                progress(done, len(stretches))


def _run(
    runner: Runner, recorded: Mapping[str, Array], group: Sequence[Stretch], cancelled: Cancel | None
) -> Iterator[tuple[Stretch, Isolated | None]]:
    try:
        results = list(_run_together(runner, recorded, group, cancelled))
    except PortsideError:
        # Of several one alone may be what can't run on values of another shape.
        if len(group) == 1:
            yield group[0], None
            return
        results = [result for stretch in group for result in _run(runner, recorded, [stretch], cancelled)]
    yield from results


def _run_together(
    runner: Runner, recorded: Mapping[str, Array], group: Sequence[Stretch], cancelled: Cancel | None
) -> Iterator[tuple[Stretch, Isolated | None]]:
    opset = runner.network.model.graph.opset_imports.get("", 1)
    feeds = {name: _as_input(recorded[name], runner.network, name) for stretch in group for name in stretch.inputs}
    model = cut_out(runner.network, group, {name: array.dtype for name, array in feeds.items()})
    names = [OUTPUT.format(stretch.value) for stretch in group]
    program = runner.program_of(model, names)
    results = program.run(feeds, names, cancelled)
    # What rounding does is measured on the CPU: what another provider gets wrong is no rounding.
    sound = runner.on_cpu()
    judge = program if sound is runner else sound.program_of(model, names)
    rounded = results if judge is program else judge.run(feeds, names, cancelled)
    moved = [
        judge.run({name: move_one_ulp(array, draw) for name, array in feeds.items()}, names, cancelled)
        for draw in range(DRAWS)
    ]
    for stretch, name in zip(group, names, strict=True):
        theirs = recorded[stretch.value]
        result = results[name]
        if result.shape != theirs.shape:
            yield stretch, Isolated(stretch, result, None, None)
            continue
        noise = measure_noise(stretch, opset, feeds, rounded[name], [run[name] for run in moved], theirs, cancelled)
        yield stretch, Isolated(stretch, result, measure(result, theirs), noise)


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
