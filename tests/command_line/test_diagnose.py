"""`portside diagnose` as scripts use it: documents, exit status, the files that it writes."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
import pytest
from PIL import Image

from explorer import cli
from explorer.causes import CAUSES
from explorer.command_line.diagnose import document
from explorer.command_line.options import write_json
from explorer.diagnosis.finding import RunnerUp
from explorer.importers import open_network
from explorer.network import marks
from explorer.network.network import value_name
from explorer.network.preprocessing import find_preprocessing
from explorer.network.saving import save_network
from explorer.running.recording import save_arrays
from explorer.running.reference import open_reference
from tests.diagnosis.made_up import diagnosis, finding
from tests.faulty_ports import PortFiles, write_port
from tests.small_network import blobs, picture_pixels, small_network

FINDING = {
    "layer": str,
    "cause": str,
    "detail": str,
    "residual_before": (int, float, type(None)),
    "residual_after": (int, float),
    "noise_floor": (int, float),
    "runner_up": (dict, type(None)),
    "indistinguishable": list,
    "decides": (str, type(None)),
}


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> PortFiles:
    """A port with kernels turned and a bias lost."""
    return write_port(tmp_path_factory.mktemp("port"), ("rotated", "biasless"))


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> PortFiles:
    return write_port(tmp_path_factory.mktemp("clean"))


def diagnosed(files: PortFiles, *more: str | Path) -> list[str]:
    return ["diagnose", str(files.network), str(files.reference), *map(str, more)]


def told(arguments: list[str], capsys: pytest.CaptureFixture[str], status: int) -> dict[str, Any]:
    """The document on standard output, which must hold nothing else."""
    capsys.readouterr()
    assert cli.run([*arguments, "--json", "-"]) == status
    loaded = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    assert isinstance(loaded, dict)
    return loaded


def complaint(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    assert cli.run(arguments) == 2
    out, err = capsys.readouterr()
    assert out == "" and "Traceback" not in err
    (line,) = [line for line in err.splitlines() if line.startswith("portside: ")]
    return line


def test_the_document_has_the_contracts_keys_and_types(port: PortFiles, capsys: pytest.CaptureFixture[str]) -> None:
    found = told(diagnosed(port), capsys, 1)
    assert list(found) == ["schema", "agrees", "findings", "unexplained", "repaired", "seconds"]
    assert (found["schema"], found["agrees"], found["unexplained"], found["repaired"]) == (1, False, [], None)
    assert isinstance(found["seconds"], float) and found["seconds"] > 0
    for each in found["findings"]:
        assert list(each) == list(FINDING)
        assert all(isinstance(each[key], kinds) for key, kinds in FINDING.items())  # type: ignore[arg-type]
        assert each["cause"] in CAUSES and set(each["indistinguishable"]) <= set(CAUSES)
        if each["runner_up"] is not None:
            assert list(each["runner_up"]) == ["cause", "residual"]
            assert isinstance(each["runner_up"]["residual"], float)


def test_findings_stand_in_the_order_of_the_data_and_are_proven(
    port: PortFiles, capsys: pytest.CaptureFixture[str]
) -> None:
    findings = told(diagnosed(port), capsys, 1)["findings"]
    assert [(each["layer"], each["cause"]) for each in findings] == [
        ("inc/3x3", "kernel-rotated"),
        ("fc", "bias-missing"),
    ]
    for each in findings:
        assert each["residual_after"] <= 10 * each["noise_floor"] < each["residual_before"] / 1000


def test_a_clean_port_has_no_finding_and_exit_status_0(clean: PortFiles, capsys: pytest.CaptureFixture[str]) -> None:
    found = told(diagnosed(clean), capsys, 0)
    assert (found["agrees"], found["findings"], found["unexplained"], found["repaired"]) == (True, [], [], None)
    assert cli.run(diagnosed(clean)) == 0
    assert "compared layers agree" in capsys.readouterr().out


def test_a_document_goes_to_a_file_while_the_words_go_to_standard_output(
    port: PortFiles, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(diagnosed(port, "--json", tmp_path / "found.json")) == 1
    out = capsys.readouterr().out
    assert "▲ inc/3x3: kernel-rotated" in out and "▲ fc: bias-missing" in out
    assert out.index("inc/3x3: kernel") < out.index("fc: bias") < out.index("corrected")
    assert json.loads((tmp_path / "found.json").read_text("utf-8"))["agrees"] is False


def test_quiet_says_nothing(port: PortFiles, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert cli.run(diagnosed(port, "--quiet", "--report", tmp_path / "page.html")) == 1
    assert capsys.readouterr() == ("", "")
    assert (tmp_path / "page.html").is_file()


@pytest.fixture(scope="module")
def repaired(port: PortFiles, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The corrected network, and the document that tells of it."""
    folder = tmp_path_factory.mktemp("repaired")
    path, document = folder / "out.onnx", folder / "found.json"
    assert cli.run(diagnosed(port, "--repair", path, "--json", document, "--quiet")) == 1
    return path, json.loads(document.read_text("utf-8"))["repaired"]


