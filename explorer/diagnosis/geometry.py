"""Checks of where a layer's windows stand: padding, stride, dilation, crops, coordinates of resizing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np
import onnx_ir as ir

from explorer.diagnosis.draft import Draft, fixed, setting
from explorer.diagnosis.edit import Edit, change
from explorer.diagnosis.scene import Candidate, Scene
from explorer.network.network import value_name
from explorer.running.activations import Array

STRIDES = (1, 2, 3, 4)
DILATIONS = (1, 2, 3, 4, 6)

COORDINATES = ("half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel", "half_pixel_symmetric")
INTERPOLATIONS = ("nearest", "linear", "cubic")
NEAREST = ("round_prefer_floor", "floor", "ceil", "round_prefer_ceil")

Pads = tuple[int, int, int, int]


def paddings(scene: Scene) -> Iterator[Candidate]:
    """Another amount of padding, or an uneven split for a symmetric one; whatever gives maps of the right size."""
    for node in scene.draft.nodes:
        if node.op_type == "Conv" and _is_flat(node):
            strides, dilations = _pair(node, "strides"), _pair(node, "dilations")
            for pads in _possible_pads(scene, node, strides, dilations):
                if pads != _pads(node):
                    yield (_padded(scene, node, pads),)
    yield from _padded_results(scene)
    yield from _explicit_paddings(scene)


def _padded_results(scene: Scene) -> Iterator[Candidate]:
    """Zeros around a convolution's result that should be around the maps it reads."""
    for node in scene.draft.nodes:
        behind = next(scene.draft.following(node), None)
        if node.op_type != "Conv" or not _is_flat(node) or behind is None or behind.op_type != "Pad":
            continue
        for pads in _possible_pads(scene, node, _pair(node, "strides"), _pair(node, "dilations"), whole=True):
            if pads != _pads(node):
                yield (
                    Edit(
                        "padding",
                        scene.layer(node),
                        f"the padding is around the result, and should be {_sides(pads)} around the maps",
                        change(_pad_maps, node.name or "", behind.name or "", pads),
                    ),
                )


def _pad_maps(draft: Draft, name: str, behind: str, pads: Pads) -> None:
    draft.change_operator(behind, "Identity")
    draft.set_attributes(name, pads=list(pads), auto_pad=None)


def _padded(scene: Scene, node: ir.Node, pads: Pads) -> Edit:
    return Edit(
        "padding",
        scene.layer(node),
        f"padding {_sides(_pads(node))} where {_sides(pads)} is meant",
        change(Draft.set_attributes, node.name or "", pads=list(pads), auto_pad=None),
    )


def _explicit_paddings(scene: Scene) -> Iterator[Candidate]:
    """A layer that pads and does nothing else."""
    for node in scene.draft.nodes:
        amounts = fixed(node.inputs[1]) if node.op_type == "Pad" and len(node.inputs) > 1 else None
        if amounts is None or amounts.size != 8:
            continue
        own = [int(number) for number in amounts.reshape(-1)]
        x = scene.values.get(value_name(node.inputs[0])) if node.inputs[0] is not None else None
        if x is None:
            continue
        for top, left, bottom, right in product(range(5), repeat=4):
            sides = (top, left, bottom, right)
            if sides == (own[2], own[3], own[6], own[7]) or max(abs(top - bottom), abs(left - right)) > 1:
                continue
            wide = (top + bottom, left + right)
            if not _leads_to_target(scene, node, (x.shape[2] + wide[0], x.shape[3] + wide[1])):
                continue
            pads = np.asarray([*own[:2], top, left, *own[4:6], bottom, right], np.int64)
            yield (
                Edit(
                    "padding",
                    scene.layer(node),
                    f"padding {_sides((own[2], own[3], own[6], own[7]))} where {_sides(sides)} is meant",
                    change(Draft.set_array, node.name or "", 1, pads),
                ),
            )


