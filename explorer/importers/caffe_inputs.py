"""What a Caffe network is fed with: inputs declared in any of four ways, and the data layer's transformation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import onnx_ir as ir

from explorer.errors import PortsideError
from explorer.importers.caffe_layers import MOST_ELEMENTS
from explorer.network.builder import shape_tuple
from explorer.network.network import Shape
from explorer.network.preprocessing import Preprocessing, find_preprocessing

SMALLEST_PHOTOGRAPH = 128
"""A network that takes less sees the whole picture scaled down, not the middle of a larger one."""


@dataclass(frozen=True)
class DeclaredInput:
    """A blob that no layer computes, and the layer that declares it (the blob's own name in older files).

    ``shape`` is None where only a database knows it.
    """

    shape: Shape | None
    layer: str
    kind: str


def declared_inputs(net: Any, data: Sequence[Any], batch: str | None, path: Path) -> dict[str, DeclaredInput]:
    """The network's inputs by blob name; ``batch`` names their first size, or None leaves it as declared.

    An input whose first size is not that of the pictures is no batch of the same images: its size stays.

    :raises PortsideError: when a declared shape makes no sense.
    """
    shapes: dict[str, tuple[Sequence[int] | None, str, str]] = {}
    for index, blob in enumerate(net.input):
        if len(net.input_shape) > index:
            sizes = list(net.input_shape[index].dim)
        else:
            sizes = list(net.input_dim[4 * index : 4 * index + 4])
            if len(sizes) < 4:
                raise PortsideError(
                    f"declares an input of the shape {tuple(sizes)}, not of four input_dim", file=path, layer=blob
                )
        shapes[blob] = (sizes, blob, "Input")
    for layer in data:
        for index, top in enumerate(layer.top):
            shapes[top] = (_layer_shape(layer, index), layer.name, layer.type)
    images = _images([sizes for sizes, _, _ in shapes.values() if sizes])
    return {
        blob: DeclaredInput(None if sizes is None else _checked_shape(sizes, batch, images, path, layer), layer, kind)
        for blob, (sizes, layer, kind) in shapes.items()
    }


def preprocessing_of(net: Any, data: Sequence[Any], inputs: Sequence[ir.Value]) -> Preprocessing | None:
    """What stands before a network of pictures: its data layer's transformation, or Caffe's customary one.

    Caffe subtracts the mean first and scales then (data_transformer.cpp). None where no input looks like pictures.
    """
    pictures = [shape_tuple(value) for value in inputs if len(shape_tuple(value)) == 4]
    if not pictures:
        return None
    channels, height, width = pictures[0][1:]
    if channels not in (1, 3) or not isinstance(height, int) or not isinstance(width, int):
        return None
    usual = find_preprocessing("caffe")
    if min(height, width) < SMALLEST_PHOTOGRAPH:
        usual = replace(usual, fit="exact")
    if channels == 1:
        usual = replace(usual, order="GRAY", mean=(0.0,), name="gray")
    for layer in data:
        transform = layer.transform_param
        if transform.mean_value or transform.HasField("scale"):
            mean = tuple(float(value) * transform.scale for value in transform.mean_value) or (0.0,)
            if len(mean) in (1, channels):
                return replace(
                    usual,
                    name=f"{net.name}'s own" if net.name else "the file's own",
                    mean=mean,
                    scale=transform.scale,
                )
    return usual


def _layer_shape(layer: Any, index: int) -> Sequence[int] | None:
    """The shape of a data layer's top, as far as the prototxt says it."""
    if layer.type == "Input":
        shapes = layer.input_param.shape
        return list(shapes[min(index, len(shapes) - 1)].dim) if shapes else None
    if layer.type == "DummyData":
        param = layer.dummy_data_param
        if param.shape:
            return list(param.shape[min(index, len(param.shape) - 1)].dim)
        old = [list(sizes) for sizes in (param.num, param.channels, param.height, param.width)]
        return [sizes[min(index, len(sizes) - 1)] for sizes in old] if all(old) else None
    if layer.type == "MemoryData":
        memory = layer.memory_data_param
        if index:
            return [memory.batch_size]
        return [memory.batch_size, memory.channels, memory.height, memory.width]
    if index:
        return None
    transform = layer.transform_param
    size = transform.crop_size
    channels = 1 if transform.force_gray else max(3, len(transform.mean_value))
    if size:
        return [1, channels, size, size]
    image = layer.image_data_param
    if layer.type == "ImageData" and image.new_height and image.new_width:
        return [1, 3 if image.is_color else 1, image.new_height, image.new_width]
    return None


def _images(shapes: Sequence[Sequence[int]]) -> int | None:
    """How many images the file declares: the first size of the first input that has maps, or else of the first."""
    maps = [sizes for sizes in shapes if len(sizes) > 3]
    return next((sizes[0] for sizes in [*maps, *shapes]), None)


def _checked_shape(sizes: Sequence[int], batch: str | None, images: int | None, path: Path, layer: str) -> Shape:
    if not sizes or min(sizes) <= 0 or math.prod(sizes) > MOST_ELEMENTS:
        raise PortsideError(f"declares an input of the shape {tuple(sizes)}", file=path, layer=layer)
    return tuple(sizes) if batch is None or sizes[0] != images else (batch, *sizes[1:])