def test_the_repaired_network_is_told_with_its_largest_error(repaired: tuple[Path, dict[str, Any]]) -> None:
    path, found = repaired
    assert list(found) == ["path", "agrees", "max_relative_l2"]
    assert (found["path"], found["agrees"]) == (str(path), True)
    assert 0 <= found["max_relative_l2"] < 1e-5


def test_the_repaired_network_gives_the_references_values_in_plain_onnxruntime(
    port: PortFiles, repaired: tuple[Path, dict[str, Any]]
) -> None:
    session = ort.InferenceSession(repaired[0], providers=["CPUExecutionProvider"])
    reference = open_reference(port.reference).arrays
    (given,) = session.get_inputs()
    (output,) = session.get_outputs()
    (result,) = session.run([output.name], {given.name: reference[given.name].astype(np.float32)})
    assert output.name == "prob"
    np.testing.assert_allclose(result, reference["prob"], rtol=1e-4, atol=1e-7)


def test_the_repaired_network_keeps_names_and_metadata_and_records_the_edits(
    port: PortFiles, repaired: tuple[Path, dict[str, Any]]
) -> None:
    before, after = open_network(port.network), open_network(repaired[0])
    assert [(layer.name, layer.type) for layer in after.layers] == [(layer.name, layer.type) for layer in before.layers]
    assert list(map(value_name, after.outputs)) == list(map(value_name, before.outputs))
    assert list(after.blobs) == list(before.blobs)
    kept = {key: text for key, text in after.model.metadata_props.items() if key != marks.EDITS}
    assert kept.items() >= before.model.metadata_props.items()
    edits = json.loads(after.model.metadata_props["portside.edits"])
    assert [list(edit) for edit in edits] == [["layer", "cause", "detail"]] * 2
    assert {(edit["layer"], edit["cause"]) for edit in edits} == {
        ("inc/3x3", "kernel-rotated"),
        ("fc", "bias-missing"),
    }