def _leads_to_target(scene: Scene, node: ir.Node, size: tuple[int, int]) -> bool:
    """Whether maps of ``size`` may be right: surely not, where the stretch ends here and the reference has others."""
    ends = value_name(node.outputs[0]) == scene.suspect.stretch.value
    return not ends or tuple(scene.target.shape[2:]) == size


def strides(scene: Scene) -> Iterator[Candidate]:
    """Another stride or dilation, with whatever padding gives maps of the right size."""
    yield from _repeated_results(scene)
    for node in scene.draft.nodes:
        if node.op_type != "Conv" or not _is_flat(node):
            continue
        own = (_pair(node, "strides"), _pair(node, "dilations"))
        kernel = _kernel(node)
        for stride, dilation in product(STRIDES, DILATIONS):
            wanted = ((stride, stride), (dilation, dilation))
            if wanted == own or (dilation > 1 and max(kernel) == 1):
                continue
            text = _difference(own, wanted)
            for pads in _possible_pads(scene, node, *wanted):
                # Another padding besides would be a second mistake: only the one that SAME gives is tried with it.
                if pads != _pads(node) and not _is_even(pads):
                    continue
                yield (
                    Edit(
                        "stride-dilation",
                        scene.layer(node),
                        text + ("" if pads == _pads(node) else f", with padding {_sides(pads)}"),
                        change(
                            Draft.set_attributes,
                            node.name or "",
                            strides=[stride, stride],
                            dilations=[dilation, dilation],
                            pads=list(pads),
                            auto_pad=None,
                        ),
                    ),
                )


def _repeated_results(scene: Scene) -> Iterator[Candidate]:
    """A stride for a dilation, with the result brought back to its size by repeating it."""
    for node in scene.draft.nodes:
        behind = next(scene.draft.following(node), None)
        if (
            node.op_type != "Conv"
            or not _is_flat(node)
            or behind is None
            or behind.op_type not in ("Resize", "Upsample")
        ):
            continue
        for stride, dilation in product(STRIDES, DILATIONS):
            for pads in _possible_pads(scene, node, (stride, stride), (dilation, dilation), whole=True):
                yield (
                    Edit(
                        "stride-dilation",
                        scene.layer(node),
                        f"stride {by(_pair(node, 'strides'))} and a repeated result where stride {stride} and dilation "
                        f"{dilation} are meant",
                        change(_step, node.name or "", behind.name or "", stride, dilation, pads),
                    ),
                )


def _step(draft: Draft, name: str, behind: str, stride: int, dilation: int, pads: Pads) -> None:
    draft.change_operator(behind, "Identity")
    draft.set_attributes(name, strides=[stride, stride], dilations=[dilation, dilation], pads=list(pads), auto_pad=None)


def _difference(own: tuple[tuple[int, int], ...], wanted: tuple[tuple[int, int], ...]) -> str:
    parts = [
        f"{name} {by(before)} where {by(after)} is meant"
        for name, before, after in zip(("stride", "dilation"), own, wanted, strict=True)
        if before != after
    ]
    return " and ".join(parts)


def by(sizes: tuple[int, ...]) -> str:
    """Sizes for a sentence: ``3×3``."""
    return "×".join(map(str, sizes))


