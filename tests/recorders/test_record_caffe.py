"""Caffe's recorder: each layer before the next overwrites it, against a net that computes as pycaffe does."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from explorer.importers import open_network
from explorer.running.activations import Array
from tests.caffe_files import small_inception, write_caffe
from tests.oracles import compared
from tests.recorders.scripts import RealFramework, load, made_up, picture, recorded, run, tensor, told


class Blob:
    """Memory that keeps its place while layers write it."""

    def __init__(self, *shape: int) -> None:
        self.data: Array = np.zeros(shape, np.float32)

    def reshape(self, *shape: int) -> None:
        self.data = np.zeros(shape, np.float32)


class Net:
    """data → conv → relu in place → slice into two, read by way of a Split that Caffe inserts."""

    def __init__(self, prototxt: str, weights: str, phase: int) -> None:
        assert phase == 1
        if "broken" in Path(prototxt).read_text():
            raise RuntimeError("Could not open file")
        self.inputs = [] if "data layer" in Path(prototxt).read_text() else ["data"]
        self.blobs = {name: Blob(10, 2, 4, 4) for name in ("data", "conv", "conv_split_0", "left", "right")}
        self._blob_names = list(self.blobs)
        kinds = {"data": "Input", "conv": "Power", "relu": "ReLU", "conv_split": "Split", "cut": "Slice"}
        self._layer_names = list(kinds)
        self.layers = [SimpleNamespace(type=kind) for kind in kinds.values()]
        self.reshaped = False

    def _top_ids(self, number: int) -> list[int]:
        return [[0], [1], [1], [2], [3, 4]][number]

    def reshape(self) -> None:
        n, _, h, w = self.blobs["data"].data.shape
        for name, channels in (("conv", 2), ("conv_split_0", 2), ("left", 1), ("right", 1)):
            self.blobs[name].reshape(n, channels, h, w)
        self.reshaped = True

    def _forward(self, first: int, last: int) -> None:
        assert first == last
        assert self.reshaped
        blob = {name: blob.data for name, blob in self.blobs.items()}
        if first == 1:
            blob["conv"][...] = 2 * blob["data"] - 1
        elif first == 2:
            np.maximum(blob["conv"], 0, out=blob["conv"])
        elif first == 3:
            blob["conv_split_0"][...] = blob["conv"]
        elif first == 4:
            blob["left"][...], blob["right"][...] = blob["conv_split_0"][:, :1], blob["conv_split_0"][:, 1:]

    def forward(self) -> None:
        for number in range(len(self.layers)):
            self._forward(number, number)


@pytest.fixture
def caffe(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    return made_up(monkeypatch, "caffe", Net=Net, TEST=1, set_mode_cpu=lambda: None, __version__="1.0.0")


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    (tmp_path / "net.prototxt").write_text("a net")
    (tmp_path / "net.caffemodel").write_text("weights")
    return tmp_path / "net.prototxt", tmp_path / "net.caffemodel"


@pytest.mark.usefixtures("caffe")
def test_a_layer_is_recorded_before_one_in_place_overwrites_it(
    files: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = tensor(tmp_path, 1, 2, 6, 5)
    run(monkeypatch, load("caffe"), *files, given, tmp_path / "out.npz")
    found, x = recorded(tmp_path / "out.npz"), np.load(given)
    assert list(found) == ["data", "conv", "relu", "cut:left", "cut:right"]
    assert np.array_equal(found["data"], x)
    assert np.array_equal(found["conv"], 2 * x - 1)
    assert np.array_equal(found["relu"], np.maximum(2 * x - 1, 0))
    assert np.array_equal(found["cut:right"], found["relu"][:, 1:])


@pytest.mark.usefixtures("caffe")
def test_a_tensor_may_have_another_size_but_not_other_channels(
    files: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = tensor(tmp_path, 1, 3, 4, 4)
    assert "is 1x3x4x4, but the input 'data' takes ?x2x?x?" in told(
        monkeypatch, load("caffe"), *files, given, tmp_path / "out.npz"
    )


@pytest.mark.usefixtures("caffe")
def test_an_old_pycaffe_records_blobs_as_they_end(
    files: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delattr(Net, "_top_ids")
    given = tensor(tmp_path, 1, 2, 4, 4)
    run(monkeypatch, load("caffe"), *files, given, tmp_path / "out.npz")
    assert np.array_equal(recorded(tmp_path / "out.npz")["conv"], np.maximum(2 * np.load(given) - 1, 0))
    assert "from before 2015" in capsys.readouterr().out


@pytest.mark.usefixtures("caffe")
@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("broken", "net.prototxt: Caffe can't open it (Could not open file)"),
        ("data layer", "net.prototxt: declares no input, its data come from a layer; take the deploy.prototxt"),
    ],
)
def test_what_is_wrong_with_a_network_is_one_sentence(
    text: str, sentence: str, files: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files[0].write_text(text)
    found = told(monkeypatch, load("caffe"), *files, tensor(tmp_path, 1, 2, 4, 4), tmp_path / "out.npz")
    assert found.endswith(sentence)


def test_a_machine_without_caffe_is_one_sentence(
    files: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "caffe", None)
    found = told(monkeypatch, load("caffe"), *files, tensor(tmp_path, 1, 2, 4, 4), tmp_path / "out.npz")
    assert found.startswith("pycaffe can't be imported")


@pytest.mark.parametrize("framework", ["caffe", "opencv"])
def test_every_layer_of_the_real_one_matches(framework: str, tmp_path: Path) -> None:
    real = RealFramework(framework)
    network = write_caffe(tmp_path, *small_inception())
    weights = network.with_suffix(".caffemodel")
    given, mean = picture(tmp_path), ("--mean", "104,117,123")
    if framework == "caffe":
        real.record(network, weights, given, "out.npz", *mean, cwd=tmp_path)
    else:
        more = ("--weights", weights, "--input", "data", "--size", "23")
        real.record(network, given, "out.npz", *more, *mean, cwd=tmp_path)
    comparison = compared(open_network(network), tmp_path / "out.npz")
    assert [row.layer for row in comparison.layers if row.verdict != "match"] == []
    assert len(comparison.layers) == 19
