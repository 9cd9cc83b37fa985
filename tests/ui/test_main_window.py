from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QLabel, QPushButton

from explorer.drawings import MISTAKES
from explorer.ui.assembly import make_window
from explorer.ui.layer_model import ERROR, NAME
from explorer.ui.pictures import drop_files
from tests.running.made_up_gpu import MadeUpGpu, made_up
from tests.small_network import CLASSES, LAYERS, blobs, picture_pixels, small_network, write_small_files


def _shown_names(window):
    model = window.layers.proxy
    names = []

    def walk(parent):
        for row in range(model.rowCount(parent)):
            index = model.index(row, NAME, parent)
            names.append(index.data())
            walk(index)

    walk(window.layers.view.rootIndex())
    return names


def _row(window, name):
    index = window.layers.proxy.mapFromSource(window.layers.model.index_of(name))
    return {column: index.siblingAtColumn(column).data() for column in range(4)}


def _label(window, name):
    return window.findChild(QLabel, name).text()


def _status(window):
    return _label(window.job_bar, "job_text")


def _mime(*paths):
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return mime


def test_the_empty_window_says_what_to_drop_and_offers_the_example(window):
    assert window.empty.isVisible()
    assert window.empty.part_text("network") == "Caffe, Keras, TensorFlow or ONNX: file or folder"
    assert not any(window.panels.is_shown(name) for name in ("layers", "picture", "maps"))
    assert window.findChild(QLabel, "provider") is not None


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2)])
def test_everything_dropped_at_once_is_shown_in_every_part(window, files, order):
    drop_files(window, [files.all[place] for place in order])
    assert not window.empty.isVisible()
    assert all(window.panels.is_shown(name) for name in ("layers", "picture", "maps"))
    assert _shown_names(window) == [
        "data", "conv1", "relu1", "pool1", "fork", "left", "right", "join", "fc", "prob"
    ]  # fmt: skip
    assert _row(window, "fork/right")[ERROR] == "0"
    assert window.layers.model.state_of(window.layers.model.row_at(window.layers.model.index_of("fc"))).verdict == (
        "match"
    )
    assert window.graph_view.scene is not None
    assert window.picture.name.text() == "noise.png"
    assert window.picture.steps.captions == ("Picture 12×12", "Resize 8²", "Tensor NCHW")
    best = blobs(small_network(), picture_pixels())["prob"].reshape(-1)
    order_of_classes = np.argsort(-best, kind="stable")[:5]
    assert [bar.row.index for bar in window.picture.classes.bars] == list(order_of_classes)
    assert window.picture.classes.bars[0].numbers == (f"{best.max():.4f}", f"{best.max():.4f}")
    assert "all 9 layers agree with reference.npz" in _status(window)
    assert window.notices.texts == ()


def test_one_file_after_another_comes_to_the_same(window, files):
    for path in (files.reference, files.picture):
        drop_files(window, [path])
        assert window.empty.isVisible()
    assert window.empty.part_text("picture") == "noise.png"
    assert window.empty.part_text("reference") == "reference.npz, 8 arrays, waits for its network"
    drop_files(window, [files.network])
    assert not window.empty.isVisible()
    assert "all 9 layers agree" in _status(window)
    assert len(window.picture.classes.bars) == 5


def test_a_layer_chosen_in_the_table_is_shown_in_graph_and_maps(window, files):
    drop_files(window, files.all)
    index = window.layers.proxy.mapFromSource(window.layers.model.index_of("fork/right"))
    window.layers.view.setCurrentIndex(index)
    assert window.session.layer == "fork/right"
    assert _label(window.maps_view, "layer-title") == "fork/right"
    assert "3×4×4 = 3×4×4" in _label(window.maps_view, "layer-shapes")
    assert "reference" in _label(window.maps_view, "layer-note")


def test_a_layer_chosen_in_the_graph_is_chosen_in_the_table(window, files):
    drop_files(window, files.all)
    window.graph_view.layer_chosen.emit("fork/left")
    assert window.layers.view.currentIndex().data() == "left"
    assert _label(window.maps_view, "layer-title") == "fork/left"