def transposed_crops(scene: Scene) -> Iterator[Candidate]:
    """Another crop, output padding or stride of a transposed convolution."""
    for node in scene.draft.nodes:
        if node.op_type != "ConvTranspose" or not _is_flat(node):
            continue
        kernel, dilations = _kernel(node), _pair(node, "dilations")
        x = scene.values.get(value_name(node.inputs[0])) if node.inputs[0] is not None else None
        size = _map_size(scene, node)
        if x is None or size is None:
            continue
        own_strides, own_extra = _pair(node, "strides"), _pair(node, "output_padding", 0)
        for stride in dict.fromkeys((own_strides, (1, 1), (2, 2), (3, 3), (4, 4))):
            splits = []
            for axis in range(2):
                whole = (x.shape[2 + axis] - 1) * stride[axis] + (kernel[axis] - 1) * dilations[axis] + 1
                splits.append(
                    [
                        (begin, whole + extra - begin - size[axis], extra)
                        for extra in range(stride[axis])
                        for begin in range(kernel[axis])
                        if 0 <= whole + extra - begin - size[axis] < kernel[axis] + stride[axis]
                    ]
                )
            for rows, columns in product(*splits):
                pads = (rows[0], columns[0], rows[1], columns[1])
                extra = (rows[2], columns[2])
                if (rows[0], rows[2]) != (columns[0], columns[2]) and x.shape[2] == x.shape[3]:
                    continue
                if (stride, pads, extra) == (own_strides, _pads(node), own_extra):
                    continue
                cause = "deconvolution-crop" if stride == own_strides else "stride-dilation"
                text = f"crop {_sides(_pads(node))} where {_sides(pads)} is meant"
                yield (
                    Edit(
                        cause,
                        scene.layer(node),
                        text if stride == own_strides else f"stride {by(own_strides)} where {by(stride)} is meant",
                        change(
                            Draft.set_attributes,
                            node.name or "",
                            strides=list(stride),
                            pads=list(pads),
                            output_padding=list(extra),
                            output_shape=None,
                            auto_pad=None,
                        ),
                    ),
                )


def slices(scene: Scene) -> Iterator[Candidate]:
    """A crop at another place: a slice of maps behind a layer that makes them too large."""
    for node in scene.draft.nodes:
        if node.op_type != "Slice" or len(node.inputs) < 4 or node.inputs[0] is None:
            continue
        starts, ends, axes = (fixed(value) for value in node.inputs[1:4])
        x = scene.values.get(value_name(node.inputs[0]))
        if starts is None or ends is None or axes is None or x is None or x.ndim != 4:
            continue
        spatial = [index for index, axis in enumerate(axes.reshape(-1)) if int(axis) % 4 >= 2]
        if len(spatial) != 2 or value_name(node.outputs[0]) != scene.suspect.stretch.value:
            continue
        size = scene.target.shape[2:]
        room = [x.shape[2 + number] - size[number] for number in range(2)]
        if min(room) < 0:
            continue
        for top, left in product(range(room[0] + 1), range(room[1] + 1)):
            if max(room) > 8 and (top, left) != (left, top):
                continue
            first, last = starts.copy().reshape(-1), ends.copy().reshape(-1)
            for index, begin, length in zip(spatial, (top, left), size, strict=True):
                first[index], last[index] = begin, begin + length
            if np.array_equal(first, starts.reshape(-1)) and np.array_equal(last, ends.reshape(-1)):
                continue
            yield (
                Edit(
                    _crop_cause(scene, node),
                    scene.layer(node),
                    f"the crop begins at {_corner(starts, spatial)} where {top}, {left} is meant",
                    change(_set_slice, node.name or "", first, last),
                ),
            )


def _crop_cause(scene: Scene, node: ir.Node) -> str:
    """A slice in front of a pooling is PoolHelper's; any other cuts a transposed convolution's border."""
    readers = {use.node.op_type for use in scene.suspect.network.values[value_name(node.outputs[0])].uses()}
    return "pool-offset" if readers and readers <= {"MaxPool", "AveragePool"} else "deconvolution-crop"


def _set_slice(draft: Draft, name: str, first: np.ndarray, last: np.ndarray) -> None:
    draft.set_array(name, 1, first)
    draft.set_array(name, 2, last)


