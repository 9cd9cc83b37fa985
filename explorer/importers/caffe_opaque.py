"""Layers that no ONNX operator expresses: why not, and what stands for them where the graph is only looked at."""

from __future__ import annotations

from collections.abc import Mapping

import onnx_ir as ir

from explorer.importers.caffe_layers import CaffeLayer
from explorer.network.provenance import Provenance

INEXPRESSIBLE: Mapping[str, str] = {
    "Filter": "it gives as many images as its input says, which no fixed shape can hold",
    "LSTM": "it works through time",
    "LSTMUnit": "it works through time",
    "RNN": "it works through time",
    "Python": "it runs code that stands outside the file",
    "DetectionOutput": "it gives as many boxes as it finds",
    "Proposal": "it gives as many boxes as it finds",
    "ROIPooling": "it pools over as many boxes as were found",
    "PSROIPooling": "it pools over as many boxes as were found",
}
"""Types that Caffe or a well-known fork has and that can't be carried over, with the reason."""


def opaque(layer: CaffeLayer) -> list[ir.Value]:
    """One node for the whole layer, with its blobs as the file has them; the shapes of its tops are unknown."""
    blobs = [] if layer.weights is None else layer.weights.own(layer.name)
    weights = [
        layer.build.weight(
            f"blob{index}",
            blob.array,
            None if layer.weights is None else Provenance(layer.weights.file, f"{layer.name}[{index}]", blob.shape),
        )
        for index, blob in enumerate(blobs)
        if blob is not None
    ]
    kind = layer.message.type or "Unnamed"
    values = layer.build.opaque(kind, [*layer.bottoms, *weights], max(1, len(layer.tops)))
    return layer.give(*values) if layer.tops else [layer.build.top(values[0], None)]
