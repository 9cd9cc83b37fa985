"""`portside run` on folders, broken pictures, statistics and class maps."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from explorer import cli
from explorer.importers import open_network
from explorer.running.reference import open_reference
from explorer.running.runner import Runner
from tests.small_network import CLASSES, LAYERS, picture_pixels, write_small_files


@pytest.fixture
def network(tmp_path: Path) -> str:
    return str(write_small_files(tmp_path).network)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "pictures"
    made.mkdir()
    for seed in range(3):
        Image.fromarray(picture_pixels(seed=seed)).save(made / f"{seed}.png")
    (made / "1.png").write_bytes(b"no picture")
    return made


def ran(arguments: list[str], capsys: pytest.CaptureFixture[str], status: int) -> tuple[dict[str, Any], list[str]]:
    """The document, and what was said on standard error."""
    capsys.readouterr()
    assert cli.run([*arguments, "--json", "-"]) == status
    out, err = capsys.readouterr()
    return json.loads(out), err.splitlines()


def test_a_broken_picture_among_many_is_told_and_does_not_end_the_job(
    network: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found, err = ran(["run", network, str(folder), "--quiet"], capsys, status=2)
    assert [Path(row["path"]).name for row in found["pictures"]] == ["0.png", "1.png", "2.png"]
    assert [row["error"] for row in found["pictures"]] == [None, "not a picture in a known format", None]
    assert [len(row["outputs"]) for row in found["pictures"]] == [1, 0, 1]
    assert err == [f"portside: {folder / '1.png'}: not a picture in a known format"]
    assert found["milliseconds"] > 0


def test_one_broken_picture_alone_is_the_commands_error(
    network: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["run", network, str(folder / "1.png"), "--json", "-", "--quiet"]) == 2
    out, err = capsys.readouterr()
    assert (out, err) == ("", f"portside: {folder / '1.png'}: not a picture in a known format\n")


def test_the_table_has_a_line_for_every_picture(
    network: str, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found, _ = ran(["run", network, str(folder), "--csv", str(tmp_path / "t.csv"), "--quiet"], capsys, status=2)
    with (tmp_path / "t.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["error"] for row in rows] == ["", "not a picture in a known format", ""]
    best = found["pictures"][0]["outputs"]["prob"]["top"][0]
    assert int(rows[0]["index1"]) == best["index"]
    assert float(rows[0]["probability1"]) == pytest.approx(best["probability"], rel=1e-8)


def test_a_capture_holds_the_pictures_that_could_be_read(network: str, folder: Path, tmp_path: Path) -> None:
    assert cli.run(["run", network, str(folder), "--capture", str(tmp_path / "c.npz"), "--quiet"]) == 2
    assert open_reference(tmp_path / "c.npz").shapes["prob"][0] == 2


def test_a_folder_without_pictures_is_an_error(
    network: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    assert cli.run(["run", network, str(tmp_path / "empty")]) == 2
    assert "the folder holds no pictures" in capsys.readouterr().err


def test_many_pictures_are_told_in_a_line_each(network: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["run", network, *[str(folder / "0.png")] * 11]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 11
    assert lines[0].endswith("0.png")


def test_what_was_done_to_a_picture_is_said_and_written(
    network: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    frames = [Image.fromarray(picture_pixels(seed=seed)) for seed in range(2)]
    frames[0].save(tmp_path / "moving.gif", save_all=True, append_images=frames[1:])
    found, err = ran(["run", network, str(tmp_path / "moving.gif")], capsys, status=0)
    assert found["pictures"][0]["notes"] == ["the first of 2 frames"]
    assert f"{tmp_path / 'moving.gif'}: the first of 2 frames" in err


def test_statistics_are_those_of_the_values(network: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found, _ = ran(["run", network, str(folder / "0.png"), "--statistics"], capsys, status=0)
    figures = {row["layer"]: row for row in found["pictures"][0]["statistics"]}
    assert list(figures) == [layer.name for layer in open_network(network).layers]
    assert figures["relu1"]["min"] == 0
    assert (figures["relu1"]["channels"], figures["prob"]["channels"]) == (4, None)
    assert figures["prob"]["mean"] == pytest.approx(1 / CLASSES)
    assert cli.run(["run", network, str(folder / "0.png"), "--statistics"]) == 0
    out = capsys.readouterr().out
    assert "deviation" in out and "fork/join" in out


def test_a_class_map_is_written_as_picture_and_as_numbers(
    network: str, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = str(folder / "0.png")
    assert cli.run(["run", network, picture, "--class-map", str(tmp_path / "m.png")]) == 0
    assert "occlusion map of class" in capsys.readouterr().err
    with Image.open(tmp_path / "m.png") as image:
        assert (image.size, image.mode) == ((8, 8), "RGB")
    assert cli.run(["run", network, picture, "--class-map", str(tmp_path / "m.npz"), "--class", "3"]) == 0
    with np.load(tmp_path / "m.npz") as arrays:
        assert arrays["class"] == 3
        assert arrays["map"].shape == arrays["input_map"].shape == (8, 8)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (["--class-map", "m.jpg"], "written as .png or .npz"),
        (["--class", "1"], "give --class-map FILE as well"),
        (["--class-map", "m.png", "--class", "99"], "there is no class 99: the last of the 6 is 5"),
    ],
)
def test_a_class_map_that_can_not_be_made_is_told(
    network: str, folder: Path, given: list[str], reason: str, capsys: pytest.CaptureFixture[str], monkeypatch: Any,
    tmp_path: Path
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert cli.run(["run", network, str(folder / "0.png"), *given]) == 2
    assert reason in capsys.readouterr().err


def test_a_class_map_is_of_one_picture(network: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["run", network, str(folder), "--class-map", "m.png"]) == 2
    assert "of one picture, given are 3" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("size", "told"),
    [
        ("much", "'much' is no amount of memory, such as 2GB or 512MB"),
        ("1kB", "'1kB' is too little memory: try 2GB or 512MB"),
        ("-2GB", None),
        ("900000GB", "'900000GB' is more memory than the 8 GB that this machine has"),
    ],
)
def test_a_budget_that_cannot_be_is_refused_in_a_line(network, folder, capsys, monkeypatch, size, told):
    monkeypatch.setattr("explorer.running.memory.machine_memory", lambda: 8_000_000_000)
    assert cli.run(["run", network, str(folder / "0.png"), "--memory", size]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1
    assert "--memory" in err
    assert told is None or told in err


def test_a_small_budget_changes_no_value_that_is_written(
    network: str, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    budgets: list[int] = []
    real = Runner.run

    def noting(runner: Runner, *arguments: Any, **named: Any) -> Any:
        budgets.append(runner.memory)
        # Less than one picture's values, which is less than anybody may ask for.
        runner.memory = 4096
        return real(runner, *arguments, **named)

    assert cli.run(["run", network, str(folder / "0.png"), "--capture", str(tmp_path / "a.npz"), "--quiet"]) == 0
    monkeypatch.setattr(Runner, "run", noting)
    within = ["--memory", "16MiB", "--capture", str(tmp_path / "b.npz"), "--quiet"]
    assert cli.run(["run", network, str(folder / "0.png"), *within]) == 0
    assert set(budgets) == {16 << 20}
    monkeypatch.undo()
    capsys.readouterr()
    assert cli.run(["compare", str(tmp_path / "a.npz"), str(tmp_path / "b.npz")]) == 0
    whole, kept = open_reference(tmp_path / "a.npz"), open_reference(tmp_path / "b.npz")
    assert dict(whole.shapes) == dict(kept.shapes)
    for blob in whole.shapes:
        np.testing.assert_allclose(kept.arrays[blob], whole.arrays[blob], rtol=2e-5, atol=1e-6)


def test_the_first_pictures_run_is_timed(network: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found, _ = ran(["run", network, str(folder / "0.png"), "--timing"], capsys, status=0)
    timing = found["timing"]
    assert timing["batch"] == 1
    assert [layer["name"] for layer in timing["layers"]] == list(LAYERS)
    assert next(layer for layer in timing["layers"] if layer["name"] == "relu1")["within"] == "conv1"
    assert cli.run(["run", network, str(folder / "0.png"), "--timing"]) == 0
    assert "ms a run on cpu" in capsys.readouterr().out
