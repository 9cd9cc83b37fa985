"""Checks of pooling: maximum or average, rounding, padding, stride, divisor, and the row that PoolHelper drops."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import onnx_ir as ir

from explorer.diagnosis.draft import Draft, setting
from explorer.diagnosis.edit import Edit, change
from explorer.diagnosis.scene import Candidate, Scene
from explorer.network.network import value_name

KINDS = ("MaxPool", "AveragePool")
GLOBAL = {"GlobalAveragePool": "AveragePool", "GlobalMaxPool": "MaxPool"}
CHANGING = ("Conv", "ConvTranspose", "Resize", "Reshape", "Flatten", "Pad", "Slice", *KINDS)


@dataclass(frozen=True)
class Pool:
    """A pooling's settings; pads as top, left, bottom, right."""

    kind: str
    kernel: tuple[int, int]
    strides: tuple[int, int]
    pads: tuple[int, int, int, int]
    ceil: bool
    count_padding: bool
    dilations: tuple[int, int] = (1, 1)

    @property
    def whole(self) -> bool:
        """Whether it goes over the whole maps at once."""
        return self.kernel == (0, 0)


def poolings(scene: Scene) -> Iterator[Candidate]:
    """Every pooling that differs from ours in one respect and gives maps of the reference's size."""
    for node in scene.draft.nodes:
        own = pool_of(node)
        if own is None:
            continue
        if own.whole:
            other = "GlobalMaxPool" if own.kind == "AveragePool" else "GlobalAveragePool"
            yield (
                Edit(
                    "pool-kind",
                    scene.layer(node),
                    f"the {_word(own.kind)} where the {_word(KINDS[own.kind == 'MaxPool'])} is meant",
                    change(Draft.change_operator, node.name or "", other),
                ),
            )
            continue
        for cause, pool in _changes(scene, node, own):
            if _fits(scene, node, pool) and (pool.kind == "AveragePool" or cause != "average-divisor"):
                yield (_edit(scene, node, own, pool, cause),)
                if _is_shift(own, pool):
                    yield (_edit(scene, node, own, pool, "pool-offset"),)


def _is_shift(own: Pool, pool: Pool) -> bool:
    """Whether every window only moves by one: a first row and column that is dropped, or kept, and a padding."""
    moved = [pool.pads[axis] - own.pads[axis] for axis in range(2)]
    back = [pool.pads[axis + 2] - own.pads[axis + 2] for axis in range(2)]
    # What the end is padded by may follow, or be left where no window came to it.
    ends = all(end in (0, -moved[0]) for end in back)
    return replace(own, pads=pool.pads, ceil=pool.ceil) == pool and abs(moved[0]) == 1 and moved[0] == moved[1] and ends


def offsets(scene: Scene) -> Iterator[Candidate]:
    """PoolHelper of the GoogLeNet port: the first row and column are dropped before a pooling, or should not be."""
    for node in scene.draft.nodes:
        own = pool_of(node)
        if own is not None and not own.whole:
            yield (
                Edit(
                    "pool-offset",
                    scene.layer(node),
                    "the first row and column should be dropped before the pooling",
                    change(_drop_first, node.name or ""),
                ),
            )
            # The port pads by one, drops the first row and column, and pools unpadded: padding at the end alone.
            for ceil in (False, True):
                shifted = replace(own, pads=(0, 0, own.pads[0] + own.pads[2], own.pads[1] + own.pads[3]), ceil=ceil)
                if any(own.pads) and _fits(scene, node, shifted):
                    yield (_edit(scene, node, own, shifted, "pool-offset"),)
        if node.op_type == "Slice":
            yield from _dropped(scene, node)


