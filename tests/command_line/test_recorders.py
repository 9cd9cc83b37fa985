"""The recorders as a person gets them: listed, explained, copied."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from explorer import cli
from explorer.command_line.recorders import recorders


def test_they_are_listed_with_what_they_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["recorders"]) == 0
    out = capsys.readouterr().out
    assert all(f"\n{name} " in out for name in recorders())
    assert "Record every layer of a Caffe network as a reference for Portside." in out


def test_one_says_how_it_is_used(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["recorders", "caffe"]) == 0
    assert "python record_caffe.py deploy.prototxt net.caffemodel picture.jpg" in capsys.readouterr().out


def test_a_copy_is_the_file_itself_and_an_edited_one_stays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["recorders", "keras1", "--copy", str(tmp_path)]) == 0
    copied = tmp_path / "record_keras1.py"
    assert copied.read_bytes() == recorders()["keras1"].read_bytes()
    assert capsys.readouterr().err == f"written: {copied}\n"
    copied.write_text("edited")
    assert cli.run(["recorders", "keras1", "--copy", str(tmp_path)]) == 2
    assert capsys.readouterr().err == f"portside: {copied}: is there already, and may have been edited\n"
    assert copied.read_text() == "edited"


def test_what_there_is_not_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["recorders", "abacus"]) == 2
    assert "there is no recorder 'abacus'; there are caffe, keras1" in capsys.readouterr().err
    assert cli.run(["recorders", "caffe", "--copy", str(tmp_path / "gone")]) == 2
    assert "gone: there is no such folder" in capsys.readouterr().err
    assert cli.run(["recorders", "--copy", str(tmp_path)]) == 2
    assert "which recorder is to be copied?" in capsys.readouterr().err


def test_scripts_are_told_where_the_files_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["recorders", "opencv", "--copy", str(tmp_path), "--json", "-"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["copied"] == str(tmp_path / "record_opencv.py")
    assert [(row["name"], row["file"]) for row in document["recorders"]] == [("opencv", str(recorders()["opencv"]))]
