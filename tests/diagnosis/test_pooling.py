"""Poolings that differ in one respect."""

from __future__ import annotations

import pytest

from explorer.diagnosis.pooling import Pool, pool_of
from explorer.network.network import Network
from tests.diagnosis.ports import (
    Step,
    chain,
    conv,
    crop,
    diagnosed,
    drawn,
    finding_of,
    only_finding,
    pool,
    recorded,
    unary,
)

X = drawn(1, 3, 9, 9, seed=7)


def _pooled(*steps: Step, side: int = 9) -> Network:
    return chain((3, side, side), *steps)


def _max(**settings: int | bool | list[int]) -> Step:
    given: dict[str, int | bool | list[int]] = {"kernel": 3, "stride": 2, **settings}
    return pool("pool1", "MaxPool", **given)  # type: ignore[arg-type]


def _average(**settings: int | bool | list[int]) -> Step:
    given: dict[str, int | bool | list[int]] = {"kernel": 3, "stride": 2, **settings}
    return pool("pool1", "AveragePool", **given)  # type: ignore[arg-type]


def test_sizes_rounded_down_where_caffe_rounds_up_are_found():
    clean, port = _pooled(_max(ceil=True), side=8), _pooled(_max(), side=8)
    finding = finding_of(clean, port, drawn(1, 3, 8, 8))
    assert (finding.layer, finding.cause) == ("pool1", "pool-rounding")
    assert finding.detail == "sizes are rounded down and should be rounded up"


def test_ceil_and_a_padded_end_are_told_as_indistinguishable():
    clean, port = _pooled(_max(ceil=True), side=8), _pooled(_max(), side=8)
    finding = finding_of(clean, port, drawn(1, 3, 8, 8))
    assert finding.indistinguishable == ("padding",)
    assert finding.decides is not None


def test_maximum_for_average_is_found():
    clean, port = _pooled(_average()), _pooled(_max())
    finding = finding_of(clean, port, X)
    assert (finding.layer, finding.cause) == ("pool1", "pool-kind")
    assert finding.detail == "the maximum is taken where the average is meant"


def test_average_for_maximum_is_found():
    assert finding_of(_pooled(_max()), _pooled(_average()), X).cause == "pool-kind"


def test_global_average_for_global_maximum_is_found():
    def over_everything(operator: str) -> Network:
        return chain((3, 9, 9), _whole(operator))

    finding = finding_of(over_everything("MaxPool"), over_everything("AveragePool"), X)
    assert (finding.layer, finding.cause) == ("pool1", "pool-kind")
    assert finding.detail == "the average where the maximum is meant"


def _whole(operator: str) -> Step:
    return lambda builder, x: (layer := builder.layer("pool1", "Pooling")).top(
        layer.global_pooling(x, operator), "pool1"
    )


@pytest.mark.parametrize("counted", [False, True])
def test_padded_places_in_the_divisor_are_found_both_ways(counted: bool):
    clean, port = (_pooled(_average(pads=1, count=count)) for count in (counted, not counted))
    finding = finding_of(clean, port, X)
    assert (finding.layer, finding.cause) == ("pool1", "average-divisor")
    assert finding.detail == (
        "padded places are not counted and should be" if counted else "padded places are counted and should not be"
    )


def test_padding_around_for_padding_at_the_end_is_found_with_its_sides():
    clean, port = (_pooled(_max(stride=1, pads=pads)) for pads in ([0, 0, 2, 2], [1, 1, 1, 1]))
    finding = finding_of(clean, port, X)
    assert finding.layer == "pool1"
    assert {finding.cause, *finding.indistinguishable} == {"padding", "pool-offset"}
    assert "padding (1, 1, 1, 1) where (0, 0, 2, 2) is meant" in finding.detail


def test_another_stride_is_found_with_its_number():
    finding = finding_of(_pooled(_max(stride=1, pads=1)), _pooled(_max(stride=2, pads=1)), X)
    assert (finding.layer, finding.cause) == ("pool1", "stride-dilation")
    assert finding.detail == "stride 2 where 1 is meant"


def test_first_row_and_column_that_should_be_dropped_are_found():
    def dropped() -> Network:
        return _pooled(crop("helper", 1, 8), _max(), side=9)

    reference = recorded(dropped(), X, without={"helper"})
    assert diagnosed(dropped(), reference).agrees
    finding = only_finding(diagnosed(_pooled(_max()), reference))
    assert (finding.layer, finding.cause) == ("pool1", "pool-offset")
    assert finding.detail == "the first row and column should be dropped before the pooling"


def test_first_row_and_column_that_should_be_kept_are_found():
    kept = _pooled(_max(stride=2, ceil=True), side=9)
    port = _pooled(crop("helper", 1, 8), _max(stride=2, ceil=True), side=9)
    finding = only_finding(diagnosed(port, recorded(kept, X)))
    assert (finding.layer, finding.cause) == ("helper", "pool-offset")
    assert finding.detail == "rows and columns are dropped before the pooling that the original keeps"


