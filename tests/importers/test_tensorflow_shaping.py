"""TensorFlow's operations that arrange, against numpy on arrays that lie as TensorFlow's do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.errors import PortsideError
from tests.tensorflow_files import const, conv, node, placeholder
from tests.tensorflow_forward import Array, computed, dimensions, noise, opened, picture_nodes, values_of

X = noise(2, 5, 6, 4)


def close(found: Array, wanted: Array) -> None:
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("axis", [1, 2, 3, -1])
def test_concat_of_both_versions(tmp_path: Path, axis: int) -> None:
    x = noise(2, 5, 5, 4)
    nodes = [node("r", "Relu", ["x"]), const("axis", axis)]
    wanted = np.concatenate([x, np.maximum(x, 0)], axis)
    close(computed(tmp_path, x, *nodes, node("out", "ConcatV2", ["x", "r", "axis"])), wanted)
    close(computed(tmp_path, x, *nodes, node("out", "Concat", ["axis", "x", "r"])), wanted)


def test_pictures_joined_one_behind_the_other_are_as_many_as_the_file_declares(tmp_path: Path) -> None:
    start = [placeholder("input", 3, 2, 3, 4), *picture_nodes((3, 2, 3, 4))[1:]]
    nodes = [node("r", "Relu", ["x"]), const("axis", 0), node("out", "ConcatV2", ["x", "r", "axis"])]
    x = noise(3, 4, 2, 3)
    close(values_of(opened(tmp_path, *start, *nodes), x)["out"], np.concatenate([x, np.maximum(x, 0)]))


def test_what_can_not_be_joined_is_named(tmp_path: Path) -> None:
    nodes = [const("w", noise(1, 1, 4, 4)), conv("c", "x", "w", strides=[1, 2, 2, 1]), const("axis", 3)]
    with pytest.raises(PortsideError, match=r"'out'.*N×5×6×4 and N×3×3×4 differ off the axis 3 of the joint"):
        computed(tmp_path, X, *nodes, node("out", "ConcatV2", ["x", "c", "axis"]))


@pytest.mark.parametrize("target", [[-1, 120], [-1, 5, 24], [-1, 30, 4], [-1, 10, 3, 4], [-1, 1, 1, 120]])
def test_reshape_reads_height_width_and_channels_in_tensorflows_order(tmp_path: Path, target: list[int]) -> None:
    found = computed(tmp_path, X, const("t", target), node("out", "Reshape", ["x", "t"]), plain=True)
    wanted = X.reshape(target)
    # Maps of one position are the same numbers with the channels in front.
    close(found.reshape(wanted.shape) if found.shape == (2, 120, 1, 1) else found, wanted)


def test_reshape_to_a_list_that_is_computed(tmp_path: Path) -> None:
    nodes = [
        node("shape", "Shape", ["x"]),
        *(const(name, [value]) for name, value in (("zero", 0), ("one", 1))),
        node("n", "StridedSlice", ["shape", "zero", "one", "one"], shrink_axis_mask=1),
        const("rest", 120),
        node("t", "Pack", ["n", "rest"]),
        node("flat", "Reshape", ["x", "t"]),
        const("w", noise(120, 3)),
        node("out", "MatMul", ["flat", "w"]),
    ]
    close(computed(tmp_path, X, *nodes), X.reshape(2, 120) @ noise(120, 3))


def test_a_reshape_to_one_picture_takes_one_picture(tmp_path: Path) -> None:
    x = noise(1, 5, 6, 4)
    nodes = [const("t", [1, 120]), node("out", "Reshape", ["x", "t"])]
    close(computed(tmp_path, x, *nodes), x.reshape(1, 120))
    with pytest.raises(PortsideError, match="it is to make 2×120 of 1×5×6×4"):
        computed(tmp_path, X, const("t", [2, 120]), nodes[1])


def test_a_reshape_that_loses_numbers_is_named(tmp_path: Path) -> None:
    with pytest.raises(PortsideError, match=r"'out'.*it is to make 1×119 of 1×5×6×4"):
        computed(tmp_path, X, const("t", [-1, 119]), node("out", "Reshape", ["x", "t"]))


def test_the_batch_that_a_graph_was_written_for_stands_for_any(tmp_path: Path) -> None:
    start = [placeholder("input", 7, 2, 3, 4), *picture_nodes((7, 2, 3, 4))[1:]]
    network = opened(tmp_path, *start, const("t", [7, 24]), node("out", "Reshape", ["x", "t"]))
    assert dimensions(network.outputs[0]) == ("N", 24)
    x = noise(3, 2, 3, 4)
    close(values_of(network, np.moveaxis(x, -1, 1))["out"], x.reshape(3, 24))


def test_squeeze_and_expand_dims(tmp_path: Path) -> None:
    nodes = [const("a", [1, 2]), node("m", "Mean", ["x", "a"], keep_dims=True)]
    mean = X.mean((1, 2))
    close(computed(tmp_path, X, *nodes, node("out", "Squeeze", ["m"], squeeze_dims=[1, 2])), mean)
    close(computed(tmp_path, X, *nodes, node("out", "Squeeze", ["m"])), mean)
    nodes += [node("s", "Squeeze", ["m"], squeeze_dims=[1]), const("at", -1), node("e", "ExpandDims", ["s", "at"])]
    close(computed(tmp_path, X, *nodes, node("out", "Neg", ["e"]), plain=True).reshape(-1), -mean.reshape(-1))
    with pytest.raises(PortsideError, match=r"its axes \[3\] of N×1×1×4 are not all of size one"):
        computed(tmp_path, X, *nodes, node("out", "Squeeze", ["m"], squeeze_dims=[3]))


@pytest.mark.parametrize("turn", [[0, 3, 1, 2], [0, 2, 1, 3], [0, 1, 2, 3], [0, 3, 2, 1]])
def test_transpose_is_undone_or_carried_out(tmp_path: Path, turn: list[int]) -> None:
    nodes = [const("p", turn), node("t", "Transpose", ["x", "p"]), const("flat", [-1, 120])]
    found = computed(tmp_path, X, *nodes, node("out", "Reshape", ["t", "flat"]))
    close(found, X.transpose(turn).reshape(2, 120))


REDUCTIONS: dict[str, Any] = {"Mean": np.mean, "Sum": np.sum, "Max": np.max, "Min": np.min, "Prod": np.prod}


@pytest.mark.parametrize("kind", REDUCTIONS)
@pytest.mark.parametrize("axes", [[1, 2], [3], [-1, 1], [1, 2, 3]])
@pytest.mark.parametrize("keep", [False, True])
def test_reductions(tmp_path: Path, kind: str, axes: list[int], keep: bool) -> None:
    nodes = [const("a", axes), node("m", kind, ["x", "a"], keep_dims=keep), const("flat", [-1])]
    wanted = REDUCTIONS[kind](X, axis=tuple(axes), keepdims=keep)
    nodes += [const("t", [-1, wanted.size // 2]), node("out", "Reshape", ["m", "t"])]
    close(computed(tmp_path, X, *nodes), wanted.reshape(2, -1))


def test_the_mean_of_a_map_is_a_global_pooling_of_maps_that_stay_in_place(tmp_path: Path) -> None:
    network = opened(
        tmp_path, *picture_nodes(X.shape), const("a", [1, 2]), node("out", "Mean", ["x", "a"], keep_dims=True)
    )
    assert [layer.type for layer in network.layers] == ["Placeholder", "Conv2D", "Mean"]
    assert dimensions(network.outputs[0]) == ("N", 4, 1, 1)
    assert not [node.op_type for node in network.model.graph if node.op_type == "Transpose"]


@pytest.mark.parametrize("axis", [1, 3, -1])
def test_pack_and_unpack(tmp_path: Path, axis: int) -> None:
    x = noise(2, 3, 3, 3)
    nodes = [node("u", "Unpack", ["x"], axis=axis, num=3), node("p", "Pack", ["u:2", "u", "u:1"], axis=1)]
    parts = [x.take(place, axis) for place in (2, 0, 1)]
    nodes += [const("t", [-1, 27]), node("out", "Reshape", ["p", "t"])]
    close(computed(tmp_path, x, *nodes), np.stack(parts, 1).reshape(2, 27))


@pytest.mark.parametrize("turned", [False, True])
def test_a_matrix_product_and_its_bias_are_one_layer(tmp_path: Path, turned: bool) -> None:
    x, matrix, bias = noise(3, 6), noise(6, 4), noise(4, seed=5)
    nodes = [
        const("w", np.ascontiguousarray(matrix.T) if turned else matrix),
        const("b", bias),
        node("p", "MatMul", ["x", "w"], transpose_b=turned),
        node("out", "BiasAdd", ["p", "b"]),
    ]
    close(computed(tmp_path, x, *nodes), x @ matrix + bias)
    network = opened(tmp_path, *picture_nodes(x.shape), *nodes)
    assert [layer.type for layer in network.layers] == ["Placeholder", "MatMul", "MatMul"]


def test_a_product_of_two_values_that_depend_on_the_input(tmp_path: Path) -> None:
    start = [placeholder("input", 3, 4), const("k", np.eye(4, dtype=np.float32)), node("x", "MatMul", ["input", "k"])]
    network = opened(tmp_path, *start, node("out", "MatMul", ["x", "x"], transpose_b=True))
    x = noise(3, 4)
    close(values_of(network, x)["out"], x @ x.T)


def test_a_matrix_that_does_not_fit_is_named(tmp_path: Path) -> None:
    with pytest.raises(PortsideError, match=r"'out'.*its matrix 5×4 doesn't fit a tensor N×6"):
        computed(tmp_path, noise(3, 6), const("w", noise(5, 4)), node("out", "MatMul", ["x", "w"]))
