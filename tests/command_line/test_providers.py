"""Providers as scripts ask for them: the list, the choice, and what is said when one fails."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer import cli
from explorer.comparison.tf32 import to_nearest
from explorer.running.recording import save_arrays
from tests.comparison.test_tf32 import everywhere, network, picture, recorded
from tests.running.made_up_gpu import MadeUpGpu, made_up
from tests.small_network import SmallFiles, write_small_files


@pytest.fixture
def files(tmp_path: Path) -> SmallFiles:
    return write_small_files(tmp_path)


def answer(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    capsys.readouterr()
    status = cli.run([str(argument) for argument in arguments])
    return status, *capsys.readouterr()


def test_what_is_picked_is_told_with_its_device(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("explorer.running.providers.nvidia_name", lambda: "NVIDIA L4")
    with made_up(monkeypatch, MadeUpGpu()):
        status, out, err = answer(capsys, "providers")
        document: dict[str, Any] = json.loads(answer(capsys, "providers", "--json", "-")[1])
    assert status == 0
    assert "→  cuda      NVIDIA L4" in out
    assert err == ""
    assert (document["chosen"], document["device"], document["warnings"]) == ("cuda", "NVIDIA L4", [])
    row = next(row for row in document["providers"] if row["name"] == "cuda")
    assert row == {"name": "cuda", "available": True, "device": "NVIDIA L4", "reason": None, "caution": None}


def test_a_provider_that_fails_is_replaced_by_the_cpu_and_it_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], files: SmallFiles
) -> None:
    with made_up(monkeypatch, MadeUpGpu(fails="device lost")):
        status, out, err = answer(capsys, "run", files.network, files.picture, "--json", "-")
        chosen = answer(capsys, "run", files.network, files.picture, "--provider", "cuda")
    assert status == 0
    assert json.loads(out)["provider"] == "cpu"
    assert err.splitlines()[-1] == "CUDA failed, so the network runs on the CPU: device lost"
    assert chosen[0] == 2
    assert chosen[2].splitlines()[-1] == "portside: onnxruntime can't run the network: device lost"


def test_a_provider_that_can_not_be_had_is_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, files: SmallFiles
) -> None:
    monkeypatch.setattr("explorer.running.providers.missing_libraries", lambda name: "CUDA 13 runtime not found (x)")
    with made_up(monkeypatch, MadeUpGpu(missing=True)):
        status, out, err = answer(capsys, "run", files.network, files.picture, "--provider", "cuda")
        warned = answer(capsys, "run", files.network, files.picture)
    assert (status, out) == (2, "")
    assert err.splitlines()[-1] == "portside: provider 'cuda' can't be had here: CUDA 13 runtime not found (x)"
    assert warned[0] == 0
    assert "networks run on the CPU, as CUDA is not used: CUDA 13 runtime not found (x)" in warned[2]


def test_a_network_is_compared_with_itself_on_another_provider(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], files: SmallFiles
) -> None:
    command: list[str | Path] = ["compare", files.network, files.network, "--provider", "cuda", "--against", "cpu"]

    def spoil(array: np.ndarray[Any, Any], options: Any) -> np.ndarray[Any, Any]:
        return array * np.float32(1.0003 if options.get("use_tf32") == "1" else 1 + 1e-7)

    with made_up(monkeypatch, MadeUpGpu(spoils=spoil)) as gpu:
        assert answer(capsys, *command)[0] == 0
        assert all(options["use_tf32"] == "0" for options in gpu.asked)
        status, out, _ = answer(capsys, *command, "--tf32")
    assert status == 1
    assert "TF32 explains " in out.splitlines()[-1]
    assert "run again without it, the error of " in out.splitlines()[-1]
    assert out.splitlines()[-1].endswith("; leave out --tf32")


def test_against_needs_a_second_network(capsys: pytest.CaptureFixture[str], files: SmallFiles) -> None:
    status, _, err = answer(capsys, "compare", files.network, files.reference, "--against", "cpu")
    assert status == 2
    assert err.splitlines()[-1] == (
        f"portside: {files.reference}: --against says where a second network runs, and these are saved values"
    )


def test_a_reference_in_tf32_is_named_with_the_number_that_proves_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from explorer.network.saving import save_network

    save_network(network(), tmp_path / "two.onnx")
    arrays = dict(recorded(picture(), everywhere(to_nearest), everywhere(to_nearest)).arrays)
    save_arrays(arrays, tmp_path / "gpu.npz")
    status, out, _ = answer(capsys, "compare", tmp_path / "two.onnx", tmp_path / "gpu.npz", "--provider", "cpu")
    assert status == 1
    assert out.splitlines()[-1].startswith(
        "TF32 explains 2 of the 2 wrong layers: with what is multiplied rounded to 10 bits in our evaluation too, "
        "the error of conv"
    )
    document = json.loads(answer(capsys, "compare", tmp_path / "two.onnx", tmp_path / "gpu.npz", "--json", "-")[1])
    assert [(row["layer"], row["cause"], row["side"]) for row in document["causes"]] == [
        ("conv1", "tf32", "reference"),
        ("conv2", "tf32", "reference"),
    ]
    assert all(row["residual_after"] < row["residual_before"] / 100 for row in document["causes"])
