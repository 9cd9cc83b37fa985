"""The inference phase of graphs that were written for training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.errors import PortsideError
from explorer.importers import open_network
from tests.keras_files import first
from tests.tensorflow_files import FLOAT, Sizes, Type, const, conv, learned, node, write_model
from tests.tensorflow_forward import Array, noise, opened, picture_nodes, values_of

BOOL = Type(10)
X = noise(2, 5, 6, 4)
VECTORS = {name: noise(4, seed=seed) for seed, name in enumerate(("gamma", "beta", "moving_mean"), 1)}
VARIABLES = VECTORS | {"moving_variance": np.abs(noise(4, seed=7)) + 1}


def close(found: Array, wanted: Array) -> None:
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-5)


def normal(x: Array) -> Array:
    scale = VARIABLES["gamma"] / np.sqrt(VARIABLES["moving_variance"].astype(float) + 0.01)
    return np.asarray((x - VARIABLES["moving_mean"]) * scale + VARIABLES["beta"])


def both_phases(*condition: bytes, name: str) -> list[bytes]:
    """Batch normalisation under ``tf.cond``: the batch's own statistics in training, else the moving averages."""
    reads = [f"{each}/read" for each in ("gamma", "beta", "moving_mean", "moving_variance")]
    given: dict[str, Any] = {"epsilon": 0.01, "T": FLOAT}
    switches = [node(f"cond/{each}", "Switch", [each, name]) for each in ("x", *reads)]
    trained = ["cond/x:1", "cond/gamma/read:1", "cond/beta/read:1"]
    tested = ["cond/x:0", *(f"cond/{each}:0" for each in reads)]
    return [
        *condition,
        *learned(VARIABLES),
        *picture_nodes(X.shape),
        *switches,
        const("none", np.zeros(0, np.float32)),
        node("cond/FusedBatchNorm", "FusedBatchNorm", [*trained, "none", "none"], is_training=True, **given),
        node("cond/FusedBatchNorm_1", "FusedBatchNorm", tested, is_training=False, **given),
        node("cond/Merge", "Merge", ["cond/FusedBatchNorm_1", "cond/FusedBatchNorm"]),
        node("out", "Relu", ["cond/Merge"]),
    ]


@pytest.mark.parametrize(
    ("condition", "name", "note"),
    [
        ([node("is_training", "Placeholder", dtype=BOOL)], "is_training", "'is_training' is false, as at test time"),
        ([node("phase/train", "Placeholder", dtype=BOOL, shape=Sizes([]))], "phase/train", "'phase/train' is false"),
        (
            [
                const("yes", np.asarray(True)),
                node("training", "PlaceholderWithDefault", ["yes"], dtype=BOOL, shape=Sizes([])),
            ],
            "training",
            "'training' is false",
        ),
        (
            [
                node("is_testing", "Placeholder", dtype=BOOL),
                node("not", "LogicalNot", ["is_testing"]),
                node("id", "Identity", ["not"]),
            ],
            "id",
            "'is_testing' is true",
        ),
        ([const("off", np.asarray(False))], "off", ""),
    ],
)
def test_of_a_condition_the_branch_of_inference_is_taken(
    tmp_path: Path, condition: list[bytes], name: str, note: str
) -> None:
    network = open_network(write_model(tmp_path, VARIABLES, *both_phases(*condition, name=name)))
    assert [layer.type for layer in network.layers] == ["Placeholder", "Conv2D", "BatchNorm", "Relu"]
    assert note in " ".join(network.source.notes)
    close(values_of(network, first(X))["out"], first(np.maximum(normal(X), 0)))


def test_a_condition_that_is_always_true_takes_the_branch_of_training(tmp_path: Path) -> None:
    nodes = both_phases(const("on", np.asarray(True)), name="on")
    network = open_network(write_model(tmp_path, VARIABLES, *nodes))
    # Which normalises by moving averages all the same, as there is no batch to take statistics of.
    assert "its normalisations take the moving averages" in " ".join(network.source.notes)
    close(values_of(network, first(X))["out"], first(np.maximum(normal(X), 0)))


def old_dropout(keep: str) -> list[bytes]:
    """nn_ops.py of TensorFlow 1.0 to 1.12."""
    return [
        node("drop/div", "RealDiv", ["x", keep]),
        node("drop/Shape", "Shape", ["x"]),
        node("drop/random_uniform", "RandomUniform", ["drop/Shape"], dtype=FLOAT),
        node("drop/add", "Add", [keep, "drop/random_uniform"]),
        node("drop/Floor", "Floor", ["drop/add"]),
        node("drop/mul", "Mul", ["drop/div", "drop/Floor"]),
    ]


