"""Where a checkpoint keeps a graph's variables, and what is said of those that nobody needs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from explorer.errors import PortsideError
from explorer.importers import open_network
from explorer.network.network import Network
from tests.keras_files import first
from tests.naive_keras import convolve
from tests.tensorflow_files import (
    FLOAT,
    Array,
    Sizes,
    const,
    conv,
    learned,
    node,
    placeholder,
    variable,
    write_bundle,
    write_graph,
    write_model,
    write_slices,
)
from tests.tensorflow_forward import noise, provenance, values_of

X = noise(2, 5, 6, 3)
WEIGHTS = noise(3, 3, 3, 4, seed=1)
BODY = [placeholder("input", -1, 5, 6, 3), conv("out", "input", "net/w/read", padding="VALID")]


def check(network: Network, weights: Array = WEIGHTS) -> None:
    wanted = first(convolve(X, weights, strides=(1, 1)))
    np.testing.assert_allclose(values_of(network, first(X))["out"], wanted, rtol=1e-4, atol=1e-5)


def restored(name: str, target: str, part: str = "") -> list[bytes]:
    """What a saver adds to a graph for one variable."""
    return [
        const("save/tensor_names", np.array([name.encode()], object)),
        const("save/slices", np.array([part.encode()], object)),
        const("save/Const", np.array([b"model"], object)),
        node("save/RestoreV2", "RestoreV2", ["save/Const", "save/tensor_names", "save/slices"]),
        node("save/Assign", "Assign", [target, "save/RestoreV2"]),
    ]


def test_a_variable_is_found_by_its_name_in_both_versions(tmp_path: Path) -> None:
    graph = write_model(tmp_path, {"net/w": WEIGHTS}, *learned({"net/w": WEIGHTS}), *BODY)
    network = open_network(graph)
    check(network)
    origin = provenance(network.layer["out"].weights[0])
    assert origin is not None
    assert (Path(origin.file).name, origin.name, origin.shape) == (
        "model.ckpt.data-00000-of-00001",
        "net/w",
        (3, 3, 3, 4),
    )
    assert origin.steps == ("transpose (3, 2, 0, 1)",)
    check(open_network(graph, weights=write_slices(tmp_path / "first", {"net/w": WEIGHTS})))


@pytest.mark.parametrize("kind", ["Variable", "VariableV2", "AutoReloadVariable"])
def test_variables_of_every_kind(tmp_path: Path, kind: str) -> None:
    nodes = [
        node("net/w", kind, dtype=FLOAT, shape=Sizes(WEIGHTS.shape)),
        node("net/w/read", "Identity", ["net/w"]),
        *BODY,
    ]
    check(open_network(write_model(tmp_path, {"net/w": WEIGHTS}, *nodes)))


def test_a_resource_is_found_by_its_shared_name(tmp_path: Path) -> None:
    nodes = [
        node("copy/net/w", "VarHandleOp", dtype=FLOAT, shape=Sizes(WEIGHTS.shape), shared_name="net/w"),
        node("net/w/read", "ReadVariableOp", ["copy/net/w"]),
        *BODY,
    ]
    check(open_network(write_model(tmp_path, {"net/w": WEIGHTS}, *nodes)))


def test_what_the_graphs_own_saver_reads_goes_before_the_name(tmp_path: Path) -> None:
    average = WEIGHTS * np.float32(0.5)
    variables = {"net/w": WEIGHTS, "net/w/ExponentialMovingAverage": average}
    nodes = [*learned({"net/w": WEIGHTS}), *BODY, *restored("net/w/ExponentialMovingAverage", "net/w")]
    check(open_network(write_model(tmp_path, variables, *nodes)), average)


def test_a_partitioned_variable_reads_its_slices(tmp_path: Path) -> None:
    nodes = [
        variable("net/w/part_0", 3, 3, 2, 4),
        variable("net/w/part_1", 3, 3, 1, 4),
        const("axis", 2),
        node("net/w/read", "ConcatV2", ["net/w/part_0", "net/w/part_1", "axis"]),
        *BODY,
    ]
    texts = np.array([b"3 3 3 4 0,3:0,3:0,2:0,4", b"3 3 3 4 0,3:0,3:2,1:0,4"], object)
    nodes += [
        const("save/tensor_names", np.array([b"net/w", b"net/w"], object)),
        const("save/slices", texts),
        const("save/Const", np.array([b"model"], object)),
        node("save/RestoreV2", "RestoreV2", ["save/Const", "save/tensor_names", "save/slices"]),
        node("save/Assign", "Assign", ["net/w/part_0", "save/RestoreV2:0"]),
        node("save/Assign_1", "Assign", ["net/w/part_1", "save/RestoreV2:1"]),
    ]
    cut = [[(0, -1), (0, -1), (0, 2), (0, -1)], [(0, -1), (0, -1), (2, 1), (0, -1)]]
    write_bundle(tmp_path / "m", {"net/w": WEIGHTS}, parts={"net/w": cut})
    check(open_network(write_graph(tmp_path / "m.meta", *nodes)))


def test_a_variable_that_the_checkpoint_lacks_is_named(tmp_path: Path) -> None:
    graph = write_model(tmp_path, {"net/v": WEIGHTS}, *learned({"net/w": WEIGHTS}), *BODY)
    sentence = r"model.ckpt.index: layer 'net/w': the checkpoint does not hold the variable 'net/w'"
    with pytest.raises(PortsideError, match=sentence):
        open_network(graph)


def test_a_variable_of_another_shape_is_named(tmp_path: Path) -> None:
    graph = write_model(tmp_path, {"net/w": WEIGHTS[:2]}, *learned({"net/w": WEIGHTS}), *BODY)
    with pytest.raises(PortsideError, match="'net/w' is 3×3×3×4 in the graph, the checkpoint holds 2×3×3×4"):
        open_network(graph)


def test_a_graph_without_its_checkpoint_has_shapes_but_does_not_run(tmp_path: Path) -> None:
    network = open_network(write_graph(tmp_path / "graph.pb", *learned({"net/w": WEIGHTS}), *BODY))
    assert not network.source.has_weights
    assert network.layer["out"].weights[0].shape == (4, 3, 3, 3)


@pytest.mark.parametrize("sizes", [(2**62, 2**62, 2, 2), (1,) * 70])
def test_a_variable_larger_than_anything_is_refused(tmp_path: Path, sizes: tuple[int, ...]) -> None:
    nodes = [variable("net/w", *sizes), node("net/w/read", "Identity", ["net/w"]), *BODY]
    with pytest.raises(PortsideError, match=r"layer 'net/w': a variable of the shape .* makes no sense"):
        open_network(write_graph(tmp_path / "graph.pb", *nodes))


def test_what_serves_training_alone_is_counted_and_told(tmp_path: Path) -> None:
    one = np.zeros(4, np.float32)
    variables: dict[str, Array] = {
        "net/w": WEIGHTS,
        "global_step": np.asarray(1000, np.int64),
        "beta1_power": np.asarray(0.9, np.float32),
        **{f"net/w/{slot}": WEIGHTS for slot in ("Momentum", "RMSProp", "RMSProp_1", "Adam", "Adam_1")},
        "net/w/ExponentialMovingAverage": WEIGHTS,
        "old/w": one,
    }
    network = open_network(write_model(tmp_path, variables, *learned({"net/w": WEIGHTS}), *BODY))
    check(network)
    assert network.source.notes[-1] == (
        "variables of the checkpoint that the network does not use: 6 of an optimiser or a counter, "
        "1 moving averages of weights, 1 more ('old/w')"
    )
