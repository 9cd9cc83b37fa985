"""The rows of the layer table, in the order of the data, and what a comparison says of each. Without Qt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from explorer.comparison.comparison import Comparison, Verdict
from explorer.network.modules import Module
from explorer.ui.number_text import amount_text, error_text, shape_text
from explorer.ui.theme import MARKS

if TYPE_CHECKING:
    import onnx_ir as ir

    from explorer.network.costs import LayerCost
    from explorer.network.modules import Modules
    from explorer.network.network import Layer, Network
    from explorer.session.answers import Timed

WORST_FIRST: tuple[Verdict, ...] = ("culprit", "shape", "inherited", "match", "not compared")
"""A module is as good as the worst layer in it."""


@dataclass(frozen=True, eq=False)
class LayerRow:
    """A layer, or a module with the rows below it; ``layers`` are the names of all layers in it.

    ``parameters`` are learned numbers and ``macs`` multiply-adds, of a module those of all its layers; None: a size
    is not known before a run.
    """

    name: str
    label: str
    type: str = ""
    shape: str = ""
    layers: tuple[str, ...] = ()
    children: tuple[LayerRow, ...] = ()
    parameters: int | None = None
    macs: int | None = None

    @property
    def is_module(self) -> bool:
        """Whether the row is a frame around layers and no layer itself."""
        return bool(self.children)


class RowTree:
    """Rows, and where each of them and of those below stands; made before it is shown, since there may be thousands.

    ``place`` is a row's parent (None at the top) and number among its siblings, by the row's ``id``.
    """

    def __init__(self, rows: Sequence[LayerRow] = ()) -> None:
        self.rows = tuple(rows)
        self.place: dict[int, tuple[LayerRow | None, int]] = {}
        self.by_name: dict[str, LayerRow] = {}
        waiting: list[tuple[LayerRow | None, tuple[LayerRow, ...]]] = [(None, self.rows)]
        while waiting:
            parent, children = waiting.pop()
            for number, row in enumerate(children):
                self.place[id(row)] = (parent, number)
                self.by_name[row.name] = row
            waiting.extend((row, row.children) for row in children if row.children)


@dataclass(frozen=True)
class RowState:
    """What the reference says of a row: ``error`` is the isolated relative L2 error, ``floor`` its noise floor.

    ``cumulative`` is the relative L2 error of the whole network up to here. For a module all are those of
    its worst layer.
    """

    verdict: Verdict
    error: float | None = None
    floor: float | None = None
    cumulative: float | None = None


@dataclass(frozen=True)
class RowTime:
    """Median ``milliseconds`` of a layer, or of all layers of a module, their ``share`` of a run, and multiply-adds.

    ``milliseconds`` is None for what onnxruntime computes together with the layer ``within``, for that one's time.
    """

    milliseconds: float | None
    share: float
    macs: int
    within: str | None = None


def layer_rows(network: Network, modules: Modules | None) -> tuple[LayerRow, ...]:
    """The rows at the top; without ``modules`` all layers are."""
    # It brings onnx_ir along, which the first paint does without.
    from explorer.network.costs import costs

    cost = {row.layer: row for row in costs(network)}
    if modules is None:
        return tuple(_row(layer, layer.name, cost[layer.name]) for layer in network.layers)
    return _children(modules.root, network.layer, modules.labels, cost)


def row_state(row: LayerRow, comparison: Comparison | None) -> RowState | None:
    """What the comparison says of the row; None without one."""
    if comparison is None:
        return None
    found = [comparison.layer[name] for name in row.layers if name in comparison.layer]
    if not found:
        return RowState("not compared")
    verdict = min((line.verdict for line in found), key=WORST_FIRST.index)
    errors = [
        (line.isolated.relative_l2, line.isolated_floor)
        for line in found
        if line.verdict == verdict and line.isolated is not None
    ]
    error, floor = max(errors, key=lambda pair: pair[0], default=(None, None))
    cumulative = [line.cumulative.relative_l2 for line in found if line.cumulative is not None]
    return RowState(verdict, error, floor, max(cumulative, default=None))


def row_time(row: LayerRow, timed: Timed | None) -> RowTime | None:
    """What was timed of the row; None where nothing was."""
    if timed is None:
        return None
    found = [line for line in map(timed.timing.of, row.layers) if line is not None]
    if not found:
        return None
    spent = [line.milliseconds for line in found if line.milliseconds is not None]
    macs = sum(timed.macs.get(name, 0) for name in row.layers)
    if not spent:
        return RowTime(None, 0.0, macs, found[0].within)
    whole = timed.timing.milliseconds
    return RowTime(sum(spent), min(1.0, sum(spent) / whole) if whole > 0 else 0.0, macs)


def time_text(time: RowTime | None) -> str:
    """Milliseconds, each digit under its like; a word where the time is counted in another row."""
    if time is None:
        return ""
    if time.milliseconds is None:
        return "fused"
    spent = time.milliseconds
    return "0" if spent == 0 else f"{spent:.3f}" if spent < 100 else f"{spent:.1f}" if spent < 1000 else f"{spent:.0f}"


def macs_text(time: RowTime | None, row: LayerRow | None = None) -> str:
    """Multiply-adds with three digits, those that were timed or else the row's: ``118 M``; nothing where none are."""
    macs = time.macs if time is not None else None if row is None else row.macs
    return amount_text(macs) if macs else ""