def test_a_mistake_in_one_layer_is_found_chosen_and_told(window, tmp_path):
    wrong = write_small_files(tmp_path, shifted="fork/right")
    drop_files(window, wrong.all)
    assert window.session.layer == "fork/right"
    assert window.layers.view.currentIndex().data() == "right"
    assert _label(window.maps_view, "layer-verdict") == "culprit"
    assert "1 culprit against reference.npz, the first is fork/right" in _status(window)
    assert _row(window, "fork/right")[ERROR] != "0"
    window.commands.run("network.next_culprit")
    assert window.session.layer == "fork/right"


def test_the_shown_input_can_be_changed_and_is_always_said(window, files):
    drop_files(window, files.all)
    assert "reference" in _label(window.maps_view, "layer-note")
    assert _label(window.picture, "input_text") == "● same input"
    window.picture.findChild(object, "fed_with_picture").click()
    assert window.session.fed_with == "picture"
    assert "picture" in _label(window.maps_view, "layer-note")
    window.picture.findChild(object, "fed_with_tensor").click()
    assert "reference" in _label(window.maps_view, "layer-note")


def test_another_preprocessing_is_run_at_once(window, files):
    drop_files(window, files.all)
    before = window.session.picture_run
    window.picture.presets.setCurrentText("caffe")
    window.picture.presets.activated.emit(window.picture.presets.currentIndex())
    assert window.session.picture_run is not before
    assert window.picture.steps.captions[-2:] == ("Mean − 104, 117, 123", "Tensor NCHW")
    assert _label(window.picture, "input_text").startswith("▲ other input")


def test_a_bad_file_brings_one_sentence_and_leaves_what_was_open(window, files, tmp_path):
    drop_files(window, files.all)
    network, run = window.session.network, window.session.picture_run
    broken = tmp_path / "broken.prototxt"
    broken.write_text("layer { name: ")
    drop_files(window, [broken])
    assert len(window.notices.texts) == 1
    assert window.notices.texts[0].startswith("broken.prototxt: ")
    assert window.session.network is network
    assert window.session.picture_run is run
    assert "all 9 layers agree" in _status(window)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("broken.jpg", b"no picture"),
        ("broken.npz", b"no zip"),
        ("broken.onnx", b"no onnx"),
        ("empty.prototxt", b""),
        ("notes.txt", b"hello"),
    ],
)
def test_every_kind_of_bad_file_is_named(window, files, tmp_path, name, content):
    drop_files(window, files.all)
    (tmp_path / name).write_bytes(content)
    drop_files(window, [tmp_path / name])
    assert len(window.notices.texts) == 1
    assert window.notices.texts[0].startswith(f"{name}: ")
    assert "Portside itself" not in window.notices.texts[0]
    assert window.session.comparison is not None


def test_a_reference_of_another_network_is_told_and_the_network_stays(window, files, tmp_path):
    drop_files(window, [files.network, files.picture])
    np.savez(tmp_path / "other.npz", some=np.zeros((1, 4), np.float32))
    drop_files(window, [tmp_path / "other.npz"])
    assert window.notices.texts == ("other.npz: holds none of this network's layers, but 'some' …",)
    assert window.session.picture_run is not None


