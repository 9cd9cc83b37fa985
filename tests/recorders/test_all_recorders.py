"""What holds of every recorder: where it can run, what it reads, and what it writes."""

from __future__ import annotations

import ast
import json
import pickle
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from explorer.command_line.recorders import recorders
from explorer.running.reference import open_reference
from tests.recorders.scripts import NAMES, load, picture, recorded, tensor

COMMON = "# From here on every recorder is the same"


def options(*inputs: str | Path, **more: Any) -> SimpleNamespace:
    zero, one = np.zeros(1, np.float32), np.ones(1, np.float32)
    given = {"order": "RGB", "mean": zero, "scale": one, "size": None, **more}
    return SimpleNamespace(inputs=[str(each) for each in inputs], **given)


def test_there_is_one_for_each_framework() -> None:
    assert " ".join(NAMES) == "caffe keras1 keras2 keras3 onnxruntime opencv pytorch tensorflow1 tensorflow2"


@pytest.mark.parametrize("name", NAMES)
def test_it_has_nothing_that_python_2_7_lacks(name: str) -> None:
    text = recorders()[name].read_bytes().decode("ascii")
    assert "from __future__ import print_function" in text
    # The formatter of this repository likes to write such a comma.
    assert re.search(r"\*\w+,\s*\)", text) is None
    for node in ast.walk(ast.parse(text)):
        assert not isinstance(node, ast.JoinedStr | ast.AnnAssign | ast.NamedExpr | ast.Nonlocal | ast.YieldFrom)
        if isinstance(node, ast.FunctionDef | ast.Lambda):
            arguments = node.args
            assert not arguments.kwonlyargs
            assert not arguments.posonlyargs
            assert all(argument.annotation is None for argument in arguments.args)
        elif isinstance(node, ast.List | ast.Tuple | ast.Set):
            assert not any(isinstance(element, ast.Starred) for element in node.elts)
        elif isinstance(node, ast.Dict):
            assert None not in node.keys
        elif isinstance(node, ast.Raise):
            assert node.cause is None


