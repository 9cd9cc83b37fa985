"""Golden runs in the window: saved by the menu, dropped on it, and what is then on screen."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QLabel

from explorer.golden.reading import open_golden
from explorer.ui.commands import COMMANDS
from explorer.ui.drops import describe
from explorer.ui.layer_model import NAME
from explorer.ui.pictures import drop_files
from tests.golden_runs import write_golden
from tests.small_network import LAYERS


def _save(window, target: Path) -> None:
    window.commands.run("file.save_golden")
    dialog = window.findChild(QFileDialog)
    assert dialog.windowTitle() == "Save Golden Run"
    assert dialog.defaultSuffix() == "portside"
    dialog.filesSelected.emit([str(target)])
    dialog.close()


def _status(window) -> str:
    return str(window.job_bar.findChild(QLabel, "job_text").text())


def _layers(window) -> list[str]:
    model = window.layers.model
    return [name for name in LAYERS if model.index_of(name).siblingAtColumn(NAME).data() is not None]


def test_nothing_can_be_saved_before_there_are_values(window, files):
    assert not window.commands["file.save_golden"].isEnabled()
    drop_files(window, [files.network])
    assert not window.commands["file.save_golden"].isEnabled()
    drop_files(window, [files.picture])
    assert window.commands["file.save_golden"].isEnabled()
    assert COMMANDS["file.save_golden"].text == "Save Golden Run…"


def test_dropped_on_an_empty_window_everything_is_open_at_once(window, tmp_path):
    drop_files(window, [write_golden(tmp_path)])
    session = window.session
    assert window.notices.texts == ()
    assert _layers(window) == list(LAYERS)
    assert window.graph_view.isVisible()
    assert Path(session.picture.path).name == "noise.png"
    assert session.picture_run is not None
    assert session.comparison.agrees
    assert session.comparison.largest_relative_l2 == 0
    assert "all 9 layers agree" in _status(window)
    numbers = [bar.numbers for bar in window.picture.classes.bars]
    assert len(numbers) == 5
    assert all(len(pair) == 2 and pair[0] == pair[1] for pair in numbers)


def test_what_was_saved_by_the_menu_looks_the_same_when_it_is_dropped(window, files, tmp_path):
    drop_files(window, [files.network, files.picture])
    window.commands.run("preprocessing.caffe")
    before = [(bar.name, bar.row.ours) for bar in window.picture.classes.bars]
    target = tmp_path / "saved.portside"
    _save(window, target)
    assert window.notices.texts == (f"Golden run saved as {target}; its values are the network's own.",)
    window.commands.run("file.close")
    drop_files(window, [target])
    assert [(bar.name, bar.row.reference) for bar in window.picture.classes.bars] == before
    assert window.session.preprocessing.name == "caffe"
    assert window.commands["preprocessing.caffe"].isChecked()
    assert window.windowTitle() == "small – Portside"


def test_with_a_reference_the_references_values_are_saved_with_the_verdicts(window, tmp_path):
    from tests.small_network import write_small_files

    files = write_small_files(tmp_path, shifted="fork/left")
    drop_files(window, files.all)
    verdicts = {row.layer: row.verdict for row in window.session.comparison.layers}
    assert verdicts["fork/left"] == "culprit"
    target = tmp_path / "saved.portside"
    _save(window, target)
    assert window.notices.texts[-1] == f"Golden run saved as {target}; its values are reference.npz's."
    record = open_golden(target).record
    assert record.tolerance.layers["conv1"].isolated == window.session.comparison.layer["conv1"].isolated_floor
    window.commands.run("file.close")
    drop_files(window, [target])
    assert {row.layer: row.verdict for row in window.session.comparison.layers} == verdicts
    assert window.session.diagnosis is not None


def test_dropped_on_an_open_network_it_is_the_reference_and_the_picture(window, files, tmp_path):
    (tmp_path / "golden").mkdir()
    golden = write_golden(tmp_path / "golden")
    drop_files(window, [files.network])
    network = window.session.network
    drop_files(window, [golden])
    assert window.session.network is network
    assert window.session.path == files.network
    assert window.session.picture.path == str(golden / "noise.png")
    assert window.session.comparison.agrees


def test_a_bad_golden_run_is_a_notice_and_leaves_everything_as_it_was(window, files, tmp_path):
    drop_files(window, files.all)
    before = window.session.comparison
    (tmp_path / "bad.portside").write_bytes(b"nothing of the kind")
    drop_files(window, [tmp_path / "bad.portside"])
    told = "bad.portside: not a golden run, or cut short: the directory at its end is missing"
    assert window.notices.texts == (told,)
    assert window.session.comparison is before


def test_the_hint_and_the_dialog_know_it(window, tmp_path):
    assert describe(tmp_path / "run.portside") == "golden run"
    window.commands.run("file.open")
    dialog = window.findChild(QFileDialog)
    assert "Golden runs (*.portside)" in dialog.nameFilters()
    assert "*.portside" in dialog.nameFilters()[0]
    dialog.close()


@pytest.mark.parametrize("ending", [".portside", ".PORTSIDE"])
def test_a_file_that_can_not_be_written_is_told(window, files, tmp_path, ending):
    drop_files(window, [files.network, files.picture])
    _save(window, tmp_path / "nowhere" / f"saved{ending}")
    (text,) = window.notices.texts
    assert "can't be written" in text
