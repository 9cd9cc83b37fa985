"""Where a graph's pictures come in, what size they have, and which of its values are answers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from explorer.errors import PortsideError
from explorer.importers.choices import Choices
from tests.keras_files import first
from tests.tensorflow_files import FLOAT, Sizes, Type, const, conv, node, placeholder
from tests.tensorflow_forward import dimensions, noise, opened, values_of

KERNELS = noise(3, 3, 3, 4)


def body(x: str, scope: str = "net") -> list[bytes]:
    return [const(f"{scope}/w", KERNELS), conv(f"{scope}/out", x, f"{scope}/w")]


def test_sizes_that_a_graph_leaves_open_are_customary_unless_somebody_says(tmp_path: Path) -> None:
    nodes = [placeholder("input", -1, -1, -1, 3), *body("input")]
    network = opened(tmp_path, *nodes)
    assert dimensions(network.inputs[0]) == ("N", 3, 224, 224)
    assert network.source.open_size
    assert "the graph leaves the picture's size open: 224×224 is taken" in network.source.notes
    network = opened(tmp_path, *nodes, choices=Choices(size=(40, 50)))
    assert dimensions(network.inputs[0]) == ("N", 3, 40, 50)
    assert not network.source.open_size
    network = opened(tmp_path, placeholder("input", -1, -1, -1, 3), *body("input", "InceptionV4"))
    assert dimensions(network.inputs[0]) == ("N", 3, 299, 299)


def test_a_placeholder_that_says_nothing_has_the_channels_of_the_first_kernels(tmp_path: Path) -> None:
    for shape in (Sizes(None), Sizes([]), Sizes([-1, 8, 9, -1])):
        nodes = [node("input", "Placeholder", dtype=FLOAT, shape=shape), const("net/w", noise(3, 3, 7, 2))]
        network = opened(tmp_path, *nodes, conv("net/out", "input", "net/w"), choices=Choices(size=(8, 9)))
        assert dimensions(network.inputs[0]) == ("N", 7, 8, 9)


def test_a_convolution_without_kernels_says_nothing_of_the_channels(tmp_path: Path) -> None:
    nodes = [node("input", "Placeholder", dtype=FLOAT, shape=Sizes([-1, 8, 9, -1]))]
    nodes += [node("odd", "Conv2D", ["input"]), *body("odd")]
    with pytest.raises(PortsideError, match="layer 'odd': Conv2D has 1 inputs, which is too few"):
        opened(tmp_path, *nodes)


def test_a_vector_whose_length_nobody_says_is_refused(tmp_path: Path) -> None:
    nodes = [placeholder("input", -1, -1), const("w", noise(5, 3)), node("out", "MatMul", ["input", "w"])]
    with pytest.raises(PortsideError, match="'input': the sizes of this input stand in no file"):
        opened(tmp_path, *nodes)


def test_pictures_lie_as_the_graph_has_them(tmp_path: Path) -> None:
    for nodes, shape in (
        ([placeholder("input", -1, 8, 9, 3), *body("input")], ("N", 3, 8, 9)),
        (
            [placeholder("input", -1, 3, 8, 9), const("w", KERNELS), conv("o", "input", "w", data_format="NCHW")],
            ("N", 3, 8, 9),
        ),
        (
            [
                placeholder("input", -1, 8, 9, 3),
                const("p", [0, 3, 1, 2]),
                node("t", "Transpose", ["input", "p"]),
                const("w", KERNELS),
                conv("o", "t", "w", data_format="NCHW"),
            ],
            ("N", 3, 8, 9),
        ),
    ):
        network = opened(tmp_path, *nodes)
        assert dimensions(network.inputs[0]) == shape
        assert not [each for each in network.model.graph if each.op_type == "Transpose"]


def test_behind_a_queue_the_pictures_are_what_it_hands_out(tmp_path: Path) -> None:
    nodes = [
        const("files", np.array([b"a.jpg"], object)),
        node("reader", "ReaderReadV2", ["files"]),
        node("decoded", "DecodeJpeg", ["reader"], channels=3),
        const("size", [20, 30]),
        node("expanded", "ExpandDims", ["decoded", "axis"]),
        const("axis", 0),
        node("resized", "ResizeBilinear", ["expanded", "size"]),
        *body("resized"),
    ]
    network = opened(tmp_path, *nodes)
    assert dimensions(network.inputs[0]) == ("N", 3, 20, 30)
    assert "the pictures are read at 'resized', which the graph's ResizeBilinear gives" in network.source.notes


def test_labels_and_bytes_are_no_pictures(tmp_path: Path) -> None:
    nodes = [
        node("encoded", "Placeholder", dtype=Type(7), shape=Sizes([])),
        placeholder("labels", -1, 10),
        placeholder("input", -1, 8, 9, 3),
        *body("input"),
        const("axes", [1, 2]),
        node("net/mean", "Mean", ["net/out", "axes"]),
        node("loss", "SoftmaxCrossEntropyWithLogits", ["net/mean", "labels"]),
    ]
    network = opened(tmp_path, *nodes)
    assert [value.name for value in network.inputs] == ["input"]
    assert [value.name for value in network.outputs] == ["net/mean"]


def test_of_networks_side_by_side_the_first_is_taken(tmp_path: Path) -> None:
    nodes = [placeholder("a", -1, 8, 9, 3), *body("a", "clone_0"), placeholder("b", -1, 8, 9, 3), *body("b", "clone_1")]
    network = opened(tmp_path, *nodes)
    assert [value.name for value in network.inputs] == ["a"]
    assert [layer.name for layer in network.layers] == ["a", "clone_0/out"]


def test_a_loss_over_all_of_them_does_not_make_them_one(tmp_path: Path) -> None:
    nodes = [const("axes", [0, 1, 2, 3])]
    for name in "ab":
        nodes += [
            placeholder(name, -1, 8, 9, 3),
            placeholder(f"{name}/target", -1, 8, 9, 4),
            *body(name, f"clone_{name}"),
            node(f"loss/{name}/Sub", "Sub", [f"clone_{name}/out", f"{name}/target"]),
            node(f"loss/{name}/Square", "Square", [f"loss/{name}/Sub"]),
            node(f"loss/{name}/Mean", "Mean", [f"loss/{name}/Square", "axes"]),
        ]
    network = opened(tmp_path, *nodes, node("loss/total", "AddN", ["loss/a/Mean", "loss/b/Mean"]))
    assert [layer.name for layer in network.layers] == ["a", "clone_a/out"]


def test_two_inputs_of_one_network_are_both_its_inputs(tmp_path: Path) -> None:
    nodes = [
        placeholder("a", -1, 8, 9, 3),
        placeholder("b", -1, 8, 9, 3),
        *body("a", "one"),
        *body("b", "two"),
        node("out", "Add", ["one/out", "two/out"]),
    ]
    network = opened(tmp_path, *nodes)
    assert [value.name for value in network.inputs] == ["a", "b"]
    x, y = noise(2, 8, 9, 3), noise(2, 8, 9, 3, seed=1)
    found = values_of(network, first(x), first(y))
    np.testing.assert_allclose(found["out"], found["one/out"] + found["two/out"], rtol=1e-6)


def test_several_answers_are_all_outputs(tmp_path: Path) -> None:
    nodes = [placeholder("input", -1, 8, 9, 3), *body("input"), const("axes", [1, 2])]
    nodes += [node("net/xyz", "Mean", ["net/out", "axes"]), node("net/wpqr", "Max", ["net/out", "axes"])]
    assert [value.name for value in opened(tmp_path, *nodes).outputs] == ["net/xyz", "net/wpqr"]


def test_what_prepares_an_answer_for_a_loss_is_no_answer(tmp_path: Path) -> None:
    nodes = [
        placeholder("input", -1, 8, 9, 3),
        placeholder("target", -1, 8, 9, 4),
        *body("input"),
        node("loss/sub", "Sub", ["net/out", "target"]),
        node("loss/flat", "Identity", ["net/out"]),
        node("loss/odd", "OddLoss", ["loss/flat", "target"]),
    ]
    network = opened(tmp_path, *nodes)
    assert [layer.name for layer in network.layers][-1] == "net/out"
