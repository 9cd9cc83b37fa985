"""OpenCV's recorder: all layers in one run with nothing fused, and the names of an ONNX file's own tensors."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from explorer.running.activations import Array
from tests.recorders.scripts import load, made_up, recorded, run, tensor, told
from tests.recorders.test_record_onnxruntime import write_network


class Net:
    """A network of three layers, the last of which gives two arrays."""

    def __init__(self, names: list[str]) -> None:
        self.names = names
        self.given: dict[str, Array] = {}
        self.fused = True

    def empty(self) -> bool:
        return not self.names

    def enableFusion(self, fused: bool) -> None:
        self.fused = fused

    def setPreferableBackend(self, backend: int) -> None:
        assert backend == 3

    def setPreferableTarget(self, target: int) -> None:
        assert target == 0

    def setInput(self, array: Array, name: str) -> None:
        assert array.dtype == np.float32
        self.given[name] = array

    def getLayerNames(self) -> tuple[str, ...]:
        return tuple(self.names)

    def forwardAndRetrieve(self, layers: list[str]) -> list[list[Array]]:
        assert not self.fused
        (x,) = self.given.values()
        return [[x + number] if number < 3 else [x[:, :1], x[:, 1:]] for number, _ in enumerate(layers, 1)]


@pytest.fixture
def cv2(monkeypatch: pytest.MonkeyPatch) -> Any:
    names = ["onnx_node!conv", "onnx_node!relu", "onnx_node_output_0!pool"]

    def read(model: str, weights: str) -> Net:
        return Net([]) if "empty" in model else Net(names)

    dnn = SimpleNamespace(readNet=read, DNN_BACKEND_OPENCV=3, DNN_TARGET_CPU=0)
    return made_up(monkeypatch, "cv2", dnn=dnn, error=RuntimeError, __version__="4.14")


@pytest.mark.usefixtures("cv2")
def test_layers_of_an_onnx_file_go_by_their_tensors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = tensor(tmp_path, 1, 3, 4, 4)
    run(monkeypatch, load("opencv"), write_network(tmp_path), given, tmp_path / "out.npz", "--input", "x")
    found, x = recorded(tmp_path / "out.npz"), np.load(given)
    assert list(found) == ["x", "body/conv:0", "relu", "pool", "pool[1]"]
    assert np.array_equal(found["body/conv:0"], x + 1)
    assert np.array_equal(found["pool[1]"], x[:, 1:])


@pytest.mark.usefixtures("cv2")
def test_what_is_wrong_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given, out, module = tensor(tmp_path, 1, 3, 4, 4), tmp_path / "out.npz", load("opencv")
    (tmp_path / "empty.pb").write_text("nothing")
    (tmp_path / "cut.onnx").write_bytes(b"\x3a\x80")
    sentence = told(monkeypatch, module, tmp_path / "empty.pb", given, out)
    assert sentence == f"{tmp_path / 'empty.pb'}: OpenCV finds no network in it"
    assert told(monkeypatch, module, tmp_path / "cut.onnx", given, out).endswith("cut.onnx: is no ONNX file")
