"""Files that are written again while they are open: offered, read again, and all that was chosen stays."""

import os

import numpy as np
import onnx
import pytest
from onnx.external_data_helper import convert_model_to_external_data
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QPushButton

from explorer.session import reopening
from explorer.ui.graph_camera import Camera
from explorer.ui.pictures import drop_files
from tests.small_network import write_small_files


@pytest.fixture(autouse=True)
def hurry(monkeypatch):
    """Files of a test are written in one go."""
    monkeypatch.setattr(reopening, "PAUSE", 0.0)


def later(path, number=1):
    """The disk's clock is too coarse for a test."""
    os.utime(path, ns=(number * 10**18, number * 10**18))


def come_back(window):
    """The person was elsewhere, and comes back to the window."""
    for _ in range(2):
        QApplication.sendEvent(window, QEvent(QEvent.Type.WindowActivate))


def offer(window):
    return window.notices.findChild(QPushButton, "offer")


def test_a_network_that_was_converted_again_is_offered_and_all_stays_as_it_was_looked_at(window, files, tmp_path):
    drop_files(window, files.all)
    window.desk.choose_layer("fork/right")
    window.graph_view.look_from(Camera(1.5, 10.0, 60.0))
    window.maps_view.viewpoint.choose(1)
    window.maps_view.viewpoint.show_single(True)
    seen, network = window.graph_view.camera, window.session.network
    assert window.session.comparison.agrees
    write_small_files(tmp_path, shifted="fork/left")
    for path in files.all:
        later(path)
    come_back(window)
    assert window.notices.texts == ("small.onnx, reference.npz and noise.png have changed on disk.",)
    assert window.session.network is network
    offer(window).click()
    session = window.session
    assert session.network is not network
    assert not session.comparison.agrees
    assert (session.layer, session.picture.path) == ("fork/right", str(files.picture))
    assert window.graph_view.camera == seen
    assert (window.maps_view.viewpoint.channel, window.maps_view.viewpoint.single) == (1, True)
    assert window.notices.texts == ()


def test_ctrl_r_reads_again_without_being_offered(window, files, tmp_path, qtbot):
    drop_files(window, files.all)
    with qtbot.waitActive(window):
        window.activateWindow()
    write_small_files(tmp_path, shifted="fork/left")
    qtbot.keySequence(window, "Ctrl+R")
    assert window.session.comparison.first_divergence == "fork/left"


def test_a_preprocessing_that_was_chosen_stays_and_one_that_was_not_follows_the_file(window, files):
    drop_files(window, files.all)
    window.commands.run("preprocessing.caffe")
    window.commands.run("file.reload")
    assert window.shown_preset == "caffe"
    window.commands.run("preprocessing.raw")
    window.commands.run("file.reload")
    assert window.shown_preset == "raw"


def test_a_file_that_is_half_written_is_told_once_and_leaves_what_is_open(window, files):
    drop_files(window, files.all)
    network = window.session.network
    whole = files.network.read_bytes()
    files.network.write_bytes(whole[: len(whole) // 2])
    later(files.network)
    come_back(window)
    offer(window).click()
    assert len(window.notices.texts) == 1
    assert "small.onnx" in window.notices.texts[0]
    assert window.session.network is network
    come_back(window)
    assert len(window.notices.texts) == 1
    files.network.write_bytes(whole)
    later(files.network, 2)
    come_back(window)
    assert window.notices.texts[0] == "small.onnx has changed on disk."
    offer(window).click()
    assert window.session.comparison.agrees
    assert window.session.network is not network


def test_a_picture_alone_is_read_again(window, files):
    drop_files(window, [files.picture])
    from PIL import Image

    Image.fromarray(np.zeros((5, 7, 3), np.uint8)).save(files.picture)
    later(files.picture)
    come_back(window)
    assert window.notices.texts == ("noise.png has changed on disk.",)
    offer(window).click()
    assert window.session.picture.pixels.shape == (5, 7, 3)


def test_weights_in_a_file_of_their_own_are_watched_too(window, files, tmp_path):
    model = onnx.load(files.network)
    del model.metadata_props[:]
    for node in model.graph.node:
        del node.metadata_props[:]
    convert_model_to_external_data(model, location="weights.bin", size_threshold=0)
    path = tmp_path / "apart" / "net.onnx"
    path.parent.mkdir()
    onnx.save(model, path)
    drop_files(window, [path])
    later(path.parent / "weights.bin")
    come_back(window)
    assert window.notices.texts == ("weights.bin has changed on disk.",)


def test_corrections_do_not_hide_that_the_file_has_changed(window, tmp_path):
    files = write_small_files(tmp_path, shifted="fork/left")
    drop_files(window, files.all)
    window.commands.run("network.apply_all")
    assert window.session.comparison.agrees
    write_small_files(tmp_path)
    later(files.network)
    come_back(window)
    assert "small.onnx" in window.notices.texts[0]
    offer(window).click()
    assert window.session.applied == ()
    assert window.session.comparison.agrees


def test_what_came_without_a_file_stays(window, files):
    drop_files(window, [files.network])
    from explorer.running.images import Picture

    window.open_picture(lambda name: Picture(name, np.zeros((9, 9, 3), np.uint8)), "pasted picture")
    window.commands.run("file.reload")
    assert window.session.picture.path == "pasted picture 1"
    assert window.session.picture_run is not None


def test_with_nothing_from_a_file_there_is_nothing_to_reload(window):
    assert not window.commands["file.reload"].isEnabled()
