"""A Keras architecture → its layers and who calls them on what, the same for Keras 1, 2 and 3."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from explorer.errors import PortsideError
from explorer.importers.keras_calls import Call, Reference, read_call, read_references

MODELS = frozenset(["Sequential", "Model", "Functional", "Container", "Graph"])
"""Classes that hold layers; ``Graph`` is Keras 0's."""

DEEPEST = 16
"""Models within models; a file may not ask for thousands."""

MOST_LAYERS = 100_000


@dataclass(frozen=True, eq=False)
class LayerSpec:
    """One layer: its name and class, its options, and the calls that use it, in order.

    ``model`` is what a model used as a layer holds. An ``implied`` input is one that Keras makes itself for the first
    layer of a Sequential model; it is no layer of the file.
    """

    name: str
    kind: str
    config: Mapping[str, Any]
    calls: tuple[Call, ...] = ()
    module: str = ""
    model: ModelSpec | None = None
    implied: bool = False

    @property
    def is_operation(self) -> bool:
        """Whether it is a function of keras.ops in the graph of a Keras 3 model, and no layer."""
        return ".ops." in self.module


@dataclass(frozen=True, eq=False)
class ModelSpec:
    """A model's layers in the file's order, its inputs and its outputs."""

    name: str
    kind: str
    layers: tuple[LayerSpec, ...]
    inputs: tuple[Reference, ...]
    outputs: tuple[Reference, ...]
    layer: Mapping[str, LayerSpec] = field(default_factory=dict)

    @staticmethod
    def of(
        name: str, kind: str, layers: Sequence[LayerSpec], inputs: Sequence[Reference], outputs: Sequence[Reference]
    ) -> ModelSpec:
        """With its layers found by name."""
        return ModelSpec(name, kind, tuple(layers), tuple(inputs), tuple(outputs), {each.name: each for each in layers})


@dataclass(frozen=True)
class Reader:
    """Reads the architecture of ``file``; ``version`` is Keras' major version, which says how inputs are named."""

    file: str
    version: int

    def model(self, record: object, name: str | None = None, depth: int = 0) -> ModelSpec:
        """A model; ``name`` is that of the layer it is used as.

        :raises PortsideError: naming the layer and what is wrong.
        """
        record = self.mapping(record, name)
        kind, config = str(record.get("class_name")), record.get("config")
        if kind not in MODELS:
            raise self.error(f"'{kind}' is no model: a Sequential or a functional one is wanted", name)
        if kind == "Graph":
            raise self.error("is a Graph of Keras 0, which is not read: save it with Keras 1", name)
        if depth > DEEPEST:
            raise self.error(f"models stand {depth} deep in each other", name)
        if kind == "Sequential":
            return self._sequential(config, name, depth)
        return self._functional(self.mapping(config, name), kind, name, depth)

    def _functional(self, config: Mapping[str, Any], kind: str, name: str | None, depth: int) -> ModelSpec:
        name = name or str(config.get("name") or "")
        records = config.get("layers")
        if not isinstance(records, list) or "input_layers" not in config or "output_layers" not in config:
            raise self.error(f"a {kind} without its layers: it is a class of its own, whose code is not in the file")
        if len(records) > MOST_LAYERS:
            raise self.error(f"has {len(records)} layers")
        stated = (record.get("name") for record in records if isinstance(record, Mapping))
        names = {name for name in stated if isinstance(name, str)}
        layers = [self._layer(record, names, depth) for record in records]
        if len({layer.name for layer in layers}) < len(layers):
            raise self.error("two of its layers have the same name")
        inputs = read_references(config["input_layers"], self.file)
        outputs = read_references(config["output_layers"], self.file)
        return ModelSpec.of(name, kind, layers, inputs, outputs)

    def _layer(self, record: object, names: set[str], depth: int) -> LayerSpec:
        record = self.mapping(record)
        kind = str(record.get("class_name"))
        name = record.get("name")
        if not isinstance(name, str) or not name:
            raise self.error(f"a {kind} has no name")
        nodes = record.get("inbound_nodes") or []
        if not isinstance(nodes, list):
            raise self.error("its inbound_nodes are no list", name)
        calls = tuple(read_call(node, names, self.file, name) for node in nodes)
        if kind in MODELS:
            model = self.model(record, name, depth + 1)
            return LayerSpec(name, kind, {}, calls, model=model)
        config = self.mapping(record.get("config"), name)
        return LayerSpec(name, kind, config, calls, str(record.get("module") or ""))

    def _sequential(self, config: object, name: str | None, depth: int) -> ModelSpec:
        """Keras 1 has a list of layers in the place of the options, without the model's name."""
        records = config
        if isinstance(config, Mapping):
            records, name = config.get("layers"), name or str(config.get("name") or "")
        if not isinstance(records, list) or not records:
            raise self.error("a Sequential model without layers", name)
        if len(records) > MOST_LAYERS:
            raise self.error(f"has {len(records)} layers")
        chain = _Chain(self)
        first = self.mapping(records[0])
        if first.get("class_name") == "Merge":
            chain.begin_merged(first, depth)
            records = records[1:]
        built = config.get("build_input_shape") if isinstance(config, Mapping) else None
        for record in records:
            chain.add(self.mapping(record), depth, built)
        return chain.model(name or "")

    def sequential_layer(self, record: Mapping[str, Any], depth: int) -> LayerSpec:
        """One layer of a Sequential model, not yet called."""
        kind = str(record.get("class_name"))
        config = record.get("config")
        if kind in MODELS:
            model = self.model(record, None, depth + 1)
            own = config.get("name") if isinstance(config, Mapping) else None
            return LayerSpec(str(own or ""), kind, {}, model=model)
        config = self.mapping(config)
        name = config.get("name") or record.get("name")
        if not isinstance(name, str) or not name:
            raise self.error(f"a {kind} has no name")
        return LayerSpec(name, kind, config, module=str(record.get("module") or ""))

    def mapping(self, record: object, layer: str | None = None) -> Mapping[str, Any]:
        """A JSON object, which must stand here."""
        if not isinstance(record, Mapping):
            raise self.error("its architecture has something else where a JSON object must stand", layer)
        return record

    def error(self, reason: str, layer: str | None = None) -> PortsideError:
        """What is wrong, with the file named."""
        return PortsideError(reason, file=self.file, layer=layer or None)


