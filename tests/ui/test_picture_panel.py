from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from explorer.comparison.metrics import Errors
from explorer.network.chain import CUSTOM
from explorer.network.preprocessing import Preprocessing, find_preprocessing, preset_names
from explorer.running.images import Picture
from explorer.session.answers import Preparation
from explorer.session.classes import ClassRow
from explorer.ui.picture_panel import HINT, PicturePanel
from tests.small_network import picture_pixels
from tests.ui.person import colours_of

CAT = Picture("/pictures/cat.jpg", picture_pixels(), ("turned as its EXIF says",))
DOG = Picture("/pictures/dog.jpg", picture_pixels(seed=2))
CAFFE = find_preprocessing("caffe")
OWN_CAFFE = Preparation(CAFFE)


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
    assert not panel.name.isVisible()
    assert not panel.roll.isVisible()
    assert not panel.pair.isVisible()
    assert not panel.presets.isVisible()
    assert not panel.classes.isVisible()


def test_what_was_done_to_the_picture_is_said(panel):
    panel.show_picture(CAT)
    assert _text(panel, "picture_notes") == "turned as its EXIF says"
    panel.show_picture(DOG)
    assert _text(panel, "picture_notes") is None


def test_a_picture_is_shown_before_it_is_run(panel):
    panel.show_picture(CAT)
    panel.show_steps(())
    assert _text(panel, "picture_hint") is None
    assert panel.name.text() == "cat.jpg"
    panel.grab()
    assert panel.name.toolTip() == "/pictures/cat.jpg\n12×12 pixels\nturned as its EXIF says"
    assert panel.steps.captions == ("Picture 12×12",)


def _chain(panel, recipe=CAFFE, preparation=OWN_CAFFE, side=300):
    panel.show_picture(Picture("/pictures/large.jpg", picture_pixels(side)))
    panel.show_preprocessing(recipe, preparation)
    panel.show_steps(tuple(recipe.steps(picture_pixels(side), (227, 227))))


def test_every_step_of_preprocessing_is_shown_under_its_caption(panel):
    _chain(panel)
    assert panel.steps.captions == (
        "Picture 300×300",
        "Resize ↕ 256",
        "Crop 227²",
        "Order BGR",
        "Mean − 104, 117, 123",
        "Tensor NCHW",
    )


def _card(panel, step):
    return next(card for card in panel.steps.cards if card.step == step)


def test_a_step_that_is_clicked_opens_its_editor_and_closes_it(panel, qtbot):
    _chain(panel)
    assert not panel.editor.isVisible()
    qtbot.mouseClick(_card(panel, "mean"), Qt.MouseButton.LeftButton)
    assert panel.editor.isVisible()
    assert panel.editor.step == "mean"
    assert _card(panel, "mean").isChecked()
    qtbot.mouseClick(_card(panel, "crop"), Qt.MouseButton.LeftButton)
    assert (panel.editor.step, _card(panel, "mean").isChecked()) == ("crop", False)
    qtbot.mouseClick(_card(panel, "crop"), Qt.MouseButton.LeftButton)
    assert not panel.editor.isVisible()


def test_an_editor_is_closed_when_its_step_is_gone(panel):
    _chain(panel)
    panel.choose_step("mean")
    _chain(panel, replace(CAFFE, mean=(0.0,)))
    assert not panel.editor.isVisible()


def test_what_keeps_an_edit_from_being_taken_is_said_at_its_step_alone(panel):
    _chain(panel, preparation=Preparation(CAFFE, problem="it is too small", step="resize"))
    panel.choose_step("resize")
    assert _text(panel, "step_problem") == "▲ It is too small."
    panel.choose_step("mean")
    assert _text(panel, "step_problem") is None
    panel.show_preprocessing(CAFFE, Preparation(CAFFE, problem="it is too thin", step="crop"))
    assert (panel.editor.step, _text(panel, "step_problem")) == ("crop", "▲ It is too thin.")


def test_the_editor_is_opened_by_keys_on_the_first_step(panel, qtbot):
    _chain(panel)
    with qtbot.waitActive(panel):
        panel.activateWindow()
    panel.edit_steps()
    assert panel.editor.step == "resize"
    assert panel.focusWidget().accessibleName() == "Size to which it is resized"
    qtbot.keyClick(panel.editor, Qt.Key.Key_Escape)
    assert not panel.editor.isVisible()
    assert panel.focusWidget() is _card(panel, "resize")


def test_steps_that_are_not_done_can_be_added(panel, qtbot):
    _chain(panel)
    offered = [action for action in panel.add.menu().actions() if action.isVisible()]
    assert [action.text() for action in offered] == ["Turn", "Middle", "Scale", "Std"]
    with qtbot.waitSignal(panel.step_added) as told:
        offered[2].trigger()
    assert told.args == ["scale"]
    _chain(panel, replace(CAFFE, scale=0.5))
    assert panel.editor.step == "scale"


def test_an_edited_preprocessing_is_called_custom_and_the_networks_own_is_offered(panel, qtbot):
    own = Preprocessing("lenet's own")
    panel.show_preprocessing(Preprocessing(CUSTOM, scale=0.5), Preparation(own))
    assert panel.presets.currentText() == "Custom"
    names = [panel.presets.itemText(place) for place in range(panel.presets.count())]
    assert names == ["lenet's own", *preset_names(), "Custom"]
    with qtbot.waitSignal(panel.own_chosen):
        panel.presets.setCurrentIndex(0)
        panel.presets.activated.emit(0)


def test_presets_are_offered_and_the_one_in_force_is_shown(panel, qtbot):
    panel.show_preprocessing(find_preprocessing("torchvision"), OWN_CAFFE)
    assert panel.presets.currentText() == "torchvision"
    assert [panel.presets.itemText(place) for place in range(panel.presets.count())] == list(preset_names())
    with qtbot.waitSignal(panel.preprocessing_chosen) as told:
        panel.presets.setCurrentText("raw")
        panel.presets.activated.emit(panel.presets.currentIndex())
    assert told.args == ["raw"]


def test_a_preprocessing_of_the_networks_own_stands_before_the_presets(panel):
    panel.show_preprocessing(Preprocessing("lenet's own"), Preparation())
    assert panel.presets.currentText() == "lenet's own"
    assert panel.presets.itemText(0) == "lenet's own"
    panel.show_preprocessing(Preprocessing(), Preparation(Preprocessing()))
    assert panel.presets.currentText() == "the network's own"


def test_showing_tells_nobody(panel, qtbot):
    with (
        qtbot.assertNotEmitted(panel.preprocessing_chosen),
        qtbot.assertNotEmitted(panel.roll.chosen),
        qtbot.assertNotEmitted(panel.editor.changed),
        qtbot.assertNotEmitted(panel.fed_with_chosen),
    ):
        panel.show_picture(CAT)
        _chain(panel)
        panel.choose_step("mean")
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


def test_the_theme_is_taken_by_every_part(panel, dark):
    panel.show_picture(CAT)
    _chain(panel)
    panel.choose_step("mean")
    panel.show_classes((ClassRow(0, "cat", 0.5, 0.25),))
    panel.show_theme(dark)
    assert {dark.ours, dark.reference} <= colours_of(panel.classes)
