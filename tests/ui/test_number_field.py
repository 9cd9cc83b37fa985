import pytest
from PySide6.QtCore import Qt

from explorer.ui.number_field import NumberField, read_number


@pytest.fixture
def field(qtbot):
    made = NumberField("factor", "Factor")
    qtbot.addWidget(made)
    made.show()
    return made


def _type(qtbot, field, text):
    field.selectAll()
    qtbot.keyClicks(field, text)
    qtbot.keyClick(field, Qt.Key.Key_Return)


@pytest.mark.parametrize(
    ("text", "value", "shown"),
    [
        ("1/255", 1 / 255, "1/255"),
        ("1/127,5", 1 / 127.5, "1/127.5"),
        ("0.017", 0.017, "0.017"),
        ("-1e-3", -0.001, "-0.001"),
        ("123.68", 123.68, "123.68"),
        ("", 1.0, "1"),
        ("1/0", 1.0, "1"),
        ("1e9", 1.0, "1"),
    ],
)
def test_a_number_is_typed_as_people_write_it(field, qtbot, text, value, shown):
    field.setValue(1.0)
    _type(qtbot, field, text)
    assert (field.value(), field.text()) == (value, shown)


def test_letters_are_not_taken(field, qtbot):
    field.setValue(5.0)
    _type(qtbot, field, "2x5")
    assert field.value() == 25.0


def test_a_number_that_is_shown_rounded_stays_exact(field, qtbot):
    field.setValue(0.123456789012)
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert (field.text(), field.value()) == ("0.1234568", 0.123456789012)


@pytest.mark.parametrize(("value", "up"), [(104.0, 114.0), (0.0039, 0.004), (0.0, 0.1), (-5.0, -4.9)])
def test_a_step_goes_by_the_numbers_own_size(field, qtbot, value, up):
    field.setValue(value)
    qtbot.keyClick(field, Qt.Key.Key_Up)
    assert field.value() == pytest.approx(up)
    if value > 0:
        qtbot.keyClick(field, Qt.Key.Key_Down)
        assert field.value() == pytest.approx(value)


def test_a_deviation_is_never_zero_or_less(qtbot):
    field = NumberField("std", "Deviation", positive=True)
    qtbot.addWidget(field)
    field.show()
    field.setValue(2.0)
    for text in ("0", "-1"):
        _type(qtbot, field, text)
        assert field.value() == 2.0


def test_what_is_no_number_is_none():
    assert [read_number(text) for text in ("", "a", "1/2/3", "1/0", "inf", "nan", "1e999")] == [None] * 7
