"""Several pictures in one run, where that gives what each of them alone gives."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from explorer.errors import PortsideError
from explorer.network.network import value_name
from explorer.running.activations import Activations, Array
from explorer.running.likeness import FLOORS, relative_distance

if TYPE_CHECKING:
    from explorer.running.cancellation import Cancel
    from explorer.running.runner import Runner

ON_A_DEVICE = 8
"""Pictures in one run on a GPU, which a single small one leaves idle.

A CPU is busy with one picture: two threads took as long for each of eight GoogLeNet pictures as for one alone.
"""


def usual_batch(runner: Runner) -> int:
    """How many pictures a run should take on the runner's provider."""
    return 1 if runner.provider.name == "cpu" else ON_A_DEVICE


class Batches:
    """Runs tensors of one picture each, together where the network lets them and nothing is lost by it.

    ``most`` is how many go into one run. The first run of several is checked: its first and its last picture are run
    alone as well, and where an output differs by more than ``FLOORS`` noise floors, or has not a row for each, or
    onnxruntime refuses, every picture is run alone from then on. The floor is what moving the input by one unit in
    the last place does.
    """

    def __init__(self, runner: Runner, values: Collection[str] | None = None, most: int | None = None) -> None:
        self._runner, self._values = runner, values
        self._name = value_name(runner.network.inputs[0])
        shape = runner.network.inputs[0].shape
        fixed = shape is None or len(shape) == 0 or isinstance(shape[0], int)
        self._size = 1 if fixed or len(runner.network.inputs) > 1 else max(1, most or usual_batch(runner))
        self._checked = False

    @property
    def size(self) -> int:
        """How many pictures go into one run; 1 once it is known that they may not go together."""
        return self._size

    def run(self, tensors: Sequence[Array], cancelled: Cancel | None = None) -> list[Activations]:
        """The activations of each tensor (1×…), in their order; the time of a common run is shared out evenly.

        :raises PortsideError: when onnxruntime refuses a picture alone.
        :raises Cancelled: soon after ``cancelled()`` turns true.
        """
        found: list[Activations] = []
        start = 0
        while start < len(tensors):
            part = tensors[start : start + self._size]
            found += self._together(part, cancelled) if len(part) > 1 else [self._alone(part[0], cancelled)]
            start += len(part)
        return found

    def _alone(self, tensor: Array, cancelled: Cancel | None) -> Activations:
        return self._runner.run({self._name: tensor}, values=self._values, cancelled=cancelled, fed_with="picture")

    def _together(self, tensors: Sequence[Array], cancelled: Cancel | None) -> list[Activations]:
        alone: dict[int, Activations] = {}
        if not self._checked:
            alone = {place: self._alone(tensors[place], cancelled) for place in (0, len(tensors) - 1)}
        try:
            joint = self._alone(np.concatenate(tensors), cancelled)
            rows = _rows(joint, len(tensors))
        except PortsideError:
            if self._checked:
                raise
            rows = None
        if rows is not None and (self._checked or self._same(rows, alone, tensors[0], cancelled)):
            self._checked = True
            return rows
        self._size = 1
        return [alone.get(place) or self._alone(tensor, cancelled) for place, tensor in enumerate(tensors)]

    def _same(
        self,
        rows: Sequence[Activations],
        alone: Mapping[int, Activations],
        tensor: Array,
        cancelled: Cancel | None,
    ) -> bool:
        moved = self._alone(np.nextafter(tensor, np.asarray(np.inf, tensor.dtype)), cancelled)
        for name in alone[0].values:
            floor = max(relative_distance(moved[name], alone[0][name]), float(np.finfo(np.float32).eps))
            if any(relative_distance(rows[place][name], kept[name]) > FLOORS * floor for place, kept in alone.items()):
                return False
        return True


def _rows(joint: Activations, count: int) -> list[Activations] | None:
    """The activations of each picture of a common run; None where a value has not one row for each."""
    if any(array.ndim == 0 or array.shape[0] != count for array in joint.values.values()):
        return None
    return [
        replace(
            joint,
            values={name: array[place : place + 1] for name, array in joint.values.items()},
            inputs={name: array[place : place + 1] for name, array in joint.inputs.items()},
            milliseconds=joint.milliseconds / count,
        )
        for place in range(count)
    ]
