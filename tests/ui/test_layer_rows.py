import pytest

from explorer.comparison.comparison import Comparison, LayerComparison
from explorer.comparison.metrics import Errors
from explorer.network.modules import find_modules
from explorer.running.timing import LayerTime, Timing
from explorer.session.answers import Timed
from explorer.ui.layer_rows import (
    RowState,
    RowTime,
    describe_row,
    layer_rows,
    macs_text,
    name_row,
    parameters_text,
    row_state,
    row_time,
    time_text,
)
from tests.small_network import LAYERS, small_network


def _rows():
    network = small_network()
    return layer_rows(network, find_modules(network.graph))


def _compared(**rows):
    lines = []
    for name in LAYERS:
        verdict, error = rows.get(name.replace("/", "_"), ("match", 1e-8))
        errors = None if error is None else Errors(error, error, 1.0)
        lines.append(LayerComparison(name, "", isolated=errors, isolated_floor=2e-7, verdict=verdict))
    return Comparison("model", "reference", tuple(lines))


def test_rows_stand_in_the_order_of_the_data_inside_their_modules():
    rows = _rows()
    assert [row.label for row in rows] == ["data", "conv1", "relu1", "pool1", "fork", "fc", "prob"]
    fork = rows[4]
    assert fork.is_module
    assert [(row.name, row.label) for row in fork.children] == [
        ("fork/left", "left"),
        ("fork/right", "right"),
        ("fork/join", "join"),
    ]
    assert fork.layers == ("fork/left", "fork/right", "fork/join")


def test_without_modules_all_layers_stand_at_the_top():
    assert [row.name for row in layer_rows(small_network(), None)] == list(LAYERS)


def test_a_row_tells_type_and_shape_without_the_batch():
    rows = {row.name: row for row in layer_rows(small_network(), None)}
    assert (rows["conv1"].type, rows["conv1"].shape) == ("Convolution", "4×8×8")
    assert (rows["fc"].type, rows["fc"].shape) == ("InnerProduct", "6")


def test_a_module_is_as_good_as_its_worst_layer():
    comparison = _compared(fork_left=("match", 0.5), fork_right=("culprit", 0.25), fork_join=("inherited", 0.1))
    assert row_state(_rows()[4], comparison) == RowState("culprit", 0.25, 2e-7, None)


def test_without_a_comparison_there_is_no_state():
    assert row_state(_rows()[0], None) is None


def test_a_layer_that_the_reference_does_not_hold_has_no_error():
    comparison = _compared(conv1=("not compared", None))
    assert row_state(_rows()[1], comparison) == RowState("not compared", None, None, None)


def test_a_row_in_words_names_error_and_floor():
    row = _rows()[1]
    text = describe_row(row, RowState("culprit", 0.25, 2e-7, 0.5))
    assert text.splitlines() == [
        "conv1",
        "Convolution · 4×8×8",
        "culprit",
        "isolated error 0.25, noise floor 2e-7",
        "cumulative error 0.5",
        "6.91\u202fk multiply-adds",
        "112 parameters",
    ]


def _timed(**spent):
    rows = tuple(LayerTime(name.replace("_", "/"), time) for name, time in spent.items() if not isinstance(time, str))
    rows += tuple(
        LayerTime(name.replace("_", "/"), None, time) for name, time in spent.items() if isinstance(time, str)
    )
    return Timed(Timing(rows, 8.0, 0.0, 0.0, 10, 1, "cpu"), {"fork/left": 100, "fork/right": 20})


def test_a_modules_time_is_that_of_the_layers_that_have_one():
    fork = _rows()[4]
    timed = _timed(fork_left=1.5, fork_right=0.5, fork_join="fork/right")
    assert row_time(fork, timed) == RowTime(2.0, 0.25, 120)
    assert row_time(fork.children[2], timed) == RowTime(None, 0.0, 0, "fork/right")
    assert row_time(fork.children[0], timed) == RowTime(1.5, 0.1875, 100)


def test_what_was_not_timed_has_no_time():
    assert row_time(_rows()[0], None) is None
    assert row_time(_rows()[0], _timed(conv1=1.0)) is None
    assert (time_text(None), macs_text(None)) == ("", "")


def test_medians_that_add_up_to_more_than_a_run_fill_it():
    assert row_time(_rows()[1], _timed(conv1=9.0)) == RowTime(9.0, 1.0, 0)


@pytest.mark.parametrize(
    ("spent", "text"),
    [(0.0, "0"), (0.0004, "0.000"), (0.018, "0.018"), (12.3456, "12.346"), (123.456, "123.5"), (4567.8, "4568")],
)
def test_times_are_written_so_that_digits_stand_under_their_likes(spent, text):
    assert time_text(RowTime(spent, 0.1, 0)) == text


def test_a_row_in_words_tells_time_and_speed():
    row = _rows()[1]
    assert describe_row(row, None, RowTime(2.0, 0.25, 3_000_000)).splitlines()[2:] == [
        "2.000 ms, 25 % of a run",
        "3.00\u202fM multiply-adds, 3 GFLOP/s",
        "112 parameters",
    ]
    assert describe_row(row, None, RowTime(None, 0.0, 96, "conv0")).splitlines()[2:] == [
        "computed together with conv0, in its time",
        "96 multiply-adds",
        "112 parameters",
    ]


def test_a_row_knows_its_parameters_and_multiply_adds_and_a_module_their_sums():
    rows = {row.name: row for row in _rows()}
    assert (rows["conv1"].parameters, rows["conv1"].macs) == (112, 6912)
    assert (rows["pool1"].parameters, rows["pool1"].macs) == (0, 0)
    assert (rows["fork"].parameters, rows["fork"].macs) == (15 + 111, 1920)
    assert (parameters_text(rows["conv1"]), parameters_text(rows["pool1"])) == ("112", "")


def test_a_row_is_named_in_one_breath():
    rows = {row.name: row for row in _rows()}
    assert name_row(rows["conv1"], None) == "conv1, Convolution"
    state = RowState("culprit", 1.1, 2e-7)
    assert name_row(rows["conv1"], state, is_bookmarked=True) == "conv1, Convolution, culprit, error 1.1, bookmarked"
    assert name_row(rows["fork"], RowState("match")) == "fork, 3 layers, agrees"
    assert describe_row(rows["conv1"], None, is_bookmarked=True).startswith("conv1, bookmarked\n")