def test_the_hint_follows_the_drag_and_names_the_files(window, files):
    how = (Qt.DropAction.CopyAction, _mime(*files.all), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    enter = QDragEnterEvent(QPoint(200, 200), *how)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    assert window.drops.hint.isVisible()
    assert window.drops.hint.size() == window.size()
    assert window.drops.hint.lines == (
        "small.onnx  ·  network",
        "noise.png  ·  picture",
        "reference.npz  ·  reference",
    )
    QApplication.sendEvent(window, QDragLeaveEvent())
    assert not window.drops.hint.isVisible()
    assert window.session.network is None


def test_a_drop_over_any_part_of_the_window_reaches_it(window, files):
    drop_files(window, files.all)
    takers = [part for part in window.findChildren(object) if getattr(part, "acceptDrops", lambda: False)()]
    assert takers == []
    assert window.acceptDrops()


def test_text_that_is_dragged_over_is_not_taken(window):
    mime = QMimeData()
    mime.setText("conv1")
    how = (Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(window, QDragEnterEvent(QPoint(200, 200), *how))
    assert not window.drops.hint.isVisible()
    QApplication.sendEvent(window, QDropEvent(QPointF(200, 200), *how))
    assert window.notices.texts == ()


def test_the_search_field_filters_the_table_and_return_chooses(window, files, qtbot):
    drop_files(window, files.all)
    window.commands.run("view.search")
    qtbot.keyClicks(window.toolbar.search, "right")
    assert _shown_names(window) == ["fork", "right"]
    qtbot.keyClick(window.toolbar.search, Qt.Key.Key_Return)
    assert window.session.layer == "fork/right"
    qtbot.keyClick(window.toolbar.search, Qt.Key.Key_Escape)
    assert len(_shown_names(window)) == len(LAYERS) + 1


def test_closing_brings_the_empty_window_back(window, files):
    drop_files(window, files.all)
    window.commands.run("file.close")
    assert window.empty.isVisible()
    assert window.windowTitle() == "Portside"
    assert not window.panels.is_shown("layers")
    assert _status(window) == ""
    drop_files(window, [files.network])
    assert window.windowTitle() == "small – Portside"
    assert window.panels.is_shown("layers")


def test_the_example_opens_and_agrees(window):
    window.commands.run("file.open_example")
    assert window.notices.texts == ()
    assert window.session.comparison is not None
    assert window.session.comparison.agrees
    assert window.picture.classes.bars[0].name == "butterfly"


def test_the_broken_example_opens_and_its_mistakes_are_named(window):
    window.commands.run("file.open_broken")
    assert window.notices.texts == ()
    assert [(found.layer, found.cause) for found in window.session.diagnosis.findings] == [
        (mistake.layer, mistake.cause) for mistake in MISTAKES
    ]


def test_the_badge_says_where_the_network_runs(window, files):
    drop_files(window, [files.network])
    assert window.toolbar.provider.text().startswith("CPU · ")
    assert window.toolbar.provider.text().split()[-1] in ("thread", "threads")
    window.desk.look_for_providers()
    assert "CUDA: " in window.toolbar.provider.toolTip()


def test_the_badge_names_the_gpu_and_a_notice_tells_when_it_fails(window, files, monkeypatch):
    monkeypatch.setattr("explorer.running.providers.nvidia_name", lambda: "NVIDIA L4")
    gpu = MadeUpGpu()
    with made_up(monkeypatch, gpu):
        window.desk.look_for_providers()
        drop_files(window, [files.network])
        assert window.toolbar.provider.text() == "CUDA · NVIDIA L4"
        gpu.fails = "device lost"
        drop_files(window, [files.picture])
        assert window.session.picture_run is not None
        assert window.session.picture_run.provider == "cpu"
        assert window.toolbar.provider.text().startswith("CPU · ")
        assert window.notices.texts == ("CUDA failed, so the network runs on the CPU: device lost.",)
        assert "CUDA: NVIDIA L4; not taken, it failed: device lost" in window.toolbar.provider.toolTip()


def test_a_theme_is_put_on_every_part(window, files):
    drop_files(window, files.all)
    window.commands.run("theme.dark")
    panel = window.looks.theme.panel
    for part in (window.layers.view.viewport(), window.picture, window.job_bar.parentWidget(), window.toolbar):
        picture = part.grab().toImage()
        assert picture.pixelColor(picture.width() - 4, picture.height() - 3).name() == panel
    window.commands.run("theme.light")
    assert window.layers.view.viewport().grab().toImage().pixelColor(5, 5).name() == window.looks.theme.panel


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1920, 1080)])
def test_each_panel_has_room_at_usual_sizes(qtbot, tmp_path, files, width, height):
    window = make_window(tmp_path / "example", mode="light", serial=True)
    qtbot.addWidget(window)
    window.resize(width, height)
    window.show()
    drop_files(window, files.all)
    assert window.size().width() == width
    assert 300 <= window.layers.width() <= 480
    assert window.maps_view.width() >= 416
    assert window.graph_view.width() >= 440
    assert window.picture.height() >= 300
    assert window.layers.height() >= 160
    last = window.picture.classes.bars[-1]
    assert last.mapTo(window.picture, last.rect().bottomLeft()).y() <= window.picture.height()
    window.close()


