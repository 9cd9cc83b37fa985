import pytest

from explorer.bench.figures import ROWS, Figure, measure_of
from explorer.bench.spread import Spread
from explorer.command_line.bench import as_markdown, as_table, cells


def measured(median, goal, unit="ratio"):
    return Figure("row", "a title", unit, goal, Spread(median, median, median, 21))


@pytest.mark.parametrize("row", ROWS)
def test_every_row_has_a_function_that_measures_it(row):
    assert callable(measure_of(row))


def test_a_goal_is_met_up_to_itself():
    assert measured(1.1, 1.1).is_met is True
    assert measured(1.11, 1.1).is_met is False
    assert measured(1.1, None).is_met is None


def test_what_is_missing_stays_in_the_table_with_its_reason():
    figure = Figure("caffe", "beside Caffe", "ratio", 0.4, missing="caffe not found")
    assert figure.is_met is None
    assert cells(figure) == ["≤ 0.40", "missing", "–", "–", ""]
    assert "beside Caffe: caffe not found" in as_table([figure])
    assert "| beside Caffe | ≤ 0.40 | missing | – | – |  | caffe not found |" in as_markdown([figure])
    assert figure.to_json()["missing"] == "caffe not found"
    assert figure.to_json()["measured"] is None


def test_numbers_have_their_unit():
    assert cells(measured(0.5, 0.6, "s"))[:2] == ["≤ 0.60 s", "0.50 s"]
    assert cells(measured(12.34, 16.0, "ms"))[:2] == ["≤ 16.0 ms", "12.3 ms"]
    assert cells(measured(324.2, 350.0, "MB"))[1:] == ["324 MB", "324 MB … 324 MB", "21", "met"]
