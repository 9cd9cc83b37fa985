"""The program is closed and started again: what was open is there again, but never what made it crash."""

import json

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QSettings
from PySide6.QtWidgets import QPushButton

from explorer.ui.assembly import make_windows
from explorer.ui.graph_camera import Camera
from explorer.ui.pictures import drop_files
from explorer.ui.windows import Windows
from tests.small_network import write_small_files


@pytest.fixture
def start(qapp, tmp_path):
    """Starts the program as a process of its own would be: with what is kept on disk, and nothing else."""
    running: list[Windows] = []

    def begin(*files):
        for windows in running:
            if not windows.all:
                # With its last window a program ends, and closes what is left.
                windows.quit()
                windows.end()
        settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
        windows = make_windows(
            tmp_path / f"example-{len(running)}",
            settings=settings,
            sessions=tmp_path / "sessions",
            mode="light",
            serial=True,
        )
        running.append(windows)
        window = windows.open_window()
        window.resize(1280, 720)
        windows.begin(window, files)
        return window

    yield begin
    for windows in running:
        quit_program(windows)


def quit_program(windows):
    windows.quit()
    windows.end()
    windows.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def leave_marker(folder, *files, example=False):
    """What a process leaves that was killed while it worked on these files."""
    folder.mkdir(exist_ok=True)
    (folder / "00000000000000000001-999999.lock").touch()
    record = {"files": [str(file) for file in files], "example": example}
    (folder / "00000000000000000001-999999.1.working.json").write_text(json.dumps(record))


def offer(window):
    return window.notices.findChild(QPushButton, "offer")


def test_what_was_open_is_open_again_and_looked_at_as_before(start, files):
    window = start()
    drop_files(window, files.all)
    window.commands.run("preprocessing.caffe")
    window.desk.choose_layer("fork/right")
    window.desk.show_fed_with("picture")
    window.graph_view.close_module("fork")
    window.graph_view.look_from(Camera(1.5, 10.0, 60.0))
    window.maps_view.viewpoint.choose(2)
    window.maps_view.viewpoint.show_single(True)
    window.maps_view.controls.choose_range("channel")
    seen = window.graph_view.camera
    window.commands.run("file.quit")
    again = start()
    session = again.session
    assert (session.path, session.layer, session.fed_with) == (files.network, "fork/right", "picture")
    assert session.preprocessing.name == "caffe"
    assert session.picture.path == str(files.picture)
    assert session.comparison is not None
    assert again.graph_view.opened == frozenset()
    camera = again.graph_view.camera
    assert (camera.scale, camera.x, camera.y) == pytest.approx((seen.scale, seen.x, seen.y))
    viewpoint = again.maps_view.viewpoint
    assert (viewpoint.channel, viewpoint.single) == (2, True)
    assert again.maps_view.controls.range_mode() == "channel"
    assert again.notices.texts == ()


def test_a_view_that_nobody_moved_is_not_fixed_by_being_restored(start, files):
    window = start()
    drop_files(window, files.all)
    window.commands.run("file.quit")
    assert start().graph_view.is_untouched


def test_pictures_to_go_back_to_and_the_folder_are_there_again(start, files, tmp_path):
    other = tmp_path / "other.png"
    other.write_bytes(files.picture.read_bytes())
    window = start()
    drop_files(window, [files.network, files.picture])
    drop_files(window, [other])
    window.desk.choose_picture(str(files.picture))
    window.commands.run("file.quit")
    again = start()
    assert again.session.picture.path == str(files.picture)
    assert {picture.path for picture in again.session.pictures} == {str(files.picture), str(other)}
    assert again.session.folder is None
    drop_files(again, [files.picture, other])
    again.commands.run("file.quit")
    third = start()
    assert third.session.folder.paths == (files.picture, other)
    assert len(third.session.folder_rows) == 2


def test_corrections_are_applied_again(start, tmp_path):
    window = start()
    drop_files(window, write_small_files(tmp_path, shifted="fork/left").all)
    window.commands.run("network.apply_all")
    assert window.session.applied
    window.commands.run("file.quit")
    again = start()
    assert [finding.layer for finding in again.session.applied] == ["fork/left"]
    assert again.session.comparison.agrees
    assert again.session.is_unsaved


def test_the_example_is_made_anew(start):
    window = start()
    window.commands.run("file.open_broken")
    window.desk.choose_layer("inception_3b/3x3")
    window.commands.run("file.quit")
    again = start()
    assert again.session.path.name == "broken.onnx"
    assert again.session.layer == "inception_3b/3x3"
    assert again.session.comparison.first_divergence == "conv2/norm2"
    assert again.notices.texts == ()
    assert again.windows.recent.entries == ()


def test_what_was_closed_before_the_end_is_not_opened_again(start, files):
    window = start()
    drop_files(window, files.all)
    window.commands.run("file.close")
    window.commands.run("file.quit")
    again = start()
    assert again.session.network is None
    assert again.empty.isVisible()


def test_a_person_can_do_without_and_restore_when_it_is_wanted(start, files):
    window = start()
    drop_files(window, files.all)
    window.commands.run("file.restore_at_start")
    window.commands.run("file.quit")
    again = start()
    assert again.session.network is None
    button = again.empty.findChild(QPushButton, "restore_last")
    assert button.isVisible()
    assert again.commands["file.restore"].isEnabled()
    assert not again.commands["file.restore_at_start"].isChecked()
    button.click()
    assert again.session.path == files.network
    assert not again.commands["file.restore"].isEnabled()