def parameters_text(row: LayerRow) -> str:
    """Parameters with three digits: ``9.41 k``; nothing where there are none."""
    return amount_text(row.parameters) if row.parameters else ""


def describe_row(
    row: LayerRow, state: RowState | None, time: RowTime | None = None, *, is_bookmarked: bool = False
) -> str:
    """The row in words: for the tooltip, and for who listens instead of looking."""
    lines = [f"{row.name}, bookmarked" if is_bookmarked else row.name]
    if row.is_module:
        lines.append(f"{len(row.layers)} layers")
    else:
        lines.append(" · ".join(part for part in (row.type, row.shape) if part))
    if state is not None:
        lines.append(MARKS[state.verdict].word)
        if state.error is not None:
            floor = "" if state.floor is None else f", noise floor {error_text(state.floor)}"
            lines.append(f"isolated error {error_text(state.error)}{floor}")
        if state.cumulative is not None:
            lines.append(f"cumulative error {error_text(state.cumulative)}")
    if time is not None:
        lines += _times(time)
    elif row.macs:
        lines.append(f"{macs_text(None, row)} multiply-adds")
    if row.parameters:
        lines.append(f"{parameters_text(row)} parameters")
    return "\n".join(lines)


def name_row(row: LayerRow, state: RowState | None, *, is_bookmarked: bool = False) -> str:
    """The row in one breath: ``conv1/7x7_s2, Convolution, culprit, error 1.1``."""
    parts = [row.name, f"{len(row.layers)} layers" if row.is_module else row.type]
    if state is not None:
        parts.append(MARKS[state.verdict].word)
        if state.error is not None:
            parts.append(f"error {error_text(state.error)}")
    if is_bookmarked:
        parts.append("bookmarked")
    return ", ".join(part for part in parts if part)


def _times(time: RowTime) -> list[str]:
    macs = f"{macs_text(time)} multiply-adds" if time.macs else ""
    if time.milliseconds is None:
        together = f"computed together with {time.within}, in its time"
        return [together, macs] if macs else [together]
    if time.milliseconds == 0:
        return ["takes no time: it is left out of the run"]
    lines = [f"{time_text(time)} ms, {100 * time.share:.2g} % of a run"]
    if macs:
        lines.append(f"{macs}, {2e-6 * time.macs / time.milliseconds:.3g} GFLOP/s")
    return lines


def _children(
    module: Module, layers: Mapping[str, Layer], labels: Mapping[str, str], cost: Mapping[str, LayerCost]
) -> tuple[LayerRow, ...]:
    rows = []
    for child in module.children:
        if isinstance(child, Module):
            inner = _children(child, layers, labels, cost)
            label = labels.get(child.name, child.label)
            parameters, macs = _sum(row.parameters for row in inner), _sum(row.macs for row in inner)
            rows.append(LayerRow(child.name, label, "", "", child.layers, inner, parameters, macs))
        else:
            rows.append(_row(layers[child], labels.get(child, child), cost[child]))
    return tuple(rows)


def _sum(numbers: Iterable[int | None]) -> int | None:
    known = [*numbers]
    return None if None in known else sum(number for number in known if number is not None)


def _row(layer: Layer, label: str, cost: LayerCost) -> LayerRow:
    shape = size_text_of(layer.outputs[0]) if layer.outputs else ""
    return LayerRow(layer.name, label, layer.type, shape, (layer.name,), (), cost.parameters, cost.macs)


def size_text_of(value: ir.Value) -> str:
    """A value's shape without its batch: ``64×112×112``, with names or a question mark where a size is open."""
    if value.shape is None:
        return ""
    sizes = [size if isinstance(size, int) else size.value or "?" for size in value.shape]
    numbers = [size for size in sizes[1:] if isinstance(size, int)]
    return shape_text([1, *numbers]) if len(numbers) == len(sizes) - 1 else "×".join(map(str, sizes[1:]))
