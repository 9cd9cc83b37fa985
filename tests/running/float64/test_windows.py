import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from explorer.running.float64.windows import WindowAxis, blocks, padded, window_view


@given(st.lists(st.integers(1, 5), min_size=1, max_size=3), st.integers(1, 40))
def test_blocks_cover_every_position_once_in_order(shape: list[int], most: int) -> None:
    numbers = np.arange(np.prod(shape)).reshape(shape)
    runs = list(blocks(shape, most))
    for where, run in runs:
        assert numbers[where].ravel().tolist() == list(range(run.start, run.stop))
        assert run.stop - run.start <= max(most, 1)
    assert [run.start for _, run in runs[1:]] == [run.stop for _, run in runs[:-1]]
    assert runs[0][1].start == 0
    assert runs[-1][1].stop == numbers.size


def test_blocks_are_as_large_as_they_may_be() -> None:
    assert [run for _, run in blocks([4, 10], 25)] == [slice(0, 20), slice(20, 40)]


def test_margins_are_added_only_as_far_as_windows_reach() -> None:
    tensor = np.ones((1, 1, 5))
    axis = WindowAxis(size=5, kernel=2, stride=2, dilation=1, before=1, after=4, positions=3)
    assert axis.reach == 6
    assert padded(tensor, [axis], 7.0).tolist() == [[[7, 1, 1, 1, 1, 1]]]
    inside = WindowAxis(size=5, kernel=2, stride=2, dilation=1, before=0, after=4, positions=2)
    assert padded(tensor, [inside], 7.0) is tensor


def test_window_overhanging_the_padding_sees_the_fill() -> None:
    axis = WindowAxis(size=2, kernel=3, stride=2, dilation=1, before=0, after=0, positions=2)
    assert padded(np.ones((1, 1, 2)), [axis], 7.0).tolist() == [[[1, 1, 7, 7, 7]]]


def test_windows_are_seen_without_a_copy() -> None:
    tensor = np.arange(24.0).reshape(1, 1, 4, 6)
    rows = WindowAxis(size=4, kernel=2, stride=1, dilation=2, before=0, after=0, positions=2)
    columns = WindowAxis(size=6, kernel=3, stride=2, dilation=1, before=0, after=0, positions=2)
    view = window_view(tensor, [rows, columns])
    assert view.shape == (1, 1, 2, 3, 2, 2)
    assert view[0, 0, :, :, 1, 1].tolist() == [[8, 9, 10], [20, 21, 22]]
    assert np.shares_memory(view, tensor)
