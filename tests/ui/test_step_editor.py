from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLabel, QPushButton, QSpinBox

from explorer.network.preprocessing import find_preprocessing
from explorer.network.preprocessing_fields import USUAL
from explorer.ui.number_field import NumberField
from explorer.ui.step_editor import StepEditor
from explorer.ui.step_forms import FORMS

CAFFE, TORCH = find_preprocessing("caffe"), find_preprocessing("torchvision")
STAGES = {stage.step: stage for stage in CAFFE.steps(np.zeros((300, 400, 3), np.uint8), (224, 224))}


@pytest.fixture
def editor(qtbot, light):
    made = StepEditor(light)
    qtbot.addWidget(made)
    made.resize(300, 300)
    return made


def _text(editor, name):
    label = editor.findChild(QLabel, name)
    return label.text() if label.isVisible() else None


def _choose(editor, name, text):
    box = editor.findChild(QComboBox, name)
    box.setCurrentText(text)
    box.activated.emit(box.currentIndex())


def test_what_the_step_does_and_all_arithmetic_are_said(editor):
    editor.show_step("mean", CAFFE, STAGES["mean"])
    assert _text(editor, "step_words") == "Values − (104, 117, 123): from -123 to -104."
    assert _text(editor, "step_arithmetic") == "In all: BGR − (104, 117, 123)"
    assert _text(editor, "step_problem") is None
    editor.show_step("crop", CAFFE, STAGES["crop"])
    assert _text(editor, "step_words") == "A part of 224×224 is cut from the centre."
    assert _text(editor, "step_arithmetic") is None


@pytest.mark.parametrize(
    ("step", "name", "text", "values"),
    [
        ("resize", "resize_fit", "the network's size", {"fit": "exact"}),
        ("resize", "resize_filter", "bicubic", {"interpolation": "bicubic"}),
        ("resize", "resize_sampling", "from the corner (TF 1)", {"antialias": False, "coordinates": "asymmetric"}),
        ("resize", "resize_sampling", "smoothed (Pillow)", {"antialias": True}),
        ("crop", "crop_place", "bottom right", {"crop": "bottom-right"}),
        ("channels", "channel_order", "grey", {"order": "GRAY"}),
        ("mean", "mean_way", "one for all channels", {"mean": (344 / 3,)}),
    ],
)
def test_a_choice_is_asked_for_at_once(editor, qtbot, step, name, text, values):
    editor.show_step(step, CAFFE, STAGES[step])
    with qtbot.waitSignal(editor.changed) as told:
        _choose(editor, name, text)
    assert told.args == [step, values]


@pytest.mark.parametrize(
    ("step", "name", "text", "values"),
    [
        ("middle", "middle_share", "87.5", {"central_fraction": 0.875}),
        ("resize", "resize_side", "300", {"shorter_side": 300}),
        ("scale", "scale_factor", "1/127.5", {"scale": 1 / 127.5}),
        ("mean", "mean_1", "100", {"mean": (0.485, 100.0, 0.406)}),
        ("std", "std_0", "0.5", {"std": (0.5, 0.224, 0.225)}),
    ],
)
def test_a_number_is_typed_and_asked_for_with_enter(editor, qtbot, step, name, text, values):
    editor.show_step(step, TORCH, None)
    field = editor.findChild((NumberField, QSpinBox)[name == "resize_side"], name)
    field.selectAll()
    qtbot.keyClicks(field, text)
    with qtbot.waitSignal(editor.changed) as told:
        qtbot.keyClick(field, Qt.Key.Key_Return)
    assert told.args == [step, values]


def test_a_number_that_is_counted_up_is_asked_for_once(editor, qtbot):
    editor.show_step("scale", replace(CAFFE, scale=1.0), None)
    asked = []
    editor.changed.connect(lambda step, values: asked.append(values))
    field = editor.findChild(NumberField, "scale_factor")
    for _ in range(3):
        qtbot.keyClick(field, Qt.Key.Key_Up)
    editor.flush()
    assert asked == [{"scale": pytest.approx(1.3)}]
    qtbot.keyClick(field, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: len(asked) == 2)


