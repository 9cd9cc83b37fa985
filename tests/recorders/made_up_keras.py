"""A Keras of a few lines: layers called on tensors, models of them, under the attributes that each version has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from explorer.running.activations import Array
from tests.recorders.scripts import made_up

NODES = {1: "inbound_nodes", 2: "_inbound_nodes", 3: "_inbound_nodes"}
DEPTHS = {1: "nodes_by_depth", 2: "_nodes_by_depth", 3: "_nodes_by_depth"}
LAYER = {1: "outbound_layer", 2: "outbound_layer", 3: "operation"}

Compute = Callable[..., Any]


class Tensor:
    """What a layer gives where it is used for the ``use``-th time."""

    def __init__(self, layer: Layer, use: int, number: int, shape: Any = None) -> None:
        self._keras_history = (layer, use, number)
        self.shape = shape


class Layer:
    """A function of arrays with a name; ``outputs`` says how many it gives."""

    def __init__(self, version: int, name: str, compute: Compute, outputs: int = 1) -> None:
        self.version, self.name, self.compute, self.count = version, name, compute, outputs
        self.nodes: list[Any] = []
        setattr(self, NODES[version], self.nodes)

    def use(self, *tensors: Tensor, shape: Any = None) -> Any:
        """Call the layer on tensors."""
        given = [Tensor(self, len(self.nodes), number, shape) for number in range(self.count)]
        node = SimpleNamespace(input_tensors=list(tensors), output_tensors=given, **{LAYER[self.version]: self})
        self.nodes.append(node)
        return given[0] if self.count == 1 else given


class Model(Layer):
    """The graph between tensors; it computes what its layers do, but keeps none of it."""

    def __init__(self, version: int, inputs: Any, outputs: Any, name: str = "model") -> None:
        self.inputs = inputs if isinstance(inputs, list) else [inputs]
        self.outputs = outputs if isinstance(outputs, list) else [outputs]
        super().__init__(version, name, lambda *arrays: self.predict_on_batch(list(arrays)), len(self.outputs))
        found: list[Any] = []
        for tensor in self.outputs:
            self._collect(tensor, found)
        layers = [getattr(node, LAYER[version]) for node in found]
        self.layers = list(dict.fromkeys(layers))
        setattr(self, DEPTHS[version], {depth: [node] for depth, node in enumerate(found)})
        self.input_names = [tensor._keras_history[0].name for tensor in self.inputs]
        self.input_shape = [tensor.shape for tensor in self.inputs]
        self.weights: object = None
        if version == 3:
            self.operations = self.layers

    def load_weights(self, path: str) -> None:
        """Take note of the file."""
        self.weights = path

    def predict_on_batch(self, arrays: Sequence[Array]) -> Any:
        """Compute the outputs: an array, or a list where there are several."""
        known = {self._place(tensor): array for tensor, array in zip(self.inputs, arrays, strict=True)}
        values = [self._value(tensor, known) for tensor in self.outputs]
        return values[0] if len(values) == 1 else values

    def __call__(self, arrays: Sequence[Array], training: bool) -> Any:
        """Keras 3 computes at once."""
        assert not training
        return self.predict_on_batch(arrays)

    def _collect(self, tensor: Tensor, found: list[Any]) -> None:
        layer, use, _ = tensor._keras_history
        node = layer.nodes[use]
        if node not in found:
            for read in node.input_tensors if tensor not in self.inputs else []:
                self._collect(read, found)
            found.append(node)

    def _value(self, tensor: Tensor, known: dict[Any, Array]) -> Array:
        if self._place(tensor) not in known:
            layer, use, _ = tensor._keras_history
            node = layer.nodes[use]
            values = layer.compute(*(self._value(read, known) for read in node.input_tensors))
            for number, value in enumerate([values] if layer.count == 1 else values):
                known[self._place(node.output_tensors[number])] = value
        return known[self._place(tensor)]

    @staticmethod
    def _place(tensor: Tensor) -> tuple[int, int, int]:
        layer, use, number = tensor._keras_history
        return id(layer), use, number


def network(version: int) -> Model:
    """A shared layer whose second use comes first, a nested model that is used twice, a layer of two outputs."""

    def inner(x: Array) -> Array:
        return x + 3

    given = Layer(version, "inner_in", np.asarray).use(shape=(None, 4))
    nested = Model(version, given, Layer(version, "plus", inner).use(given), name="inner")
    img = Layer(version, "img", np.asarray).use(shape=(None, 4))
    shared = Layer(version, "double", lambda x: 2 * x)
    late, early = Layer(version, "late", np.negative).use(img), shared.use(img)
    second = shared.use(late)
    left, right = Layer(version, "split", lambda x: [x[:, :2], x[:, 2:]], outputs=2).use(nested.use(second))
    whole = Layer(version, "join", lambda a, b: np.concatenate([a, b], 1)).use(right, left)
    last = Layer(version, "sum", np.add).use(whole, nested.use(early))
    return Model(version, img, last)


def expected(x: Array) -> dict[str, Array]:
    """What each layer of :func:`network` gives."""
    early, second = 2 * x, -2 * x
    joined = np.concatenate([second[:, 2:] + 3, second[:, :2] + 3], 1)
    return {
        "img": x,
        "double:0": early,
        "double:1": second,
        "late": -x,
        "inner/inner_in:0": second,
        "inner/inner_in:1": early,
        "inner/plus:0": second + 3,
        "inner/plus:1": early + 3,
        "inner:0": second + 3,
        "inner:1": early + 3,
        "split": second[:, :2] + 3,
        "split[1]": second[:, 2:] + 3,
        "join": joined,
        "sum": joined + early + 3,
    }


def keras(monkeypatch: pytest.MonkeyPatch, version: int, model: Any = None) -> ModuleType:
    """A module ``keras`` that opens ``model`` whatever the file."""

    def make(inputs: Any, outputs: Any) -> Model:
        return Model(version, inputs, outputs)

    def open_model(path: str, **more: Any) -> Any:
        if model is None:
            raise ValueError("No model found in config file.\nMore of it.")
        return model

    backend = made_up(
        monkeypatch,
        "keras.backend",
        backend=lambda: "numpy",
        _BACKEND="numpy",
        image_dim_ordering=lambda: "tf",
        set_image_dim_ordering=lambda ordering: None,
        image_data_format=lambda: "channels_last",
        int_shape=lambda tensor: tensor.shape,
    )
    models = made_up(
        monkeypatch, "keras.models", Model=make, load_model=open_model, model_from_json=lambda text, **more: model
    )
    return made_up(
        monkeypatch,
        "keras",
        __version__=f"{version}.2.0",
        backend=backend,
        models=models,
        Model=make,
        saving=SimpleNamespace(load_model=open_model),
        config=SimpleNamespace(image_data_format=lambda: "channels_last"),
        ops=SimpleNamespace(convert_to_numpy=np.asarray),
    )
