"""Which Keras wrote a network, what it computed on, and where its channels are: stated, or told by what is there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from explorer.errors import PortsideError
from explorer.importers.keras_config import LayerSpec, ModelSpec
from explorer.importers.keras_files import Saved
from explorer.importers.keras_layers import Backend, Dialect
from explorer.importers.keras_weights import is_modern, weight_names

BACKENDS = ("theano", "tensorflow")

_KERAS_1 = frozenset(["nb_filter", "border_mode", "dim_ordering", "output_dim", "nb_row", "pool_length", "subsample"])
_KERAS_3 = frozenset(["batch_shape"])

Notes = list[str]


def version_of(saved: Saved, notes: Notes) -> tuple[int, ...]:
    """The version of Keras that wrote the architecture, from 1 to 3; a guess is noted.

    :raises PortsideError: for a version that is none of these.
    """
    if saved.version is not None:
        numbers = _numbers(saved.version)
        if not numbers or not 1 <= numbers[0] <= 3:
            raise PortsideError(f"is of Keras {saved.version}; 1, 2 and 3 are read", file=saved.file)
        return numbers
    if "module" in saved.record:
        return (3,)
    names = set(_option_names(saved.record))
    version = 1 if names & _KERAS_1 else 3 if names & _KERAS_3 else 2
    notes.append(f"the file does not say its version of Keras; by the names of its options it is {version}")
    return (version,)


def backend_of(saved: Saved, model: ModelSpec, version: int, chosen: str | None, notes: Notes) -> Backend:
    """What Keras computed on: chosen by the person, stated, or told by the weights' names; a guess is noted.

    TensorFlow's variables have names that end in ``:0``, Theano's don't. All backends but Theano compute alike.

    :raises PortsideError: when the person chose something else.
    """
    if chosen is not None:
        if chosen not in BACKENDS:
            raise PortsideError(f"'{chosen}' is no backend: choose {' or '.join(BACKENDS)}")
        return "theano" if chosen == "theano" else "tensorflow"
    if saved.backend is not None or version > 2:
        return "theano" if saved.backend == "theano" else "tensorflow"
    names = [] if saved.weights is None or is_modern(saved.weights) else list(weight_names(saved.weights))
    backend: Backend
    if names:
        backend = "tensorflow" if any(name.endswith(":0") for name in names) else "theano"
        reason = f"its weights' names ('{names[0].rpartition('/')[2]}') are such as {_NAMES[backend]} gives"
    else:
        first = next((stated for stated in _stated_layouts(model)), None)
        backend = "theano" if first == "th" else "tensorflow"
        reason = f"its layout is {_NAMES[backend]}'s" if first else "that is the usual one"
    if not any(layer.kind in _TURNED.split() for layer in all_layers(model)):
        return backend
    turned = "kernels are turned by 180°" if backend == "theano" else "kernels are taken as they are"
    other = "tensorflow" if backend == "theano" else "theano"
    notes.append(
        f"the file does not say what Keras computed on: {_NAMES[backend]} is assumed, as {reason};"
        f" {turned}. If that is wrong, choose the backend {other}"
    )
    return backend


def dialect_of(saved: Saved, model: ModelSpec, chosen: str | None, numbers: tuple[int, ...], notes: Notes) -> Dialect:
    """How to read the architecture and the weights."""
    version = numbers[0]
    backend = backend_of(saved, model, version, chosen, notes)
    stated = next(_stated_layouts(model), None)
    channels_last = stated in ("tf", "channels_last") if stated else not (version == 1 and backend == "theano")
    sequences = [layer for layer in all_layers(model) if layer.kind.endswith("1D")]
    steps_last = not any(layer.config.get("data_format") == "channels_first" for layer in sequences)
    kernels = version
    if saved.weights is not None and not is_modern(saved.weights):
        kernels = (_numbers(saved.weights_version or "") or (version if version < 2 else 1,))[0]
    return Dialect(
        version,
        backend,
        channels_last,
        steps_last if sequences else channels_last,
        1 if kernels < 2 else 2,
        numbers,
        (saved.version or "").endswith("-tf"),
    )


def all_layers(model: ModelSpec) -> Iterator[LayerSpec]:
    """The layers of a model and of those within it."""
    for layer in model.layers:
        if layer.model is None:
            yield layer
        else:
            yield from all_layers(layer.model)


def _stated_layouts(model: ModelSpec) -> Iterator[str]:
    """The layouts that layers over maps state; Flatten's says only what it does itself."""
    for layer in all_layers(model):
        stated = layer.config.get("data_format") or layer.config.get("dim_ordering")
        known = stated in ("tf", "th", "channels_first", "channels_last")
        if known and layer.kind != "Flatten" and not layer.kind.endswith("1D"):
            yield str(stated)


def _numbers(version: str) -> tuple[int, ...]:
    found = re.match(r"\d{1,6}(?:\.\d{1,6})*", version)
    return tuple(map(int, found.group().split("."))) if found else ()


def _option_names(record: Any) -> Iterator[str]:
    pending = [record]
    while pending:
        current = pending.pop()
        if isinstance(current, Mapping):
            yield from current
            pending.extend(current.values())
        elif isinstance(current, list):
            pending.extend(current)


_NAMES: Mapping[Backend, str] = {"theano": "Theano", "tensorflow": "TensorFlow"}

_TURNED = """
    Convolution1D Convolution2D Convolution3D AtrousConvolution1D AtrousConvolution2D Deconvolution2D Conv1D Conv2D
    Conv3D Conv2DTranspose Conv3DTranspose MaxPooling1D MaxPooling2D MaxPooling3D AveragePooling1D AveragePooling2D
    AveragePooling3D SReLU L2Normalization Dot
"""
"""Layers that Theano computes otherwise."""
