"""Computing values of a network from others, a few pictures at a time, so that little is held at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.errors import PortsideError
from explorer.network.network import value_name
from explorer.running.activations import Array
from explorer.running.kept import InMemory
from explorer.running.likeness import FLOORS, relative_distance
from explorer.running.memory import free_memory, size_text
from explorer.running.sizes import is_batch_first

if TYPE_CHECKING:
    from explorer.running.cancellation import Cancel, Progress
    from explorer.running.computing import Computing
    from explorer.running.cutting import Stretch
    from explorer.running.kept import Kept
    from explorer.running.spilling import SpilledArray

Place = Callable[[str, tuple[int, ...], "np.dtype[Any]"], "InMemory | SpilledArray"]
"""Makes room for a value of that name, shape and type."""

SCRATCH_PARTS = 4
"""One part in this many of the budget is for what lies between the values that are wanted."""

LEAST_SCRATCH = 32 << 20


class Pieces:
    """Computes values for the inputs ``fed``, within ``budget`` bytes; ``sizes`` are those of every value.

    Pictures of a batch go through the network one after another where that gives what they give together. Whether it
    does is found out when it matters first: on the first picture, alone and beside the last one.
    """

    def __init__(self, computing: Computing, fed: Mapping[str, Array], sizes: Mapping[str, int], budget: int) -> None:
        self._computing, self._fed, self._sizes = computing, fed, sizes
        self._scratch = max(budget // SCRATCH_PARTS, LEAST_SCRATCH)
        batches = {len(array) if array.ndim else 0 for array in fed.values()}
        self._batch = batches.pop() if len(batches) == 1 else 1
        opened = all(map(is_batch_first, computing.network.inputs)) and not batches
        self._divides: bool | None = None if opened and self._batch > 1 else False

    def size_of(self, values: Sequence[str]) -> int:
        """The bytes that these values take together."""
        return sum(self._sizes[name] for name in values)

    def compute(
        self,
        values: Sequence[str],
        sources: Mapping[str, Kept],
        place: Place,
        cancelled: Cancel | None = None,
        progress: Progress | None = None,
    ) -> dict[str, InMemory | SpilledArray]:
        """The ``values``, computed from the nearest ``sources`` and written where ``place`` makes room.

        :raises PortsideError: when onnxruntime refuses, or a layer alone needs more memory than is free.
        :raises Cancelled: soon after ``cancelled()`` turns true.
        """
        from explorer.running.cutting import cut_out, stretch_to

        network = self._computing.network
        stretch = stretch_to(network, values, sources.keys())
        untyped = [name for name in stretch.inputs if network.values[name].type is None]
        dtypes = {name: sources[name].array().dtype for name in untyped}
        step = self._step(stretch, cancelled)
        part = cut_out(network, stretch.nodes, values, dtypes)
        program = self._computing.program_of(part, values, lean=True)
        given: dict[str, InMemory | SpilledArray] = {}
        for start in range(0, self._batch, step):
            rows = slice(start, start + step)
            if step < self._batch:
                fed = {name: np.ascontiguousarray(sources[name].read(rows)) for name in stretch.inputs}
            else:
                fed = {name: sources[name].array() for name in stretch.inputs}
            for name, array in program.run(fed, values, cancelled).items():
                if step >= self._batch:
                    given[name] = self._whole(name, array, place)
                    continue
                if name not in given:
                    given[name] = place(name, (self._batch, *array.shape[1:]), array.dtype)
                given[name].write(array)
            if progress is not None:
                progress(min(start + step, self._batch), self._batch)
        return given

    def _whole(self, name: str, array: Array, place: Place) -> InMemory | SpilledArray:

        room = place(name, array.shape, array.dtype)
        if isinstance(room, InMemory):
            return InMemory.of(array)
        room.write(array)
        return room

    def _step(self, stretch: Stretch, cancelled: Cancel | None) -> int:
        """How many pictures go through the stretch at once."""
        network = self._computing.network
        made = {value_name(value) for node in stretch.nodes for value in node.outputs if value.name}
        needed = sum(self._sizes.get(name, 0) for name in made | set(stretch.inputs))
        if needed <= self._scratch or self._batch == 1:
            self._check_room(stretch, 1)
            return self._batch
        ends = [network.values[name] for name in (*stretch.values, *stretch.inputs)]
        if not all(map(is_batch_first, ends)) or not self._may_divide(cancelled):
            self._check_room(stretch, 1)
            return self._batch
        step = min(max(1, self._scratch * self._batch // needed), self._batch)
        self._check_room(stretch, self._batch // step)
        return step

    def _check_room(self, stretch: Stretch, parts: int) -> None:
        """Refuse what would end the process: a node's inputs and outputs have to be in memory together."""
        sizes = self._sizes
        for node in stretch.nodes:
            around = {value.name or "" for value in (*node.inputs, *node.outputs) if value is not None}
            needed = sum(sizes.get(name, 0) for name in around) // parts
            if needed > self._scratch and needed > free_memory():
                raise PortsideError(
                    f"computing '{node.outputs[0].name}' takes {size_text(needed)} of memory at once, and "
                    f"{size_text(free_memory())} are free: run fewer pictures at once, or smaller ones"
                )

    def _may_divide(self, cancelled: Cancel | None) -> bool:
        """Whether the first picture gives the same alone and beside the last, up to rounding."""
        if self._divides is None:
            from explorer.running.cutting import cut_out, stretch_to

            network = self._computing.network
            outputs = list(self._computing.output_names())
            stretch = stretch_to(network, outputs, self._fed.keys())
            dtypes = {name: array.dtype for name, array in self._fed.items()}
            part = cut_out(network, stretch.nodes, outputs, dtypes)
            program = self._computing.program_of(part, outputs, lean=True)
            fed = {name: self._fed[name] for name in stretch.inputs}
            first = {name: array[:1] for name, array in fed.items()}
            both = {name: np.concatenate([array[:1], array[-1:]]) for name, array in fed.items()}
            moved = {name: _one_ulp_up(array) for name, array in first.items()}
            try:
                alone, shaken = (program.run(inputs, outputs, cancelled) for inputs in (first, moved))
                beside = program.run(both, outputs, cancelled)
            except PortsideError:
                self._divides = False
                return False
            self._divides = all(
                len(beside[name]) == 2 and _agree(beside[name][:1], alone[name], shaken[name]) for name in outputs
            )
        return self._divides


def _one_ulp_up(array: Array) -> Array:
    return np.nextafter(array, np.asarray(np.inf, array.dtype)) if array.dtype.kind == "f" else array


def _agree(ours: Array, theirs: Array, shaken: Array) -> bool:
    floor = max(relative_distance(shaken, theirs), float(np.finfo(np.float32).eps))
    return relative_distance(ours, theirs) <= FLOORS * floor
