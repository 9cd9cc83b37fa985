"""Caffe files that tests make for themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from explorer.importers.caffe_schema import message_class

Weights = Mapping[str, Sequence[NDArray[np.float32]]]


def write_caffe(folder: Path, prototxt: str, weights: Weights | None = None, name: str = "net") -> Path:
    """Write ``name.prototxt`` and, with weights, ``name.caffemodel`` beside it; gives the prototxt's path."""
    path = folder / f"{name}.prototxt"
    path.write_text(prototxt)
    if weights is not None:
        (folder / f"{name}.caffemodel").write_bytes(caffemodel_bytes(weights))
    return path


def caffemodel_bytes(weights: Weights) -> bytes:
    """A caffemodel that holds ``weights`` by layer name."""
    net = message_class("NetParameter")()
    for layer_name, blobs in weights.items():
        layer = net.layer.add(name=layer_name, type="Unsaid")
        for array in blobs:
            blob = layer.blobs.add(data=np.asarray(array, np.float32).reshape(-1))
            blob.shape.dim.extend(array.shape)
    return bytes(net.SerializeToString())


def input_layer(*shape: int, name: str = "data") -> str:
    """An Input layer of that shape."""
    dims = " ".join(f"dim: {size}" for size in shape)
    return f'layer {{ name: "{name}" type: "Input" top: "{name}" input_param {{ shape {{ {dims} }} }} }}\n'


def small_inception(seed: int = 3) -> tuple[str, dict[str, list[NDArray[np.float32]]]]:
    """A network with one inception module, an LRN and a classifier, and weights for it."""
    random = np.random.default_rng(seed)
    weights: dict[str, list[NDArray[np.float32]]] = {}
    text = 'name: "Small"\n' + input_layer(10, 3, 23, 23)

    def conv(name: str, bottom: str, read: int, out: int, kernel: int, more: str = "") -> None:
        nonlocal text
        *module, own = name.split("/")
        relu = "/".join([*module, f"relu_{own}"])
        text += (
            f'layer {{ name: "{name}" type: "Convolution" bottom: "{bottom}" top: "{name}"\n'
            f"  convolution_param {{ num_output: {out} kernel_size: {kernel} {more} }} }}\n"
            f'layer {{ name: "{relu}" type: "ReLU" bottom: "{name}" top: "{name}" }}\n'
        )
        fan = read * kernel * kernel
        kernels = random.standard_normal((out, read, kernel, kernel)) * (2 / fan) ** 0.5
        weights[name] = [kernels.astype(np.float32), random.standard_normal(out).astype(np.float32) * np.float32(0.1)]

    conv("conv1", "data", 3, 8, 3, "stride: 2")
    text += 'layer { name: "norm1" type: "LRN" bottom: "conv1" top: "norm1" lrn_param { local_size: 5 alpha: 0.01 } }\n'
    text += (
        'layer { name: "pool1" type: "Pooling" bottom: "norm1" top: "pool1"\n'
        "  pooling_param { pool: MAX kernel_size: 3 stride: 2 } }\n"
    )
    conv("inc/1x1", "pool1", 8, 4, 1)
    conv("inc/3x3_reduce", "pool1", 8, 4, 1)
    conv("inc/3x3", "inc/3x3_reduce", 4, 6, 3, "pad: 1")
    text += (
        'layer { name: "inc/pool" type: "Pooling" bottom: "pool1" top: "inc/pool"\n'
        "  pooling_param { pool: MAX kernel_size: 3 stride: 1 pad: 1 } }\n"
    )
    conv("inc/pool_proj", "inc/pool", 8, 2, 1)
    text += (
        'layer { name: "inc/output" type: "Concat" bottom: "inc/1x1" bottom: "inc/3x3" bottom: "inc/pool_proj"\n'
        '  top: "inc/output" }\n'
        'layer { name: "pool2" type: "Pooling" bottom: "inc/output" top: "pool2"\n'
        "  pooling_param { pool: AVE kernel_size: 3 stride: 2 pad: 1 } }\n"
        'layer { name: "drop" type: "Dropout" bottom: "pool2" top: "pool2" dropout_param { dropout_ratio: 0.4 } }\n'
        'layer { name: "fc" type: "InnerProduct" bottom: "pool2" top: "fc" inner_product_param { num_output: 7 } }\n'
        'layer { name: "prob" type: "Softmax" bottom: "fc" top: "prob" }\n'
    )
    weights["fc"] = [
        (random.standard_normal((7, 12 * 3 * 3)) * 0.1).astype(np.float32),
        random.standard_normal(7).astype(np.float32),
    ]
    return text, weights
