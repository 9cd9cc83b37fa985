from explorer.comparison.comparison import Comparison, LayerComparison
from explorer.comparison.metrics import Errors
from explorer.network.layer_graph import layer_graph
from explorer.network.modules import find_modules
from explorer.ui.layer_rows import RowState, describe_row, layer_rows, row_state
from tests.small_network import LAYERS, small_network


def _rows():
    network = small_network()
    return layer_rows(network, find_modules(layer_graph(network)))


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
    ]
