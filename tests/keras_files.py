"""Keras files for tests, written by hand: architectures as JSON, weights with h5py."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from explorer.importers.choices import Choices
from explorer.importers.keras import read_keras
from explorer.importers.keras_weights import snake_case
from explorer.network.network import Network, value_name
from explorer.running.runner import Runner

Array = NDArray[Any]
Weights = Mapping[str, Mapping[str, Array]]
"""For each layer its weights by name, in Keras' order."""

VERSIONS = {1: "1.2.2", 2: "2.2.4", 3: "3.5.0"}


def noise(*shape: int, seed: int = 0) -> NDArray[np.float32]:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def layer(kind: str, name: str, config: Mapping[str, Any] | None = None, *calls: str | Sequence[Any]) -> dict[str, Any]:
    """A layer's record; each call is the name of what it reads, or a list of names or (name, use)."""
    read = [[call] if isinstance(call, str) else list(call) for call in calls]
    return {"class_name": kind, "name": name, "config": {"name": name, **(config or {})}, "calls": read}


def input_layer(name: str, *sizes: int | None, version: int = 2) -> dict[str, Any]:
    key = "batch_shape" if version == 3 else "batch_input_shape"
    return layer("InputLayer", name, {key: [None, *sizes]})


def functional(
    layers: Sequence[Mapping[str, Any]], outputs: Sequence[str], version: int = 2, name: str = "model"
) -> dict[str, Any]:
    """A functional model; each call in a layer's ``calls`` is a list of names, or of (name, use)."""
    records = []
    for each in layers:
        record = {key: value for key, value in each.items() if key != "calls"}
        record["inbound_nodes"] = [_node(call, version) for call in each["calls"]]
        if version == 3:
            record.setdefault("module", "keras.layers")
        records.append(record)
    inputs = [[each["name"], 0, 0] for each in layers if each["class_name"] == "InputLayer"]
    config = {
        "name": name,
        "layers": records,
        "input_layers": inputs,
        "output_layers": [[output, 0, 0] for output in outputs],
    }
    return _model("Model" if version == 1 else "Functional", config, version)


def sequential(layers: Sequence[Mapping[str, Any]], version: int = 2, name: str = "sequential") -> dict[str, Any]:
    """A Sequential model."""
    records = [{key: value for key, value in each.items() if key not in ("calls", "name")} for each in layers]
    return _model("Sequential", records if version == 1 else {"name": name, "layers": records}, version)


def _model(kind: str, config: Any, version: int) -> dict[str, Any]:
    return {"class_name": kind, "config": config, **({"module": "keras"} if version == 3 else {})}


def _node(call: Sequence[Any], version: int) -> Any:
    places = [[read, 0, 0] if isinstance(read, str) else [*read, 0] for read in call]
    if version < 3:
        return [[*place, {}] if version == 2 else place for place in places]
    tensors = [{"class_name": "__keras_tensor__", "config": {"keras_history": place}} for place in places]
    return {"args": [tensors if len(tensors) > 1 else tensors[0]], "kwargs": {}}


def write_json(folder: Path, record: Mapping[str, Any], **stated: str) -> Path:
    """An architecture; ``stated`` are keras_version and backend."""
    path = folder / "architecture.json"
    path.write_text(json.dumps({**record, **stated}))
    return path


def write_weights(path: Path, weights: Weights, version: int = 2, backend: str | None = "tensorflow") -> Path:
    """Weights alone, as Keras 1, 2 and 3's legacy format has them; Keras 1 states no backend."""
    with h5py.File(path, "w") as file:
        _fill(file, weights, version, backend)
    return path


def write_modern_weights(path: Path, kinds: Mapping[str, str], weights: Weights) -> Path:
    """Weights alone, as Keras 3 has them: by the classes of the layers, given in order."""
    with h5py.File(path, "w") as file:
        counts: dict[str, int] = {}
        for name, kind in kinds.items():
            base = snake_case(kind)
            counts[base] = counts.get(base, -1) + 1
            group = file.create_group(f"layers/{base}_{counts[base]}" if counts[base] else f"layers/{base}")
            variables = group.create_group("vars")
            for number, array in enumerate(weights.get(name, {}).values()):
                variables[str(number)] = array
    return path


