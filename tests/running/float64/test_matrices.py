import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.errors import PortsideError
from tests.running.float64.judge import assert_agrees, in_double, random


@settings(max_examples=30)
@given(
    st.integers(1, 4),
    st.integers(1, 40),
    st.integers(1, 5),
    st.booleans(),
    st.booleans(),
    st.sampled_from([None, (), (1,), "columns", "one row", "rows", "all"]),
)
def test_general_product_agrees(
    rows: int, inner: int, columns: int, flip_a: bool, flip_b: bool, summand: str | tuple[int, ...] | None
) -> None:
    a = random(inner, rows) if flip_a else random(rows, inner)
    b = random(columns, inner, seed=1) if flip_b else random(inner, columns, seed=1)
    shapes = {"columns": (columns,), "one row": (1, columns), "rows": (rows, 1), "all": (rows, columns)}
    inputs = [a, b]
    if summand is not None:
        inputs.append(random(*(shapes[summand] if isinstance(summand, str) else summand), seed=2))
    attributes = {"transA": int(flip_a), "transB": int(flip_b), "alpha": 0.7, "beta": 1.3}
    # A sum that cancels keeps the rounding of its terms, here at most 40 of them.
    assert_agrees("Gemm", inputs, attributes, within=1e-5)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ((5,), (5,)),
        ((5,), (5, 3)),
        ((3, 5), (5,)),
        ((3, 5), (5, 4)),
        ((2, 3, 5), (5, 4)),
        ((2, 3, 5), (2, 5, 4)),
        ((2, 1, 3, 5), (6, 5, 4)),
    ],
)
def test_product_of_stacks_agrees(a: tuple[int, ...], b: tuple[int, ...]) -> None:
    assert_agrees("MatMul", [random(*a), random(*b, seed=1)])


def test_weights_widened_in_blocks_give_the_same_product(monkeypatch: pytest.MonkeyPatch) -> None:
    x, weight = random(3, 50), random(50, 20, seed=1)
    wide = x.astype(np.float64) @ weight.astype(np.float64)
    for limit in (1, 90, 400):
        monkeypatch.setattr("explorer.running.float64.matrices._BLOCK_ELEMENTS", limit)
        np.testing.assert_allclose(in_double("MatMul", [x, weight]), wide, rtol=1e-12)
        np.testing.assert_allclose(in_double("Gemm", [x, weight]), wide, rtol=1e-12)
        flipped = in_double("Gemm", [x, np.ascontiguousarray(weight.T)], {"transB": 1})
        np.testing.assert_allclose(flipped, wide, rtol=1e-12)


def test_product_of_integers_stays_integral() -> None:
    a, b = np.arange(6).reshape(2, 3), np.arange(12).reshape(3, 4)
    assert_agrees("MatMul", [a, b])


@pytest.mark.parametrize(
    ("equation", "shapes"),
    [
        ("bij,bjk->bik", [(2, 3, 4), (2, 4, 5)]),
        ("nchw,cd->ndhw", [(2, 3, 4, 5), (3, 6)]),
        ("ii->i", [(4, 4)]),
        ("ij,jk,kl->il", [(2, 3), (3, 4), (4, 5)]),
        ("ij", [(3, 4)]),
        ("...ij->...ji", [(2, 3, 4)]),
    ],
)
def test_contraction_agrees(equation: str, shapes: list[tuple[int, ...]]) -> None:
    inputs = [random(*shape, seed=seed) for seed, shape in enumerate(shapes)]
    assert_agrees("Einsum", inputs, {"equation": equation})


@pytest.mark.parametrize(
    ("operator", "shapes", "reason"),
    [
        ("Gemm", [(2, 3), (4, 5)], r"matrices of \[2, 3\] and \[4, 5\] cannot be multiplied"),
        ("Gemm", [(2, 3, 1), (3, 5)], "are no matrices"),
        ("Gemm", [(2, 3), (3, 5), (3, 5)], "broadcast"),
        ("Gemm", [(1, 3), (3, 5), (2, 5)], r"a summand of shape \[2, 5\] does not fit \[1, 5\]"),
        ("MatMul", [(2, 3), (4, 5)], "cannot be multiplied"),
    ],
)
def test_matrices_that_do_not_fit_are_named(operator: str, shapes: list[tuple[int, ...]], reason: str) -> None:
    with pytest.raises(PortsideError, match=reason):
        in_double(operator, [random(*shape) for shape in shapes])


@pytest.mark.parametrize(
    ("operator", "attributes", "shapes"),
    [
        ("Gemm", {}, [(2**20, 1), (1, 2**20)]),
        ("MatMul", {}, [(2**20, 1), (1, 2**20)]),
        ("MatMul", {}, [(2**20, 1, 1, 1), (2**10, 1, 1)]),
        ("Einsum", {"equation": "i, j -> ij"}, [(2**20,), (2**20,)]),
    ],
)
def test_product_too_large_to_hold_is_refused_before_it_is_made(
    operator: str, attributes: dict[str, str], shapes: list[tuple[int, ...]]
) -> None:
    with pytest.raises(PortsideError, match="too large to be computed"):
        in_double(operator, [np.broadcast_to(np.float32(1), shape) for shape in shapes], attributes)
