import numpy as np
import pytest
from PySide6.QtWidgets import QLabel

from explorer.comparison.metrics import Errors
from explorer.network.preprocessing import Preprocessing, find_preprocessing, preset_names
from explorer.running.images import Picture
from explorer.session.classes import ClassRow
from explorer.ui.picture_panel import HINT, PicturePanel
from tests.small_network import picture_pixels
from tests.ui.person import colours_of

CAT = Picture("/pictures/cat.jpg", picture_pixels(), ("turned as its EXIF says",))
DOG = Picture("/pictures/dog.jpg", picture_pixels(seed=2))


@pytest.fixture
def panel(qtbot, light):
    made = PicturePanel(light)
    qtbot.addWidget(made)
    made.resize(336, 420)
    made.show()
    return made


def _text(panel, name):
    label = panel.findChild(QLabel, name)
    return label.text() if label.isVisible() else None


def test_without_a_picture_it_says_what_to_do(panel):
    assert _text(panel, "picture_hint") == HINT
    assert not panel.pictures.isVisible()
    assert not panel.presets.isVisible()
    assert not panel.classes.isVisible()


def test_what_was_done_to_the_picture_is_said(panel):
    panel.show_picture(CAT, (CAT, DOG))
    assert _text(panel, "picture_notes") == "turned as its EXIF says"
    panel.show_picture(DOG, (CAT, DOG))
    assert _text(panel, "picture_notes") is None


def test_a_picture_is_shown_before_it_is_run(panel):
    panel.show_picture(CAT, (CAT,))
    panel.show_steps(())
    assert _text(panel, "picture_hint") is None
    assert panel.pictures.currentText() == "cat.jpg"
    assert "turned as its EXIF says" in panel.pictures.toolTip()
    assert panel.steps.captions == ("picture 12×12",)


def test_every_step_of_preprocessing_is_shown_under_its_caption(panel):
    steps = tuple(find_preprocessing("caffe").steps(picture_pixels(300), (227, 227)))
    panel.show_picture(CAT, (CAT,))
    panel.show_steps(steps)
    assert panel.steps.captions == (
        "picture 300×300",
        "resized 256×256",
        "cropped 227×227",
        "BGR − (104, 117, 123)",
    )


def test_one_of_several_pictures_can_be_chosen(panel, qtbot):
    panel.show_picture(CAT, (CAT, DOG))
    with qtbot.waitSignal(panel.picture_chosen) as told:
        panel.pictures.setCurrentIndex(1)
        panel.pictures.activated.emit(1)
    assert told.args == ["/pictures/dog.jpg"]


def test_presets_are_offered_and_the_one_in_force_is_shown(panel, qtbot):
    panel.show_preprocessing(find_preprocessing("torchvision"))
    assert panel.presets.currentText() == "torchvision"
    assert [panel.presets.itemText(place) for place in range(panel.presets.count())] == list(preset_names())
    with qtbot.waitSignal(panel.preprocessing_chosen) as told:
        panel.presets.setCurrentText("raw")
        panel.presets.activated.emit(panel.presets.currentIndex())
    assert told.args == ["raw"]


def test_a_preprocessing_of_the_networks_own_stands_before_the_presets(panel):
    panel.show_preprocessing(Preprocessing("lenet's own"))
    assert panel.presets.currentText() == "lenet's own"
    assert panel.presets.itemText(0) == "lenet's own"
    panel.show_preprocessing(Preprocessing())
    assert panel.presets.currentText() == "the network's own"


def test_showing_tells_nobody(panel, qtbot):
    with (
        qtbot.assertNotEmitted(panel.preprocessing_chosen),
        qtbot.assertNotEmitted(panel.picture_chosen),
        qtbot.assertNotEmitted(panel.fed_with_chosen),
    ):
        panel.show_picture(CAT, (CAT, DOG))
        panel.show_preprocessing(find_preprocessing("caffe"))
        panel.show_inputs("tensor", True, True, None)


@pytest.mark.parametrize(
    ("fed_with", "picture", "tensor", "errors", "text"),
    [
        ("picture", True, False, None, "fed with the picture"),
        ("picture", False, True, None, "fed with the reference’s own input"),
        ("tensor", True, True, Errors(0.0, 0.0, 1.0), "● same input"),
        ("tensor", True, True, Errors(9.0, 0.31, 0.9), "▲ other input, 0.31"),
        ("tensor", True, True, None, "inputs of other shapes"),
    ],
)
def test_it_is_always_said_what_the_network_was_fed_with(panel, fed_with, picture, tensor, errors, text):
    panel.show_inputs(fed_with, picture, tensor, errors)
    assert _text(panel, "input_text") == text
    for name in ("picture", "tensor"):
        button = panel.findChild(object, f"fed_with_{name}")
        assert button.isVisible() == (picture and tensor)
        if picture and tensor:
            assert button.isChecked() == (name == fed_with)


def test_the_other_input_can_be_asked_for(panel, qtbot):
    panel.show_inputs("tensor", True, True, None)
    with qtbot.waitSignal(panel.fed_with_chosen) as told:
        panel.findChild(object, "fed_with_picture").click()
    assert told.args == ["picture"]


def test_both_sides_of_a_class_have_a_bar_and_four_decimals(panel, light):
    rows = (
        ClassRow(281, "n02123045 tabby, tabby cat", 0.31686, 0.31687),
        ClassRow(7, None, 0.00004, None),
    )
    panel.show_classes(rows)
    first, second = panel.classes.bars
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


def test_without_a_reference_there_is_one_column(panel, light):
    panel.show_classes((ClassRow(0, "cat", 0.5, None),))
    assert panel.classes.bars[0].numbers == ("0.5000",)
    assert light.reference not in colours_of(panel.classes)


def test_values_beyond_one_shrink_all_bars_alike(panel, light):
    panel.show_classes((ClassRow(0, "a", 20.0, None), ClassRow(1, "b", 10.0, None), ClassRow(2, "c", -3.0, None)))
    widths = []
    for bar in panel.classes.bars:
        picture = bar.grab().toImage()
        y = picture.height() - 3
        widths.append(sum(picture.pixelColor(x, y).name() == light.ours for x in range(picture.width())))
    assert widths[0] == pytest.approx(2 * widths[1], abs=2)
    assert widths[2] == 0


def test_a_long_name_ends_in_dots_and_is_told_whole(panel):
    name = "a very long name of a class that nobody could ever fit into so narrow a panel"
    panel.show_classes((ClassRow(0, name, 0.5, 0.5),))
    assert name in panel.classes.bars[0].toolTip()
    assert not panel.grab().isNull()


def test_the_theme_is_taken_by_every_part(panel, dark):
    panel.show_picture(CAT, (CAT,))
    panel.show_steps((("RGB", np.zeros((1, 3, 4, 4), np.float32)),))
    panel.show_classes((ClassRow(0, "cat", 0.5, 0.25),))
    panel.show_theme(dark)
    assert {dark.ours, dark.reference} <= colours_of(panel.classes)
