"""Feature maps out of the window."""

import io
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QDrag, QGuiApplication, QImage, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from explorer.errors import PortsideError
from explorer.maps.value_range import value_range
from explorer.ui import map_export, map_files
from explorer.ui.map_files import (
    NPY_MIME,
    MapSource,
    columns_text,
    file_stem,
    map_image,
    npy_bytes,
    png_bytes,
    table_text,
)
from explorer.ui.map_picture import MapPicture
from explorer.ui.pictures import drop_files
from tests.ui.person import point_at


def source(values, channel=0):
    values = np.asarray(values, np.float32)
    return MapSource("inception_3a/3x3", "ours", channel, MapPicture(values, value_range([values], "layer"), "values"))


@pytest.fixture
def opened(window, files):
    window.resize(1440, 1000)
    drop_files(window, files.all)
    window.desk.choose_layer("conv1")
    window.notices.clear()
    return window


@pytest.fixture
def dragged(monkeypatch):
    """What is dragged; the drop is at once."""
    found = []
    monkeypatch.setattr(QDrag, "exec", lambda drag, *_: found.append(drag.mimeData()))
    return found


def array_of(mime):
    return np.load(io.BytesIO(bytes(mime.data(NPY_MIME).data())), allow_pickle=False)


def pull(grid, channel, modifier=Qt.KeyboardModifier.NoModifier):
    place = grid.cell_rect(channel).center().toPoint()
    QTest.mousePress(grid, Qt.MouseButton.LeftButton, modifier, place)
    to = QPointF(place + QPoint(30, 0))
    event = QMouseEvent(
        QEvent.Type.MouseMove, to, grid.mapToGlobal(to), Qt.MouseButton.NoButton, Qt.MouseButton.LeftButton, modifier
    )
    QApplication.sendEvent(grid, event)
    QTest.mouseRelease(grid, Qt.MouseButton.LeftButton, modifier, to.toPoint())


def test_a_picture_has_a_whole_number_of_pixels_for_each_value_and_says_what_it_is():
    image = map_image(source([[[0, 1, 2], [3, 4, 5]]]))
    assert (image.width(), image.height()) == (255, 170)
    assert image.pixelColor(84, 84) == image.pixelColor(0, 0) != image.pixelColor(85, 0)
    read = QImage.fromData(png_bytes(image))
    assert read.text("Title") == "inception_3a/3x3, channel 0, ours"
    assert read.text("Description") == "colours from 0 to 5"


def test_large_maps_are_not_enlarged():
    assert map_image(source(np.zeros((1, 300, 400)))).width() == 400


def test_values_as_text_come_back_exactly():
    values = np.random.default_rng(0).standard_normal((3, 4)).astype(np.float32)
    read = np.loadtxt(io.StringIO(table_text(values)), delimiter="\t", dtype=np.float32)
    assert np.array_equal(read, values)
    doubles = values.astype(np.float64) / 3
    assert np.array_equal(np.loadtxt(io.StringIO(table_text(doubles)), delimiter="\t"), doubles)


def test_vectors_stand_in_columns_under_their_names():
    text = columns_text(["ours", "reference"], [np.array([0.5, 2]), np.array([1.0])], ("hen", "fox"))
    assert text == "entry\tlabel\tours\treference\n0\then\t0.5\t1\n1\tfox\t2\t\n"


def test_too_many_values_are_no_text(monkeypatch):
    monkeypatch.setattr(map_files, "MOST_TEXT", 3)
    with pytest.raises(PortsideError, match=r"4 values are too many for a text; save them as \.npy"):
        table_text(np.zeros((2, 2)))


def test_names_of_layers_become_names_of_files():
    assert file_stem("inception_3a/3x3", "ours", "channel 17") == "inception_3a-3x3-ours-channel-17"
    assert file_stem("../..") == "map"
    assert len(file_stem("x" * 500)) == 120


def test_arrays_keep_type_and_shape():
    values = np.arange(6, dtype=np.float64).reshape(2, 3)
    read = np.load(io.BytesIO(npy_bytes(values)))
    assert read.dtype == np.float64 and np.array_equal(read, values)


