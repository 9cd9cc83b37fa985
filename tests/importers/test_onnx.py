"""ONNX files of other programs, and what is refused of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from explorer.comparison.compare import compare
from explorer.errors import PortsideError
from explorer.importers import open_network
from explorer.importers.choices import Choices
from explorer.running.recording import save_arrays
from explorer.running.reference import open_reference
from explorer.running.runner import Runner
from tests.fuzzing import mutations


def save(
    path: Path,
    nodes: list[Any],
    tensors: Sequence[Any] = (),
    *,
    shape: tuple[Any, ...] = (1, 2, 4, 4),
    opset: int = 17,
) -> Path:
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        list(tensors),
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    onnx.save(model, path)
    return path


def kernel(shape: tuple[int, ...] = (3, 2, 3, 3)) -> Any:
    values = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    return onnx.numpy_helper.from_array(values, "w")


CONV = helper.make_node("Conv", ["x", "w"], ["c"], name="first", pads=[1, 1, 1, 1])
RELU = helper.make_node("Relu", ["c"], ["y"])


def test_a_foreign_file_has_one_layer_a_node_with_inferred_shapes(tmp_path: Path) -> None:
    network = open_network(save(tmp_path / "n.onnx", [CONV, RELU], [kernel()]))
    assert [(layer.name, layer.type) for layer in network.layers] == [("x", "Input"), ("first", "Conv"), ("y", "Relu")]
    assert [value.shape for value in network.layer["first"].outputs] == [(1, 3, 4, 4)]
    assert [value.name for value in network.layer["first"].weights] == ["w"]
    assert network.source.files == (str(tmp_path / "n.onnx"),)


def test_a_size_that_is_only_known_in_a_run_takes_any(tmp_path: Path) -> None:
    network = open_network(save(tmp_path / "n.onnx", [CONV, RELU], [kernel()], shape=("batch", 2, "h", "w")))
    x = np.random.default_rng(0).standard_normal((2, 2, 5, 7)).astype(np.float32)
    assert Runner(network, "cpu").run({"x": x})["y"].shape == (2, 3, 5, 7)


def test_weights_may_lie_beside_the_file(tmp_path: Path) -> None:
    save(tmp_path / "n.onnx", [CONV, RELU], [kernel((3, 2, 3, 3))])
    model = onnx.load(tmp_path / "n.onnx")
    onnx.save(model, tmp_path / "e.onnx", save_as_external_data=True, location="side.bin", size_threshold=0)
    x = np.ones((1, 2, 4, 4), np.float32)
    inside, outside = (Runner(open_network(tmp_path / name), "cpu").run({"x": x})["y"] for name in ("n.onnx", "e.onnx"))
    np.testing.assert_array_equal(inside, outside)
    (tmp_path / "side.bin").unlink()
    with pytest.raises(PortsideError, match=r"e\.onnx: 'w' lies in 'side\.bin', which is not there"):
        open_network(tmp_path / "e.onnx")


@pytest.mark.parametrize("location", ["../secret.bin", "/etc/passwd", "a/../../secret.bin", "..\\secret.bin", ""])
def test_weights_outside_the_files_folder_are_refused(tmp_path: Path, location: str) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (tmp_path / "secret.bin").write_bytes(bytes(1000))
    tensor = kernel()
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value=location)
    with pytest.raises(PortsideError, match="outside its folder"):
        open_network(save(folder / "n.onnx", [CONV, RELU], [tensor]))


def test_an_unknown_operator_is_named_and_can_be_looked_at(tmp_path: Path) -> None:
    odd = helper.make_node("FancyRelu", ["c"], ["y"], name="odd", domain="com.acme")
    path = save(tmp_path / "n.onnx", [CONV, odd], [kernel()])
    with pytest.raises(PortsideError, match=r"layer 'odd': its operator 'FancyRelu' of the domain 'com.acme'"):
        open_network(path)
    network = open_network(path, choices=Choices(allow_unknown=True))
    assert [layer.name for layer in network.layers] == ["x", "first", "odd"]
    with pytest.raises(PortsideError, match="FancyRelu"):
        Runner(network, "cpu").run({"x": np.zeros((1, 2, 4, 4), np.float32)})


def test_a_tensor_with_other_bytes_than_its_shape_wants_is_refused(tmp_path: Path) -> None:
    tensor = kernel()
    tensor.dims[0] = 5
    with pytest.raises(PortsideError, match=r"'w' has 216 bytes, its shape \(5, 2, 3, 3\) wants 360"):
        open_network(save(tmp_path / "n.onnx", [CONV, RELU], [tensor]))


def test_what_is_no_onnx_file_is_refused_by_name(tmp_path: Path) -> None:
    whole = save(tmp_path / "n.onnx", [CONV, RELU], [kernel()]).read_bytes()
    for content in (b"<html></html>", whole[: len(whole) // 2], b"\x00" * 64):
        (tmp_path / "bad.onnx").write_bytes(content)
        with pytest.raises(PortsideError, match=r"bad\.onnx"):
            open_network(tmp_path / "bad.onnx")


def test_every_output_of_a_node_is_compared(tmp_path: Path) -> None:
    split = helper.make_node("Split", ["x", "sizes"], ["a", "b"], name="parts", axis=1)
    add = helper.make_node("Add", ["a", "b"], ["y"], name="sum")
    sizes = onnx.numpy_helper.from_array(np.array([1, 1], np.int64), "sizes")
    network = open_network(save(tmp_path / "n.onnx", [split, add], [sizes]))
    x = np.random.default_rng(0).standard_normal((1, 2, 4, 4)).astype(np.float32)
    arrays = {"x": x, "a": x[:, :1], "b": x[:, 1:] + 1, "y": x[:, :1] + x[:, 1:] + 1}
    save_arrays(arrays, tmp_path / "r.npz")
    comparison, _ = compare(Runner(network, "cpu"), open_reference(tmp_path / "r.npz"))
    assert (comparison.layer["parts"].verdict, comparison.layer["parts"].reference_key) == ("culprit", "b")
    assert comparison.layer["sum"].verdict == "inherited"
    assert comparison.unmatched_reference == ()


def scoped(operator: str, inputs: list[str], output: str, scopes: list[str]) -> Any:
    node = helper.make_node(operator, inputs, [output], name=f"node_{output}")
    node.metadata_props.add(key="pkg.torch.onnx.name_scopes", value=repr(scopes))
    return node


def test_pytorchs_modules_are_the_layers_whatever_exporter_wrote_them(tmp_path: Path) -> None:
    new = [
        scoped("Relu", ["x"], "a", ["", "block", "block.relu", "relu"]),
        scoped("Sigmoid", ["a"], "b", ["", "block", "block.act", "sigmoid"]),
        scoped("Mul", ["a", "b"], "c", ["", "block", "block.act", "mul"]),
        scoped("Add", ["c", "x"], "d", ["", "block", "add"]),
        scoped("Relu", ["d"], "y", ["", "block", "block.relu", "relu_1"]),
    ]
    old = [
        helper.make_node("Relu", ["x"], ["a"], name="/block/relu/Relu"),
        helper.make_node("Sigmoid", ["a"], ["b"], name="/block/act/Sigmoid"),
        helper.make_node("Mul", ["a", "b"], ["c"], name="/block/act/Mul"),
        helper.make_node("Add", ["c", "x"], ["d"], name="/block/add"),
        helper.make_node("Relu", ["d"], ["y"], name="/block/relu_1/Relu"),
    ]
    for number, nodes in enumerate((new, old)):
        network = open_network(save(tmp_path / f"{number}.onnx", nodes))
        assert [layer.name for layer in network.layers] == [
            "x",
            "block.relu",
            "block.act",
            "block.add",
            "block.relu:1",
        ]
        assert [value.name for value in network.layer["block.act"].outputs] == ["c"]


def test_damaged_files_are_refused_or_read_and_nothing_else(tmp_path: Path) -> None:
    whole = save(tmp_path / "n.onnx", [CONV, RELU], [kernel()]).read_bytes()
    for content in mutations(whole, 60):
        (tmp_path / "bad.onnx").write_bytes(content)
        with suppress(PortsideError):
            assert open_network(tmp_path / "bad.onnx").layers


def cases(shared: Path) -> list[Path]:
    return sorted((shared / "oracles" / "onnx").iterdir())


def test_every_onnx_oracle_matches_or_is_refused_as_it_must(shared: Path) -> None:
    for folder in cases(shared):
        case = json.loads((folder / "case.json").read_text())
        if case["expect"] == "error":
            with pytest.raises(PortsideError) as caught:
                open_network(folder / "model.onnx")
            assert [word for word in case["expected_error_mentions"] if word not in str(caught.value)] == []
            continue
        reference = open_reference(folder / "reference.npz")
        comparison, _ = compare(Runner(open_network(folder / "model.onnx"), "cpu"), reference)
        assert {row.verdict for row in comparison.layers} == {"match"}, folder.name
        assert comparison.unmatched_reference == (), folder.name


@pytest.mark.parametrize("export", ["model", "model_torchscript_op13"])
def test_pytorchs_exports_match_their_own_tensors(shared: Path, export: str) -> None:
    folder = shared / "oracles" / "torch" / "resnet_like"
    reference = open_reference(folder / f"{export}_tensors.npz")
    comparison, _ = compare(Runner(open_network(folder / f"{export}.onnx"), "cpu"), reference)
    assert comparison.agrees
    assert comparison.unmatched_reference == ()


def test_pytorchs_hooks_match_an_export_that_keeps_its_modules(shared: Path) -> None:
    folder = shared / "oracles" / "torch" / "resnet_like"
    comparison, _ = compare(
        Runner(open_network(folder / "model_bn_kept.onnx"), "cpu"), open_reference(folder / "reference.npz")
    )
    assert comparison.agrees
    assert sum(row.verdict == "match" for row in comparison.layers) == 43
