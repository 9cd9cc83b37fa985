"""A wrong stretch of the network with some edits tried on it, run on the reference's own values."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import onnx_ir as ir

from explorer.comparison.metrics import measure
from explorer.comparison.noise import DRAWS, measure_noise, move_one_ulp
from explorer.comparison.stretches import Stretch, find_stretch
from explorer.diagnosis.draft import Draft
from explorer.diagnosis.edit import Edit
from explorer.errors import PortsideError
from explorer.network import marks
from explorer.network.network import Layer, Network, value_name
from explorer.running.activations import Array
from explorer.running.cancellation import Cancel
from explorer.running.runner import Runner

Candidate = tuple[Edit, ...]
"""Edits that are tried together: one mistake, or several that only together give a right result."""


@dataclass(frozen=True, eq=False)
class Suspect:
    """A stretch whose result is wrong on right inputs.

    ``recorded`` are the reference's arrays in our axes, by our values' names: what the stretch reads, what it should
    give (``target``), and those that it might have been meant to read.
    """

    runner: Runner
    stretch: Stretch
    recorded: Mapping[str, Array]
    cancelled: Cancel | None = None
    bystanders: tuple[Suspect, ...] = ()

    def array(self, name: str) -> Array:
        """The value ``name`` as the reference has it, or as we compute it from what the reference has.

        :raises PortsideError: when neither can be had.
        """
        if name in self.recorded:
            return self.recorded[name]
        if name not in self._derived:
            stretch = find_stretch(self.network, name, self.recorded)
            result = None if stretch is None else Scene(Suspect(self.runner, stretch, self.recorded)).result
            if result is None:
                raise PortsideError(f"the value '{name}' can't be computed from what the reference holds")
            self._derived[name] = result
        return self._derived[name]

    @cached_property
    def _derived(self) -> dict[str, Array]:
        return {}

    @cached_property
    def laid(self) -> dict[str, ir.Tensor[Any]]:
        """Weights that lay at odd places in a file, for all drafts of the stretch; see :meth:`Draft.lay_in_place`."""
        return {}

    @property
    def network(self) -> Network:
        """The network that the stretch is part of."""
        return self.runner.network

    @property
    def target(self) -> Array:
        """What the reference has where the stretch ends."""
        return self.recorded[self.stretch.value]

    @cached_property
    def layer_of(self) -> Mapping[str, Layer]:
        """The layer of each of the network's nodes, by the node's name."""
        names = self.network.node_names
        return {names[node]: layer for layer in self.network.layers for node in layer.nodes}

    @cached_property
    def is_last(self) -> bool:
        """Whether the stretch gives an output of the network."""
        return any(value_name(value) == self.stretch.value for value in self.network.outputs)


class Scene:
    """A suspect with edits on it. Everything is computed when it is asked for, once."""

    def __init__(self, suspect: Suspect, edits: Sequence[Edit] = ()) -> None:
        self.suspect = suspect
        self.edits = tuple(edits)
        dtypes = {name: suspect.recorded[name].dtype for name in suspect.stretch.inputs}
        self.draft = Draft.of_stretch(suspect.network, suspect.stretch, dtypes)
        self.draft.lay_in_place(suspect.laid)
        for edit in self.edits:
            edit.apply(self.draft)

    def with_edits(self, edits: Sequence[Edit]) -> Scene:
        """The same with further edits."""
        return Scene(self.suspect, (*self.edits, *edits))

    @property
    def target(self) -> Array:
        """What the result should be."""
        return self.suspect.target

    def layer(self, node: ir.Node) -> str:
        """The name of the layer that a node belongs to."""
        name = node.metadata_props.get(marks.LAYER)
        if name is not None:
            return name
        # A node that an edit put behind another is named after it.
        stem = node.name or ""
        while stem and stem not in self.suspect.layer_of:
            stem = stem.rpartition(":")[0]
        return self.suspect.layer_of[stem].name if stem else self.suspect.stretch.layers[-1]

    def entrances(self) -> Iterator[tuple[ir.Node, int, str]]:
        """Where recorded values come in: the node that reads one, as which input, and the value's name."""
        for node in self.draft.nodes:
            for index, value in enumerate(node.inputs):
                if value is not None and value_name(value) in self.suspect.stretch.inputs:
                    yield node, index, value_name(value)

    def is_own(self, node: ir.Node) -> bool:
        """Whether the node is the port's, and not one that an edit put in."""
        return (node.name or "") in self.suspect.layer_of

    @cached_property
    def result(self) -> Array | None:
        """What the stretch gives; None where it can't run."""
        try:
            return self._run(self._feeds, [self.suspect.stretch.value])[self.suspect.stretch.value]
        except PortsideError:
            return None

    @cached_property
    def values(self) -> Mapping[str, Array]:
        """Every value within the stretch and what it reads, by name; fewer where it can't run."""
        names = [value_name(value) for node in self.draft.nodes for value in node.outputs if value.name]
        try:
            return {**self._feeds, **self._run(self._feeds, names)}
        except PortsideError:
            return self._feeds

    @cached_property
    def residual(self) -> float:
        """The relative L2 error of the result; infinite where it has another shape or can't be had."""
        if self.result is None or self.result.shape != self.target.shape:
            return math.inf
        return measure(self.result, self.target).relative_l2

    @cached_property
    def floor(self) -> float:
        """The relative L2 error that rounding explains in the stretch as it is edited."""
        if self.result is None:
            return math.inf
        name = self.suspect.stretch.value
        feeds = self._feeds
        moved = [
            self._run({key: move_one_ulp(array, draw) for key, array in feeds.items()}, [name])[name]
            for draw in range(DRAWS)
        ]
        edited = Stretch(name, tuple(feeds), self.draft.nodes, self.suspect.stretch.layers)
        opset = self.draft.model.graph.opset_imports.get("", 1)
        return measure_noise(edited, opset, feeds, self.result, moved, self.target, self.suspect.cancelled).own

    @cached_property
    def unlike(self) -> float:
        """The part of the result that no factor and no offset per channel explains, from 0 to 1.

        Only places count where neither side is zero: what an activation cut off says nothing of what was before it.
        """
        if self.result is None or self.result.shape != self.target.shape or self.target.ndim < 2:
            return 1.0
        ours, theirs = (_by_channel(array) for array in (self.result, self.target))
        seen = (ours != 0) & (theirs != 0) & np.isfinite(ours) & np.isfinite(theirs)
        count = np.maximum(seen.sum(1, keepdims=True), 1)
        a, b = (np.where(seen, array, 0.0) for array in (ours, theirs))
        a, b = (np.where(seen, array - array.sum(1, keepdims=True) / count, 0.0) for array in (a, b))
        power = (b * b).sum(1)
        ours_power = (a * a).sum(1)
        explained = np.divide((a * b).sum(1) ** 2, ours_power, out=np.zeros_like(power), where=ours_power > 0)
        total = float(power.sum())
        return 1.0 if total == 0 else float(np.sqrt(max(0.0, 1.0 - float(explained.sum()) / total)))

    @property
    def _feeds(self) -> dict[str, Array]:
        """What the draft reads; an edit may have made it read other recorded values."""
        found = {}
        for value in self.draft.model.graph.inputs:
            array = self.suspect.array(value_name(value))
            dtype = value.dtype.numpy() if value.dtype is not None else array.dtype
            found[value_name(value)] = np.ascontiguousarray(array, dtype)
        return found

    def _run(self, feeds: Mapping[str, Array], names: Sequence[str]) -> dict[str, Array]:
        # It runs once: what a session makes of the weights for the runs that follow would take longer than the run.
        program = self.suspect.runner.program_of(self.draft.model, names, lean=True)
        with np.errstate(all="ignore"):
            return program.run(feeds, names, self.suspect.cancelled)


def place_text(node: ir.Node, index: int | None) -> str:
    """Where something is missing, ahead of ``it``: before one of the node's inputs, or (None) behind the node."""
    if index is None:
        return "behind"
    return "before" if len(node.inputs) == 1 or index == 0 else f"before input {index + 1} of"


def _by_channel(array: Array) -> Array:
    """Channels × everything else; for vectors, where each channel has one number a picture, all as one."""
    wide = np.asarray(array, np.float64)
    if wide.ndim == 2:
        return wide.reshape(1, -1)
    return np.moveaxis(wide, 1, 0).reshape(wide.shape[1], -1)