def test_means_are_called_by_the_channels_that_they_are_of(editor):
    def names(recipe):
        editor.show_step("mean", recipe, None)
        fields = [editor.findChild(NumberField, f"mean_{place}") for place in range(3)]
        return [field.accessibleName() for field in fields if field.isVisible()]

    assert names(CAFFE) == ["Mean of blue", "Mean of green", "Mean of red"]
    first = replace(CAFFE, sequence=("mean", *(step for step in USUAL if step != "mean")))
    assert names(first) == ["Mean of red", "Mean of green", "Mean of blue"]
    assert names(replace(CAFFE, mean=(5.0,))) == ["Mean of all channels"]
    assert names(replace(CAFFE, order="GRAY", mean=(5.0,))) == ["Mean of all channels"]
    assert not editor.findChild(QComboBox, "mean_way").isEnabled()


def test_what_was_refused_is_said_and_the_fields_go_back(editor, qtbot):
    editor.show_step("channels", CAFFE, STAGES["channels"])
    _choose(editor, "channel_order", "grey")
    editor.show_step("channels", CAFFE, STAGES["channels"], problem="the network takes three channels")
    assert _text(editor, "step_problem") == "▲ The network takes three channels."
    assert editor.findChild(QComboBox, "channel_order").currentText() == "BGR"


def test_a_step_is_switched_moved_and_taken_out(editor, qtbot):
    editor.show_step("crop", CAFFE, STAGES["crop"])
    with qtbot.waitSignal(editor.switched) as told:
        editor.on.click()
    assert told.args == ["crop", False]
    for name, args in (("step_earlier", ["crop", -1]), ("step_later", ["crop", 1])):
        with qtbot.waitSignal(editor.moved) as told:
            editor.findChild(QPushButton, name).click()
        assert told.args == args
    with qtbot.waitSignal(editor.removed) as told:
        editor.remove.click()
    assert told.args == ["crop"]


def test_the_first_goes_no_earlier_and_the_last_no_later(editor):
    editor.show_step("resize", CAFFE, None)
    assert (editor.earlier.isEnabled(), editor.later.isEnabled()) == (False, True)
    editor.show_step("mean", CAFFE, None)
    assert (editor.earlier.isEnabled(), editor.later.isEnabled()) == (True, False)


def test_a_step_that_is_off_can_only_be_switched_on(editor):
    editor.show_step("mean", CAFFE, None, is_off=True)
    assert not editor.on.isChecked()
    assert not editor.findChild(NumberField, "mean_0").isEnabled()
    assert (editor.earlier.isEnabled(), editor.later.isEnabled()) == (False, False)
    assert _text(editor, "step_words") == "Left out."


def test_the_ends_are_only_described(editor):
    editor.show_step("tensor", CAFFE, STAGES["tensor"])
    assert _text(editor, "step_words").startswith(
        "Laid out as the network takes it: NCHW, channels first, 1×3×224×224."
    )
    assert not any(control.isVisible() for control in (editor.on, editor.earlier, editor.later, editor.remove))
    editor.show_step("picture", CAFFE, STAGES["picture"])
    assert _text(editor, "step_words") == "The picture as it was decoded, 400×300 pixels."


def test_escape_closes_it_and_nothing_is_left_to_be_asked(editor, qtbot):
    editor.show_step("scale", CAFFE, None)
    with qtbot.waitSignal(editor.closed):
        qtbot.keyClick(editor, Qt.Key.Key_Escape)
    editor.show_step("", CAFFE, None)
    assert editor.isHidden()
    with qtbot.assertNotEmitted(editor.changed):
        editor.flush()


@pytest.mark.parametrize("step", FORMS)
def test_every_field_has_a_name_for_those_who_do_not_see_it(editor, step):
    editor.show_step(step, replace(TORCH, central_fraction=0.5, order="BGR"), None)
    fields = [*editor.findChildren(QComboBox), *editor.findChildren(NumberField), *editor.findChildren(QSpinBox)]
    assert fields
    assert all(field.accessibleName() for field in fields)
