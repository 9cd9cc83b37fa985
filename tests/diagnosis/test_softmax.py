"""Softmax along another axis, missing, or one too many."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx_ir as ir

from explorer.diagnosis.softmax import missing_softmax
from explorer.network.builder import NetworkBuilder
from tests.diagnosis.ports import Step, chain, dense, drawn, finding_of, recorded, scene_of, unary

X = 3 * drawn(1, 4, 7, 6, seed=7)
SOFTMAX: tuple[tuple[str, dict[str, Any]], ...] = (("Softmax", {"axis": 1}), ("Identity", {}))


def test_softmax_along_another_axis_is_found_with_both():
    clean, port = (chain((4, 7, 6), unary("prob", "Softmax", axis=axis)) for axis in (1, 2))
    finding = finding_of(clean, port, X)
    assert (finding.layer, finding.cause) == ("prob", "softmax-axis")
    assert finding.detail == "softmax is taken along axis 2 and should be along axis 1"


def test_logits_for_probabilities_are_found():
    weight = drawn(5, 9)
    clean, port = (
        chain((9,), dense("fc", weight), unary("prob", operator, kind="Softmax", **given))
        for operator, given in SOFTMAX
    )
    finding = finding_of(clean, port, drawn(3, 9))
    assert (finding.layer, finding.cause) == ("prob", "softmax-missing")
    assert finding.detail == "logits where the original gives probabilities (along axis 1)"


def test_probabilities_for_logits_are_found():
    weight = drawn(5, 9)
    clean, port = (
        chain((9,), dense("fc", weight), unary("prob", operator, kind="Softmax", **given))
        for operator, given in reversed(SOFTMAX)
    )
    finding = finding_of(clean, port, drawn(3, 9))
    assert (finding.layer, finding.cause) == ("prob", "softmax-missing")
    assert finding.detail == "probabilities where the original gives logits"


def _flat(name: str) -> Step:
    """Softmax over all numbers of a picture at once."""

    def step(builder: NetworkBuilder, x: ir.Value) -> ir.Value:
        layer = builder.layer(name, "Softmax")
        flat = layer.reshape(x, ("N", 168))
        return layer.top(layer.reshape(layer.elementwise("Softmax", flat, axis=1), ("N", 4, 7, 6)), name)

    return step


def test_softmax_over_everything_for_softmax_along_channels_is_found():
    finding = finding_of(chain((4, 7, 6), unary("prob", "Softmax", axis=1)), chain((4, 7, 6), _flat("prob")), X)
    assert (finding.layer, finding.cause) == ("prob", "softmax-axis")
    assert finding.detail == "softmax is taken over everything flattened and should be along axis 1"


def test_no_softmax_is_missing_where_the_numbers_do_not_add_up_to_one():
    weight = drawn(5, 9)
    clean = chain((9,), dense("fc", weight), unary("prob", "Sigmoid"))
    port = chain((9,), dense("fc", weight), unary("prob", "Identity"))
    scene = scene_of(port, recorded(clean, drawn(3, 9)), "prob")
    assert not np.allclose(scene.target.sum(1), 1)
    assert list(missing_softmax(scene)) == []
