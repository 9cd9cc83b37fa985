import threading
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from explorer.network.crossings import DEEPEST, count_crossings, pieces, with_few_crossings


def test_lines_that_exchange_their_order_cross():
    assert count_crossings([[0, 1], [2, 3]], [[(0, 3), (1, 2)]]) == 1
    assert count_crossings([[0, 1], [2, 3]], [[(0, 2), (1, 3)]]) == 0


def test_lines_that_share_an_end_do_not_cross():
    assert count_crossings([[0], [1, 2, 3]], [[(0, 1), (0, 2), (0, 3)]]) == 0


def test_three_by_three_fully_joined_crosses_nine_times():
    assert count_crossings([[0, 1, 2], [3, 4, 5]], [[(top, low) for top in range(3) for low in range(3, 6)]]) == 9


def test_rows_of_a_single_node_part_the_drawing():
    assert pieces([[0], [1, 2], [3], [4], [5, 6]]) == [(0, 2), (2, 3), (3, 4)]
    assert pieces([[0]]) == [(0, 0)]
    assert pieces([]) == []


def test_what_crosses_nowhere_stays_as_it_is():
    rows = [[0], [2, 1], [3]]
    assert with_few_crossings(rows, [(0, 1), (0, 2), (1, 3), (2, 3)]) == rows


def test_crossings_that_need_not_be_are_removed():
    rows = [[0], [1, 2, 3], [4, 5, 6], [7]]
    steps = [(0, 1), (0, 2), (0, 3), (1, 6), (2, 5), (3, 4), (4, 7), (5, 7), (6, 7)]
    ordered = with_few_crossings(rows, steps)
    below = [[step for step in steps if step[0] in row] for row in rows[:-1]]
    assert count_crossings(ordered, below) == 0


def test_a_long_ladder_does_not_need_a_deep_stack():
    rows = [[0]] + [[3 * row + 1, 3 * row + 2, 3 * row + 3] for row in range(20 * DEEPEST)]
    steps = [(0, 1), (0, 2), (0, 3)]
    for upper, lower in pairwise(rows[1:]):
        steps += [(upper[0], lower[1]), (upper[1], lower[0]), (upper[2], lower[2]), (upper[0], lower[2])]
    found: list[list[list[int]]] = []
    size = threading.stack_size(256 * 1024)
    try:
        thread = threading.Thread(target=lambda: found.append(with_few_crossings(rows, steps)))
        thread.start()
    finally:
        threading.stack_size(size)
    thread.join()
    assert [sorted(row) for row in found[0]] == rows


@given(st.data())
def test_an_order_is_never_made_worse_and_loses_no_node(data):
    widths = data.draw(st.lists(st.integers(1, 5), min_size=2, max_size=6))
    rows: list[list[int]] = []
    for width in widths:
        first = sum(map(len, rows))
        rows.append(list(range(first, first + width)))
    below = [
        data.draw(st.lists(st.tuples(st.sampled_from(upper), st.sampled_from(lower)), max_size=8, unique=True))
        for upper, lower in pairwise(rows)
    ]
    ordered = with_few_crossings(rows, [step for steps in below for step in steps])
    assert [sorted(row) for row in ordered] == rows
    assert count_crossings(ordered, below) <= count_crossings(rows, below)
