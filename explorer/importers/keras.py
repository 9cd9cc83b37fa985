"""Keras 1, 2 and 3: an architecture and its weights → a network with Keras' own semantics."""

from __future__ import annotations

import heapq
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from explorer.errors import PortsideError
from explorer.importers.choices import Choices
from explorer.importers.keras_activations import ACTIVATION_LAYERS
from explorer.importers.keras_calls import Reference
from explorer.importers.keras_config import LayerSpec, ModelSpec, Reader
from explorer.importers.keras_convolution import CONVOLUTIONS
from explorer.importers.keras_custom import CUSTOM, installed_layer
from explorer.importers.keras_dense import DENSE
from explorer.importers.keras_files import Saved, open_saved
from explorer.importers.keras_images import IMAGES
from explorer.importers.keras_json import Config
from explorer.importers.keras_layers import Convert, Dialect, KerasLayer, LayerWeights, Tensor, collect
from explorer.importers.keras_merges import MERGES
from explorer.importers.keras_normalization import NORMALIZATIONS
from explorer.importers.keras_operations import function_layer, is_function, resolved
from explorer.importers.keras_origin import dialect_of, version_of
from explorer.importers.keras_pooling import POOLINGS
from explorer.importers.keras_shaping import SHAPING
from explorer.importers.keras_transposed import TRANSPOSED
from explorer.importers.keras_weights import Assigned, Needs, assign, is_modern
from explorer.importers.keras_weights import Path as Place
from explorer.network.builder import LayerBuilder, NetworkBuilder
from explorer.network.network import BATCH, Network, Shape, Source
from explorer.network.provenance import Provenance

LAYERS = collect(
    CONVOLUTIONS, TRANSPOSED, POOLINGS, DENSE, ACTIVATION_LAYERS, NORMALIZATIONS, MERGES, SHAPING, IMAGES, CUSTOM
)
"""How each class of layers is carried over, by its name in any of the three versions."""

OPEN_SIZE = 224
"""Taken for a height, width or length that the architecture leaves open."""


def read_keras(path: Path, weights: Path | None, choices: Choices) -> Network:
    """Read a Keras architecture (JSON) with its weights, a whole model in HDF5, or a ``.keras``.

    Without weights the network has its shapes but can't run. The batch is left open.

    :raises PortsideError: naming the file, the layer and what is wrong: also for code in the file, which is never run,
        and for weights of another shape, which Keras 1 took in silence.
    """
    try:
        return _read(path, weights, choices)
    except RecursionError:
        raise PortsideError("its architecture is nested too deep", file=path) from None


def _read(path: Path, weights: Path | None, choices: Choices) -> Network:
    saved = open_saved(path, weights)
    notes: list[str] = []
    numbers = version_of(saved, notes)
    model = Reader(saved.file, numbers[0]).model(saved.record)
    dialect = dialect_of(saved, model, choices.backend, numbers, notes)
    assigned: Assigned | None = None
    if saved.weights is not None:
        needs: Needs = {}
        if not is_modern(saved.weights):
            # What the layers take must be known before the arrays of a model within a model can be shared out.
            dry = _Conversion(saved, model, dialect, None, choices, [])
            dry.run()
            needs = dry.needs()
        assigned, more = assign(saved.weights, model, needs)
        notes.extend(more)
    conversion = _Conversion(saved, model, dialect, assigned, choices, notes)
    builder = conversion.run()
    files = [str(path), *([str(weights)] if weights is not None else [])]
    has_weights = assigned is not None or not builder.graph.initializers
    return builder.build(Source("keras", tuple(files), tuple(notes), has_weights))


TRAINED_OTHERWISE = frozenset(kind for kind in LAYERS if re.match("(Sync)?Batch|.*Drop|Gaussian", kind))
"""Layers that compute something else in training; others may be called as in training."""