def resizings(scene: Scene) -> Iterator[Candidate]:
    """Another rule of coordinates, or another interpolation."""
    for node in scene.draft.nodes:
        if node.op_type != "Resize":
            continue
        own = (
            setting(node, "mode", "nearest"),
            setting(node, "coordinate_transformation_mode", "half_pixel"),
            setting(node, "nearest_mode", "round_prefer_floor"),
        )
        for mode, coordinates in product(INTERPOLATIONS, COORDINATES):
            for nearest in NEAREST if mode == "nearest" else (own[2],):
                if (mode, coordinates, nearest) == own:
                    continue
                yield (
                    Edit(
                        "upsample-coordinates",
                        scene.layer(node),
                        f"{own[0]} with {own[1].replace('_', ' ')} where {mode} with {coordinates.replace('_', ' ')} "
                        "is meant" + (f" ({nearest.replace('_', ' ')})" if mode == "nearest" else ""),
                        change(
                            Draft.set_attributes,
                            node.name or "",
                            mode=mode,
                            coordinate_transformation_mode=coordinates,
                            nearest_mode=nearest,
                        ),
                    ),
                )


def _possible_pads(
    scene: Scene, node: ir.Node, strides: tuple[int, int], dilations: tuple[int, int], *, whole: bool = False
) -> Iterator[Pads]:
    """Paddings with which a window gives maps of the reference's size, the likeliest first.

    ``whole``: whatever stands behind it, its maps have that size.
    """
    x = scene.values.get(value_name(node.inputs[0])) if node.inputs[0] is not None else None
    size = _map_size(scene, node)
    if whole and scene.target.ndim == 4:
        size = (scene.target.shape[2], scene.target.shape[3])
    if x is None or size is None:
        return
    splits = []
    for axis in range(2):
        reach = (_kernel(node)[axis] - 1) * dilations[axis] + 1
        least = (size[axis] - 1) * strides[axis] + reach - x.shape[2 + axis]
        found = [
            (begin, total - begin)
            for total in range(max(0, least), max(0, least + strides[axis]))
            for begin in range(total + 1)
            if max(begin, total - begin) <= reach
        ]
        splits.append(sorted(found, key=lambda pair: (abs(pair[0] - pair[1]), sum(pair))))
    same = x.shape[2] == x.shape[3] and len(set(_kernel(node))) == 1
    for rows, columns in product(*splits):
        if not same or rows == columns:
            yield rows[0], columns[0], rows[1], columns[1]


def _map_size(scene: Scene, node: ir.Node) -> tuple[int, int] | None:
    """The height and width that the node's maps should have: the reference's, if nothing behind it changes them."""
    if scene.target.ndim != 4:
        return None
    for behind in scene.draft.following(node):
        if behind.op_type in ("MaxPool", "AveragePool", "Conv", "Pad", "Slice", "Resize", "ConvTranspose", "Reshape"):
            x = scene.values.get(value_name(node.outputs[0]))
            return None if x is None or x.ndim != 4 else (x.shape[2], x.shape[3])
    return scene.target.shape[2], scene.target.shape[3]


def _is_flat(node: ir.Node) -> bool:
    array = fixed(node.inputs[1]) if len(node.inputs) > 1 else None
    return array is not None and array.ndim == 4


def _kernel(node: ir.Node) -> tuple[int, int]:
    array = fixed(node.inputs[1])
    assert array is not None
    return int(array.shape[2]), int(array.shape[3])


def _pair(node: ir.Node, name: str, default: int = 1) -> tuple[int, int]:
    first, second = setting(node, name, (default, default))
    return int(first), int(second)


def _pads(node: ir.Node) -> Pads:
    top, left, bottom, right = setting(node, "pads", (0, 0, 0, 0))
    return int(top), int(left), int(bottom), int(right)


def _sides(pads: Pads) -> str:
    top, left, bottom, right = pads
    if top == left == bottom == right:
        return str(top)
    return f"{top}, {left}, {bottom}, {right} (top, left, bottom, right)"


def _is_even(pads: Pads) -> bool:
    """As SAME splits: the odd row or column goes to the end; or before, as in a rotated convolution."""
    return abs(pads[0] - pads[2]) <= 1 and abs(pads[1] - pads[3]) <= 1


def _corner(starts: Array, axes: Sequence[int]) -> str:
    return ", ".join(str(int(starts.reshape(-1)[axis])) for axis in axes)