class _Chain:
    """The layers of a Sequential model, each called on the one before."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._layers: dict[str, LayerSpec] = {}
        self._inputs: list[Reference] = []
        self._last: Reference | None = None
        self._counts: dict[str, int] = {}

    def add(self, record: Mapping[str, Any], depth: int, built: object = None) -> None:
        """The next layer; the first one brings an input with it where it is none itself."""
        layer = self._reader.sequential_layer(record, depth)
        if not layer.name:
            layer = replace(layer, name=self._unique(layer.kind.lower()))
        if self._last is None:
            if layer.kind == "InputLayer":
                self._layers[layer.name] = layer
                self._last = Reference(layer.name)
                self._inputs.append(self._last)
                return
            self._last = self._implied_input(layer, built)
        known = self._layers.get(layer.name)
        if known is not None and (self._reader.version > 1 or known.kind != layer.kind):
            raise self._reader.error("two of its layers have the same name", layer.name)
        calls = (*(known.calls if known is not None else ()), Call((self._last,)))
        self._layers[layer.name] = replace(layer, calls=calls)
        self._last = Reference(layer.name, len(calls) - 1)

    def begin_merged(self, record: Mapping[str, Any], depth: int) -> None:
        """Keras 1's Merge at the beginning of a Sequential model, whose branches are models in its options.

        Their layers are the model's own (``flattened_layers`` in models.py).
        """
        config = self._reader.mapping(record.get("config"))
        branches = config.get("layers")
        if not isinstance(branches, list) or len(branches) < 2:
            raise self._reader.error("a Merge without layers to merge", str(config.get("name") or ""))
        ends: list[Reference] = []
        for branch in branches:
            branch = self._reader.mapping(branch)
            if str(branch.get("class_name")) in MODELS:
                ends.append(self._take_over(self._reader.model(branch, None, depth + 1)))
            else:
                self._last = None
                self.add(branch, depth)
                assert self._last is not None
                ends.append(self._last)
        merge = self._reader.sequential_layer(record, depth)
        self._layers[merge.name] = replace(merge, calls=(Call((tuple(ends),)),))
        self._last = Reference(merge.name)

    def model(self, name: str) -> ModelSpec:
        """The finished model."""
        assert self._last is not None
        return ModelSpec.of(name, "Sequential", list(self._layers.values()), self._inputs, [self._last])

    def _take_over(self, branch: ModelSpec) -> Reference:
        """The layers of a branch as this model's own; implied inputs are numbered on."""
        renamed: dict[str, str] = {}
        for layer in branch.layers:
            name = layer.name
            if layer.implied:
                name = renamed[layer.name] = self._unique(layer.name.rpartition("_")[0])
            if name in self._layers:
                raise self._reader.error("two of its layers have the same name", name)
            calls = tuple(call.renamed(renamed) for call in layer.calls)
            self._layers[name] = replace(layer, name=name, calls=calls)
        self._inputs += [reference.renamed(renamed) for reference in branch.inputs]
        return branch.outputs[0].renamed(renamed)

    def _implied_input(self, layer: LayerSpec, built: object) -> Reference:
        inner = layer
        while inner.model is not None:
            inner = inner.model.layers[0]
        first = self._reader.version == 1
        name = self._unique(f"{inner.kind.lower()}_input") if first else f"{layer.name}_input"
        config = dict(inner.config)
        if not any(config.get(key) for key in ("batch_input_shape", "batch_shape", "input_shape", "input_dim")):
            config["batch_input_shape"] = built
        self._layers[name] = LayerSpec(name, "InputLayer", config, implied=True)
        self._inputs.append(Reference(name))
        return self._inputs[-1]

    def _unique(self, prefix: str) -> str:
        """Keras 1 numbers what it names itself by class."""
        self._counts[prefix] = self._counts.get(prefix, 0) + 1
        return f"{prefix}_{self._counts[prefix]}"