@pytest.mark.parametrize("name", NAMES)
def test_it_needs_nothing_of_portside_and_no_pickle(name: str) -> None:
    tree = ast.parse(recorders()[name].read_text())
    imported = {
        alias.name.split(".")[0] if isinstance(node, ast.Import) else (node.module or "").split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    standard = {"argparse", "collections", "importlib", "io", "json", "os", "sys", "time", "zipfile", "__future__"}
    frameworks = {"caffe", "keras", "tensorflow", "torch", "onnx", "onnxruntime", "cv2"}
    assert imported <= standard | frameworks | {"numpy", "PIL"}
    top = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    assert {alias.name for node in top for alias in node.names} & frameworks == set()


def test_the_last_part_is_the_same_in_all() -> None:
    texts = {recorders()[name].read_text().partition(COMMON)[2] for name in NAMES}
    assert len(texts) == 1
    assert len(texts.pop().splitlines()) > 100


@pytest.mark.parametrize("name", NAMES)
def test_its_usage_names_its_own_file(name: str) -> None:
    usage = ast.get_docstring(ast.parse(recorders()[name].read_text())) or ""
    assert usage.count(f"python record_{name}.py ") >= 2


def test_a_picture_is_prepared_as_asked(tmp_path: Path) -> None:
    Image.fromarray(np.full((5, 5, 3), (10, 20, 30), np.uint8)).save(tmp_path / "plain.png")
    asked = options(
        tmp_path / "plain.png", order="BGR", mean=np.array([1, 2, 3], np.float32), scale=np.array([0.5], np.float32)
    )
    found = load("caffe").read_inputs(asked, [("data", (None, 3, 4, 6))], "NCHW")["data"]
    assert found.shape == (1, 3, 4, 6)
    assert found[0, :, 2, 2].tolist() == [14.5, 9.0, 3.5]
    last = load("keras3").read_inputs(asked, [("img", (None, 4, 6, 3))], "NHWC")["img"]
    assert last.shape == (1, 4, 6, 3)
    grey = load("caffe").read_inputs(options(picture(tmp_path)), [("data", (None, 1, 4, 6))], "NCHW")["data"]
    assert grey.shape == (1, 1, 4, 6)


def test_an_open_size_has_to_be_said(tmp_path: Path) -> None:
    module = load("onnxruntime")
    path = picture(tmp_path)
    shapes = [("x", (None, 3, None, None))]
    with pytest.raises(module.RequestError, match="say it with --size"):
        module.read_inputs(options(path), shapes, "NCHW")
    assert module.read_inputs(options(path, size=(8, 6)), shapes, "NCHW")["x"].shape == (1, 3, 8, 6)


def test_tensors_go_to_the_inputs_that_they_name(tmp_path: Path) -> None:
    module = load("onnxruntime")
    a, b = tensor(tmp_path, 1, 2, name="a"), tensor(tmp_path, 3, name="b", seed=1)
    shapes = [("left", (None, 3)), ("right", (None, 2))]
    found = module.read_inputs(options(f"right={a}", b), shapes, "NCHW")
    assert list(found) == ["left", "right"]
    assert np.array_equal(found["left"], np.load(b)[None])
    assert np.array_equal(found["right"], np.load(a))


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (["a.npy"], "nothing is given for the input 'right'; say right=tensor.npy"),
        (["a.npy", "a.npy", "a.npy"], "a.npy: the network has no further input; its inputs are left, right"),
        (["left=b.npy"], "b.npy: is 1x5, but the input 'left' takes ?x3"),
        (["text.npy"], "text.npy: not a readable .npy file (it does not begin as one)"),
        (["pickled.npy"], "pickled.npy: not a readable .npy file"),
        (["words.npy"], "words.npy: holds <U2, not numbers"),
        (["gone.npy"], "gone.npy: not a readable .npy file ([Errno 2]"),
        (["text.png"], "text.png: the input 'left' takes no picture; give it a tensor as .npy"),
    ],
)
def test_what_is_wrong_with_an_input_is_one_sentence(
    given: list[str], sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    np.save("a.npy", np.zeros((1, 3), np.float32))
    np.save("b.npy", np.zeros((1, 5), np.float32))
    np.save("words.npy", np.array(["ab"]))
    Path("text.npy").write_text("no array")
    Path("pickled.npy").write_bytes(pickle.dumps([1, 2, 3]))
    module = load("onnxruntime")
    with pytest.raises(module.RequestError) as caught:
        module.read_inputs(options(*given), [("left", (None, 3)), ("right", (None, 3))], "NCHW")
    assert str(caught.value).startswith(sentence)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_no_picture_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("no picture")
    module = load("caffe")
    with pytest.raises(module.RequestError, match=r"text\.png: not a readable picture"):
        module.read_inputs(options(tmp_path / "text.png"), [("data", (None, 3, 4, 4))], "NCHW")


def test_what_is_written_is_read_as_a_reference(tmp_path: Path) -> None:
    arrays: dict[str, Any] = {
        "conv1/7x7_s2": np.arange(6, dtype=np.float32).reshape(1, 2, 3),
        "file": np.ones((2, 2), np.float16),
        "label": np.array([[3]]),
        "words": np.array(["left out"]),
        "objects": np.array([None]),
    }
    path = tmp_path / "reference.npz"
    load("keras1").save(str(path), arrays, "Keras", "1.2.2", options("cat.jpg", order="BGR"))
    reference = open_reference(path)
    assert list(reference.shapes) == ["conv1/7x7_s2", "file", "label"]
    assert all(np.array_equal(reference.arrays[key], arrays[key]) for key in reference.shapes)
    assert reference.arrays["file"].dtype == np.float16
    assert (reference.metadata["framework"], reference.metadata["version"]) == ("Keras", "1.2.2")
    assert reference.metadata["preprocessing"] == "BGR, mean [0.0], scale [1.0]"
    assert json.dumps(dict(reference.metadata)).isascii()
    assert np.load(path, allow_pickle=False)["label"].tolist() == [[3]]


def test_a_reference_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    class Bursting:
        def __array__(self, *arguments: Any, **more: Any) -> np.ndarray[Any, Any]:
            raise MemoryError

    path = tmp_path / "reference.npz"
    load("caffe").save(str(path), {"a": np.ones(3)}, "Caffe", "1.0")
    with pytest.raises(MemoryError):
        load("caffe").save(str(path), {"a": np.zeros(3), "b": Bursting()}, "Caffe", "1.0")
    assert recorded(path)["a"].tolist() == [1, 1, 1]
    assert [each.name for each in tmp_path.iterdir()] == ["reference.npz"]