class _Conversion:
    """One architecture; ``run`` makes its graph with the arrays ``assigned``, or with zeros where that is None."""

    def __init__(
        self,
        saved: Saved,
        model: ModelSpec,
        dialect: Dialect,
        assigned: Assigned | None,
        choices: Choices,
        notes: list[str],
    ) -> None:
        self._saved = saved
        self._model = model
        self._dialect = dialect
        self._assigned = assigned
        self._allow_unknown = choices.allow_unknown
        self._notes = notes
        self._builder = NetworkBuilder(model.name or model.kind)
        self._weights: dict[Place, LayerWeights] = {}

    def run(self) -> NetworkBuilder:
        """The graph; the model's outputs are its outputs, in their order."""
        outputs = _Run(self, self._model, (), None).outputs()
        for tensor in outputs:
            self._builder.give(tensor.value)
        if not len(self._builder.graph):
            raise PortsideError("has no layer that computes something from an input", file=self._saved.file)
        return self._builder

    def needs(self) -> Needs:
        """What each layer took."""
        return {place: weights.needs for place, weights in self._weights.items() if weights.needs}

    def error(self, reason: str, layer: str) -> PortsideError:
        """What is wrong with a layer of the architecture."""
        return PortsideError(reason, file=self._saved.file, layer=layer)

    def input(self, spec: LayerSpec) -> Tensor:
        """An input of the network."""
        sizes = _input_sizes(Config(spec.config, spec.name, self._saved.file))
        if any(size is None for size in sizes[1:]):
            shown = "×".join("?" if size is None else str(size) for size in sizes[1:])
            self._notes.append(f"the size of '{spec.name}' is open ({shown}): {OPEN_SIZE} is taken for what is open")
        known = [OPEN_SIZE if size is None or size < 1 else size for size in sizes[1:]]
        moved = self._dialect.moves(len(sizes))
        shape: Shape = (BATCH, known[-1], *known[:-1]) if moved else (BATCH, *known)
        return Tensor(self._builder.input(spec.name, shape, kind="InputLayer"), moved)

    def begin(self, name: str, kind: str, config: Mapping[str, Any]) -> LayerBuilder:
        """A layer of the graph."""
        return self._builder.layer(name, kind, config)

    def convert(
        self, spec: LayerSpec, place: Place, name: str, arguments: Sequence[Any], keywords: Mapping[str, Any]
    ) -> tuple[KerasLayer, Sequence[Tensor]]:
        """What one use of a layer gives for its arguments, in which tensors stand."""
        if place not in self._weights:
            stored = None if self._assigned is None else self._assigned.get(place, ())
            self._weights[place] = LayerWeights(stored, self._saved.weights_file)
        layer = KerasLayer(
            name,
            spec.kind,
            Config(spec.config, name, self._saved.file),
            [tensor for argument in arguments for tensor in _tensors(argument)],
            self.begin(name, spec.kind, spec.config),
            self._dialect,
            self._weights[place],
            self._notes,
        )
        # Keras 3 writes down the default of layers that it overrides at inference.
        if keywords.get("training") is True and self._dialect.version < 3 and spec.kind in TRAINED_OTHERWISE:
            raise layer.error("it is called as in training, which has no fixed answer")
        convert = self._converter(layer, spec)
        unknown = any(tensor.value.shape is None for tensor in layer.inputs)
        if unknown or (convert is None and not is_function(spec.kind, spec.module)):
            return layer, [_opaque(layer)]
        given = function_layer(layer, arguments, keywords) if convert is None else convert(layer)
        layer.check_weights_taken()
        return layer, [given] if isinstance(given, Tensor) else given

    def _converter(self, layer: KerasLayer, spec: LayerSpec) -> Convert | None:
        """How to carry a layer over; None for a function, and for what is kept as an opaque node."""
        if is_function(spec.kind, spec.module):
            return None
        known = LAYERS.get(spec.kind) or installed_layer(spec.kind, self._saved.file, layer.name)
        if known is not None or self._allow_unknown:
            return known
        if spec.kind == "Lambda":
            raise layer.error("it is a Lambda: it holds code, which is never run")
        raise layer.error(f"its class '{spec.kind}' is not known, and no installed package says what it computes")