def middle_dropout(rate: str) -> list[bytes]:
    """nn_ops.py of TensorFlow 1.13 to 2.7."""
    return [
        const("one", 1.0, "float32"),
        node("drop/sub", "Sub", ["one", rate]),
        node("drop/truediv", "RealDiv", ["one", "drop/sub"]),
        node("drop/scaled", "Mul", ["x", "drop/truediv"]),
        node("drop/Shape", "Shape", ["x"]),
        node("drop/random_uniform", "RandomUniform", ["drop/Shape"], dtype=FLOAT),
        node("drop/GreaterEqual", "GreaterEqual", ["drop/random_uniform", rate]),
        node("drop/Cast", "Cast", ["drop/GreaterEqual"], SrcT=BOOL, DstT=FLOAT),
        node("drop/mul", "Mul", ["drop/scaled", "drop/Cast"]),
    ]


def new_dropout(rate: str) -> list[bytes]:
    """nn_ops.py since: what is dropped is chosen, not multiplied."""
    return [
        *middle_dropout(rate)[:7],
        const("zero", 0.0, "float32"),
        node("drop/SelectV2", "SelectV2", ["drop/GreaterEqual", "drop/scaled", "zero"]),
    ]


@pytest.mark.parametrize(
    ("dropout", "end"), [(old_dropout, "drop/mul"), (middle_dropout, "drop/mul"), (new_dropout, "drop/SelectV2")]
)
@pytest.mark.parametrize("fed", [False, True])
def test_a_dropout_of_any_time_does_nothing(tmp_path: Path, dropout: Any, end: str, fed: bool) -> None:
    share = node("keep_prob", "Placeholder", dtype=FLOAT) if fed else const("keep_prob", 0.5, "float32")
    if fed and dropout is not old_dropout:
        # What is fed is how much is kept, also where the function takes what is dropped.
        share += const("whole", 1.0, "float32") + node("rate", "Sub", ["whole", "keep_prob"])
    name = "rate" if fed and dropout is not old_dropout else "keep_prob"
    nodes = [*picture_nodes(X.shape), share, *dropout(name), node("out", "Relu", [end])]
    network = opened(tmp_path, *nodes)
    assert [(layer.name, layer.type) for layer in network.layers][2:] == [("drop", "Dropout"), ("out", "Relu")]
    found = values_of(network, first(X))
    close(found["drop"], first(X))
    close(found["out"], first(np.maximum(X, 0)))


def test_losses_gradients_and_summaries_are_left_out(tmp_path: Path) -> None:
    nodes = [
        *picture_nodes(X.shape),
        const("axes", [1, 2]),
        node("net/logits", "Mean", ["x", "axes"]),
        node("net/Predictions", "Softmax", ["net/logits"]),
        node("labels", "Placeholder", dtype=Type(9), shape=Sizes([-1])),
        node("loss/xent", "SparseSoftmaxCrossEntropyWithLogits", ["net/logits", "labels"]),
        node("loss/mean", "Mean", ["loss/xent", "axes"]),
        node("gradients/net/Relu", "ReluGrad", ["loss/mean", "net/logits"]),
        node("summary", "HistogramSummary", ["axes", "net/Predictions"]),
        node("top", "TopKV2", ["net/Predictions", "axes"]),
    ]
    network = opened(tmp_path, *nodes)
    assert [layer.name for layer in network.layers] == ["input", "x", "net/logits", "net/Predictions"]
    assert [value.name for value in network.outputs] == ["net/Predictions"]
    assert network.source.notes[-1] == "left out, behind the answers: TopKV2"


def test_an_operation_that_is_not_known_before_weights_is_named(tmp_path: Path) -> None:
    nodes = [*picture_nodes(X.shape), node("odd", "Quantum", ["x"]), const("w", noise(1, 1, 4, 4))]
    with pytest.raises(PortsideError, match=r"graph\.pb: layer 'odd': its type 'Quantum' is not known"):
        opened(tmp_path, *nodes, conv("out", "odd", "w"))


def test_a_condition_that_hangs_on_something_else_is_named(tmp_path: Path) -> None:
    nodes = [*picture_nodes(X.shape), node("number", "Placeholder", dtype=Type(3), shape=Sizes([]))]
    nodes += [const("zero", 0), node("pred", "Greater", ["number", "zero"]), node("s", "Switch", ["x", "pred"])]
    nodes += [node("m", "Merge", ["s", "s:1"]), const("w", noise(1, 1, 4, 4)), conv("out", "m", "w")]
    with pytest.raises(PortsideError, match="layer 's': which way the condition goes at test time stands in no file"):
        opened(tmp_path, *nodes)


def test_operations_in_a_circle_are_named(tmp_path: Path) -> None:
    nodes = [*picture_nodes(X.shape), node("a", "Add", ["x", "c"]), const("w", noise(1, 1, 4, 4))]
    with pytest.raises(PortsideError, match="it stands in a circle of operations that read one another"):
        opened(tmp_path, *nodes, conv("c", "a", "w"))


def test_what_reads_something_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(PortsideError, match="layer 'out': reads 'nothing', which is not in the graph"):
        opened(tmp_path, *picture_nodes(X.shape), node("out", "Add", ["x", "nothing"]))