def _dropped(scene: Scene, node: ir.Node) -> Iterator[Candidate]:
    """A slice before a pooling that should not be there; padding at the end that makes up for it may stand for ceil."""
    text = "rows and columns are dropped before the pooling that the original keeps"
    behind = next((other for other in scene.draft.following(node) if pool_of(other) is not None), None)
    own = None if behind is None else pool_of(behind)
    if behind is None or own is None:
        return
    layer, name = scene.layer(node), node.name or ""
    yield (Edit("pool-offset", layer, text, change(Draft.change_operator, name, "Identity")),)
    rounded = replace(own, pads=(*own.pads[:2], *own.pads[:2]), ceil=True)
    if own.kind == "AveragePool" and not own.whole and rounded != own:
        method = change(_keep_all, name, behind.name or "", own, rounded)
        yield (Edit("pool-offset", layer, f"{text}; {_text(own, rounded)}", method),)


def _keep_all(draft: Draft, name: str, behind: str, own: Pool, pool: Pool) -> None:
    draft.change_operator(name, "Identity")
    _write(draft, behind, own, pool)


def pool_of(node: ir.Node) -> Pool | None:
    """A node as a pooling over two axes; None where it is none."""
    if node.domain:
        return None
    if node.op_type in GLOBAL:
        return Pool(GLOBAL[node.op_type], (0, 0), (1, 1), (0, 0, 0, 0), False, False)
    kernel = setting(node, "kernel_shape", ())
    if node.op_type not in KINDS or len(kernel) != 2 or setting(node, "auto_pad", "NOTSET") not in ("NOTSET", "VALID"):
        return None
    pads = [int(number) for number in setting(node, "pads", (0, 0, 0, 0))]
    strides, dilations = (tuple(int(n) for n in setting(node, key, (1, 1))) for key in ("strides", "dilations"))
    return Pool(
        node.op_type,
        (int(kernel[0]), int(kernel[1])),
        (strides[0], strides[1]),
        (pads[0], pads[1], pads[2], pads[3]),
        bool(setting(node, "ceil_mode", 0)),
        bool(setting(node, "count_include_pad", 0)),
        (dilations[0], dilations[1]),
    )


def _changes(scene: Scene, node: ir.Node, own: Pool) -> Iterator[tuple[str, Pool]]:
    """The pooling with one thing changed, and what that would be called."""
    yield "pool-rounding", replace(own, ceil=not own.ceil)
    yield "pool-kind", replace(own, kind=KINDS[KINDS.index(own.kind) - 1])
    if own.kind == "MaxPool":
        yield "pool-kind", replace(own, kind="AveragePool", count_padding=True)
    yield "average-divisor", replace(own, count_padding=not own.count_padding)
    begin = own.pads[:2]
    if not own.ceil and own.pads[2:] != begin:
        # Padding at the end that stands for ceil: Caffe ends the last windows where the maps end.
        yield "pool-rounding", replace(own, pads=(*begin, *begin), ceil=True)
    x = scene.values.get(value_name(node.inputs[0])) if node.inputs[0] is not None else None
    if x is None or x.ndim != 4:
        return
    if own.ceil and own.kind == "AveragePool":
        over = [_overhang(own, axis, x.shape[2 + axis]) for axis in range(2)]
        ends = (own.pads[2] + over[0], own.pads[3] + over[1])
        yield "pool-rounding", replace(own, pads=(*begin, *ends), ceil=False, count_padding=True)
    room = range(max(own.kernel))
    sides = [(begin, end) for begin in room for end in room if max(begin, end) < min(own.kernel)]
    for rows in sides:
        pads = (rows[0], rows[0], rows[1], rows[1])
        if pads != own.pads:
            yield "padding", replace(own, pads=pads)
        if own.kind == "AveragePool" and not own.ceil and rows[0] < rows[1] and rows[0] != own.pads[0]:
            # The padding at the end may stand for ceil, whose windows count no places beyond the end.
            yield "padding", replace(own, pads=(rows[0],) * 4, ceil=True)
        # An end that is one short of ceil's overhang: SAME in frameworks that pad each axis as it needs.
        for columns in sides if x.shape[2] != x.shape[3] else ():
            mixed = (rows[0], columns[0], rows[1], columns[1])
            if rows != columns and mixed != own.pads:
                yield "padding", replace(own, pads=mixed)
    for stride in (1, 2, 3, 4):
        if (stride, stride) != own.strides:
            for pads in dict.fromkeys((own.pads, (0, 0, 0, 0), (1, 1, 1, 1), (0, 0, 1, 1))):
                yield "stride-dilation", replace(own, strides=(stride, stride), pads=pads)


