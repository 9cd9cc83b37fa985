"""What is measured on, made here: GoogLeNet as ONNX and as Caffe's files, large graphs, a picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from explorer.network.network import Layer, Network

SEED = 0

CHANNELS = 4
"""Of every value in a large graph: its nodes are many, not heavy."""


@dataclass(frozen=True)
class CaffeFiles:
    """A deploy.prototxt and its caffemodel."""

    network: Path
    weights: Path


def write_googlenet(folder: Path, width: float) -> Path:
    """GoogLeNet with seeded random weights, as ONNX."""
    from explorer.network.saving import save_network

    path = folder / "googlenet.onnx"
    save_network(_googlenet(width), path)
    return path


def write_caffe(folder: Path, width: float) -> CaffeFiles:
    """The same network as Caffe's own two files, in a folder of their own."""
    network = _googlenet(width)
    place = folder / "caffe"
    place.mkdir()
    files = CaffeFiles(place / "deploy.prototxt", place / "googlenet.caffemodel")
    files.network.write_text(prototxt(network), "utf-8")
    files.weights.write_bytes(caffemodel(network))
    return files


def write_picture(folder: Path) -> Path:
    """A picture of 320 × 240: noise over a gradient, as PNG."""
    from PIL import Image

    path = folder / "picture.png"
    noise = np.random.default_rng(SEED).integers(0, 64, (240, 320, 3), np.uint8)
    Image.fromarray(noise + np.linspace(0, 190, 320).astype(np.uint8)[:, None]).save(path)
    return path


def write_blocks(path: Path, nodes: int) -> Path:
    """An ONNX file of exactly ``nodes`` nodes: residual blocks with two branches, whose names tell no modules."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper, save_model

    shape = [1, CHANNELS, 8, 8]
    weight = numpy_helper.from_array(np.full((CHANNELS, CHANNELS, 1, 1), 0.1, np.float32), "weight")
    made: list[onnx.NodeProto] = []
    x = "input"

    def node(kind: str, *inputs: str) -> str:
        output = f"value_{len(made)}"
        made.append(helper.make_node(kind, list(inputs), [output], f"node_{len(made)}"))
        return output

    while nodes - len(made) >= 8:
        left = node("Relu", node("Conv", x, "weight"))
        left = node("Sigmoid", node("Conv", left, "weight"))
        right = node("Conv", node("Relu", x), "weight")
        x = node("Relu", node("Add", left, right))
    while len(made) < nodes:
        x = node("Relu", x)
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in ("input", x)]
    graph = helper.make_graph(made, "blocks", values[:1], values[1:], [weight])
    save_model(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), str(path))
    return path


def prototxt(network: Network) -> str:
    """A network of Caffe's layers as the text that Caffe reads."""
    from explorer.network.network import shape_of

    size = " ".join(f"dim: {size}" for size in shape_of(network.inputs[0], 1) or ())
    lines = [f'name: "{network.name}"']
    for layer in network.layers:
        bottoms = "".join(f' bottom: "{_blob(network, value)}"' for value in layer.inputs)
        tops = "".join(f' top: "{blob}"' for blob in layer.blobs)
        kind = layer.type if layer.nodes or layer.inputs else "Input"
        parameters = f"input_param {{ shape {{ {size} }} }}" if kind == "Input" else _parameters(layer)
        lines.append(f'layer {{ name: "{layer.name}" type: "{kind}"{bottoms}{tops} {parameters} }}')
    return "\n".join(lines) + "\n"


def caffemodel(network: Network) -> bytes:
    """The weights as Caffe's NetParameter: layer 100 with name 1 and blobs 7; a blob's data 5 and shape 7, dims 1."""
    written = []
    for layer in network.layers:
        arrays = [value.const_value.numpy() for value in layer.weights if value.const_value is not None]
        if arrays:
            blobs = b"".join(_field(7, _blob_bytes(array)) for array in arrays)
            written.append(_field(100, _field(1, layer.name.encode()) + blobs))
    return b"".join(written)


_PARAMETER_MESSAGES: Mapping[str, str] = {
    "Convolution": "convolution_param",
    "Pooling": "pooling_param",
    "LRN": "lrn_param",
    "InnerProduct": "inner_product_param",
}


def _googlenet(width: float) -> Network:
    from explorer.architectures.googlenet import googlenet

    return googlenet(width=width, seed=SEED)


def _blob(network: Network, value: Any) -> str:
    for layer in network.layers:
        for output, blob in zip(layer.outputs, layer.blobs, strict=True):
            if output is value and blob is not None:
                return blob
    raise ValueError(f"no blob holds {value.name}")


def _parameters(layer: Layer) -> str:
    message = _PARAMETER_MESSAGES.get(layer.type)
    if message is None:
        return ""
    fields = []
    for name, held in layer.parameters.items():
        fields += [f"{name}: {each}" for each in (held if isinstance(held, list | tuple) else [held])]
    return f"{message} {{ {' '.join(fields)} }}"


def _blob_bytes(array: NDArray[np.float32]) -> bytes:
    dims = b"".join(_varint(1 << 3) + _varint(size) for size in array.shape)
    return _field(5, array.astype("<f4").tobytes()) + _field(7, dims)


def _field(number: int, payload: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(payload)) + payload


def _varint(number: int) -> bytes:
    written = bytearray()
    while number > 0x7F:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    written.append(number)
    return bytes(written)
