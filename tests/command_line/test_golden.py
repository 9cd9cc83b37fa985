"""Golden runs as CI uses them: written, compared with, and everything that can be wrong with one told in a line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from explorer import cli
from explorer.golden.reading import open_golden
from explorer.importers import open_network
from explorer.network.preprocessing import find_preprocessing
from explorer.network.saving import save_network
from explorer.running.reference import open_reference
from tests.golden_runs import npy, parts_of, rewrite, write_parts
from tests.small_network import CLASSES, LAYERS, SmallFiles, small_network, write_small_files


@pytest.fixture
def files(tmp_path: Path) -> SmallFiles:
    return write_small_files(tmp_path)


@pytest.fixture
def golden(files: SmallFiles, tmp_path: Path) -> Path:
    path = tmp_path / "run.portside"
    assert cli.run(["run", str(files.network), str(files.picture), "--capture", str(path), "--quiet"]) == 0
    return path


@pytest.fixture
def shifted(tmp_path: Path) -> str:
    """The network with another bias in one layer."""
    save_network(small_network(shifted="fork/left"), tmp_path / "shifted.onnx")
    return str(tmp_path / "shifted.onnx")


def document(arguments: list[str], capsys: pytest.CaptureFixture[str], status: int) -> dict[str, Any]:
    capsys.readouterr()
    assert cli.run([*arguments, "--json", "-"]) == status
    return dict(json.loads(capsys.readouterr().out))


def complaint(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """The one line of a wrong request; what the network's importer notes is no complaint."""
    capsys.readouterr()
    assert cli.run(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    (line,) = (line for line in err.splitlines() if line != "made for a test")
    return line


def test_the_same_network_agrees_with_its_golden_run(
    files: SmallFiles, golden: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = document(["compare", str(files.network), str(golden)], capsys, 0)
    assert [row["name"] for row in found["layers"]] == list(LAYERS)
    assert {row["verdict"] for row in found["layers"]} == {"match"}
    assert found["layers"][0]["cumulative"]["max_abs"] == 0
    assert found["reference"] == str(golden)


def test_a_network_that_changed_differs_and_its_layer_is_named(
    golden: Path, shifted: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert document(["compare", shifted, str(golden)], capsys, 1)["first_divergence"] == "fork/left"
    found = document(["diagnose", shifted, str(golden)], capsys, 1)
    assert [(finding["layer"], finding["cause"]) for finding in found["findings"]] == [("fork/left", "bias-wrong")]


def test_diagnosing_what_agrees_finds_nothing(
    files: SmallFiles, golden: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert document(["diagnose", str(files.network), str(golden)], capsys, 0)["findings"] == []


def test_a_network_that_prepares_pictures_otherwise_differs_in_its_input(
    golden: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.onnx"
    save_network(small_network(preprocessing=find_preprocessing("caffe")), other)
    found = document(["compare", str(other), str(golden)], capsys, 1)
    assert found["first_divergence"] == "data"
    assert [row["verdict"] for row in found["layers"][1:]] == ["match"] * (len(LAYERS) - 1)
    assert document(["compare", str(other), str(golden), "--preprocess", "raw"], capsys, 0)["agrees"]


def test_a_preprocessing_that_was_chosen_for_the_run_is_that_of_the_comparison(
    files: SmallFiles, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    golden = str(tmp_path / "run.portside")
    run = ["run", str(files.network), str(files.picture), "--preprocess", "caffe", "--capture", golden, "--quiet"]
    assert cli.run(run) == 0
    assert open_golden(golden).record.own_preprocessing is False
    assert document(["compare", str(files.network), golden], capsys, 0)["agrees"]
    assert not document(["compare", str(files.network), golden, "--preprocess", "raw"], capsys, 1)["agrees"]


def test_another_picture_may_be_given(
    files: SmallFiles, golden: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.new("RGB", (9, 9), "red").save(tmp_path / "red.png")
    found = document(["compare", str(files.network), str(golden), str(tmp_path / "red.png")], capsys, 1)
    assert found["first_divergence"] == "data"


def test_its_values_are_those_of_a_capture_as_npz(files: SmallFiles, golden: Path, tmp_path: Path) -> None:
    capture = tmp_path / "run.npz"
    assert cli.run(["run", str(files.network), str(files.picture), "--capture", str(capture), "--quiet"]) == 0
    ours, theirs = open_reference(golden), open_reference(capture)
    assert dict(ours.shapes) == dict(theirs.shapes)
    for key in ours.shapes:
        np.testing.assert_array_equal(ours.arrays[key], theirs.arrays[key])
    assert cli.run(["compare", str(capture), str(golden), "--quiet"]) == 0


def test_the_network_in_it_is_one_like_any_other(
    files: SmallFiles, golden: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert [row["name"] for row in document(["inspect", str(golden)], capsys, 0)["layers"]] == list(LAYERS)
    before = document(["run", str(files.network), str(files.picture)], capsys, 0)
    after = document(["run", str(golden), str(files.picture)], capsys, 0)
    assert after["pictures"] == before["pictures"]
    assert document(["compare", str(golden), str(golden)], capsys, 0)["agrees"]
    assert cli.run(["convert", str(golden), "-o", str(tmp_path / "again.onnx"), "--quiet"]) == 0
    assert [layer.name for layer in open_network(tmp_path / "again.onnx").layers] == list(LAYERS)


def test_labels_that_were_given_stay_with_it(
    files: SmallFiles, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels, golden = tmp_path / "labels.txt", str(tmp_path / "run.portside")
    labels.write_text("\n".join("abcdef"[:CLASSES]))
    run = ["run", str(files.network), str(files.picture), "--labels", str(labels)]
    assert cli.run([*run, "--capture", golden, "--quiet"]) == 0
    found = document(["run", golden, str(files.picture)], capsys, 0)
    assert found["pictures"] == document(run, capsys, 0)["pictures"]
    assert open_golden(golden).record.labels == tuple("abcdef")


def test_a_reference_becomes_a_golden_run_with_its_picture(
    files: SmallFiles, shifted: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    golden = str(tmp_path / "reference.portside")
    compared = [shifted, str(files.reference), str(files.picture), "--golden", golden]
    before = document(["compare", *compared], capsys, 1)
    record = open_golden(golden).record
    assert record.reference is not None and record.reference.name == "reference.npz"
    assert record.picture is not None and record.picture.gives_input
    after = document(["compare", golden, golden], capsys, 1)
    assert [row["verdict"] for row in after["layers"]] == [row["verdict"] for row in before["layers"]]
    assert document(["compare", str(files.network), golden], capsys, 0)["agrees"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["run", "NETWORK", "PICTURE", "PICTURE", "--capture", "two.portside"], "of one picture, given are 2"),
        (["run", "NETWORK", "PICTURE", "--capture", "nowhere/run.portside"], "its folder does not exist"),
        (["compare", "NETWORK", "NPZ", "--golden", "run.npz"], "run.npz: a golden run's name ends in .portside"),
        (["compare", "NPZ", "NPZ", "--golden", "x.portside"], "--golden wants a network"),
        (["compare", "GOLDEN", "NPZ", "--weights", "PICTURE"], "a golden run has weights of its own"),
        (["compare", "NETWORK", "missing.portside"], "missing.portside: there is no such file"),
    ],
)
def test_a_wrong_request_is_told_in_a_line(
    files: SmallFiles,
    golden: Path,
    arguments: list[str],
    told: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    paths = {"NETWORK": files.network, "PICTURE": files.picture, "NPZ": files.reference, "GOLDEN": golden}
    before = sorted(tmp_path.iterdir())
    assert told in complaint([str(paths.get(argument, argument)) for argument in arguments], capsys)
    assert sorted(tmp_path.iterdir()) == before


def _flip(name: str) -> Any:
    def change(record: dict[str, Any], parts: dict[str, bytes]) -> None:
        parts[name] = parts[name][:-1] + bytes([parts[name][-1] ^ 1])

    return change


def _newer(record: dict[str, Any], parts: dict[str, bytes]) -> None:
    record["format"] = 2


def _objects(record: dict[str, Any], parts: dict[str, bytes]) -> None:
    parts["values/0001-conv1.npy"] = npy(np.array([{}], object))


def _no_values(record: dict[str, Any], parts: dict[str, bytes]) -> None:
    record["values"] = []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (_flip("values/0001-conv1.npy"), "the part 'values/0001-conv1.npy' is not what was saved: its hash is another"),
        (_flip("picture.png"), "the part 'picture.png' is not what was saved: its hash is another"),
        (_newer, "was written by a newer Portside (format 2, this one reads 1): update Portside"),
        (_objects, "'values/0001-conv1.npy' holds Python objects, which are never read"),
        (_no_values, "holds no arrays"),
    ],
)
def test_a_bad_golden_run_is_told_in_a_line(
    files: SmallFiles, golden: Path, change: Any, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    rewrite(golden, change)
    assert complaint(["compare", str(files.network), str(golden)], capsys) == f"portside: {golden}: {told}"
    assert complaint(["diagnose", str(files.network), str(golden)], capsys) == f"portside: {golden}: {told}"


def test_a_golden_run_that_is_cut_short_or_none_is_told_in_a_line(
    files: SmallFiles, golden: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    compare = ["compare", str(files.network), str(golden)]
    whole = golden.read_bytes()
    for data in (whole[: len(whole) // 2], b"not even a zip"):
        golden.write_bytes(data)
        assert complaint(compare, capsys).endswith("cut short: the directory at its end is missing")
    write_parts(golden, {"conv1.npy": npy(np.ones(3))})
    assert complaint(compare, capsys).endswith("not a golden run: the part 'run.json' is missing")


def test_a_damaged_network_part_matters_to_those_who_want_the_network(
    files: SmallFiles, golden: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rewrite(golden, _flip("network.onnx"))
    assert document(["compare", str(files.network), str(golden)], capsys, 0)["agrees"]
    assert "the part 'network.onnx' is not what was saved" in complaint(["inspect", str(golden)], capsys)


def test_nothing_in_the_file_names_a_folder(golden: Path, tmp_path: Path) -> None:
    assert all(str(tmp_path).encode() not in data for data in parts_of(golden).values())


def test_squeezenet_comes_back_to_the_last_bit(
    shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, golden = shared / "references" / "squeezenet-v1.1", str(tmp_path / "run.portside")
    model, picture = str(folder / "deploy.prototxt"), str(shared / "references" / "cat.jpg")
    before = document(["run", model, picture, "--provider", "cpu", "--capture", golden, "--quiet"], capsys, 0)
    after = document(["run", golden, picture, "--provider", "cpu", "--quiet"], capsys, 0)
    assert after["pictures"] == before["pictures"]
    found = document(["compare", model, golden, "--provider", "cpu", "--quiet"], capsys, 0)
    assert {row["cumulative"]["max_abs"] for row in found["layers"]} == {0}
    assert parts_of(Path(golden))["picture.jpg"] == Path(picture).read_bytes()
