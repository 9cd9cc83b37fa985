import json

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QObject, QSettings

from explorer.running.images import Picture, read_picture
from explorer.session.camera_roll import KEY, MOST_IN_ROLL, SIDE, CameraRoll
from explorer.session.jobs import Jobs
from explorer.session.session import Session


class Bench(QObject):
    def __init__(self, settings):
        super().__init__()
        self.session, self.jobs = Session(self), Jobs(self, serial=True)
        self.chosen: list[str] = []
        self.settings = settings
        self.roll = CameraRoll(self.session, self.jobs, self, choose=self.chosen.append)
        self.roll.remember_in(settings)

    def open(self, *pictures):
        self.session.put(picture=pictures[0], pictures=(*pictures, *self.session.pictures))

    def names(self):
        return [picture.name for picture in self.session.roll]

    def kept(self):
        return json.loads(self.settings.value(KEY))


@pytest.fixture
def settings(tmp_path, qapp):
    return QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)


@pytest.fixture
def bench(settings):
    return Bench(settings)


@pytest.fixture
def files(tmp_path):
    found = []
    for number, size in enumerate(((300, 200), (40, 30), (20, 500))):
        path = tmp_path / f"{number}.png"
        Image.new("RGB", size, (10 * number, 20, 30)).save(path)
        found.append(path)
    return found


def test_what_is_opened_comes_to_the_front_in_small(bench, files):
    for path in files:
        bench.open(read_picture(path))
    assert bench.names() == ["2.png", "1.png", "0.png"]
    assert [picture.size for picture in bench.session.roll] == [(500, 20), (30, 40), (200, 300)]
    assert max(bench.session.roll[2].pixels.shape) == SIDE
    assert tuple(bench.session.roll[2].pixels[0, 0]) == (0, 20, 30)
    assert bench.session.roll[2].text == f"0.png\n300×200 pixels\n{files[0]}"


def test_going_back_to_a_picture_leaves_it_in_its_place(bench, files):
    pictures = [read_picture(path) for path in files]
    bench.open(*pictures)
    bench.open(pictures[2])
    assert bench.names() == ["0.png", "1.png", "2.png"]
    assert bench.roll.place == 2


def test_the_next_and_the_previous_are_opened_as_far_as_there_are_any(bench, files):
    assert not bench.roll.can_go(1)
    pictures = [read_picture(path) for path in files]
    bench.open(*pictures)
    assert (bench.roll.can_go(-1), bench.roll.can_go(1)) == (False, True)
    bench.roll.go(1)
    bench.roll.go(-1)
    assert bench.chosen == [str(files[1])]
    bench.session.put(picture=None)
    bench.roll.go(1)
    bench.roll.go(-1)
    assert bench.chosen[1:] == [str(files[0]), str(files[2])]


def test_the_next_session_shows_what_is_still_there(bench, settings, files):
    bench.open(*map(read_picture, files))
    bench.open(Picture("pasted picture 1", np.zeros((4, 4, 3), np.uint8)))
    assert bench.names() == ["pasted picture 1", "0.png", "1.png", "2.png"]
    assert "kept until the window is closed" in bench.session.roll[0].text
    assert bench.kept() == [str(path) for path in files]
    files[1].unlink()
    files[2].write_bytes(b"no picture")
    later = Bench(settings)
    assert later.names() == []
    later.roll.show_remembered()
    assert later.names() == ["0.png"]
    assert later.session.roll[0].size == (200, 300)
    assert max(later.session.roll[0].pixels.shape) == SIDE


@pytest.mark.parametrize("text", ["{", "3", "[[]]", "[" * 50_000, '[null, "relative.png"]'])
def test_settings_that_somebody_spoiled_are_no_matter(bench, settings, text):
    settings.setValue(KEY, text)
    bench.roll.show_remembered()
    assert bench.names() == []


def test_a_picture_is_taken_out_and_forgotten(bench, files):
    bench.open(*map(read_picture, files))
    bench.roll.forget(str(files[0]))
    assert bench.names() == ["1.png", "2.png"]
    assert [picture.path for picture in bench.session.pictures] == [str(path) for path in files[1:]]
    assert bench.kept() == [str(path) for path in files[1:]]
    assert bench.session.picture.path == str(files[0])
    assert bench.roll.place is None
    assert files[0].exists()


def test_only_so_many_are_kept(bench):
    for number in range(MOST_IN_ROLL + 3):
        bench.open(Picture(f"pasted picture {number}", np.zeros((2, 2, 3), np.uint8)))
    assert len(bench.session.roll) == MOST_IN_ROLL
    assert bench.names()[0] == f"pasted picture {MOST_IN_ROLL + 2}"


def test_closing_everything_leaves_the_roll(bench, files):
    bench.open(read_picture(files[0]))
    bench.session.clear()
    assert bench.names() == ["0.png"]
