"""TensorFlow's operations that normalise, against numpy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.errors import PortsideError
from tests.keras_files import last
from tests.tensorflow_files import const, conv, node
from tests.tensorflow_forward import Array, computed, noise, opened, picture_nodes, values_of

X = noise(2, 5, 6, 4)
VECTORS = {name: noise(4, seed=seed) for seed, name in enumerate(("scale", "offset", "mean"), 1)}
VARIANCE = np.abs(noise(4, seed=9)) / 100
GIVEN = [*(const(name, value) for name, value in VECTORS.items()), const("variance", VARIANCE)]
READS = ["scale", "offset", "mean", "variance"]


def normal(x: Array, epsilon: float, scale: Array | float = 1.0) -> Array:
    centred: Array = x - VECTORS["mean"].astype(float)
    return centred * scale / np.sqrt(VARIANCE + epsilon) + VECTORS["offset"]


def close(found: Array, wanted: Array) -> None:
    np.testing.assert_allclose(found, wanted, rtol=2e-5, atol=2e-5)


@pytest.mark.parametrize("kind", ["FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3"])
@pytest.mark.parametrize("epsilon", [None, 0.001, 0.1])
def test_batch_normalisation_and_its_own_epsilon(tmp_path: Path, kind: str, epsilon: float | None) -> None:
    given: dict[str, Any] = {"is_training": False} | ({} if epsilon is None else {"epsilon": epsilon})
    found = computed(tmp_path, X, *GIVEN, node("out", kind, ["x", *READS], **given))
    close(found, normal(X, 1e-4 if epsilon is None else epsilon, VECTORS["scale"]))


def test_batch_normalisation_with_channels_first(tmp_path: Path) -> None:
    x = noise(2, 4, 5, 6)
    given: dict[str, Any] = {"is_training": False, "epsilon": 0.01, "data_format": "NCHW"}
    nodes = [*picture_nodes(x.shape, "NCHW"), *GIVEN, node("out", "FusedBatchNormV3", ["x", *READS], **given)]
    close(last(values_of(opened(tmp_path, *nodes), x)["out"]), normal(last(x), 0.01, VECTORS["scale"]))


def test_a_scale_of_ones_in_the_graph_is_no_weight(tmp_path: Path) -> None:
    ones = const("ones", np.ones(4, np.float32))
    given: dict[str, Any] = {"is_training": False, "epsilon": 0.01}
    nodes = [*GIVEN, node("out", "FusedBatchNorm", ["x", "ones", *READS[1:]], **given)]
    close(computed(tmp_path, X, ones, *nodes), normal(X, 0.01))


@pytest.mark.parametrize("scaled", [False, True])
def test_normalisation_of_the_first_versions(tmp_path: Path, scaled: bool) -> None:
    given: dict[str, Any] = {"variance_epsilon": 0.02, "scale_after_normalization": scaled}
    reads = ["x", "mean", "variance", "offset", "scale"]
    found = computed(tmp_path, X, *GIVEN, node("out", "BatchNormWithGlobalNormalization", reads, **given))
    close(found, normal(X, 0.02, VECTORS["scale"] if scaled else 1.0))


def test_vectors_that_do_not_fit_are_named(tmp_path: Path) -> None:
    nodes = [*GIVEN, const("short", noise(3)), node("out", "FusedBatchNorm", ["x", "short", *READS[1:]])]
    nodes[-1] = node("out", "FusedBatchNorm", ["x", "short", *READS[1:]], is_training=False)
    with pytest.raises(PortsideError, match=r"'out'.*its scale 3 doesn't fit 4 channels"):
        computed(tmp_path, X, *nodes)


@pytest.mark.parametrize("shape", [(3, 7), (2, 5, 6, 4)])
def test_softmax_is_over_the_last_axis(tmp_path: Path, shape: tuple[int, ...]) -> None:
    x = noise(*shape).astype(float)
    powers = np.exp(x)
    shares = powers / powers.sum(-1, keepdims=True)
    close(computed(tmp_path, noise(*shape), node("out", "Softmax", ["x"])), shares)
    close(computed(tmp_path, noise(*shape), node("out", "LogSoftmax", ["x"])), np.log(shares))


@pytest.mark.parametrize(
    "given",
    [{}, {"depth_radius": 1, "alpha": 0.3, "beta": 0.75, "bias": 2.0}, {"depth_radius": 2, "alpha": 2e-05}],
)
def test_neighbouring_channels_weigh_in_by_alpha_itself(tmp_path: Path, given: dict[str, Any]) -> None:
    x = noise(1, 2, 3, 9)
    found = computed(tmp_path, x, node("out", "LRN", ["x"], **given))
    radius, alpha, beta = given.get("depth_radius", 5), given.get("alpha", 1.0), given.get("beta", 0.5)
    wanted = np.empty(x.shape)
    for channel in range(9):
        around = x[..., max(0, channel - radius) : channel + radius + 1].astype(float)
        total = given.get("bias", 1.0) + alpha * (around**2).sum(-1)
        wanted[..., channel] = x[..., channel] / total**beta
    close(found, wanted)


def test_a_normalisation_of_what_was_learned_reads_its_channels_behind_a_convolution(tmp_path: Path) -> None:
    weights = noise(1, 1, 6, 4)
    x = noise(2, 5, 6, 6)
    nodes = [const("w", weights), conv("c", "x", "w"), *GIVEN]
    nodes.append(node("bn", "FusedBatchNormV3", ["c", *READS], is_training=False, epsilon=0.5))
    found = computed(tmp_path, x, *nodes, node("out", "Relu", ["bn"]))
    close(found, np.maximum(normal(x @ weights[0, 0].astype(float), 0.5, VECTORS["scale"]), 0))
