"""Pictures and their preparation in a whole window, as a person works with them."""

import json

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QComboBox, QFileDialog, QLabel

from explorer.network.preprocessing import Preprocessing, find_preprocessing
from explorer.session.camera_roll import KEY
from explorer.ui.assembly import make_window
from explorer.ui.number_field import NumberField
from explorer.ui.pictures import drop_files
from tests.small_network import picture_pixels, small_network, write_small_files


@pytest.fixture
def desk(window, files, qtbot):
    drop_files(window, files.all)
    with qtbot.waitActive(window):
        window.activateWindow()
    return window


def _type(qtbot, field, text):
    field.selectAll()
    qtbot.keyClicks(field, text)
    qtbot.keyClick(field, Qt.Key.Key_Return)


def _card(window, step):
    return next(card for card in window.picture.steps.cards if card.step == step)


def _input_words(window):
    return window.findChild(QLabel, "input_difference").text()


def test_a_mean_is_added_typed_and_run_at_once(desk, qtbot):
    panel, before = desk.picture, desk.session.picture_run
    assert _input_words(desk) == "● Same to the last bit."
    action = next(action for action in panel.add.menu().actions() if action.text() == "Mean")
    action.trigger()
    assert panel.editor.step == "mean"
    assert panel.steps.captions == ("Picture 12×12", "Resize 8²", "Mean − 128", "Tensor NCHW")
    _type(qtbot, panel.findChild(NumberField, "mean_0"), "100")
    assert desk.session.preprocessing.mean == (100.0,)
    assert panel.presets.currentText() == "Custom"
    assert desk.commands["preprocessing.custom"].isChecked()
    run = desk.session.picture_run
    assert run is not before
    np.testing.assert_allclose(run.inputs["data"], before.inputs["data"] - 100)
    assert _input_words(desk).startswith("▲ Differs by max |Δ| 100, relative ")


def test_what_the_network_cant_take_is_said_at_the_control_and_changes_nothing(desk, qtbot):
    qtbot.mouseClick(_card(desk, "resize"), Qt.MouseButton.LeftButton)
    run = desk.session.picture_run
    box = desk.picture.findChild(QComboBox, "resize_filter")
    for name, text in (("resize_sampling", "sampled (OpenCV, TF 2)"), ("resize_filter", "lanczos")):
        box = desk.picture.findChild(QComboBox, name)
        box.setCurrentText(text)
        box.activated.emit(box.currentIndex())
    problem = desk.picture.findChild(QLabel, "step_problem")
    assert problem.isVisible()
    assert problem.text() == "▲ Preprocessing: lanczos is only done with antialias."
    assert box.currentText() == "bilinear"
    assert not desk.session.preprocessing.antialias
    assert desk.notices.texts == ()
    assert desk.session.picture_run is not run


def test_changes_are_taken_back_and_made_again_by_their_commands(desk):
    desk.commands.run("preprocessing.caffe")
    desk.commands.run("preprocessing.undo")
    assert desk.shown_preset == "raw"
    assert not desk.commands["preprocessing.undo"].isEnabled()
    desk.commands.run("preprocessing.redo")
    assert desk.shown_preset == "caffe"
    desk.commands.run("preprocessing.own")
    assert desk.shown_preset == "raw"
    assert desk.commands["preprocessing.own"].isChecked()


