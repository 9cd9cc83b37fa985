"""What the session holds of one layer → what the panel of that layer shows. Without Qt."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from explorer.network import marks
from explorer.network.provenance import Provenance
from explorer.network.stored_weights import as_stored
from explorer.ui.kernels import ChannelOrder, Weight
from explorer.ui.layer_view_state import FedWith, LayerView
from explorer.ui.number_text import shape_text

if TYPE_CHECKING:
    from explorer.comparison.comparison import Comparison, LayerComparison
    from explorer.diagnosis.finding import Finding
    from explorer.network.network import Layer, Network
    from explorer.network.preprocessing import Preprocessing
    from explorer.running.activations import Activations, Array
    from explorer.running.reference import Reference

NO_WEIGHTS = "The network has no weights: drop their file to run it."


@dataclass(frozen=True, eq=False)
class Sources:
    """All that a layer's view is made of; the two runs are those on the picture and on the reference's input.

    ``applied`` are those of the ``findings`` whose corrections are in the network already, and ``uncorrected`` is the
    network without them, where there are any.
    """

    network: Network
    layer: str
    fed_with: FedWith
    preprocessing: Preprocessing | None = None
    picture_run: Activations | None = None
    reference_run: Activations | None = None
    reference: Reference | None = None
    comparison: Comparison | None = None
    labels: tuple[str, ...] = ()
    findings: Sequence[Finding] = ()
    applied: Sequence[Finding] = ()
    uncorrected: Network | None = None


@dataclass(frozen=True, eq=False)
class LayerPage:
    """A layer's view with its weights; ``order`` is that of the network's three input channels."""

    view: LayerView
    weights: tuple[Weight, ...]
    order: ChannelOrder


def layer_page(sources: Sources, cancelled: Callable[[], bool] | None = None) -> LayerPage:
    """Collect a layer's values and weights; arrays may be read from disk or computed again for it."""
    layer = sources.network.layer[sources.layer]
    order: ChannelOrder = "RGB"
    if sources.preprocessing is not None and sources.preprocessing.order == "BGR":
        order = "BGR"
    return LayerPage(layer_view(sources, cancelled), layer_weights(layer, sources.uncorrected), order)


def layer_view(sources: Sources, cancelled: Callable[[], bool] | None = None) -> LayerView:
    """The layer as it is to be shown.

    Beside the reference's array stands our run on the reference's own input, and for a layer that is
    overwritten in place the value after the last layer that does so. The run on a picture stands alone,
    since the reference may be of another picture; unless the reference holds no input to run on, when that
    is all there is. A layer with a finding that is not applied is shown as its proof: computed from the reference's
    own values before it, and with what the correction makes of them.
    """
    from explorer.network.network import value_name

    network, comparison = sources.network, sources.comparison
    layer = network.layer[sources.layer]
    row = None if comparison is None else comparison.layer.get(layer.name)
    on_tensor = sources.fed_with == "tensor" and sources.reference_run is not None
    run = sources.reference_run if on_tensor else (sources.picture_run or sources.reference_run)
    fed_with: FedWith = "tensor" if run is not None and run is sources.reference_run else "picture"
    beside = row is not None and (fed_with == "tensor" or sources.reference_run is None)
    value = value_name(layer.outputs[0]) if layer.outputs else ""
    if beside and row is not None and row.value is not None:
        value = row.value
    ours = run.fetch(value, cancelled) if run is not None and value in run else None
    labels = sources.labels if ours is not None and ours[:1].size == len(sources.labels) else ()
    view = LayerView(
        layer.name,
        layer.type,
        ours,
        _theirs(row, sources.reference) if beside else None,
        row if beside else None,
        None if run is None else fed_with,
        labels or None,
        notice="" if network.source.has_weights else NO_WEIGHTS,
        value=value,
    )
    return _with_proof(view, value, sources) if beside else view


def _with_proof(view: LayerView, value: str, sources: Sources) -> LayerView:
    findings = [finding for finding in sources.findings if view.title == finding.layer or value == finding.value]
    left = [finding for finding in findings if finding not in sources.applied]
    if not left:
        return view
    evidence = left[0].evidence
    if len(left) < len(findings) and view.ours is not None:
        # Corrected in part: what the layer gives now is in the run alone.
        return replace(view, theirs=evidence.reference, after=evidence.after)
    return replace(view, ours=evidence.before, theirs=evidence.reference, after=evidence.after, fed_with="layer")


def layer_weights(layer: Layer, uncorrected: Network | None = None) -> tuple[Weight, ...]:
    """The layer's weights as they are in the ONNX graph, as in the file, and as they were in ``uncorrected``."""
    same = None if uncorrected is None else uncorrected.layer.get(layer.name)
    before = {} if same is None else _arrays(same)
    found = []
    for name, (values, metadata) in _arrays(layer).items():
        old, old_metadata = before.get(name, (None, {}))
        if old is not None and (old.shape != values.shape or not np.array_equal(old, values, equal_nan=True)):
            # What was corrected is in no file: its file's is the one before.
            found.append(Weight(name, values, _origin(old_metadata), _stored(old, old_metadata), old))
        else:
            found.append(Weight(name, values, _origin(metadata), _stored(values, metadata)))
    return tuple(found)


def _arrays(layer: Layer) -> dict[str, tuple[Array, Mapping[str, str]]]:
    from explorer.network.network import value_name

    return {
        value_name(value).removeprefix(f"{layer.name}:"): (value.const_value.numpy(), value.const_value.metadata_props)
        for value in layer.weights
        if value.const_value is not None
    }


def _stored(values: Array, metadata: Mapping[str, str]) -> Array | None:
    text = metadata.get(marks.PROVENANCE)
    return None if text is None else as_stored(values, Provenance.from_json(text))


def _theirs(row: LayerComparison | None, reference: Reference | None) -> Array | None:
    from explorer.comparison.alignment import turned

    if row is None or reference is None or row.reference_key is None:
        return None
    array = reference.arrays[row.reference_key]
    return array if row.axes is None else turned(array, row.axes)


def _origin(metadata: Mapping[str, str]) -> str:
    text = metadata.get(marks.PROVENANCE)
    if text is None:
        return ""
    provenance = Provenance.from_json(text)
    words = f"{provenance.name} in {Path(provenance.file).name}, {shape_text(provenance.shape, batch=True)}"
    return "; ".join((words, *provenance.steps))
