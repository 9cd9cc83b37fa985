"""The catalogue in the window: found, filtered, fetched, cancelled, opened."""

from __future__ import annotations

import threading

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton

from explorer.catalogue.entry import Entry
from explorer.catalogue.places import usual_places
from explorer.catalogue.reading import read_catalogue
from explorer.session.catalogue_runs import Shelf
from explorer.ui.assembly import make_window
from explorer.ui.catalogue_dialog import CatalogueDialog, facts
from explorer.ui.catalogue_model import FRAMEWORK, HEADERS, HERE, NETWORK, SIZE
from explorer.ui.looks import Looks
from explorer.ui.pictures import drop_files
from tests.catalogue.made_up import entry_of, file_of, foreign
from tests.catalogue.servers import Visit, serving

GOOGLENET = "BVLC GoogLeNet"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))


def _opened(window) -> CatalogueDialog:
    window.commands.run("file.open_catalogue")
    dialog = window.findChild(CatalogueDialog)
    assert isinstance(dialog, CatalogueDialog) and dialog.isVisible()
    assert not dialog.isModal()
    return dialog


def _cells(dialog, column=NETWORK) -> list[str]:
    model = dialog.view.model()
    return [model.index(row, column).data() for row in range(model.rowCount())]


def _text(dialog, name) -> str:
    return str(dialog.findChild(QLabel, f"catalogue_{name}").text())


def _only(monkeypatch, entry: Entry) -> None:
    monkeypatch.setattr("explorer.catalogue.reading.read_catalogue", lambda: (entry,))


def test_it_lists_the_whole_catalogue_and_tells_of_the_first(window):
    dialog = _opened(window)
    assert _cells(dialog) == [entry.title for entry in read_catalogue()]
    header = dialog.view.model()
    assert [header.headerData(i, Qt.Orientation.Horizontal) for i in range(len(HEADERS))] == list(HEADERS)
    first = [dialog.view.model().index(0, column).data() for column in range(len(HEADERS))]
    assert first == [GOOGLENET, "Caffe", "53.6 MB", "68.7 %", "unrestricted", ""]
    assert _text(dialog, "title") == GOOGLENET
    assert _text(dialog, "facts") == "top-5 88.9 %  ·  preprocessing caffe  ·  2 files  ·  checked by sha256, sha1"
    assert _text(dialog, "home") == "https://github.com/BVLC/caffe/tree/master/models/bvlc_googlenet"
    assert dialog.open_button.text() == "Fetch and Open"
    dialog.close()


def test_a_filter_keeps_the_rows_that_have_every_word(window, qtbot):
    dialog = _opened(window)
    qtbot.keyClicks(dialog.field, "keras MIT")
    assert _cells(dialog) == ["ResNet50 (Keras applications)", "InceptionV3 (Keras applications)"]
    assert _text(dialog, "title") == "ResNet50 (Keras applications)"
    assert _text(dialog, "note").startswith("Weights alone")
    assert _text(dialog, "facts").endswith("checked by md5 (weak)")
    qtbot.keyClick(dialog.field, Qt.Key.Key_Down)
    assert dialog.chosen is not None and dialog.chosen.name == "keras-inception-v3"
    qtbot.keyClicks(dialog.field, " xyzzy")
    assert _cells(dialog) == []
    assert _text(dialog, "title") == "No network has these words"
    assert not dialog.open_button.isEnabled()
    dialog.field.clear()
    assert len(_cells(dialog)) == len(read_catalogue())
    dialog.close()


def test_a_column_sorts_by_what_its_texts_mean(window):
    dialog = _opened(window)
    dialog.view.sortByColumn(SIZE, Qt.SortOrder.AscendingOrder)
    sizes = {entry.title: entry.size for entry in read_catalogue()}
    assert _cells(dialog) == sorted(sizes, key=lambda title: sizes[title])
    dialog.view.sortByColumn(FRAMEWORK, Qt.SortOrder.DescendingOrder)
    assert _cells(dialog, FRAMEWORK)[0] == "TensorFlow"
    dialog.close()


def test_what_is_here_and_under_way_is_seen_and_the_choice_stays(window):
    dialog = _opened(window)
    entries = read_catalogue()
    dialog.view.setCurrentIndex(dialog.view.model().index(2, NETWORK))
    dialog.show_shelf(Shelf(entries, frozenset({"googlenet", "alexnet"}), frozenset({"vgg16"})))
    assert _cells(dialog, HERE)[:5] == ["✓ here", "", "✓ here", "fetching…", ""]
    assert dialog.chosen is not None and dialog.chosen.name == "alexnet"
    assert (dialog.open_button.text(), dialog.open_button.isEnabled()) == ("Open", True)
    dialog.view.setCurrentIndex(dialog.view.model().index(3, NETWORK))
    assert (dialog.open_button.text(), dialog.open_button.isEnabled()) == ("Fetching…", False)
    dialog.close()


