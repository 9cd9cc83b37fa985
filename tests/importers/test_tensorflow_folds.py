"""What a graph computes without its input, on the way in: each operation against numpy, and what stays open."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.importers.tensorflow_constants import Constant, fold
from explorer.importers.tensorflow_folds import FOLDS, named
from explorer.importers.tensorflow_graph import Operation, read_graph
from explorer.importers.tensorflow_quantising import QUANTISING
from explorer.importers.tensorflow_tensor import TensorError
from explorer.network.builder import NamedSizeError
from explorer.network.provenance import Provenance
from tests.tensorflow_files import Type, node, write_graph
from tests.tensorflow_forward import Array, noise

A, B = noise(3, 4), np.abs(noise(3, 4, seed=1)) + np.float32(0.5)
P, Q = np.array([7, -7, 8], np.int32), np.array([2, 2, -3], np.int32)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def operation(folder: Path, kind: str, **attributes: Any) -> Operation:
    return read_graph(write_graph(folder / "g.pb", node("f", kind, **attributes))).operations["f"]


def folded(folder: Path, kind: str, *inputs: Any, **attributes: Any) -> list[Array]:
    given = [Constant(each if isinstance(each, np.ndarray) else np.asarray(each)) for each in inputs]
    return [output.array for output in fold(operation(folder, kind, **attributes), given)]


CASES: dict[str, tuple[Sequence[Any], dict[str, Any], Any]] = {
    "Identity": ([A], {}, A),
    "ReadVariableOp": ([A], {}, A),
    "Add": ([A, B[0]], {}, A + B[0]),
    "AddV2": ([P, Q], {}, [9, -5, 5]),
    "Sub": ([A, B], {}, A - B),
    "Mul": ([P, Q], {}, [14, -14, -24]),
    "RealDiv": ([A, B], {}, A / B),
    # Whole numbers: C's division cuts off towards zero, the others go down.
    "Div": ([P, Q], {}, [3, -3, -2]),
    "FloorDiv": ([P, Q], {}, [3, -4, -3]),
    "FloorMod": ([P, Q], {}, [1, 1, -1]),
    "Pow": ([B, 2.0], {}, B**2),
    "Maximum": ([A, B], {}, np.where(A > B, A, B)),
    "Minimum": ([A, B], {}, np.where(A < B, A, B)),
    "Greater": ([P, Q], {}, [True, False, True]),
    "GreaterEqual": ([P, Q], {}, [True, False, True]),
    "Less": ([P, Q], {}, [False, True, False]),
    "LessEqual": ([P, [7, -8, 8]], {}, [True, False, True]),
    "Equal": ([P, [7, -8, 8]], {}, [True, False, True]),
    "NotEqual": ([P, [7, -8, 8]], {}, [False, True, False]),
    "LogicalAnd": ([[True, True], [True, False]], {}, [True, False]),
    "LogicalOr": ([[False, True], [False, False]], {}, [False, True]),
    "LogicalNot": ([[False, True]], {}, [True, False]),
    "Neg": ([A], {}, -A),
    "Abs": ([A], {}, np.abs(A)),
    "Exp": ([A], {}, np.exp(A)),
    "Log": ([B], {}, np.log(B)),
    "Sqrt": ([B], {}, np.sqrt(B)),
    "Rsqrt": ([B], {}, B**-0.5),
    "Square": ([A], {}, A * A),
    "Reciprocal": ([B], {}, 1 / B),
    "Sign": ([P], {}, [1, -1, 1]),
    "Round": ([[0.5, 1.5, -0.7]], {}, [0, 2, -1]),
    "Floor": ([A], {}, np.floor(A)),
    "Ceil": ([A], {}, np.ceil(A)),
    "Sum": ([A, [0]], {}, A.sum(0)),
    "Prod": ([P, [0]], {"keep_dims": True}, [-392]),
    "Mean": ([A, [-1]], {"keep_dims": True}, A.mean(1, keepdims=True)),
    "Max": ([A, [0, 1]], {}, A.max()),
    "Min": ([A, 1], {}, A.min(1)),
    "All": ([[[True, True], [True, False]], [1]], {}, [True, False]),
    "Cast": ([[1.9, -1.9]], {"DstT": Type(3)}, [1, -1]),
    "Reshape": ([A, [2, -1]], {}, A.reshape(2, 6)),
    "Squeeze": ([A[None, :, None]], {"squeeze_dims": [0]}, A[:, None]),
    "ExpandDims": ([A, 1], {}, A[:, None]),
    "ConcatV2": ([A, B, 1], {}, np.concatenate([A, B], 1)),
    "Concat": ([1, A, B], {}, np.concatenate([A, B], 1)),
    "Pack": ([A, B], {"axis": 1}, np.stack([A, B], 1)),
    "Slice": ([A, [1, 0], [-1, 2]], {}, A[1:, :2]),
    "StridedSlice": ([P, [-2], [0], [1]], {"shrink_axis_mask": 1}, -7),
    "Fill": ([[2, 3], 7], {}, [[7] * 3] * 2),
    "Range": ([1, 10, 4], {}, [1, 5, 9]),
    "Tile": ([P, [2]], {}, [7, -7, 8, 7, -7, 8]),
    "Transpose": ([A, [1, 0]], {}, A.T),
    "Gather": ([P, [2, 0]], {}, [8, 7]),
    "GatherV2": ([A, [1], 1], {}, A[:, [1]]),
    "Select": ([[True, False, True], P, Q], {}, [7, 2, 8]),
    "ZerosLike": ([A], {}, np.zeros((3, 4))),
    "OnesLike": ([A], {}, np.ones((3, 4))),
}


@pytest.mark.parametrize("kind", CASES)
def test_of_constants(folder: Path, kind: str) -> None:
    inputs, attributes, wanted = CASES[kind]
    (found,) = folded(folder, kind, *inputs, **attributes)
    assert found.shape == np.shape(wanted)
    np.testing.assert_allclose(found, wanted, rtol=1e-6)


def test_every_operation_that_keeps_single_precision_does_so(folder: Path) -> None:
    for kind in ("Add", "Sub", "Mul", "RealDiv", "Maximum", "Pow"):
        assert folded(folder, kind, A, B)[0].dtype == np.float32
    for kind in ("Rsqrt", "Exp", "Reciprocal", "Square"):
        assert folded(folder, kind, B)[0].dtype == np.float32


def test_operations_with_several_results(folder: Path) -> None:
    assert [part.tolist() for part in folded(folder, "Split", 0, P, num_split=3)] == [[7], [-7], [8]]
    assert [part.tolist() for part in folded(folder, "Unpack", P, axis=0)] == [7, -7, 8]


@pytest.mark.parametrize(
    ("kind", "inputs", "attributes"),
    [
        ("Add", [A, noise(3)], {}),
        ("Reshape", [A, [5, 5]], {}),
        ("Squeeze", [A], {"squeeze_dims": [0]}),
        ("ConcatV2", [A, B[:2], 1], {}),
        ("FloorDiv", [P, 1, 1], {}),
        ("Div", [P, [0, 1, 2]], {}),
        ("Slice", [P, [1], [3]], {}),
        ("Slice", [P, [-1], [1]], {}),
        ("StridedSlice", [P, [9], [0], [1]], {"shrink_axis_mask": 1}),
        ("StridedSlice", [P, [0, 0], [1, 1], [1, 1]], {}),
        ("StridedSlice", [P, [0], [1], [0]], {}),
        ("Gather", [P, [3]], {}),
        ("Transpose", [A, [0, 0]], {}),
        ("Cast", [A], {"DstT": Type(7)}),
        ("Range", [0, 1, 0], {}),
        ("Split", [0, P], {"num_split": 2}),
        ("Mean", [A, [2]], {}),
        ("Rsqrt", [], {}),
    ],
)
def test_what_can_not_be_computed_is_an_error_of_the_tensor(
    folder: Path, kind: str, inputs: list[Any], attributes: dict[str, Any]
) -> None:
    with pytest.raises(TensorError, match="can't be computed from constants"):
        folded(folder, kind, *inputs, **attributes)


@pytest.mark.parametrize(
    ("kind", "inputs"),
    [
        ("Fill", [[1 << 20, 1 << 20], 1.0]),
        ("Range", [0, 1 << 40, 1]),
        ("Tile", [A, [1 << 20, 1 << 10]]),
        ("Add", [np.broadcast_to(np.float32(1), (1 << 15, 1)), np.broadcast_to(np.float32(1), (1, 1 << 15))]),
        ("Neg", [np.broadcast_to(np.float32(1), (1 << 15, 1 << 15))]),
    ],
)
def test_arrays_far_larger_than_what_they_are_made_of_take_no_memory(
    folder: Path, kind: str, inputs: list[Any]
) -> None:
    with pytest.raises(TensorError, match="values are more than a network has use for"):
        folded(folder, kind, *inputs)


class TestOpenSizes:
    """The batch is a name among the numbers of a shape."""

    def test_it_goes_through_what_leaves_it_alone(self, folder: Path) -> None:
        shape = named(["N", 4, 6])
        (batch,) = folded(folder, "StridedSlice", shape, [0], [0], [1], shrink_axis_mask=1)
        assert batch.item() == "N"
        assert folded(folder, "Mul", shape, [1, 2, 2])[0].tolist() == ["N", 8, 12]
        assert folded(folder, "Add", [0, 1, 1], shape)[0].tolist() == ["N", 5, 7]
        assert folded(folder, "Pack", batch, 24, axis=0)[0].tolist() == ["N", 24]
        assert folded(folder, "Cast", shape, DstT=Type(1))[0].tolist() == ["N", 4, 6]

    @pytest.mark.parametrize("kind", ["Mul", "Sub", "FloorDiv", "Maximum", "Greater"])
    def test_arithmetic_that_needs_its_number_says_so(self, folder: Path, kind: str) -> None:
        with pytest.raises(NamedSizeError):
            folded(folder, kind, named(["N", 4]), 2)

    def test_a_size_that_a_shape_is_made_of_is_no_number(self, folder: Path) -> None:
        with pytest.raises(NamedSizeError):
            folded(folder, "Fill", named(["N", 4]), 1.0)


def test_what_was_learned_keeps_its_origin_and_the_steps_taken(folder: Path) -> None:
    learned = Constant(A, Provenance("w.ckpt", "conv/weights", A.shape))
    for kind, inputs, steps in (
        ("Identity", [], ()),
        ("Transpose", [[1, 0]], ("transpose (1, 0)",)),
        ("Reshape", [[12]], ("reshape to (12,)",)),
        ("Mul", [2.0], ("Mul",)),
    ):
        (output,) = fold(operation(folder, kind), [learned, *(Constant(np.asarray(each)) for each in inputs)])
        assert output.origin == Provenance("w.ckpt", "conv/weights", (3, 4), steps)
    other = Constant(B, Provenance("w.ckpt", "gamma", B.shape))
    (output,) = fold(operation(folder, "Mul"), [learned, other])
    assert output.origin == Provenance("w.ckpt", "conv/weights", (3, 4), ("Mul with gamma",))


def test_the_table_of_operations_is_held_by_these_tests() -> None:
    several = {"Split", "Unpack"}
    like = {"StopGradient", "PreventGradient", "Snapshot", "PlaceholderWithDefault", "CheckNumerics", "EnsureShape"}
    assert set(FOLDS) - set(CASES) - several - like - QUANTISING == {"Mod", "Inv", "SelectV2"}