def test_files_on_the_command_line_come_instead_and_the_session_waits(start, files, tmp_path):
    window = start()
    drop_files(window, files.all)
    window.commands.run("file.quit")
    (tmp_path / "second").mkdir()
    other = write_small_files(tmp_path / "second")
    again = start(other.network)
    assert again.session.path == other.network
    assert again.session.picture is None
    again.commands.run("file.restore")
    assert again.session.path == files.network


def test_files_that_are_gone_or_have_changed_are_told_in_one_sentence(start, files, tmp_path):
    window = start()
    drop_files(window, files.all)
    window.commands.run("file.quit")
    files.picture.unlink()
    write_small_files(tmp_path, shifted="conv1")
    files.picture.unlink()
    again = start()
    assert again.session.path == files.network
    assert again.session.picture is None
    assert again.notices.texts == ("noise.png is no longer there and small.onnx and reference.npz have changed since.",)


def test_what_made_the_program_crash_is_not_opened_again_until_it_is_asked_for(start, files, tmp_path):
    window = start()
    drop_files(window, files.all)
    window.commands.run("file.quit")
    leave_marker(tmp_path / "sessions", files.network)
    again = start()
    assert again.session.network is None
    assert again.session.picture.path == str(files.picture)
    assert again.notices.texts == (
        "Portside ended unexpectedly while it worked on small.onnx: it was not opened again.",
    )
    offer(again).click()
    assert again.notices.texts == ()
    assert again.session.path == files.network
    assert again.session.comparison is not None


def test_after_it_was_told_the_next_start_is_as_usual(start, files, tmp_path):
    leave_marker(tmp_path / "sessions", files.network)
    window = start()
    assert len(window.notices.texts) == 1
    drop_files(window, files.all)
    window.commands.run("file.quit")
    again = start()
    assert again.notices.texts == ()
    assert again.session.path == files.network


def test_a_file_that_was_being_opened_and_was_not_in_the_session_can_be_opened_anyway(start, files, tmp_path):
    (tmp_path / "second").mkdir()
    other = write_small_files(tmp_path / "second")
    window = start()
    drop_files(window, [files.network])
    window.commands.run("file.quit")
    leave_marker(tmp_path / "sessions", other.picture)
    again = start()
    assert again.session.path == files.network
    assert "worked on noise.png" in again.notices.texts[0]
    offer(again).click()
    assert again.session.path == files.network
    assert again.session.picture.path == str(other.picture)


def test_an_example_that_crashed_is_not_made_again_by_itself(start, tmp_path):
    window = start()
    window.commands.run("file.open_broken")
    window.commands.run("file.quit")
    leave_marker(tmp_path / "sessions", example=True)
    again = start()
    assert again.session.network is None
    assert "worked on the example: it was not opened again" in again.notices.texts[0]


def test_while_files_are_worked_on_they_are_noted_down_and_no_longer_when_the_window_rests(start, files, tmp_path):
    window = start()
    seen: list[str] = []
    window.jobs.changed.connect(
        lambda _: seen.extend(path.read_text() for path in (tmp_path / "sessions").glob("*.working.json"))
    )
    drop_files(window, files.all)
    assert any("small.onnx" in text for text in seen)
    window.commands.run("file.quit")
    assert not list((tmp_path / "sessions").glob("*.working.json"))


def test_weights_that_were_found_beside_their_network_are_no_files_of_their_own(start, shared, tmp_path):
    folder = shared / "references" / "googlenet-random"
    window = start()
    seen: list[str] = []
    window.jobs.changed.connect(
        lambda _: seen.extend(path.read_text() for path in (tmp_path / "sessions").glob("*.working.json"))
    )
    drop_files(window, [folder / "deploy.prototxt"])
    assert any("deploy.prototxt" in text for text in seen)
    assert not any("caffemodel" in text for text in seen)


def test_two_programs_at_once_keep_to_themselves(start, files, tmp_path):
    (tmp_path / "second").mkdir()
    other = write_small_files(tmp_path / "second")
    first = start()
    drop_files(first, files.all)
    first.windows._save()
    second = start()
    assert second.session.network is None
    assert second.notices.texts == ()
    drop_files(second, [other.network])
    second.commands.run("file.quit")
    assert first.session.path == files.network
    first.commands.run("file.quit")
    third = start()
    assert third.session.path in (files.network, other.network)


GARBAGE = (
    b"\x00\xff\xfe garbage",
    b"@Variant(\x00\x00\x00)",
    b"[1, 2",
    b"a, b, c",
    b'{"version": 1}',
    b"@ByteArray(\x80)",
)


@pytest.mark.parametrize("garbage", GARBAGE)
def test_garbage_in_every_setting_is_no_reason_not_to_start(start, files, tmp_path, garbage):
    keys = ("theme", "memory", "recent", "layout", "restore")
    lines = [b"[General]", *(key.encode() + b"=" + garbage for key in keys)]
    (tmp_path / "settings.ini").write_bytes(b"\n".join(lines))
    (tmp_path / "sessions").mkdir()
    (tmp_path / "sessions" / "0001-1.session.json").write_bytes(garbage)
    (tmp_path / "sessions" / "0001-1.lock").write_bytes(garbage)
    window = start()
    assert window.isVisible()
    drop_files(window, files.all)
    assert window.session.comparison.agrees