def test_the_chosen_channel_is_copied_from_the_pane_with_the_keyboard(opened):
    maps = opened.maps_view
    maps.viewpoint.choose(2)
    maps.panes.grids[1].setFocus()
    maps.panes._take_side(1)
    opened.commands.run("maps.copy_values")
    mime = QGuiApplication.clipboard().mimeData()
    assert np.array_equal(array_of(mime), maps.shown.theirs.values[2])
    assert mime.text().count("\t") == 8 * 7
    assert opened.notices.texts == ("Values of channel 2 of conv1 copied (reference).",)


def test_the_text_of_copied_values_outlives_the_window_and_the_array_does_not(opened):
    opened.commands.run("maps.copy_values")
    text = QGuiApplication.clipboard().text()
    opened.close()
    mime = QGuiApplication.clipboard().mimeData()
    assert mime.text() == text and not mime.hasFormat(NPY_MIME)


def test_a_vector_is_copied_whole(opened):
    opened.desk.choose_layer("prob")
    opened.commands.run("maps.copy_values")
    lines = QGuiApplication.clipboard().mimeData().text().splitlines()
    assert len(lines) == 7 and lines[0].endswith("ours\treference")


def test_a_map_is_dragged_out_as_a_picture_with_its_file(opened, dragged):
    pull(opened.maps_view.panes.grids[0], 3)
    (mime,) = dragged
    (url,) = mime.urls()
    path = Path(url.toLocalFile())
    assert path.name == "conv1-ours-channel-3.png"
    assert QImage(str(path)) == QImage(mime.imageData()).convertToFormat(QImage(str(path)).format())
    opened.close()
    assert not path.exists() and not path.parent.exists()


def test_with_shift_the_values_are_dragged(opened, dragged):
    maps = opened.maps_view
    pull(maps.panes.grids[1], 1, Qt.KeyboardModifier.ShiftModifier)
    (mime,) = dragged
    read = np.load(mime.urls()[0].toLocalFile(), allow_pickle=False)
    assert np.array_equal(read, maps.shown.theirs.values[1])
    assert np.array_equal(array_of(mime), read)


def test_zoomed_in_a_drag_pans_unless_control_is_held(opened, dragged):
    maps = opened.maps_view
    maps.viewpoint.zoom(1.5)
    lens = maps.viewpoint.lens
    grid = maps.panes.grids[0]
    inside = next(number for number in range(4) if grid.rect().contains(grid.cell_rect(number).center().toPoint()))
    pull(grid, inside)
    assert not dragged and maps.viewpoint.lens != lens
    pull(grid, inside, Qt.KeyboardModifier.ControlModifier)
    assert len(dragged) == 1


def test_a_click_drags_nothing(opened, dragged, qtbot):
    grid = opened.maps_view.panes.grids[0]
    qtbot.mouseClick(grid, Qt.MouseButton.LeftButton, pos=grid.cell_rect(1).center().toPoint())
    assert not dragged and opened.maps_view.viewpoint.channel == 1


def test_the_name_of_a_pane_drags_the_whole_layer(opened, dragged, monkeypatch):
    maps = opened.maps_view
    caption = maps.panes.captions[0]
    QTest.mousePress(caption, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    point_at(caption, 60, 5, held=True)
    (mime,) = dragged
    assert np.array_equal(array_of(mime), maps.view.ours)
    assert Path(mime.urls()[0].toLocalFile()).name == "conv1-ours.npy"
    monkeypatch.setattr(map_export, "MOST_DRAGGED", 10)
    opened.page_link.export.drag_layer(0)
    assert len(dragged) == 1 and "too large to be dragged" in " ".join(opened.notices.texts)


def test_a_map_is_saved_as_its_ending_says(opened, tmp_path):
    export, maps = opened.page_link.export, opened.maps_view
    maps.viewpoint.choose(1)
    export.save(tmp_path / "map.npy")
    assert np.array_equal(np.load(tmp_path / "map.npy"), maps.shown.ours.values[1])
    export.save(tmp_path / "map.png")
    assert QImage(str(tmp_path / "map.png")).width() == 256
    export.save(tmp_path / "map.gif")
    assert not (tmp_path / "map.gif").exists()
    assert "map.gif: a feature map can be written as .png, .npy." in opened.notices.texts


def test_a_layer_is_saved_with_the_shape_that_it_has(opened, tmp_path):
    opened.page_link.export.save_layer(tmp_path / "all.npy")
    assert np.load(tmp_path / "all.npy").shape == (1, 4, 8, 8)
    opened.page_link.export.save_layer(tmp_path / "none" / "all.npy")
    assert len(opened.notices.texts) == 2, opened.notices.texts
