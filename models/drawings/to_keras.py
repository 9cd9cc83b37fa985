"""The network as Keras 1.2 on Theano has it: an architecture in JSON and weights in HDF5.

As the GoogLeNet ports of that time: ``PoolHelper`` drops the first row and column of what was padded by one, so that
Keras pools as Caffe does; ``LRN`` is a layer of the port's own; Theano turns kernels by 180°, so they are kept turned.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from models.drawings.carrying import Array, Step, Weights, steps

Record = dict[str, Any]
TH = {"dim_ordering": "th"}


def architecture(weights: Weights) -> str:
    """The JSON text that ``model.to_json()`` gave."""
    size = [None, 3, 224, 224]
    layers = [_record("InputLayer", "data", [], batch_input_shape=size, input_dtype="float32", sparse=False)]
    ends: dict[str, str] = {"data": "data"}
    maps = {"data"}
    for step in steps():
        made = _layers(step, [ends[name] for name in step.reads], step.reads[0] in maps, weights)
        layers += made
        ends[step.name] = made[-1]["name"]
        if step.what in ("convolution", "max", "lrn", "concat") or step.name.endswith("ave_pool"):
            maps.add(step.name)
    config = {
        "name": "drawings",
        "layers": layers,
        "input_layers": [["data", 0, 0]],
        "output_layers": [[name, 0, 0] for name in ("loss1/prob", "loss2/prob", "prob")],
    }
    return json.dumps({"class_name": "Model", "keras_version": "1.2.2", "config": config}, indent=1) + "\n"


def write_weights(weights: Weights, path: Path) -> None:
    """The HDF5 file that ``model.save_weights()`` wrote; the same bytes each time."""
    names = [record["name"] for record in json.loads(architecture(weights))["config"]["layers"]]
    with h5py.File(path, "w", track_order=False) as file:
        file.attrs["layer_names"] = np.array([name.encode() for name in names])
        for name in names:
            group = file.create_group(name)
            arrays = _kept(*weights[name]) if name in weights else ()
            owned = [f"{name}_{letter}" for letter in "Wb"][: len(arrays)]
            group.attrs["weight_names"] = np.array(
                [each.encode() for each in owned], f"S{max(map(len, owned), default=1)}"
            )
            for each, array in zip(owned, arrays, strict=True):
                group.create_dataset(each, data=array)


def _kept(kernels: Array, biases: Array) -> tuple[Array, Array]:
    """Kernels turned by 180° (out×in×h×w), matrices as in×out."""
    return (kernels[:, :, ::-1, ::-1] if kernels.ndim == 4 else kernels.T), biases


def _record(kind: str, name: str, reads: list[str], **config: Any) -> Record:
    nodes = [[[each, 0, 0] for each in reads]] if reads else []
    own = {"name": name} if kind == "InputLayer" else {"name": name, "trainable": True}
    return {"class_name": kind, "name": name, "config": {**own, **config}, "inbound_nodes": nodes}


def _layers(step: Step, reads: list[str], from_maps: bool, weights: Weights) -> list[Record]:
    name = step.name
    if step.what == "convolution":
        return [_convolution(step, reads, len(weights[name][0]))]
    if step.what == "dense":
        relu = "linear" if step.relu is None else "relu"
        options = {"output_dim": len(weights[name][0]), "init": "glorot_uniform", "activation": relu, "bias": True}
        flat = (
            [_record("Flatten", f"{name.split('/')[0]}/flat", reads)] if from_maps or name == "loss3/classifier" else []
        )
        return [*flat, _record("Dense", name, [flat[0]["name"]] if flat else reads, **options)]
    if step.what in ("max", "average"):
        return _pooling(step, reads)
    if step.what == "lrn":
        return [_record("LRN", name, reads, alpha=0.0001, k=1, beta=0.75, n=5)]
    if step.what == "concat":
        return [_record("Merge", name, reads, mode="concat", concat_axis=1, dot_axes=-1, mode_type="raw",
                        output_shape=None, output_shape_type="raw", output_mask=None, output_mask_type="raw",
                        arguments={})]  # fmt: skip
    if step.what == "dropout":
        return [_record("Dropout", name, reads, p=step.ratio)]
    return [_record("Activation", name, reads, activation="softmax")]


def _convolution(step: Step, reads: list[str], count: int) -> Record:
    return _record(
        "Convolution2D",
        step.name,
        reads,
        nb_filter=count,
        nb_row=step.kernel,
        nb_col=step.kernel,
        init="glorot_uniform",
        activation="relu",
        border_mode="same",
        subsample=[step.stride, step.stride],
        bias=True,
        **TH,
    )


def _pooling(step: Step, reads: list[str]) -> list[Record]:
    kind = "MaxPooling2D" if step.what == "max" else "AveragePooling2D"
    window = {"pool_size": [step.kernel] * 2, "strides": [step.stride] * 2, **TH}
    if step.pad:
        return [_record(kind, step.name, reads, border_mode="same", **window)]
    if step.what == "average":
        return [_record(kind, step.name, reads, border_mode="valid", **window)]
    at = step.name.split("/")[0]
    padded = _record("ZeroPadding2D", f"{at}/zero_pad", reads, padding=[1, 1], **TH)
    cut = _record("PoolHelper", f"{at}/helper", [padded["name"]])
    return [padded, cut, _record(kind, step.name, [cut["name"]], border_mode="valid", **window)]
