"""Least squares for many outputs at once, with some results known only to lie on one side."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from explorer.diagnosis import least_squares
from explorer.diagnosis.least_squares import solve, spread
from explorer.running.activations import Array


def _drawn(*shape: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).standard_normal(shape)


def _everywhere(wanted: Array) -> tuple[Array, Array]:
    return np.ones(wanted.shape, bool), np.zeros(wanted.shape, np.int8)


def test_more_equations_than_unknowns_are_solved_exactly_for_every_output():
    rows, right = _drawn(50, 6), _drawn(3, 6, seed=1)
    wanted = right @ rows.T
    found, rank, spare = solve(rows, wanted, *_everywhere(wanted))
    np.testing.assert_allclose(found, right, rtol=1e-9)
    assert (rank, spare) == (6, True)


def test_fewer_equations_than_unknowns_have_the_shortest_solution():
    rows, right = _drawn(4, 9), _drawn(2, 9, seed=1)
    wanted = right @ rows.T
    found, rank, spare = solve(rows, wanted, *_everywhere(wanted))
    np.testing.assert_allclose(found, right @ np.linalg.pinv(rows) @ rows, rtol=1e-6, atol=1e-9)
    assert (rank, spare) == (4, False)


def test_one_equation_of_very_many_unknowns_takes_no_room_but_for_its_solution():
    rows = _drawn(1, 40_000)
    wanted = np.array([[2.0], [0.0], [-3.0]])
    known, side = np.array([[True], [False], [False]]), np.array([[0], [1], [-1]], np.int8)
    tracemalloc.start()
    found, rank, spare = solve(rows, wanted, known, side)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    np.testing.assert_allclose(found[0], 2.0 * rows[0] / (rows @ rows.T).item(), rtol=1e-9)
    assert not found[1].any()
    assert (found[2] @ rows.T).item() <= -3.0 + 1e-5
    assert (rank, spare) == (1, False)
    assert peak < 12 * rows.nbytes


def test_as_many_equations_as_unknowns_leave_none_to_prove_them():
    rows, right = _drawn(6, 6), _drawn(2, 6, seed=1)
    wanted = right @ rows.T
    found, rank, spare = solve(rows, wanted, *_everywhere(wanted))
    np.testing.assert_allclose(found @ rows.T, wanted, rtol=1e-6, atol=1e-9)
    assert (rank, spare) == (6, False)


def test_the_rank_is_that_of_the_inputs_and_what_they_do_not_reach_stays_at_rest():
    rows = _drawn(40, 3) @ _drawn(3, 8, seed=1)
    right = _drawn(2, 8, seed=2)
    wanted = right @ rows.T
    found, rank, spare = solve(rows, wanted, *_everywhere(wanted))
    np.testing.assert_allclose(found, right @ np.linalg.pinv(rows) @ rows, rtol=1e-5, atol=1e-8)
    assert (rank, spare) == (3, True)


def test_an_input_that_is_always_zero_gets_no_weight():
    rows = _drawn(30, 4)
    rows[:, 2] = 0
    wanted = _drawn(2, 4, seed=1) @ rows.T
    found, rank, _ = solve(rows, wanted, *_everywhere(wanted))
    assert np.abs(found[:, 2]).max() < 1e-9
    assert rank == 3


def test_inputs_that_are_all_zero_leave_everything_at_rest():
    wanted = np.ones((2, 5))
    found, rank, _ = solve(np.zeros((5, 3)), wanted, *_everywhere(wanted))
    assert not found.any()
    assert rank == 0


def test_weak_inputs_are_solved_as_exactly_as_strong_ones():
    rows = _drawn(60, 5) * np.array([1, 1e-3, 1, 10, 1e-4])
    right = _drawn(3, 5, seed=1)
    wanted = right @ rows.T
    found, _, _ = solve(rows, wanted, *_everywhere(wanted))
    np.testing.assert_allclose(found, right, rtol=1e-5)


def test_outputs_that_show_in_different_places_each_take_their_own_equations():
    rows, right = _drawn(60, 6), _drawn(3, 6, seed=1)
    wanted = right @ rows.T
    known = np.random.default_rng(2).random(wanted.shape) < 0.5
    found, rank, spare = solve(rows, np.where(known, wanted, 99.0), known, np.zeros(wanted.shape, np.int8))
    np.testing.assert_allclose(found, right, rtol=1e-8)
    assert (rank, spare) == (6, True)


def test_an_output_that_never_shows_keeps_its_weights_and_counts_for_nothing():
    rows, right = _drawn(40, 4), _drawn(2, 4, seed=1)
    wanted = right @ rows.T
    known = np.ones(wanted.shape, bool)
    known[1] = False
    found, rank, spare = solve(rows, wanted, known, np.zeros(wanted.shape, np.int8))
    np.testing.assert_allclose(found[0], right[0], rtol=1e-8)
    assert not found[1].any()
    assert (rank, spare) == (4, True)


@pytest.mark.parametrize("side", [-1, 1])
def test_results_keep_to_the_side_where_nothing_more_is_known(side: int):
    rows, right = _drawn(80, 12), _drawn(2, 12, seed=1)
    wanted = right @ rows.T
    known = np.zeros(wanted.shape, bool)
    known[:, :8] = True
    edge = np.where(known, wanted, np.abs(wanted) * 0.5 if side < 0 else -np.abs(wanted) * 0.5)
    held = known | (wanted * side <= edge * side)
    edge = np.where(held & ~known, wanted - side * 0.1, edge)
    sides = np.where(known, 0, side).astype(np.int8)
    found, rank, spare = solve(rows, edge, known, sides)
    given = found @ rows.T
    np.testing.assert_allclose(given[known], wanted[known], rtol=1e-6, atol=1e-8)
    assert ((given - edge)[~known] * side >= -1e-5 * np.abs(edge).max()).all()
    assert (rank, spare) == (8, False)


def test_sides_that_no_solution_keeps_to_leave_the_equations_as_they_are():
    rows = np.ones((4, 1))
    wanted = np.array([[1.0, 1.0, 5.0, 5.0]])
    known = np.array([[True, True, False, False]])
    found, _, _ = solve(rows, wanted, known, np.array([[0, 0, 1, 1]], np.int8))
    np.testing.assert_allclose(found, [[1.0]], rtol=1e-6)


def test_places_are_spread_by_chance_the_same_each_time():
    taken = spread(1000, 10)
    assert len(set(taken.tolist())) == 10
    np.testing.assert_array_equal(taken, np.sort(taken))
    np.testing.assert_array_equal(taken, spread(1000, 10))
    assert taken.max() > 500
    np.testing.assert_array_equal(spread(5, 10), np.arange(5))


def test_more_places_than_there_is_time_for_are_thinned_out(monkeypatch: pytest.MonkeyPatch):
    rows, right = _drawn(500, 3), _drawn(2, 3, seed=1)
    wanted = right @ rows.T
    wanted[:, 400:] += 1
    whole = solve(rows, wanted, *_everywhere(wanted))[0]
    monkeypatch.setattr(least_squares, "MOST_WORK", 100.0)
    few = solve(rows, wanted, *_everywhere(wanted))[0]
    assert np.abs(few - whole).max() > 1e-3