def _overhang(own: Pool, axis: int, size: int) -> int:
    """How far the last window reaches beyond the padded end when sizes are rounded up."""
    rest = (size + own.pads[axis] + own.pads[2 + axis] - own.kernel[axis]) % own.strides[axis]
    return own.strides[axis] - rest if rest else 0


def _fits(scene: Scene, node: ir.Node, pool: Pool) -> bool:
    """Whether the pooling may give maps of the reference's size: where nothing behind it changes them, it must."""
    if max(pool.pads) >= min(pool.kernel):
        return False
    x = scene.values.get(value_name(node.inputs[0])) if node.inputs[0] is not None else None
    if x is None or scene.target.ndim != 4 or any(b.op_type in CHANGING for b in scene.draft.following(node)):
        return True
    for axis in range(2):
        length = x.shape[2 + axis] + pool.pads[axis] + pool.pads[2 + axis] - pool.kernel[axis]
        steps, rest = divmod(length, pool.strides[axis])
        count = steps + 1
        if pool.ceil and rest and count * pool.strides[axis] < x.shape[2 + axis] + pool.pads[axis]:
            count += 1
        if length < 0 or count != scene.target.shape[2 + axis]:
            return False
    return True


def _edit(scene: Scene, node: ir.Node, own: Pool, pool: Pool, cause: str) -> Edit:
    return Edit(cause, scene.layer(node), _text(own, pool), change(_write, node.name or "", own, pool))


def _write(draft: Draft, name: str, own: Pool, pool: Pool) -> None:
    """Set what differs between the two, and leave all else as it is in the draft."""
    node = draft.node(name)
    if own.kind != pool.kind:
        node.op_type = pool.kind
        draft.set_attributes(name, count_include_pad=None, storage_order=None)
    if own.count_padding != pool.count_padding:
        draft.set_attributes(name, count_include_pad=int(pool.count_padding))
    if own.pads != pool.pads:
        draft.set_attributes(name, pads=list(pool.pads), auto_pad=None)
    if own.strides != pool.strides:
        draft.set_attributes(name, strides=list(pool.strides))
    if own.ceil != pool.ceil:
        draft.set_attributes(name, ceil_mode=int(pool.ceil))


def _drop_first(draft: Draft, name: str) -> None:
    ends = np.full(2, np.iinfo(np.int64).max)
    draft.insert_before(name, 0, "Slice", [np.asarray([1, 1]), ends, np.asarray([2, 3])])


def _text(own: Pool, pool: Pool) -> str:
    parts = []
    if own.ceil != pool.ceil:
        words = ("down", "up") if pool.ceil else ("up", "down")
        parts.append(f"sizes are rounded {words[0]} and should be rounded {words[1]}")
    if own.kind != pool.kind:
        parts.append(f"the {_word(own.kind)} is taken where the {_word(pool.kind)} is meant")
    if own.count_padding != pool.count_padding:
        parts.append(
            f"padded places are {'not ' if pool.count_padding else ''}counted and should "
            f"{'' if pool.count_padding else 'not '}be"
        )
    if own.pads != pool.pads:
        parts.append(f"padding {own.pads} where {pool.pads} is meant (top, left, bottom, right)")
    if own.strides != pool.strides:
        parts.append(f"stride {own.strides[0]} where {pool.strides[0]} is meant")
    return "; ".join(parts)


def _word(kind: str) -> str:
    return "maximum" if kind == "MaxPool" else "average"
