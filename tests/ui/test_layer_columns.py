import pytest

from explorer.ui.layer_columns import NAME_WIDTH, Columns, read_columns
from explorer.ui.layer_model import ERROR, MACS, NAME, OUTPUT, PARAMETERS, TIME, TYPE
from tests.ui.layers import compared, place

WIDTHS = dict.fromkeys((TYPE, OUTPUT, ERROR, MACS, TIME, PARAMETERS), 50)


@pytest.mark.parametrize(
    ("asked", "room", "state", "shown"),
    [
        ({}, 260, (False, False), {OUTPUT, TYPE}),
        ({}, 250, (False, False), {OUTPUT}),
        ({}, 260, (True, False), {ERROR, OUTPUT}),
        ({}, 1000, (True, True), {ERROR, TIME, MACS, OUTPUT, TYPE}),
        ({"parameters": True}, 260, (False, False), {PARAMETERS, OUTPUT}),
        ({"parameters": True, "macs": True, "type": True}, 100, (False, False), {PARAMETERS, MACS, TYPE}),
        ({"output": False}, 210, (False, False), {TYPE}),
        ({"error": False}, 1000, (True, False), {OUTPUT, TYPE}),
        ({"error": True, "time": True}, 1000, (False, False), {OUTPUT, TYPE}),
    ],
)
def test_what_was_asked_for_comes_first_and_the_rest_where_it_fits(asked, room, state, shown):
    is_compared, is_timed = state
    assert Columns(asked).shown(WIDTHS, room, is_compared=is_compared, is_timed=is_timed) == shown


def test_what_was_asked_for_is_kept_and_nonsense_is_nothing():
    columns = Columns().toggled("type", True).toggled("macs", False)
    assert columns.asked == {"type": False, "macs": True}
    assert read_columns(columns.text) == columns
    for text in (None, "[", "[1]", '{"layer": true, "type": 3}', 7):
        assert read_columns(text) == Columns()


def test_parameters_and_multiply_adds_can_be_shown_without_times(table):
    assert table.view.isColumnHidden(PARAMETERS)
    table.toggle_column("parameters")
    table.toggle_column("macs")
    assert not table.view.isColumnHidden(PARAMETERS)
    assert place(table, "conv1", PARAMETERS).data() == "112"
    assert place(table, "conv1", MACS).data() == "6.91\u202fk"
    assert place(table, "fork", PARAMETERS).data() == "126"
    assert place(table, "pool1", PARAMETERS).data() == ""
    table.toggle_column("parameters")
    assert table.view.isColumnHidden(PARAMETERS)
    table.fit_columns_to_room()
    assert table.view.isColumnHidden(MACS)


def test_more_columns_than_there_is_room_for_are_scrolled_to(table):
    table.show_comparison(compared())
    for key in ("parameters", "macs", "type", "output"):
        if not table.shows_column(key):
            table.toggle_column(key)
    for key in ("type", "output"):
        table.toggle_column(key)
        table.toggle_column(key)
    table.resize(320, 600)
    assert table.view.columnWidth(NAME) == NAME_WIDTH
    assert table.view.horizontalScrollBar().maximum() > 0
    table.resize(900, 600)
    assert table.view.horizontalScrollBar().maximum() == 0
    assert table.view.columnWidth(NAME) > NAME_WIDTH
