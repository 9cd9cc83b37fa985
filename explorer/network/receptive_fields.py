"""From what part of the input a part of a layer's value is computed: boxes carried backwards through the nodes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import onnx_ir as ir

from explorer.network.field_operator import Rule
from explorer.network.field_rules import field_rule
from explorer.network.field_sizes import Box, Shape, clipped, hull
from explorer.network.network import Network, shape_of, value_name


@dataclass(frozen=True, eq=False)
class _Step:
    """A node on the way: what it gives, what it reads (None: a weight), and how boxes go back through it."""

    given: tuple[tuple[str, Shape], ...]
    read: tuple[tuple[str, Shape] | None, ...]
    rule: Rule


@dataclass(frozen=True, eq=False)
class Fields:
    """The way back from one value to those where it begins, found once and then asked for place after place.

    ``value`` has the sizes ``shape``; ``ends`` are the values at the far end, by name, with their sizes.
    """

    value: str
    shape: Shape
    ends: Mapping[str, Shape]
    _steps: tuple[_Step, ...]

    def of(self, box: Box) -> Mapping[str, Box]:
        """The smallest box of each end that holds all that the entries in ``box`` are computed from.

        A box is one (start, stop) for each axis, batch first, as long as the value's rank. Branches of unlike reach
        take the union, and what lies in the padding is left out. An end that ``box`` doesn't depend on is absent.
        """
        boxes: dict[str, Box] = {}
        cut = clipped(box, self.shape)
        if cut is not None:
            boxes[self.value] = cut
        for step in self._steps:
            for index, (name, sizes) in enumerate(step.given):
                wanted = boxes.get(name) if name in self.ends else boxes.pop(name, None)
                if wanted is not None:
                    self._go_back(step, index, sizes, wanted, boxes)
        return {name: box for name, box in boxes.items() if name in self.ends}

    def at(self, channel: int, row: int, column: int, *, channel_axis: int = 1) -> Mapping[str, Box]:
        """The same for one place of a map; height and width are the two axes beside batch and channels.

        A value that is no map is asked for its entry ``channel``, whatever axis that lies on.
        """
        return self.of(place_box(self.shape, (channel, row, column), channel_axis))

    def _go_back(self, step: _Step, index: int, sizes: Shape, box: Box, boxes: dict[str, Box]) -> None:
        found = step.rule(index, box)
        for place, entry in enumerate(step.read):
            part = found[place] if place < len(found) else None
            if entry is None or part is None:
                continue
            name, shape = entry
            cut = clipped(part, shape)
            if cut is not None:
                boxes[name] = hull(boxes.get(name), cut)


def fields(network: Network, value: str, ends: Collection[str] | None = None, batch: int = 1) -> Fields | None:
    """The way back from ``value`` to the values ``ends`` (None: to the network's inputs).

    None where a size on the way is known only when the network runs.
    """
    inputs = {value_name(given) for given in network.inputs}
    stops = inputs | set(ends or ())
    start = _value_of(network, value)
    if start is None:
        return None
    shape = shape_of(start, batch)
    steps: list[_Step] = []
    reached: dict[str, Shape] = {}
    if value in stops and shape is not None:
        reached[value] = shape
    for node in reversed(_nodes_behind(start, stops)):
        step = _step(node, batch)
        if step is None:
            return None
        steps.append(step)
        for entry in step.read:
            if entry is not None and entry[0] in stops:
                reached[entry[0]] = entry[1]
    if shape is None:
        return None
    wanted = inputs if ends is None else set(ends)
    return Fields(value, shape, {name: sizes for name, sizes in reached.items() if name in wanted}, tuple(steps))


def layer_fields(network: Network, layer: str, value: str, batch: int = 1) -> Fields | None:
    """The way back to what a layer itself reads, from its value or one that is computed from that alone."""
    return fields(network, value, [value_name(read) for read in network.layer[layer].inputs], batch)


def place_box(shape: Sequence[int], place: tuple[int, int, int], channel_axis: int = 1) -> Box:
    """The box of one (channel, row, column) in the first picture of a batch of that shape.

    Where further axes are folded into the channels, the number counts through them in their order.
    """
    channel, row, column = place
    rank = len(shape)
    if rank == 0:
        return ()
    sizes = list(shape)
    found = [(0, size) for size in sizes]
    found[0] = (0, 1) if rank > 1 else found[0]
    inner = list(range(1, rank)) if rank > 1 else [0]
    long = [axis for axis in inner if sizes[axis] > 1]
    if len(long) <= 1:
        if long:
            found[long[0]] = (channel, channel + 1)
        return tuple(found)
    if len(inner) == 2:
        found[inner[0]], found[inner[1]] = (row, row + 1), (column, column + 1)
        return tuple(found)
    axis = channel_axis % rank
    others = [other for other in inner if other != axis]
    found[others[-2]], found[others[-1]] = (row, row + 1), (column, column + 1)
    for other in reversed([axis, *others[:-2]]):
        channel, index = divmod(channel, sizes[other])
        found[other] = (index, index + 1)
    return tuple(found)


def _value_of(network: Network, name: str) -> ir.Value | None:
    if name in network.values:
        return network.values[name]
    return next((value for node in network.model.graph for value in node.outputs if value.name == name), None)


def _nodes_behind(value: ir.Value, stops: Collection[str]) -> list[ir.Node]:
    """The nodes that ``value`` is computed by from the stops on, in the order of the data."""
    found: dict[ir.Node, None] = {}
    # Without recursion: a network may be a chain of many thousands.
    pending: list[tuple[ir.Node, bool]] = []

    def visit(read: ir.Value | None) -> None:
        producer = None if read is None or read.name in stops else read.producer()
        if producer is not None and producer not in found:
            pending.append((producer, False))

    visit(value)
    while pending:
        node, is_ready = pending.pop()
        if is_ready:
            found[node] = None
        elif node not in found:
            pending.append((node, True))
            for read in node.inputs:
                visit(read)
    return list(found)


def _step(node: ir.Node, batch: int) -> _Step | None:
    given = _entries(node.outputs, batch)
    read = [_data(value) for value in node.inputs]
    sizes = [None if value is None else shape_of(value, batch) for value in read]
    if given is None or any(value is not None and shape is None for value, shape in zip(read, sizes, strict=True)):
        return None
    entries = tuple(
        None if value is None or shape is None else (value_name(value), shape)
        for value, shape in zip(read, sizes, strict=True)
    )
    shapes = tuple(None if value is None else shape_of(value, batch) for value in node.inputs)
    return _Step(given, entries, field_rule(node, shapes, tuple(shape for _, shape in given)))


def _entries(values: Iterable[ir.Value], batch: int) -> tuple[tuple[str, Shape], ...] | None:
    found: list[tuple[str, Shape]] = []
    for value in values:
        if not value.name:
            found.append(("", ()))
            continue
        shape = shape_of(value, batch)
        if shape is None and (value.uses() or value.is_graph_output()):
            return None
        found.append((value.name, shape or ()))
    return tuple(found)


def _data(value: ir.Value | None) -> ir.Value | None:
    """The value, unless it is a weight or a constant."""
    if value is None or value.is_initializer():
        return None
    producer = value.producer()
    return None if producer is not None and producer.op_type == "Constant" else value