def test_a_repaired_network_has_nothing_left_to_find(
    port: PortFiles, repaired: tuple[Path, dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert told(["diagnose", str(repaired[0]), str(port.reference)], capsys, 0)["findings"] == []


def test_a_clean_port_is_written_as_it_is(clean: PortFiles, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = told(diagnosed(clean, "--repair", tmp_path / "same.onnx"), capsys, 0)
    assert found["repaired"]["agrees"] is True
    assert marks.EDITS not in open_network(tmp_path / "same.onnx").model.metadata_props


def test_a_report_names_the_findings_and_the_files(port: PortFiles, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    arguments = diagnosed(
        port, port.picture, "--preprocess", "raw", "--report", page, "--repair", tmp_path / "out.onnx"
    )
    cli.run([*arguments, "--quiet"])
    text = page.read_text("utf-8")
    for words in (port.network, port.reference, port.picture, tmp_path / "out.onnx", "kernel-rotated", "bias-missing"):
        assert str(words) in text


def test_the_correction_is_checked_on_a_second_reference(
    port: PortFiles, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = write_port(tmp_path / "second", name="other")
    arrays = {key: array + 0 for key, array in open_reference(other.reference).arrays.items()}
    second = tmp_path / "second.npz"
    save_arrays(arrays, second)
    found = told(diagnosed(port, "--second", second), capsys, 1)
    assert found["second"]["path"] == str(second)
    assert found["second"]["agrees"] is True and found["second"]["max_relative_l2"] < 1e-5
    assert cli.run(diagnosed(port, "--second", second)) == 1
    assert f"on {second}, corrected: all" in capsys.readouterr().out


def test_a_second_reference_is_looked_at_before_the_work_begins(
    port: PortFiles, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = complaint(diagnosed(port, "--second", tmp_path / "none.npz", "--repair", tmp_path / "o.onnx"), capsys)
    assert "none.npz: there is no such file" in line
    assert not list(tmp_path.iterdir())


@pytest.fixture(scope="module")
def fed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """A right network that prepares pictures in the wrong order of colours, its reference and the picture."""
    folder = tmp_path_factory.mktemp("fed")
    pixels = picture_pixels(8)
    Image.fromarray(pixels).save(folder / "picture.png")
    raw = find_preprocessing("raw")
    save_network(small_network(preprocessing=replace(raw, order="RGB")), folder / "port.onnx")
    save_arrays(blobs(small_network(preprocessing=replace(raw, order="BGR")), pixels), folder / "reference.npz")
    (folder / "right.json").write_text(json.dumps(replace(raw, order="BGR").to_json()), "utf-8")
    return folder / "port.onnx", folder / "reference.npz", folder / "picture.png"


@pytest.mark.parametrize("option", [(), ("--picture",)])
def test_a_picture_makes_its_preparation_a_layer_like_any_other(
    fed: tuple[Path, Path, Path], option: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model, reference, picture = map(str, fed)
    (found,) = told(["diagnose", model, reference, *option, picture], capsys, 1)["findings"]
    assert (found["layer"], found["cause"]) == ("data", "input-channel-order")


def test_without_the_picture_its_preparation_is_not_judged(
    fed: tuple[Path, Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    model, reference, _ = map(str, fed)
    assert told(["diagnose", model, reference], capsys, 0)["findings"] == []


def test_preprocess_says_how_the_port_prepares_its_pictures(
    fed: tuple[Path, Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    model, reference, picture = map(str, fed)
    right = str(fed[0].parent / "right.json")
    assert told(["diagnose", model, reference, picture, "--preprocess", right], capsys, 0)["agrees"] is True


def test_the_repaired_network_prepares_pictures_as_the_original_did(
    fed: tuple[Path, Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model, reference, picture = map(str, fed)
    path = str(tmp_path / "fixed.onnx")
    told(["diagnose", model, reference, picture, "--repair", path], capsys, 1)
    assert told(["diagnose", path, reference, picture], capsys, 0)["agrees"] is True


def test_another_network_can_be_the_reference(
    port: PortFiles, clean: PortFiles, capsys: pytest.CaptureFixture[str]
) -> None:
    found = told(["diagnose", str(port.network), str(clean.network), str(port.picture)], capsys, 1)
    assert [(each["layer"], each["cause"]) for each in found["findings"]] == [
        ("inc/3x3", "kernel-rotated"),
        ("fc", "bias-missing"),
    ]
    assert told(["diagnose", str(clean.network), str(clean.network), str(port.picture)], capsys, 0)["agrees"] is True


def test_numbers_that_do_not_exist_are_null(tmp_path: Path) -> None:
    told_of = diagnosis(finding(residual_before=math.inf, runner_up=RunnerUp("padding", math.nan)))
    write_json(document(told_of, None), str(tmp_path / "found.json"))
    (found,) = json.loads((tmp_path / "found.json").read_text("utf-8"), parse_constant=pytest.fail)["findings"]
    assert found["residual_before"] is None
    assert found["runner_up"] == {"cause": "padding", "residual": None}


def test_a_reference_of_nan_gives_no_cause_a_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arrays = dict(blobs(small_network(), picture_pixels()))
    arrays["fc"] = np.full_like(arrays["fc"], np.nan)
    model, reference = tmp_path / "port.onnx", tmp_path / "reference.npz"
    save_network(small_network(), model)
    save_arrays(arrays, reference)
    found = told(["diagnose", str(model), str(reference)], capsys, 1)
    assert found["findings"] == []
    assert "fc" in found["unexplained"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("--repair", "none/out.onnx"), "its folder does not exist"),
        (("--report", "none/page.html"), "its folder does not exist"),
        (("--repair", "same", "--report", "same"), "two results can't be written to one file"),
        (("--picture", "none.png"), "none.png"),
        (("--preprocess", "no-such"), "no-such"),
        (("--second",), "expected one argument"),
    ],
)
def test_a_wrong_request_is_one_line_and_writes_nothing(
    change: tuple[str, ...],
    words: str,
    port: PortFiles,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert words in complaint(diagnosed(port, *change), capsys)
    assert not list(tmp_path.iterdir())


def test_a_reference_that_is_none_is_told_by_its_name(
    port: PortFiles, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken.npz"
    broken.write_bytes(b"PK\x03\x04 and then nothing")
    line = complaint(["diagnose", str(port.network), str(broken), "--repair", str(tmp_path / "out.onnx")], capsys)
    assert "broken.npz" in line
    assert [path.name for path in tmp_path.iterdir()] == ["broken.npz"]


def test_an_output_that_can_not_be_written_leaves_nothing_behind(
    port: PortFiles, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "page.html").mkdir()
    line = complaint(diagnosed(port, "--report", tmp_path / "page.html", "--quiet"), capsys)
    assert "page.html: is a folder, not a file to write" in line
    assert [path.name for path in tmp_path.rglob("*")] == ["page.html"]
