"""The table of many pictures."""

import csv

import pytest

from explorer.errors import PortsideError
from explorer.running.activations import Class
from explorer.running.classified_csv import HEADINGS, write_csv
from explorer.running.many_pictures import Classified

ROWS = [
    Classified("a, b.png", {"prob": (Class(7, 'a "cat", or two', 0.1 + 0.2), Class(3, None, 0.25))}),
    Classified("two.png", {"main": (Class(1, "x", 0.5),), "aux": (Class(2, "y", 0.5),)}),
    Classified("bad.png", error="the file is empty"),
]


def test_a_line_for_each_picture_and_output(tmp_path):
    write_csv(ROWS, tmp_path / "t.csv")
    with (tmp_path / "t.csv").open(newline="") as file:
        found = list(csv.DictReader(file))
    assert tuple(found[0]) == HEADINGS
    assert [(row["path"], row["output"]) for row in found] == [
        ("a, b.png", "prob"), ("two.png", "main"), ("two.png", "aux"), ("bad.png", "")
    ]  # fmt: skip
    first = found[0]
    assert (first["index1"], first["label1"], first["probability1"]) == ("7", 'a "cat", or two', "0.3")
    assert (first["index2"], first["label2"], first["index3"], first["error"]) == ("3", "", "", "")
    assert (found[3]["error"], found[3]["index1"]) == ("the file is empty", "")


def test_a_path_that_is_no_text_comes_out_as_the_bytes_it_was(tmp_path):
    write_csv([Classified("\udcff.png", error="x")], tmp_path / "t.csv")
    assert b"\xff.png," in (tmp_path / "t.csv").read_bytes()


def test_nothing_is_left_where_it_can_not_be_written(tmp_path):
    with pytest.raises(PortsideError):
        write_csv(ROWS, tmp_path / "missing" / "t.csv")
    assert list(tmp_path.iterdir()) == []
