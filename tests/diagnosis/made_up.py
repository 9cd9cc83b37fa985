"""Diagnoses that nobody had to compute, for tests of what is told about them."""

from __future__ import annotations

from typing import Any

import numpy as np

from explorer.comparison.comparison import Comparison, LayerComparison, Verdict
from explorer.comparison.metrics import Errors
from explorer.diagnosis.edit import Edit, Fitted
from explorer.diagnosis.finding import Diagnosis, Evidence, Finding, RunnerUp


def row(name: str, verdict: Verdict = "match", error: float | None = 2e-7, **more: Any) -> LayerComparison:
    errors = None if error is None else Errors(error, error, 1.0)
    shapes = {"shape": (1, 4, 6, 6), "reference_shape": (1, 4, 6, 6)}
    settings = {"value": name, **shapes, "isolated_floor": 1e-7, "noise_floor": 3e-7, **more}
    return LayerComparison(name, "Convolution", cumulative=errors, isolated=errors, verdict=verdict, **settings)


def comparison(*rows: LayerComparison, unmatched: tuple[str, ...] = ()) -> Comparison:
    return Comparison("port.onnx", "reference.npz", rows, unmatched)


def maps(seed: int = 0, shape: tuple[int, ...] = (1, 4, 6, 6)) -> np.ndarray[Any, Any]:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def finding(layer: str = "conv1", cause: str = "padding", **more: Any) -> Finding:
    reference = maps(1)
    settings: dict[str, Any] = {
        "detail": "(0, 0) where (1, 1) is meant",
        "residual_before": 0.37,
        "residual_after": 1.3e-7,
        "noise_floor": 2.1e-7,
        "runner_up": RunnerUp("stride-dilation", 0.29),
        "indistinguishable": (),
        "decides": None,
        "value": layer,
        "key": layer,
        "edit": Edit(cause, layer, "", lambda draft: None, Fitted.NOTHING),
        "evidence": Evidence(maps(2), reference, reference),
    }
    return Finding(layer, cause, **{**settings, **more})


def diagnosis(*findings: Finding, unexplained: dict[str, str] | None = None, **more: Any) -> Diagnosis:
    """One wrong layer for each finding and each unexplained one, between two that are right."""
    wrong = [*(each.layer for each in findings), *(unexplained or {})]
    names = list(dict.fromkeys(["data", *wrong, "prob"]))
    before = comparison(*(row(name, "culprit", 0.37) if name in wrong else row(name) for name in names))
    left = set(unexplained or {})
    after = comparison(*(row(name, "culprit", 0.37) if name in left else row(name) for name in names))
    settings = {"comparison": before, "after": after if findings else None, "repaired": None, "seconds": 1.25, **more}
    return Diagnosis(findings=findings, unexplained=unexplained or {}, **settings)
