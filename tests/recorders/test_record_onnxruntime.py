"""The recorder of onnxruntime, which is always here: what it writes is what our own run of the file gives."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from explorer.command_line.recorders import recorders
from explorer.importers import open_network
from tests.oracles import compared
from tests.recorders.scripts import load, picture, recorded, run, tensor, told


def write_network(folder: Path, *, half: bool = False, external: bool = False) -> Path:
    """x → Conv → Relu → MaxPool → Softmax, one of them with a name that no file could have."""
    random = np.random.default_rng(2)
    kind, dtype = (TensorProto.FLOAT16, np.float16) if half else (TensorProto.FLOAT, np.float32)
    kernels = random.standard_normal((5, 3, 3, 3)).astype(dtype)
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["body/conv:0"], "conv", pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["body/conv:0"], ["relu"], "relu"),
        helper.make_node("MaxPool", ["relu"], ["pool"], "pool", kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Softmax", ["pool"], ["prob"], "prob", axis=1),
    ]
    graph = helper.make_graph(
        nodes,
        "net",
        [helper.make_tensor_value_info("x", kind, ["N", 3, "H", "W"])],
        [helper.make_tensor_value_info("prob", kind, ["N", 5, "h", "w"])],
        [numpy_helper.from_array(kernels, "w")],
    )
    path = folder / "network.onnx"
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(model, path, save_as_external_data=external, location="weights.bin", size_threshold=0)
    return path


def test_every_tensor_is_recorded_and_every_layer_matches(tmp_path: Path) -> None:
    network = write_network(tmp_path)
    arguments = [network, picture(tmp_path), tmp_path / "out.npz", "--size", "8x12", "--mean", "120", "--scale", "0.01"]
    command = [sys.executable, recorders()["onnxruntime"], *arguments]
    done = subprocess.run([str(part) for part in command], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == f"written: {tmp_path / 'out.npz'} (5 arrays)\n"
    found = recorded(tmp_path / "out.npz")
    assert {key: array.shape for key, array in found.items()} == {
        "x": (1, 3, 8, 12),
        "prob": (1, 5, 4, 6),
        "body/conv:0": (1, 5, 8, 12),
        "relu": (1, 5, 8, 12),
        "pool": (1, 5, 4, 6),
    }
    assert np.array_equal(found["relu"], np.maximum(found["body/conv:0"], 0))
    comparison = compared(open_network(network), tmp_path / "out.npz")
    assert [row.layer for row in comparison.layers if row.verdict != "match"] == []


def test_half_precision_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = tensor(tmp_path, 1, 3, 4, 4)
    run(monkeypatch, load("onnxruntime"), write_network(tmp_path, half=True), given, tmp_path / "out.npz")
    assert {array.dtype for array in recorded(tmp_path / "out.npz").values()} == {np.dtype(np.float16)}


def test_weights_in_a_file_beside_it_are_found_and_nothing_is_left_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "model").mkdir()
    network = write_network(tmp_path / "model", external=True)
    run(monkeypatch, load("onnxruntime"), network, tensor(tmp_path, 2, 3, 4, 4), tmp_path / "out.npz")
    assert recorded(tmp_path / "out.npz")["body/conv:0"].shape == (2, 5, 4, 4)
    assert sorted(each.name for each in (tmp_path / "model").iterdir()) == ["network.onnx", "weights.bin"]


def test_what_is_wrong_is_one_sentence_and_status_2(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module, given = load("onnxruntime"), tensor(tmp_path, 1, 3, 4, 4)
    (tmp_path / "text.onnx").write_text("no network at all")
    out = tmp_path / "out.npz"
    assert "text.onnx: is no ONNX file" in told(monkeypatch, module, tmp_path / "text.onnx", given, out)
    network = write_network(tmp_path)
    sentence = told(monkeypatch, module, network, given, out, "--provider", "Abacus")
    assert sentence.startswith("Abacus is not here; there are ")
    command = [sys.executable, recorders()["onnxruntime"], tmp_path / "gone.onnx", given, out]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == f"record_onnxruntime.py: {tmp_path / 'gone.onnx'}: No such file or directory\n"
    assert not out.exists()