def test_before_the_catalogue_is_read_it_says_so(qtbot, window):
    dialog = CatalogueDialog(window, Looks("light", None))
    assert _text(dialog, "title") == "Reading the catalogue…"
    assert not dialog.open_button.isEnabled()
    dialog.close()


def test_asked_for_again_the_same_list_comes_to_the_front(window):
    dialog = _opened(window)
    window.commands.run("file.open_catalogue")
    assert window.findChildren(CatalogueDialog) == [dialog]
    dialog.close()


def test_a_network_is_fetched_by_one_click_and_is_open(window, files, monkeypatch, qtbot):
    content = foreign(files.network)
    drop_files(window, [files.picture])
    with serving(lambda visit: visit.part(content)) as web:
        entry = entry_of(file_of(web.address, content=content, name="small.onnx"), name="small")
        _only(monkeypatch, entry)
        dialog = _opened(window)
        qtbot.mouseClick(dialog.open_button, Qt.MouseButton.LeftButton)
    assert not dialog.isVisible()
    path = usual_places().folder(entry) / "small.onnx"
    assert window.session.path == path
    assert window.shown_preset == "caffe"
    assert window.commands["preprocessing.caffe"].isChecked()
    assert window.session.picture_run is not None
    assert window.windowTitle().startswith("small")
    assert window.notices.texts == (f"Small was fetched to {path.parent} and checked by sha256.",)


def test_one_that_is_here_opens_by_the_keys_alone(window, files, monkeypatch, qtbot):
    entry = entry_of(
        file_of("http://127.0.0.1:9/", content=files.network.read_bytes(), name="small.onnx"), name="small"
    )
    folder = usual_places().folder(entry)
    folder.mkdir(parents=True)
    (folder / "small.onnx").write_bytes(files.network.read_bytes())
    _only(monkeypatch, entry)
    dialog = _opened(window)
    assert dialog.open_button.text() == "Open"
    qtbot.keyClick(dialog.field, Qt.Key.Key_Return)
    assert window.session.path == folder / "small.onnx"
    assert window.notices.texts == ()


def test_a_catalogue_that_can_t_be_read_is_a_notice(window, monkeypatch):
    from explorer.errors import PortsideError

    def broken():
        raise PortsideError("not a catalogue in TOML", file="catalogue.toml")

    monkeypatch.setattr("explorer.catalogue.reading.read_catalogue", broken)
    dialog = _opened(window)
    assert window.notices.texts == ("catalogue.toml: not a catalogue in TOML",)
    assert _cells(dialog) == []
    dialog.close()


def test_a_fetch_shows_at_the_foot_of_the_window_and_is_cancelled_there(qtbot, tmp_path, files, monkeypatch):
    content = files.network.read_bytes()
    half = threading.Event()

    def slow(visit: Visit) -> None:
        visit.part(content, len(content) // 2)
        half.set()
        web.over.wait()

    window = make_window(tmp_path / "example", mode="light")
    qtbot.addWidget(window)
    window.show()
    with serving(slow) as web:
        entry = entry_of(file_of(web.address, content=content, name="small.onnx"), name="small")
        _only(monkeypatch, entry)
        dialog = _opened(window)
        qtbot.waitUntil(lambda: dialog.chosen is not None, timeout=30_000)
        qtbot.mouseClick(dialog.open_button, Qt.MouseButton.LeftButton)
        text = window.job_bar.findChild(QLabel, "job_text")
        cancel = window.job_bar.findChild(QPushButton, "job_cancel")
        assert text is not None and cancel is not None
        qtbot.waitUntil(lambda: half.is_set() and "small.onnx from 127.0.0.1" in text.text(), timeout=30_000)
        again = _opened(window)
        assert again.open_button.text() == "Fetching…"
        qtbot.mouseClick(cancel, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: again.open_button.text() == "Fetch and Open", timeout=30_000)
        assert window.session.network is None
        assert not cancel.isVisible()
        again.close()
        window.close()


def test_every_control_has_a_name_for_those_who_listen(window):
    dialog = _opened(window)
    for control in (dialog, dialog.field, dialog.view):
        assert control.accessibleName()
    assert all(button.text() for button in dialog.findChildren(QPushButton))
    dialog.close()


def test_a_network_without_known_accuracy_says_nothing_of_it():
    assert facts(entry_of(file_of("x"))) == "preprocessing caffe  ·  1 file  ·  checked by sha256"
