"""The command line as scripts use it: exit status, documents, and one line for what is wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from explorer import __version__, cli
from explorer.importers import open_network
from explorer.running.recording import save_arrays
from explorer.running.reference import open_reference
from tests.caffe_files import small_inception, write_caffe


@pytest.fixture
def network(tmp_path: Path) -> Path:
    return write_caffe(tmp_path, *small_inception())


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    pixels = np.random.default_rng(1).integers(0, 256, (30, 40, 3), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "picture.png")
    return tmp_path / "picture.png"


@pytest.fixture
def captured(network: Path, picture: Path, tmp_path: Path) -> Path:
    """What the network itself computed: a reference that it must agree with."""
    path = tmp_path / "captured.npz"
    assert cli.run(["run", str(network), str(picture), "--capture", str(path), "--quiet"]) == 0
    return path


def document(arguments: list[str], capsys: pytest.CaptureFixture[str], status: int = 0) -> dict[str, Any]:
    capsys.readouterr()
    assert cli.run([*arguments, "--json", "-"]) == status
    loaded = json.loads(capsys.readouterr().out)
    assert loaded.pop("schema") == 1
    return dict(loaded)


def complaint(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """The one line that a wrong request gives, with exit status 2 and nothing on standard output."""
    capsys.readouterr()
    assert cli.run(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    lines = [line for line in err.splitlines() if line.startswith("portside: ")]
    assert len(lines) == 1
    assert "Traceback" not in err
    return lines[0]


def test_inspect_gives_the_contracts_document(network: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = document(["inspect", str(network), "--batch", "2"], capsys)
    assert set(found) == {"model", "format", "inputs", "layers", "totals"}
    assert (found["model"], found["format"]) == (str(network), "caffe")
    assert found["inputs"] == [{"name": "data", "shape": [2, 3, 23, 23]}]
    row = next(row for row in found["layers"] if row["name"] == "inc/3x3")
    assert row == {
        "name": "inc/3x3",
        "type": "Convolution",
        "module": "inc",
        "inputs": ["inc/relu_3x3_reduce"],
        "output_shape": [2, 6, 5, 5],
        "parameters": 6 * 4 * 9 + 6,
        "macs": 2 * 6 * 25 * 36,
        "activation_bytes": 2 * 6 * 25 * 4,
        "receptive_field": {"size": [15, 15], "stride": [4, 4]},
    }
    totals = found["totals"]
    assert totals["layers"] == len(found["layers"])
    assert totals["parameters"] == sum(row["parameters"] for row in found["layers"])


def test_inspect_prints_a_table_with_totals(network: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["inspect", str(network)]) == 0
    out, err = capsys.readouterr()
    assert "inc/output" in out
    assert out.rstrip().splitlines()[-1].startswith("19 layers, ")
    assert err.strip() == f"weights: {network.with_suffix('.caffemodel')}"


def test_inspect_takes_an_architecture_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    found = document(["inspect", "googlenet"], capsys)
    assert found["format"] == "architecture"
    assert found["totals"]["parameters"] == 6_998_552
    row = next(row for row in found["layers"] if row["name"] == "inception_3a/3x3")
    assert row["module"] == "inception_3a"


def test_run_gives_the_top_classes_and_captures_every_blob(
    network: Path, picture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels = tmp_path / "labels.txt"
    labels.write_text("\n".join("abcdefg"))
    capture = tmp_path / "all.npz"
    found = document(
        ["run", str(network), str(picture), "--capture", str(capture), "--labels", str(labels), "--provider", "cpu"],
        capsys,
    )
    assert set(found) == {"model", "provider", "pictures", "milliseconds"}
    assert found["provider"] == "cpu"
    (entry,) = found["pictures"]
    top = entry["outputs"]["prob"]["top"]
    assert entry["path"] == str(picture)
    assert len(top) == 5
    assert [row["label"] for row in top] == ["abcdefg"[row["index"]] for row in top]
    arrays = open_reference(capture).arrays
    assert set(arrays) == set(open_network(network).blobs)
    assert arrays["prob"][0, top[0]["index"]] == pytest.approx(top[0]["probability"])
    assert arrays["prob"].argmax() == top[0]["index"]


def test_several_pictures_are_captured_along_the_batch(network: Path, picture: Path, tmp_path: Path) -> None:
    path = tmp_path / "two.npz"
    assert cli.run(["run", str(network), str(picture), str(picture), "--capture", str(path), "--quiet"]) == 0
    assert open_reference(path).shapes["inc/output"] == (2, 12, 5, 5)
    assert cli.run(["compare", str(network), str(path), "--quiet"]) == 0


def test_compare_agrees_with_the_networks_own_capture(
    network: Path, captured: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = document(["compare", str(network), str(captured)], capsys)
    assert found["agrees"] is True
    assert found["first_divergence"] is None
    assert found["unmatched_layers"] == found["unmatched_reference"] == []
    row = found["layers"][1]
    assert (row["name"], row["reference_key"], row["verdict"]) == ("conv1", "conv1", "match")
    assert row["shape"] == row["reference_shape"] == [1, 8, 11, 11]
    assert set(row["cumulative"]) == set(row["isolated"]) == {"max_abs", "relative_l2", "cosine"}
    assert 0 < row["isolated_floor"] <= row["noise_floor"] < 1e-5


def test_compare_names_the_first_divergence_and_ends_with_1(
    captured: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    prototxt, weights = small_inception()
    (tmp_path / "port").mkdir()
    port = write_caffe(tmp_path / "port", prototxt.replace("alpha: 0.01", "alpha: 0.002"), weights)
    found = document(["compare", str(port), str(captured)], capsys, status=1)
    assert found["agrees"] is False
    assert found["first_divergence"] == "norm1"
    assert cli.run(["compare", str(port), str(captured)]) == 1
    assert "the first is norm1" in capsys.readouterr().out


def test_a_second_network_can_be_the_reference(network: Path, picture: Path, tmp_path: Path) -> None:
    other = tmp_path / "same.onnx"
    assert cli.run(["convert", str(network), "-o", str(other), "--quiet"]) == 0
    assert cli.run(["compare", str(network), str(other), "--quiet"]) == 0
    assert cli.run(["compare", str(network), str(other), "--picture", str(picture), "--quiet"]) == 0


def test_convert_writes_a_file_that_plain_onnxruntime_opens(network: Path, tmp_path: Path) -> None:
    import onnxruntime

    assert cli.run(["convert", str(network), "-o", str(tmp_path / "out.onnx"), "--quiet"]) == 0
    session = onnxruntime.InferenceSession(tmp_path / "out.onnx", providers=["CPUExecutionProvider"])
    assert [entry.name for entry in session.get_outputs()] == ["prob"]


def test_providers_lists_them_with_reasons(capsys: pytest.CaptureFixture[str]) -> None:
    rows = {row["name"]: row for row in document(["providers"], capsys)["providers"]}
    assert rows["cpu"]["available"] is True
    assert all(row["available"] or row["reason"] for row in rows.values())


def test_json_goes_to_a_file_too(network: Path, tmp_path: Path) -> None:
    assert cli.run(["inspect", str(network), "--quiet", "--json", str(tmp_path / "i.json")]) == 0
    assert json.loads((tmp_path / "i.json").read_text())["schema"] == 1


def test_bad_files_are_one_line_that_names_file_layer_and_reason(
    network: Path, picture: Path, captured: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    prototxt, weights = small_inception()
    bad = tmp_path / "bad"
    bad.mkdir()
    whole = network.with_suffix(".caffemodel").read_bytes()

    path = write_caffe(bad, prototxt, weights, "truncated")
    path.with_suffix(".caffemodel").write_bytes(whole[: len(whole) * 2 // 3])
    line = complaint(["inspect", str(path), "--weights", str(path.with_suffix(".caffemodel"))], capsys)
    assert "truncated.caffemodel" in line
    assert "cut short" in line

    other = write_caffe(bad, prototxt, {"other1": [np.ones(3, np.float32)]}, "other")
    line = complaint(["inspect", str(other), "--weights", str(other.with_suffix(".caffemodel"))], capsys)
    assert "other.caffemodel" in line
    assert "another network" in line

    unknown = write_caffe(bad, prototxt.replace('"LRN"', '"Mystery"'), name="unknown")
    line = complaint(["inspect", str(unknown), "--weights", str(network.with_suffix(".caffemodel"))], capsys)
    assert [word for word in ("unknown.prototxt", "norm1", "Mystery") if word not in line] == []

    missing = write_caffe(
        bad, prototxt.replace('bottom: "pool2" top: "fc"', 'bottom: "pool9" top: "fc"'), name="missing"
    )
    line = complaint(["inspect", str(missing), "--weights", str(network.with_suffix(".caffemodel"))], capsys)
    assert [word for word in ("missing.prototxt", "'fc'", "pool9") if word not in line] == []

    syntax = write_caffe(bad, prototxt.replace("num_output: 7", "num_output 7"), name="syntax")
    line = complaint(["inspect", str(syntax), "--weights", str(network.with_suffix(".caffemodel"))], capsys)
    assert [word for word in ("syntax.prototxt", "line") if word not in line] == []

    (bad / "picture.jpg").write_bytes(b"no picture at all")
    line = complaint(["run", str(network), str(bad / "picture.jpg")], capsys)
    assert "picture.jpg: not a picture" in line

    for name in ("empty.prototxt", "empty.onnx", "empty.npz", "empty.png"):
        (bad / name).write_bytes(b"")
    assert "empty.prototxt: the file is empty" in complaint(["inspect", str(bad / "empty.prototxt")], capsys)
    assert "empty.onnx: the file is empty" in complaint(["inspect", str(bad / "empty.onnx")], capsys)
    assert "empty.npz: the file is empty" in complaint(["compare", str(network), str(bad / "empty.npz")], capsys)
    assert "empty.png: the file is empty" in complaint(["run", str(network), str(bad / "empty.png")], capsys)


def test_a_reference_of_other_shapes_says_where(
    network: Path, captured: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arrays = dict(np.load(captured))
    arrays["pool1"] = arrays["pool1"][:, :, 1:, 1:]
    np.savez(tmp_path / "other.npz", **arrays)
    found = document(["compare", str(network), str(tmp_path / "other.npz")], capsys, status=1)
    assert found["first_divergence"] == "pool1"
    row = next(row for row in found["layers"] if row["name"] == "pool1")
    assert (row["verdict"], row["shape"], row["reference_shape"]) == ("shape", [1, 8, 5, 5], [1, 8, 4, 4])


def test_a_reference_of_another_network_is_refused(
    network: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.savez(tmp_path / "foreign.npz", block1=np.ones((1, 4, 4, 4)), block2=np.ones((1, 9)))
    line = complaint(["compare", str(network), str(tmp_path / "foreign.npz")], capsys)
    assert [word for word in ("foreign.npz", "block1") if word not in line] == []


@pytest.mark.parametrize(
    ("arguments", "mentions"),
    [
        (["inspect"], ["MODEL"]),
        (["inspect", "nowhere.prototxt"], ["nowhere.prototxt", "no such file"]),
        (["inspect", "{network}", "--batch", "0"], ["batch"]),
        (["inspect", "{weights}"], ["net.caffemodel", "weights alone"]),
        (["inspect", "{picture}"], ["picture.png", "known format"]),
        (["run", "{network}", "{picture}", "--provider", "gpu"], ["gpu"]),
        (["run", "{network}", "{picture}", "--preprocess", "cafe"], ["cafe"]),
        (["run", "{network}", "{picture}", "--labels", "nowhere.txt"], ["nowhere.txt"]),
        (["run", "{network}", "{picture}", "--capture", "/nowhere/out.npz"], ["/nowhere/out.npz"]),
        (["convert", "{network}", "-o", "/nowhere/out.onnx"], ["/nowhere/out.onnx"]),
        (["--frobnicate"], ["frobnicate"]),
        (["frobnicate"], ["frobnicate", "no such command"]),
        (["run", "{network}", "x" * 300 + ".png"], ["File name too long"]),
        (["run", "{network}", "{picture}", "--capture", "one.npz", "--json", "one.npz"], ["one.npz", "one file"]),
        (["convert", "{network}", "-o", "one.onnx", "--json", "one.onnx"], ["one.onnx", "one file"]),
    ],
)
def test_wrong_requests_are_told_apart(
    network: Path, picture: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], mentions: list[str]
) -> None:
    places = {"network": network, "weights": network.with_suffix(".caffemodel"), "picture": picture}
    line = complaint([argument.format(**places) for argument in arguments], capsys)
    assert [word for word in mentions if word not in line] == []


def test_a_path_that_is_no_text_is_carried_into_the_document(network: Path, tmp_path: Path) -> None:
    strange = tmp_path / "p\udcff.png"
    Image.fromarray(np.zeros((30, 30, 3), np.uint8)).save(tmp_path / "plain.png")
    (tmp_path / "plain.png").rename(strange)
    assert cli.run(["run", str(network), str(strange), "--quiet", "--json", str(tmp_path / "r.json")]) == 0
    assert json.loads((tmp_path / "r.json").read_text("utf-8"))["pictures"][0]["path"] == str(strange)


def test_a_reference_without_its_input_says_that_the_whole_network_was_not_run(
    network: Path, captured: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arrays = dict(open_reference(captured).arrays)
    del arrays["data"]
    save_arrays(arrays, tmp_path / "no_input.npz")
    assert cli.run(["compare", str(network), str(tmp_path / "no_input.npz")]) == 0
    assert "the whole network was not run" in capsys.readouterr().out


def test_a_converted_file_names_no_weights_that_it_does_not_read(
    network: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["convert", str(network), "-o", str(tmp_path / "out.onnx"), "--quiet"]) == 0
    assert cli.run(["inspect", str(tmp_path / "out.onnx")]) == 0
    assert "weights:" not in capsys.readouterr().err


def test_a_failed_conversion_leaves_no_file(network: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    network.with_suffix(".caffemodel").unlink()
    before = sorted(tmp_path.iterdir())
    assert "no weights" in complaint(["convert", str(network), "-o", str(tmp_path / "out.onnx")], capsys)
    assert sorted(tmp_path.iterdir()) == before


def test_the_version_and_help_come_from_the_command_itself() -> None:
    told = subprocess.run([sys.executable, "-m", "explorer", "--version"], capture_output=True, text=True, check=True)
    assert told.stdout == f"portside {__version__}\n"
    helped = subprocess.run([sys.executable, "-m", "explorer", "--help"], capture_output=True, text=True, check=True)
    assert [name for name in cli.COMMANDS if f"portside {name}" not in helped.stdout] == []


def test_the_commands_work_where_there_is_no_qt(network: Path, tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "class NoQt:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.split('.')[0] in ('PySide6', 'shiboken6', 'pyqtgraph'):\n"
        "            raise ModuleNotFoundError(name)\n"
        "sys.meta_path.insert(0, NoQt())\n"
        "from explorer.cli import run\n"
        f"sys.exit(run(['inspect', {str(network)!r}, '--quiet']) or run(['providers', '--quiet']))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_squeezenet_names_what_caffe_names_to_five_digits(shared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    references = shared / "references"
    expected = json.loads((references / "squeezenet-v1.1" / "top5.json").read_text())
    pictures = [str(references / f"{name}.jpg") for name in expected]
    found = document(["run", str(references / "squeezenet-v1.1" / "deploy.prototxt"), *pictures], capsys)
    for entry, rows in zip(found["pictures"], expected.values(), strict=True):
        top = entry["outputs"]["prob"]["top"]
        assert [row["label"] for row in top] == [label for label, _ in rows]
        for row, (_, probability) in zip(top, rows, strict=True):
            assert row["probability"] == pytest.approx(probability, abs=1e-5)