def test_steps_are_moved_and_taken_out_by_keys(desk, qtbot):
    desk.commands.run("preprocessing.caffe")
    mean = _card(desk, "mean")
    mean.setFocus()
    qtbot.keyClick(mean, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert [card.step for card in desk.picture.steps.cards][-3:] == ["mean", "channels", "tensor"]
    assert desk.session.preprocessing.arithmetic() == "RGB − (104, 117, 123) → BGR"
    qtbot.keyClick(_card(desk, "mean"), Qt.Key.Key_Delete)
    assert "mean" not in [card.step for card in desk.picture.steps.cards]


def test_a_step_that_is_switched_off_stays_in_sight(desk, qtbot):
    desk.commands.run("preprocessing.caffe")
    qtbot.mouseClick(_card(desk, "mean"), Qt.MouseButton.LeftButton)
    desk.picture.editor.on.click()
    assert _card(desk, "mean").numbers == "off"
    assert desk.session.preprocessing.mean == (0.0,)
    assert desk.picture.editor.isVisible()
    desk.picture.editor.on.click()
    assert desk.shown_preset == "caffe"


def test_a_preset_is_written_and_read_through_the_dialogs(desk, tmp_path):
    def choose(title, path):
        dialog = next(found for found in desk.findChildren(QFileDialog) if found.windowTitle() == title)
        dialog.filesSelected.emit([str(path)])
        dialog.close()

    desk.desk.preparing.switch("mean", True)
    desk.commands.run("preprocessing.save")
    choose("Save Preset", tmp_path / "mine.json")
    assert json.loads((tmp_path / "mine.json").read_text())["mean"] == [127.5]
    desk.commands.run("preprocessing.own")
    desk.commands.run("preprocessing.load")
    choose("Load Preset", tmp_path / "mine.json")
    assert desk.picture.presets.currentText() == "mine"
    assert desk.session.preprocessing == Preprocessing("mine", mean=(127.5,))


def test_recent_pictures_are_gone_through(desk, tmp_path):
    for name in ("second.png", "third.png"):
        Image.fromarray(picture_pixels(seed=len(name))).save(tmp_path / name)
        drop_files(desk, [tmp_path / name])
    assert [picture.name for picture in desk.session.roll] == ["third.png", "second.png", "noise.png"]
    assert not desk.commands["picture.previous"].isEnabled()
    for name in ("second.png", "noise.png"):
        desk.commands.run("picture.next")
        assert desk.picture.name.text() == name
    assert not desk.commands["picture.next"].isEnabled()
    desk.commands.run("picture.previous")
    assert desk.picture.roll.pictures.current == str(tmp_path / "second.png")
    desk.commands.run("picture.forget")
    assert [picture.name for picture in desk.session.roll] == ["third.png", "noise.png"]
    assert desk.picture.name.text() == "second.png"


def test_a_picture_of_an_earlier_session_is_opened_from_its_file(qtbot, tmp_path):
    files = write_small_files(tmp_path)
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    settings.setValue(KEY, json.dumps([str(files.picture), str(tmp_path / "gone.png")]))
    window = make_window(tmp_path / "example", settings=settings, mode="light", serial=True)
    qtbot.addWidget(window)
    window.show()
    window.desk.roll.show_remembered()
    drop_files(window, [files.network])
    roll = window.picture.roll
    assert roll.isVisible()
    roll.setFocus()
    roll.setCurrentIndex(roll.pictures.index(0))
    qtbot.keyClick(roll, Qt.Key.Key_Return)
    assert window.session.picture is not None
    assert window.session.picture.path == str(files.picture)
    assert window.session.picture_run is not None
    window.close()


def test_a_mistake_in_the_order_of_channels_is_named_beside_the_inputs(window, tmp_path):
    from explorer.network.saving import save_network
    from explorer.running.recording import save_arrays
    from tests.small_network import blobs

    pixels = np.random.default_rng(5).integers(0, 256, (300, 300, 3), np.uint8)
    pixels[..., 0] //= 3
    Image.fromarray(pixels).save(tmp_path / "photo.png")
    bgr = Preprocessing("bgr", order="BGR")
    save_network(small_network(preprocessing=find_preprocessing("raw")), tmp_path / "port.onnx")
    save_arrays(blobs(small_network(preprocessing=bgr), pixels), tmp_path / "reference.npz")
    drop_files(window, [tmp_path / name for name in ("port.onnx", "photo.png", "reference.npz")])
    assert "diagnosis" not in _input_words(window)
    window.commands.run("network.diagnose")
    assert _input_words(window).endswith("The diagnosis: RGB where BGR is meant.")
