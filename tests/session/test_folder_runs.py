"""Folders of pictures: opened, run, stopped, and written as a table."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from PIL import Image

from explorer.network.preprocessing import find_preprocessing
from explorer.running.cancellation import Cancelled
from explorer.running.many_pictures import Classified
from explorer.session.answers import Folder, Notice
from explorer.session.desk import Desk
from explorer.session.jobs import Jobs
from explorer.session.opening import kind_of, open_files
from explorer.session.pictures import MOST_PICTURES
from explorer.session.session import Session
from tests.small_network import picture_pixels, write_small_files


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "holiday"
    made.mkdir()
    for seed in range(4):
        Image.fromarray(picture_pixels(seed=seed)).save(made / f"{seed}.png")
    (made / "2.png").write_bytes(b"no picture")
    return made


@pytest.fixture
def network(tmp_path: Path) -> Path:
    return write_small_files(tmp_path).network


class Bench:
    def __init__(self, **tasks):
        self.session, self.jobs = Session(), Jobs(serial=True)
        self.desk = Desk(self.session, self.jobs, **tasks)
        self.notices: list[Notice] = []
        self.counts: list[int] = []
        self.desk.said.connect(self.notices.append)
        self.session.folder_rows_changed.connect(lambda rows: self.counts.append(len(rows)))


def opened(*paths):
    return open_files(list(paths), None, None, lambda *told: None, lambda: False)


def test_a_folder_of_pictures_is_one_and_a_network_or_arrays_stand_before_it(tmp_path, folder, network):
    assert kind_of(folder) == "folder"
    assert kind_of(tmp_path) == "network"
    (folder / "conv1.npy").write_bytes(b"x")
    assert kind_of(folder) == "reference"


def test_a_folder_comes_with_its_pictures_by_name(folder):
    found = opened(folder).folder
    assert found is not None
    assert (found.name, [path.name for path in found.paths]) == ("holiday", ["0.png", "1.png", "2.png", "3.png"])


def test_several_pictures_are_a_folder_and_one_is_none(folder):
    found = opened(folder / "0.png", folder / "1.png").folder
    assert found is not None and found.name == "2 pictures"
    assert opened(folder / "0.png").folder is None


def test_of_very_many_pictures_only_those_that_are_kept_are_decoded_at_once(folder):
    paths = []
    for number in range(MOST_PICTURES + 5):
        paths.append(folder / f"more {number}.png")
        Image.fromarray(picture_pixels(seed=number)).save(paths[-1])
    found = opened(*paths)
    assert len(found.pictures) == MOST_PICTURES
    assert found.folder is not None and len(found.folder.paths) == MOST_PICTURES + 5


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_folder_is_run_as_soon_as_it_and_its_network_are_there(folder, network, order):
    bench = Bench()
    for place in order:
        bench.desk.open([(folder, network)[place]])
    rows = bench.session.folder_rows
    assert [Path(row.path).name for row in rows] == ["0.png", "1.png", "2.png", "3.png"]
    assert [row.error is None for row in rows] == [True, True, False, True]
    assert bench.session.picture is not None
    assert bench.session.picture.path == str(folder / "0.png")
    assert bench.notices == []


def test_rows_are_there_as_they_come(folder, network):
    bench = Bench()
    bench.desk.open([folder, network])
    assert bench.counts[:4] == [1, 2, 3, 4]


def test_another_preprocessing_outdates_the_rows_and_they_can_be_run_again(folder, network):
    bench = Bench()
    bench.desk.open([folder, network])
    bench.desk.choose_preprocessing(find_preprocessing("caffe"))
    assert bench.session.folder_rows == ()
    assert bench.session.folder is not None
    bench.desk.folder.run()
    assert len(bench.session.folder_rows) == 4


def test_a_run_that_is_cancelled_leaves_the_rows_there_are(folder, network):
    def classify(runner, given, preprocessing, found, progress, cancelled):
        found.append(Classified("a"))
        progress(1, 4, "")
        bench.jobs.cancel()
        if cancelled():
            raise Cancelled
        return found

    bench = Bench(classify=classify)
    bench.desk.open([network, folder])
    assert [row.path for row in bench.session.folder_rows] == ["a"]
    assert not bench.desk.folder.is_running


def test_rows_of_an_outdated_run_are_not_shown(folder, network):
    def classify(runner, given, preprocessing, found, progress, cancelled):
        bench.session.put(folder=Folder("other", (folder / "0.png",)))
        found.append(Classified("late"))
        progress(1, 4, "")
        return found

    bench = Bench(classify=classify)
    bench.desk.open([network, folder])
    assert bench.session.folder_rows == ()


def test_a_row_that_is_chosen_becomes_the_picture_that_is_run(folder, network):
    bench = Bench()
    bench.desk.open([folder, network])
    before = bench.session.picture_run
    bench.desk.choose_picture(str(folder / "3.png"))
    assert bench.session.picture is not None
    assert bench.session.picture.path == str(folder / "3.png")
    assert bench.session.picture_run is not before
    assert [Path(picture.path).name for picture in bench.session.pictures] == ["3.png", "0.png"]
    bench.desk.choose_picture(str(folder / "2.png"))
    assert bench.notices == [Notice("2.png: not a picture in a known format")]
    assert bench.session.picture.path == str(folder / "3.png")


def test_the_table_is_written_and_told(folder, network, tmp_path):
    bench = Bench()
    bench.desk.folder.save_table(tmp_path / "none.csv")
    assert not (tmp_path / "none.csv").exists()
    bench.desk.open([folder, network])
    bench.desk.folder.save_table(tmp_path / "t.csv")
    with (tmp_path / "t.csv").open(newline="") as file:
        assert len(list(csv.DictReader(file))) == 4
    assert bench.notices == [Notice(f"Table written as {tmp_path / 't.csv'}.", "news")]


def test_closing_forgets_the_folder(folder, network):
    bench = Bench()
    bench.desk.open([folder, network])
    bench.desk.close()
    assert bench.session.folder is None
    assert bench.session.folder_rows == ()
