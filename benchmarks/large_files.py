"""VGG16-sized networks with random weights, 553 MB, in every format: `python -m benchmarks.large_files`.

`python -m benchmarks.large_files FORMAT FOLDER` writes one and prints the paths of its network and of its largest file.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.tensorflow_files import field, shape_proto, table_bytes, varint

Array = NDArray[np.float32]

BLOCKS = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))
"""Filters and convolutions of each block (Simonyan and Zisserman 2015, table 1, column D)."""

FULLY_CONNECTED = (("fc6", 7 * 7 * 512, 4096), ("fc7", 4096, 4096), ("fc8", 4096, 1000))


def convolutions() -> Iterator[tuple[str, int, int]]:
    """Name, input channels and filters of the convolutions."""
    read = 3
    for block, (filters, count) in enumerate(BLOCKS, 1):
        for number in range(1, count + 1):
            yield f"conv{block}_{number}", read, filters
            read = filters


def noise(*shape: int) -> Array:
    """Random numbers as large as keep a network's activations in bounds."""
    fan = int(np.prod(shape[:-1])) if len(shape) > 1 else 1
    return np.random.default_rng(0).standard_normal(shape, np.float32) * np.float32((2 / max(fan, 1)) ** 0.5)


def write_caffe(folder: Path) -> tuple[Path, Path]:
    """A prototxt and its caffemodel."""
    text = (
        'layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 224 dim: 224 } } }\n'
    )
    weights: dict[str, tuple[Array, Array]] = {}
    bottom = "data"

    def add(name: str, kind: str, parameters: str, top: str) -> None:
        nonlocal text, bottom
        text += f'layer {{ name: "{name}" type: "{kind}" bottom: "{bottom}" top: "{top}" {parameters} }}\n'
        bottom = top

    for name, read, filters in convolutions():
        if name.endswith("_1") and bottom != "data":
            add(f"pool_{name}", "Pooling", "pooling_param { pool: MAX kernel_size: 2 stride: 2 }", f"pool_{name}")
        add(name, "Convolution", f"convolution_param {{ num_output: {filters} kernel_size: 3 pad: 1 }}", name)
        add(f"relu_{name}", "ReLU", "", name)
        weights[name] = (noise(filters, read, 3, 3), noise(filters))
    add("pool5", "Pooling", "pooling_param { pool: MAX kernel_size: 2 stride: 2 }", "pool5")
    for name, read, filters in FULLY_CONNECTED:
        add(name, "InnerProduct", f"inner_product_param {{ num_output: {filters} }}", name)
        if name != "fc8":
            add(f"relu_{name}", "ReLU", "", name)
        weights[name] = (noise(filters, read), noise(filters))
    add("prob", "Softmax", "", "prob")
    network, model = folder / "vgg16.prototxt", folder / "vgg16.caffemodel"
    network.write_text(text)
    with model.open("wb") as file:
        for name, blobs in weights.items():
            # LayerParameter is field 100 of NetParameter; its blobs are field 7, their data 5 and their shape 7.
            written = [field(5, blob.tobytes()) + field(7, b"".join(field(1, n) for n in blob.shape)) for blob in blobs]
            file.write(field(100, field(1, name) + b"".join(field(7, blob) for blob in written)))
    return network, model


def write_keras(folder: Path) -> tuple[Path, Path]:
    """A whole model in HDF5, as Keras 2 saves it."""
    from tests.keras_files import input_layer, layer, sequential, write_whole

    layers: list[dict[str, Any]] = [input_layer("data", 224, 224, 3)]
    weights: dict[str, dict[str, Array]] = {}
    for name, read, filters in convolutions():
        if name.endswith("_1") and read > 3:
            layers.append(layer("MaxPooling2D", f"pool_{name}", {"pool_size": [2, 2]}))
        same = {"filters": filters, "kernel_size": [3, 3], "padding": "same", "activation": "relu"}
        layers.append(layer("Conv2D", name, same))
        weights[name] = {"kernel": noise(3, 3, read, filters), "bias": noise(filters)}
    layers += [layer("MaxPooling2D", "pool5", {"pool_size": [2, 2]}), layer("Flatten", "flatten")]
    for name, read, units in FULLY_CONNECTED:
        layers.append(layer("Dense", name, {"units": units, "activation": "softmax" if name == "fc8" else "relu"}))
        weights[name] = {"kernel": noise(read, units), "bias": noise(units)}
    path = write_whole(folder, sequential(layers), weights)
    return path, path


def write_checkpoint(folder: Path) -> tuple[Path, Path]:
    """A checkpoint of TF-slim's vgg_16, of the second version, with weights alone."""
    from explorer.importers.checkpoint_crc import masked_crc32c

    shapes: dict[str, tuple[int, ...]] = {}
    for name, read, filters in convolutions():
        shapes[f"vgg_16/{name[:5]}/{name}"] = (3, 3, read, filters)
    shapes.update({"vgg_16/fc6": (7, 7, 512, 4096), "vgg_16/fc7": (1, 1, 4096, 4096), "vgg_16/fc8": (1, 1, 4096, 1000)})
    prefix = folder / "vgg_16.ckpt"
    data = prefix.with_name(f"{prefix.name}.data-00000-of-00001")
    # Keys of the index are variables' names; its header says one shard, version 1.
    entries: dict[bytes, bytes] = {b"": field(1, 1) + field(3, field(1, 1))}
    offset = 0
    with data.open("wb") as file:
        for name, shape in shapes.items():
            for own, array in (("weights", noise(*shape)), ("biases", noise(shape[-1]))):
                content = array.tobytes()
                where = field(4, offset) + field(5, len(content))
                checksum = varint(6 << 3 | 5) + masked_crc32c(content).to_bytes(4, "little")
                entries[f"{name}/{own}".encode()] = (
                    field(1, 1) + field(2, shape_proto(shape_of(array))) + where + checksum
                )
                file.write(content)
                offset += len(content)
    index = prefix.with_name(f"{prefix.name}.index")
    index.write_bytes(table_bytes(entries))
    return index, data


def shape_of(array: Array) -> tuple[int, ...]:
    """The shape as whole numbers of Python's own."""
    return tuple(int(size) for size in array.shape)


def write_onnx(folder: Path) -> tuple[Path, Path]:
    """One ONNX file."""
    from explorer.architectures import build_architecture
    from explorer.network.saving import save_network

    path = folder / "vgg16.onnx"
    save_network(build_architecture("vgg16"), path)
    return path, path


def write_onnx_external(folder: Path) -> tuple[Path, Path]:
    """An ONNX file, and its weights in another."""
    import onnx_ir as ir

    from explorer.architectures import build_architecture

    path = folder / "external.onnx"
    ir.save(build_architecture("vgg16").model, path, external_data="external.data")
    return path, folder / "external.data"


WRITERS = {
    "caffemodel": write_caffe,
    "HDF5 (Keras)": write_keras,
    "V2 checkpoint": write_checkpoint,
    "ONNX": write_onnx,
    "ONNX, external data": write_onnx_external,
}
"""The formats, and what writes a network of each into a folder and says where it and its weights lie."""


def main(arguments: list[str]) -> int:
    """Write the network of one format."""
    kind, folder = arguments
    for path in WRITERS[kind](Path(folder)):
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