def test_pooling_behind_a_rotated_convolution_is_explained_with_it():
    weight = drawn(5, 3, 3, 3)
    clean = _pooled(conv("conv1", weight), _average(pads=1, count=True))
    port = _pooled(conv("conv1", weight[:, :, ::-1, ::-1].copy()), _average(pads=1))
    diagnosis = diagnosed(port, recorded(clean, X, without={"conv1"}))
    assert {(finding.layer, finding.cause) for finding in diagnosis.findings} == {
        ("conv1", "kernel-rotated"),
        ("pool1", "average-divisor"),
    }
    assert diagnosis.after is not None and diagnosis.after.agrees


def test_an_end_padded_for_sizes_rounded_up_is_told_as_rounding():
    clean, port = (
        _pooled(_average(count=True, **settings), side=8)
        for settings in ({"ceil": True, "pads": 1}, {"pads": [1, 1, 2, 2]})
    )
    finding = finding_of(clean, port, drawn(1, 3, 8, 8))
    assert (finding.layer, finding.cause) == ("pool1", "pool-rounding")
    assert finding.detail == (
        "sizes are rounded down and should be rounded up; "
        "padding (1, 1, 2, 2) where (1, 1, 1, 1) is meant (top, left, bottom, right)"
    )


def test_an_end_padded_and_counted_for_sizes_rounded_up_is_rounding_or_the_divisor():
    clean, port = (
        _pooled(_average(**settings), side=8) for settings in ({"ceil": True}, {"pads": [0, 0, 1, 1], "count": True})
    )
    finding = finding_of(clean, port, drawn(1, 3, 8, 8))
    assert finding.layer == "pool1"
    assert {finding.cause, *finding.indistinguishable} == {"average-divisor", "pool-rounding"}


@pytest.mark.parametrize("counted", [False, True])
def test_sizes_rounded_up_for_an_end_padded_and_counted_are_told_as_rounding(counted: bool):
    clean, port = (
        _pooled(_average(**settings), side=8)
        for settings in ({"pads": [0, 0, 1, 1], "count": True}, {"ceil": True, "count": counted})
    )
    finding = finding_of(clean, port, drawn(1, 3, 8, 8))
    assert (finding.layer, finding.cause) == ("pool1", "pool-rounding")
    assert finding.detail.startswith("sizes are rounded up and should be rounded down; ")


@pytest.mark.parametrize(("right", "wrong"), [((0, 0, 0, 0), (1, 1, 0, 0)), ((1, 1, 0, 0), (0, 0, 0, 0))])
def test_windows_that_begin_one_earlier_or_later_are_shifted_though_their_end_has_no_padding(
    right: tuple[int, ...], wrong: tuple[int, ...]
):
    clean, port = (_pooled(_max(pads=list(pads))) for pads in (right, wrong))
    finding = finding_of(clean, port, X)
    assert finding.layer == "pool1"
    assert {finding.cause, *finding.indistinguishable} == {"padding", "pool-offset"}
    assert finding.detail == f"padding {wrong} where {right} is meant (top, left, bottom, right)"


def test_pool_of_reads_the_settings_of_a_node():
    node = _pooled(_average(pads=[0, 1, 2, 1], ceil=True, count=True)).layer["pool1"].nodes[0]
    assert pool_of(node) == Pool("AveragePool", (3, 3), (2, 2), (0, 1, 2, 1), True, True)
    assert pool_of(chain((3, 9, 9), unary("relu", "Relu")).layer["relu"].nodes[0]) is None


def test_padding_at_the_wrong_end_may_stand_for_the_padding_and_for_ceil():
    clean = _pooled(_average(pads=1, ceil=True, count=True), side=8)
    finding = finding_of(clean, _pooled(_average(pads=[2, 2, 1, 1], count=True), side=8), drawn(1, 3, 8, 8))
    assert {finding.cause, *finding.indistinguishable} == {"padding", "pool-offset"}
    assert finding.detail == (
        "sizes are rounded down and should be rounded up; "
        "padding (2, 2, 1, 1) where (1, 1, 1, 1) is meant (top, left, bottom, right)"
    )


def test_rows_dropped_before_an_average_that_is_padded_for_them_are_found():
    clean = _pooled(_average(ceil=True, count=True), side=8)
    port = _pooled(crop("helper", 1, 7), _average(pads=[0, 0, 2, 2], count=True), side=8)
    finding = only_finding(diagnosed(port, recorded(clean, drawn(1, 3, 8, 8))))
    assert finding.cause == "pool-offset"
    assert finding.detail.startswith("rows and columns are dropped before the pooling that the original keeps; sizes")