class _Run:
    """One use of a model: its layers' uses in the order of the data.

    ``shown`` and ``recorded`` are what stands before its layers' names, in the graph and in what Keras records; it is
    the ``use``-th of ``uses``.
    """

    def __init__(
        self,
        conversion: _Conversion,
        model: ModelSpec,
        place: Place,
        inputs: Sequence[Tensor] | None,
        shown: str = "",
        recorded: str = "",
        use: int = 0,
        uses: int = 1,
    ) -> None:
        self._conversion = conversion
        self._model = model
        self._place = place
        self._inputs = inputs
        self._shown = shown
        self._recorded = recorded
        self._use = use
        self._uses = uses
        self._tensors: dict[Reference, Tensor] = {}

    def outputs(self) -> list[Tensor]:
        """Run all of it."""
        self._begin_inputs()
        for layer, index in self._ordered():
            self._run_use(layer, index)
        return [self._tensor(reference) for reference in self._model.outputs]

    def _begin_inputs(self) -> None:
        if self._inputs is not None and len(self._inputs) != len(self._model.inputs):
            name = self._shown.rstrip("/")
            reason = f"it takes {len(self._model.inputs)} inputs, it is called on {len(self._inputs)}"
            raise self._conversion.error(reason, name)
        for number, reference in enumerate(self._model.inputs):
            spec = self._model.layer.get(reference.layer)
            if spec is None or spec.kind != "InputLayer":
                raise self._conversion.error("it is an input of the model, but no InputLayer", reference.layer)
            if Reference(spec.name) in self._tensors:
                raise self._conversion.error("it is an input of the model twice", spec.name)
            if self._inputs is None:
                tensor = self._conversion.input(spec)
            else:
                tensor = self._inputs[number]
                if not spec.implied:
                    tensor = self._finished(spec, spec.name, 0, 1, [tensor])[0]
            self._tensors[Reference(spec.name)] = tensor

    def _ordered(self) -> list[tuple[LayerSpec, int]]:
        """The uses of all layers, each after those it reads; among the ready ones in the file's order."""
        waiting: dict[tuple[int, int], int] = {}
        readers: dict[tuple[str, int], list[tuple[int, int]]] = {}
        numbers = {layer.name: number for number, layer in enumerate(self._model.layers)}
        ready: list[tuple[int, int]] = []
        for number, layer in enumerate(self._model.layers):
            for index, call in enumerate(layer.calls):
                read = {self._use_of(reference, layer.name) for reference in call.references()}
                waiting[number, index] = 0
                for name, use in read:
                    if Reference(name) in self._tensors and use == 0:
                        continue
                    if not self._model.layers[numbers[name]].calls:
                        raise self._conversion.error(f"it reads '{name}', which is called on nothing", layer.name)
                    waiting[number, index] += 1
                    readers.setdefault((name, use), []).append((number, index))
                if not waiting[number, index]:
                    heapq.heappush(ready, (number, index))
        order: list[tuple[LayerSpec, int]] = []
        while ready:
            number, index = heapq.heappop(ready)
            layer = self._model.layers[number]
            order.append((layer, index))
            for reader in readers.get((layer.name, index), ()):
                waiting[reader] -= 1
                if not waiting[reader]:
                    heapq.heappush(ready, reader)
        if len(order) < len(waiting):
            number, _ = min(use for use, count in waiting.items() if count)
            raise self._conversion.error("it reads what comes after it", self._model.layers[number].name)
        return order

    def _use_of(self, reference: Reference, reader: str) -> tuple[str, int]:
        """The layer and which of its uses a reference means."""
        spec = self._model.layer.get(reference.layer)
        if spec is None:
            raise self._conversion.error(f"it reads '{reference.layer}', which is no layer of the model", reader)
        uses = max(1, len(spec.calls))
        first = 1 if spec.model is not None and not reference.plain else 0
        # Models that were made without an input of their own are counted from 0 as well.
        use = next((use for use in (reference.node - first, reference.node) if 0 <= use < uses), None)
        if use is None:
            reason = f"it reads use {reference.node} of '{reference.layer}', which has {uses}"
            raise self._conversion.error(reason, reader)
        return reference.layer, use

    def _tensor(self, reference: Reference, reader: str = "") -> Tensor:
        name, use = self._use_of(reference, reader or reference.layer)
        tensor = self._tensors.get(Reference(name, use, reference.tensor))
        if tensor is None:
            raise self._conversion.error(f"it gives no tensor {reference.tensor}", name)
        return tensor

    def _run_use(self, spec: LayerSpec, index: int) -> None:
        call = spec.calls[index]
        tensors = {reference: self._tensor(reference, spec.name) for reference in call.references()}
        arguments = [resolved(argument, tensors) for argument in call.arguments]
        keywords = {key: resolved(value, tensors) for key, value in call.keywords.items()}
        name = f"{spec.name}:{index}" if len(spec.calls) > 1 else spec.name
        place = (*self._place, spec.name)
        if spec.model is not None:
            given = _Run(
                self._conversion,
                spec.model,
                place,
                [tensor for argument in arguments for tensor in _tensors(argument)],
                f"{self._shown}{name}/",
                f"{self._recorded}{spec.name}/",
                self._use * len(spec.calls) + index,
                self._uses * len(spec.calls),
            ).outputs()
            finished = self._finished(spec, name, index, len(spec.calls), given)
        else:
            layer, results = self._conversion.convert(spec, place, f"{self._shown}{name}", arguments, keywords)
            finished = self._recorded_tensors(layer.build, spec.name, index, len(spec.calls), results)
        for number, tensor in enumerate(finished):
            self._tensors[Reference(spec.name, index, number)] = tensor

    def _finished(self, spec: LayerSpec, name: str, index: int, uses: int, tensors: Sequence[Tensor]) -> list[Tensor]:
        """A layer that gives what it was given: a model that is done, or its input."""
        build = self._conversion.begin(f"{self._shown}{name}", spec.kind, spec.config)
        return self._recorded_tensors(build, spec.name, index, uses, tensors)

    def _recorded_tensors(
        self, build: LayerBuilder, name: str, index: int, uses: int, tensors: Sequence[Tensor]
    ) -> list[Tensor]:
        """The tensors that a layer gives, recorded under its name with the number of the use behind it."""
        total = self._uses * uses
        recorded = f"{self._recorded}{name}" + (f":{self._use * uses + index}" if total > 1 else "")
        blobs = [recorded if number == 0 else f"{recorded}[{number}]" for number in range(len(tensors))]
        return [replace(each, value=build.top(each.value, blob)) for each, blob in zip(tensors, blobs, strict=True)]


