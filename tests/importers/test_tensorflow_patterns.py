"""What several operations do together: biases, and batch normalisation written out in arithmetic."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.errors import PortsideError
from explorer.importers import open_network
from explorer.network.network import Network
from tests.keras_files import first
from tests.tensorflow_files import FLOAT, const, conv, learned, node, write_model
from tests.tensorflow_forward import Array, noise, opened, picture_nodes, provenance, values_of

X = noise(2, 5, 6, 4)
MEAN, VARIANCE = noise(4, seed=1), np.abs(noise(4, seed=2)) + np.float32(0.2)
GAMMA, BETA = noise(4, seed=3), noise(4, seed=4)
VARIABLES = {
    "net/bn/gamma": GAMMA,
    "net/bn/beta": BETA,
    "net/bn/moving_mean": MEAN,
    "net/bn/moving_variance": VARIANCE,
}


def close(found: Array, wanted: Array) -> None:
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-5)


def normal(scale: Array | float = 1.0, offset: Array | float = 0.0) -> Array:
    made: Array = (X.astype(float) - MEAN) * scale / np.sqrt(VARIANCE + 0.05) + offset
    return first(made)


def written_out(mean: str, variance: str, *, scaled: bool, centred: bool, turned: bool = False) -> list[bytes]:
    """``tf.nn.batch_normalization`` (nn_impl.py), the operands of its sums and products ``turned`` round or not."""

    def commuting(name: str, kind: str, a: str, b: str) -> bytes:
        return node(name, kind, [b, a] if turned else [a, b])

    at = "net/bn/batchnorm"
    nodes = [
        const("net/bn/eps", 0.05, "float32"),
        commuting(f"{at}/add", "Add", variance, "net/bn/eps"),
        node(f"{at}/Rsqrt", "Rsqrt", [f"{at}/add"]),
    ]
    factor = f"{at}/Rsqrt"
    if scaled:
        nodes.append(commuting(f"{at}/mul", "Mul", factor, "net/bn/gamma/read"))
        factor = f"{at}/mul"
    nodes.append(commuting(f"{at}/mul_1", "Mul", "x", factor))
    if centred:
        nodes.append(commuting(f"{at}/mul_2", "Mul", mean, factor))
        nodes.append(node(f"{at}/sub", "Sub", ["net/bn/beta/read", f"{at}/mul_2"]))
    else:
        nodes.append(node(f"{at}/Neg", "Neg", [mean]))
        nodes.append(commuting(f"{at}/sub", "Mul", f"{at}/Neg", factor))
    return [*nodes, commuting(f"{at}/add_1", "AddV2", f"{at}/mul_1", f"{at}/sub")]


def network_of(folder: Path, *nodes: bytes, end: str = "net/bn/batchnorm/add_1") -> Network:
    graph = [*picture_nodes(X.shape), *learned(VARIABLES), *nodes, node("out", "Relu", [end])]
    return open_network(write_model(folder, VARIABLES, *graph))


@pytest.mark.parametrize("scaled", [False, True])
@pytest.mark.parametrize("centred", [False, True])
@pytest.mark.parametrize("turned", [False, True])
def test_normalisation_written_out_is_one_layer(tmp_path: Path, scaled: bool, centred: bool, turned: bool) -> None:
    reads = "net/bn/moving_mean/read", "net/bn/moving_variance/read"
    network = network_of(tmp_path, *written_out(*reads, scaled=scaled, centred=centred, turned=turned))
    assert [(layer.name, layer.type) for layer in network.layers][2:] == [("net/bn", "BatchNorm"), ("out", "Relu")]
    layer = network.layer["net/bn"]
    assert layer.parameters["epsilon"] == pytest.approx(0.05)
    wanted = normal(GAMMA if scaled else 1.0, BETA if centred else 0.0)
    close(values_of(network, first(X))["out"], np.maximum(wanted, 0))
    assert {origin.name for origin in map(provenance, layer.weights) if origin is not None} == set(VARIABLES) - {
        *(() if scaled else ["net/bn/gamma"]),
        *(() if centred else ["net/bn/beta"]),
    }


def batch_statistics() -> list[bytes]:
    """``tf.nn.moments`` of the input, and the moving averages that take it up (moving_averages.py)."""
    nodes = [
        const("net/bn/axes", [0, 1, 2]),
        node("net/bn/moments/mean", "Mean", ["x", "net/bn/axes"], keep_dims=True),
        node("net/bn/moments/StopGradient", "StopGradient", ["net/bn/moments/mean"]),
        node("net/bn/moments/SquaredDifference", "SquaredDifference", ["x", "net/bn/moments/StopGradient"]),
        node("net/bn/moments/variance", "Mean", ["net/bn/moments/SquaredDifference", "net/bn/axes"], keep_dims=True),
        node("net/bn/moments/Squeeze", "Squeeze", ["net/bn/moments/mean"], squeeze_dims=[0, 1, 2]),
        node("net/bn/moments/Squeeze_1", "Squeeze", ["net/bn/moments/variance"], squeeze_dims=[0, 1, 2]),
        const("net/bn/decay", 0.01, "float32"),
    ]
    return [*nodes, *averaged("net/bn/moments/Squeeze", "net/bn/moments/Squeeze_1")]


def averaged(mean: str, variance: str) -> list[bytes]:
    nodes = []
    for moving, batch in (("moving_mean", mean), ("moving_variance", variance)):
        at = f"net/bn/AssignMovingAvg_{moving}"
        nodes += [
            node(f"{at}/sub", "Sub", [f"net/bn/{moving}/read", batch]),
            node(f"{at}/mul", "Mul", [f"{at}/sub", "net/bn/decay"]),
            node(at, "AssignSub", [f"net/bn/{moving}", f"{at}/mul"]),
        ]
    return nodes


def test_a_batchs_own_statistics_give_way_to_the_moving_averages_that_take_them_up(tmp_path: Path) -> None:
    batch = "net/bn/moments/Squeeze", "net/bn/moments/Squeeze_1"
    network = network_of(tmp_path, *batch_statistics(), *written_out(*batch, scaled=True, centred=True))
    assert "a graph for training: its normalisations take the moving averages" in " ".join(network.source.notes)
    close(values_of(network, first(X))["out"], np.maximum(normal(GAMMA, BETA), 0))


@pytest.mark.parametrize("followed", [False, True])
def test_the_fused_operation_of_training_takes_the_moving_averages(tmp_path: Path, followed: bool) -> None:
    given: dict[str, Any] = {"epsilon": 0.05, "is_training": True, "T": FLOAT}
    nodes = [
        const("net/bn/none", np.zeros(0, np.float32)),
        const("net/bn/decay", 0.01, "float32"),
        node(
            "net/bn/FusedBatchNormV3",
            "FusedBatchNormV3",
            ["x", "net/bn/gamma/read", "net/bn/beta/read", "net/bn/none", "net/bn/none"],
            **given,
        ),
        # Without an assignment to follow it is the variables' names beside the scale that tell.
        *(averaged("net/bn/FusedBatchNormV3:1", "net/bn/FusedBatchNormV3:2") if followed else ()),
    ]
    network = network_of(tmp_path, *nodes, end="net/bn/FusedBatchNormV3")
    close(values_of(network, first(X))["out"], np.maximum(normal(GAMMA, BETA), 0))


def test_a_normalisation_by_the_batch_that_keeps_no_averages_is_refused(tmp_path: Path) -> None:
    nodes = [node for node in batch_statistics() if b"AssignMovingAvg" not in node]
    batch = "net/bn/moments/Squeeze", "net/bn/moments/Squeeze_1"
    with pytest.raises(PortsideError, match=r"layer 'net/bn/batchnorm/add_1': it normalises by the batch's own"):
        network_of(tmp_path, *nodes, *written_out(*batch, scaled=True, centred=True))


KERNELS, BIAS = noise(3, 3, 4, 5), noise(5, seed=8)


@pytest.mark.parametrize("kind", ["BiasAdd", "BiasAddV1", "Add", "AddV2"])
def test_a_bias_that_alone_reads_a_convolution_belongs_to_it(tmp_path: Path, kind: str) -> None:
    nodes = [*picture_nodes(X.shape), const("w", KERNELS), const("b", BIAS), conv("c", "x", "w")]
    network = opened(tmp_path, *nodes, node("sum", kind, ["c", "b"]), node("out", "Relu", ["sum"]))
    assert [layer.name for layer in network.layers] == ["input", "x", "c", "out"]
    assert len(network.layer["c"].weights) == 2
    # The sum's name is a further one of the convolution's.
    found = values_of(network, first(X))
    close(found["out"], np.maximum(found["sum"], 0))


def test_a_bias_of_which_a_part_is_read_alone_stays_a_layer(tmp_path: Path) -> None:
    nodes = [*picture_nodes(X.shape), const("w", KERNELS), const("b", BIAS), conv("c", "x", "w")]
    nodes += [node("sum", "BiasAdd", ["c", "b"]), node("out", "Mul", ["c", "sum"])]
    network = opened(tmp_path, *nodes)
    assert [layer.name for layer in network.layers] == ["input", "x", "c", "sum", "out"]
    found = values_of(network, first(X))
    close(found["sum"], found["c"] + BIAS.reshape(1, -1, 1, 1))


def test_a_sum_with_maps_is_no_bias(tmp_path: Path) -> None:
    field = noise(5, 6, 5)
    nodes = [*picture_nodes(X.shape), const("w", KERNELS), const("b", field), conv("c", "x", "w")]
    network = opened(tmp_path, *nodes, node("out", "Add", ["c", "b"]))
    assert [layer.name for layer in network.layers] == ["input", "x", "c", "out"]
    found = values_of(network, first(X))
    close(found["out"], found["c"] + field.transpose(2, 0, 1))


@pytest.mark.parametrize("bias", [noise(4), noise(1, 5), noise(5, 1)])
def test_a_bias_that_does_not_fit_its_convolution_is_named(tmp_path: Path, bias: Array) -> None:
    nodes = [*picture_nodes(X.shape), const("w", KERNELS), const("b", bias), conv("c", "x", "w")]
    with pytest.raises(PortsideError, match=r"layer 'c': its bias \d(×\d)? doesn't fit 5 channels"):
        opened(tmp_path, *nodes, node("out", "BiasAdd", ["c", "b"]))