def test_closing_while_work_is_under_way_cancels_and_waits(qtbot, tmp_path, files):
    window = make_window(tmp_path / "example", mode="light")
    qtbot.addWidget(window)
    window.show()
    drop_files(window, files.all)
    assert window.jobs.is_busy()
    window.close()
    assert not window.isVisible()
    QApplication.processEvents()
    assert window.session.comparison is None


def test_cancel_stops_a_comparison_and_leaves_the_rest(qtbot, tmp_path, shared):
    window = make_window(tmp_path / "example", mode="light")
    qtbot.addWidget(window)
    window.show()
    folder = shared / "references" / "googlenet-random"
    drop_files(window, [folder / "deploy.prototxt", folder / "cat.npz"])
    qtbot.waitUntil(lambda: window.jobs.is_busy("compare"), timeout=30_000)
    assert _status(window).startswith("Comparing with cat.npz")
    cancel = window.job_bar.findChild(QPushButton, "job_cancel")
    assert isinstance(cancel, QPushButton)
    assert cancel.isVisible()
    qtbot.mouseClick(cancel, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not window.jobs.is_busy(), timeout=30_000)
    assert window.session.comparison is None
    assert window.session.network is not None
    assert not cancel.isVisible()
    assert window.notices.texts == ()
    assert "143 layers" in _status(window)
    assert window.commands["network.compare"].isEnabled()
    window.close()


def test_files_open_in_threads_without_holding_up_the_window(qtbot, tmp_path, files):
    window = make_window(tmp_path / "example", mode="light")
    qtbot.addWidget(window)
    window.show()
    drop_files(window, files.all)
    assert window.session.network is None
    assert window.job_bar.isVisible()
    qtbot.waitUntil(lambda: window.session.comparison is not None, timeout=20_000)
    qtbot.waitUntil(lambda: not window.jobs.is_busy(), timeout=20_000)
    assert "all 9 layers agree" in _status(window)
    window.close()


def test_references_of_caffe_are_all_on_screen_after_one_drop(window, shared):
    folder = shared / "references" / "squeezenet-v1.1"
    drop_files(window, [folder / "cat.npz", shared / "references" / "cat.jpg", folder / "deploy.prototxt"])
    assert window.notices.texts == ()
    assert "all 67 layers agree with cat.npz" in _status(window)
    rows = [(bar.name, *bar.numbers) for bar in window.picture.classes.bars]
    assert rows == [
        ("tabby, tabby cat", "0.3169", "0.3169"),
        ("tiger cat", "0.3023", "0.3023"),
        ("Chihuahua", "0.1038", "0.1038"),
        ("kit fox, Vulpes macrotis", "0.1010", "0.1010"),
        ("Egyptian cat", "0.0758", "0.0758"),
    ]
    assert _label(window.picture, "input_text") == "● same input"
    assert window.session.comparison is not None
    for name, layer in window.session.network.layer.items():
        window.desk.choose_layer(name)
        assert _label(window.maps_view, "layer-title") == name
        assert _label(window.maps_view, "layer-verdict") == "agrees"
        shape = "×".join(str(size) for size in tuple(layer.outputs[0].shape)[1:])
        assert _label(window.maps_view, "layer-shapes") == f"{shape} = {shape}"
        assert _row(window, name)[ERROR] != ""


def test_weights_of_another_network_are_refused_and_nothing_is_lost(window, shared, files):
    drop_files(window, files.all)
    references = shared / "references"
    other = references / "googlenet-random" / "googlenet_random.caffemodel"
    drop_files(window, [references / "squeezenet-v1.1" / "deploy.prototxt", other])
    assert len(window.notices.texts) == 1
    assert "another network" in window.notices.texts[0]
    assert window.windowTitle() == "small – Portside"
    assert Path(window.session.comparison.reference).name == "reference.npz"


def test_classes_are_as_many_as_there_are(window, files):
    drop_files(window, [files.network, files.picture])
    assert len(window.picture.classes.bars) == min(5, CLASSES)
    assert window.picture.classes.bars[0].numbers == (f"{window.picture.classes.bars[0].row.ours:.4f}",)