def _tensors(argument: Any) -> list[Tensor]:
    """The tensors in an argument, in order."""
    if isinstance(argument, Tensor):
        return [argument]
    return [tensor for item in argument for tensor in _tensors(item)] if isinstance(argument, tuple) else []


def _opaque(layer: KerasLayer) -> Tensor:
    """One node for a layer that can't be carried over, with its weights as the file has them."""
    weights = [
        layer.build.weight(f"weight{number}", stored.read(), Provenance(stored.file, stored.name, stored.shape))
        for number, stored in enumerate(layer.weights.stored or ())
    ]
    return Tensor(layer.build.opaque(layer.kind, [*(tensor.value for tensor in layer.inputs), *weights], 1)[0])


def _input_sizes(config: Config) -> tuple[int | None, ...]:
    """An input's sizes, the batch first."""
    if config.has("batch_input_shape", "batch_shape"):
        sizes = config.shape("batch_input_shape", "batch_shape")
    elif config.has("input_shape"):
        sizes = (None, *config.shape("input_shape"))
    elif config.has("input_length") and config.has("input_dim"):
        sizes = (None, config.integer("input_length"), config.integer("input_dim"))
    elif config.has("input_dim"):
        sizes = (None, config.integer("input_dim"))
    else:
        raise config.error("the size of its input is not stated")
    if not 1 < len(sizes) <= 8:
        raise config.error(f"its input has {len(sizes)} axes")
    return sizes