def write_whole(
    folder: Path, record: Mapping[str, Any], weights: Weights, version: int = 2, backend: str | None = "tensorflow"
) -> Path:
    """A whole model in HDF5."""
    path = folder / "model.h5"
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = json.dumps(record).encode()
        file.attrs["keras_version"] = VERSIONS[version].encode()
        if version > 1 and backend is not None:
            file.attrs["backend"] = backend.encode()
        _fill(file.create_group("model_weights"), weights, version, backend)
    return path


def write_archive(folder: Path, record: Mapping[str, Any], kinds: Mapping[str, str], weights: Weights) -> Path:
    """A ``.keras``."""
    inner = write_modern_weights(folder / "inner.h5", kinds, weights)
    path = folder / "model.keras"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("metadata.json", json.dumps({"keras_version": VERSIONS[3]}))
        archive.writestr("config.json", json.dumps(record))
        archive.write(inner, "model.weights.h5")
    inner.unlink()
    return path


def _fill(group: h5py.Group, weights: Weights, version: int, backend: str | None) -> None:
    group.attrs["layer_names"] = np.array([name.encode() for name in weights]) if weights else np.array([])
    if version > 1:
        group.attrs["keras_version"] = VERSIONS[version].encode()
        if backend is not None:
            group.attrs["backend"] = backend.encode()
    for layer_name, arrays in weights.items():
        own = group.create_group(layer_name)
        joint = "_" if version == 1 else "/"
        ending = ":0" if backend == "tensorflow" and version < 3 else ""
        names = [name if "/" in name or ":" in name else f"{layer_name}{joint}{name}{ending}" for name in arrays]
        own.attrs["weight_names"] = np.array([name.encode() for name in names]) if names else np.array([])
        for name, array in zip(names, arrays.values(), strict=True):
            own[name] = array


def open_keras(path: Path, weights: Path | None = None, **choices: Any) -> Network:
    return read_keras(path, weights, Choices(**choices))


def values_of(network: Network, *inputs: Array) -> dict[str, Array]:
    """What every layer records for inputs that lie as the graph's do."""
    fed = {value_name(value): array for value, array in zip(network.inputs, inputs, strict=True)}
    values = Runner(network, "cpu").run(fed).values
    return {blob: values[value_name(value)] for blob, value in network.blobs.items()}


def first(array: Array) -> Array:
    """Channels from last to second."""
    return np.moveaxis(array, -1, 1)


def last(array: Array) -> Array:
    """Channels from second to last."""
    return np.moveaxis(array, 1, -1)


def apply(
    folder: Path,
    kind: str,
    config: Mapping[str, Any],
    *inputs: Array,
    weights: Mapping[str, Array] | None = None,
    version: int = 2,
    backend: str = "tensorflow",
    channels_last: bool = True,
) -> Array:
    """What one layer gives for ``inputs``, everything with Keras' own axes."""
    stated = {"dim_ordering": "tf" if channels_last else "th"} if version == 1 else {}
    if version > 1:
        stated = {"data_format": "channels_last" if channels_last else "channels_first"}
    names = [f"x{number}" for number in range(len(inputs))]
    layers = [input_layer(name, *x.shape[1:], version=version) for name, x in zip(names, inputs, strict=True)]
    # A layer over maps that says where the whole network has its channels.
    layers.append(layer("Cropping2D" if version > 1 else "UpSampling2D", "hint", stated))
    layers.append(layer(kind, "y", config, names))
    record = functional(layers, ["y"], version)
    network = open_keras(write_whole(folder, record, {"y": weights} if weights else {}, version, backend))
    result = values_of(network, *(first(x) if channels_last and x.ndim > 2 else x for x in inputs))["y"]
    return last(result) if channels_last and result.ndim > 2 else result
