import pytest
from PIL import Image
from PySide6.QtCore import Qt

from explorer.session.classes import ClassRow
from explorer.ui.class_bars import ClassBars, class_number
from tests.ui.person import colours_of


@pytest.fixture
def classes(qtbot, light):
    made = ClassBars(light)
    qtbot.addWidget(made)
    made.resize(320, 300)
    with qtbot.waitActive(made):
        made.show()
    # Alone in its window it gets the keyboard, and the first class the ring.
    made.clearFocus()
    return made


def test_both_sides_of_a_class_have_a_bar_and_four_decimals(classes, light):
    rows = (
        ClassRow(281, "n02123045 tabby, tabby cat", 0.31686, 0.31687),
        ClassRow(7, None, 0.00004, None),
    )
    classes.show_classes(rows)
    first, second = classes.bars
    assert (first.name, first.numbers) == ("tabby, tabby cat", ("0.3169", "0.3169"))
    assert (second.name, second.numbers) == ("class 7", ("0.0000", "–"))
    assert "n02123045" in first.toolTip()
    assert {light.ours, light.reference} <= colours_of(first)
    picture = first.grab().toImage()
    lines = [picture.height() - 3, picture.height() - 7]
    reach = [
        max(x for x in range(picture.width()) if picture.pixelColor(x, y).name() == colour)
        for y, colour in zip(lines, (light.reference, light.ours), strict=True)
    ]
    assert reach == pytest.approx([0.317 * picture.width()] * 2, abs=2)


def test_without_a_reference_there_is_one_column(classes, light):
    classes.show_classes((ClassRow(0, "cat", 0.5, None),))
    assert classes.bars[0].numbers == ("0.5000",)
    assert light.reference not in colours_of(classes)


def test_values_beyond_one_shrink_all_bars_alike(classes, light):
    classes.show_classes((ClassRow(0, "a", 20.0, None), ClassRow(1, "b", 10.0, None), ClassRow(2, "c", -3.0, None)))
    widths = []
    for bar in classes.bars:
        picture = bar.grab().toImage()
        y = picture.height() - 3
        widths.append(sum(picture.pixelColor(x, y).name() == light.ours for x in range(picture.width())))
    assert widths[0] == pytest.approx(2 * widths[1], abs=2)
    assert widths[2] == 0


def test_a_long_name_ends_in_dots_and_is_told_whole(classes):
    name = "a very long name of a class that nobody could ever fit into so narrow a panel"
    classes.show_classes((ClassRow(0, name, 0.5, 0.5),))
    assert name in classes.bars[0].toolTip()
    assert not classes.grab().isNull()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.5, "0.5000"),
        (float("nan"), "NaN"),
        (float("inf"), "∞"),
        (-12.5, "-12.5000"),
        (123456.789, "1.235e+5"),
        (4321.5678, "4321.6"),
    ],
)
def test_numbers_of_every_size_have_room(value, text):
    assert class_number(value) == text


def test_what_is_no_number_is_written_and_has_no_bar(classes, light):
    classes.show_classes((ClassRow(0, None, float("nan"), 0.2), ClassRow(1, None, float("nan"), 0.1)))
    assert classes.bars[0].numbers == ("NaN", "0.2000")
    assert "ours NaN" in classes.bars[0].toolTip()
    assert classes.words == "not all are numbers"
    assert light.culprit in colours_of(classes._heading)


@pytest.mark.parametrize("count", [1, 2, 10])
def test_any_number_of_classes_is_shown(classes, count):
    classes.show_classes(tuple(ClassRow(index, None, 1 / count, None) for index in range(count)))
    assert len(classes.bars) == count
    assert classes.words == ""


def test_it_is_said_whether_both_sides_agree(classes):
    classes.show_classes((ClassRow(0, "cat", 0.6, 0.1), ClassRow(1, "dog", 0.4, 0.9)))
    assert classes.words == "another first class"
    classes.show_classes((ClassRow(0, "cat", 0.6, 0.7), ClassRow(1, "dog", 0.4, 0.3)))
    assert classes.words == "same order"


def test_other_classes_of_another_input_are_no_mistake(classes, light):
    rows = (ClassRow(0, "cat", 0.6, 0.1), ClassRow(1, "dog", 0.4, 0.9))
    classes.show_classes(rows)
    assert light.culprit in colours_of(classes._heading)
    classes.show_classes(rows, other_input=True)
    assert classes.words == "another first class"
    assert light.culprit not in colours_of(classes._heading)
    assert classes._heading.toolTip().endswith("as the reference was fed with another input")


def test_a_picture_of_ones_own_is_told_from_a_mistake(window, files, tmp_path):
    window.open_files(list(files.all))
    heading = window.picture.classes._heading
    assert "another input" not in heading.toolTip()
    Image.new("RGB", (64, 48), "orange").save(tmp_path / "mine.png")
    window.open_files([tmp_path / "mine.png"])
    assert heading._other_input
    window.desk.show_fed_with("reference")
    assert not heading._other_input


def test_one_of_several_heads_is_chosen(classes, qtbot):
    rows = (ClassRow(0, None, 1.0, None),)
    classes.show_heads(("prob",), None)
    classes.show_classes(rows)
    assert not classes.heads.isVisible()
    classes.show_heads(("loss1/classifier", "loss2/classifier", "prob"), None)
    assert classes.heads.isVisible()
    names = [classes.heads.itemText(place) for place in range(classes.heads.count())]
    assert names == ["prob", "loss2/classifier", "loss1/classifier"]
    assert classes.heads.currentText() == "prob"
    with qtbot.waitSignal(classes.head_chosen) as told:
        classes.heads.activated.emit(1)
    assert told.args == ["loss2/classifier"]


def test_a_class_is_chosen_by_keys(classes, qtbot):
    classes.show_classes((ClassRow(7, "cat", 0.6, None),))
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Space):
        with qtbot.waitSignal(classes.class_chosen) as told:
            qtbot.keyClick(classes.bars[0], key)
        assert told.args == [7]
