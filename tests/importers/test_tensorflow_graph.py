"""Graphs on the wire and as text."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from explorer.errors import PortsideError
from explorer.importers import open_network
from explorer.importers.tensorflow_graph import Port, read_graph
from tests.keras_files import first
from tests.naive_keras import convolve
from tests.tensorflow_files import (
    Sizes,
    Type,
    const,
    conv,
    field,
    learned,
    node,
    placeholder,
    write_bundle,
    write_graph,
)
from tests.tensorflow_forward import noise, values_of

WEIGHTS = noise(3, 3, 3, 4)
NODES = [placeholder("input", -1, 5, 6, 3), const("w", WEIGHTS), conv("out", "input", "w")]
X = noise(2, 5, 6, 3)


def check(path: Path) -> None:
    found = values_of(open_network(path), first(X))["out"]
    wanted = first(convolve(X, WEIGHTS, strides=(1, 1), padding="same"))
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)


def test_attributes_of_every_kind(tmp_path: Path) -> None:
    path = write_graph(
        tmp_path / "g.pb",
        node(
            "a",
            "Kind",
            ["b", "c:3", "^d"],
            whole=-7,
            real=0.1,
            text="SAME",
            yes=True,
            type=Type(19),
            shape=Sizes([-1, 3]),
            unknown=Sizes(None),
            list=[1, -2, 300],
            tensor=np.array([1, 2], np.float32),
        ),
    )
    found = read_graph(path).operations["a"]
    assert found.kind == "Kind"
    # What only has to run before is nothing that is read.
    assert found.inputs == (Port("b"), Port("c", 3))
    assert found.integer("whole") == -7
    assert found.real("real") == float(np.float32(0.1))
    assert found.text("text") == "SAME"
    assert found.flag("yes")
    assert found.type("type") == 19
    assert found.shape("shape") == (None, 3)
    assert found.shape("unknown") is None
    assert found.integers("list") == (1, -2, 300)
    assert found.tensor("tensor").tolist() == [1, 2]
    assert (found.integer("absent", 5), found.flag("absent", True), found.has("absent")) == (5, True, False)
    # An attribute of another type is none.
    assert (found.integer("text"), found.text("whole"), found.integers("whole")) == (0, "", ())


def test_a_graph_a_meta_graph_and_a_saved_model_are_told_apart(tmp_path: Path) -> None:
    check(write_graph(tmp_path / "frozen.pb", *NODES))
    check(write_graph(tmp_path / "model.meta", *NODES))
    # A version before the nodes.
    check(write_graph(tmp_path / "versions.pb", field(4, field(1, 21)), *NODES))
    variables = {"v": WEIGHTS}
    nodes = [NODES[0], *learned(variables), conv("out", "input", "v/read")]
    meta = field(1, field(5, "1.13")) + field(2, b"".join(nodes))
    (tmp_path / "saved_model.pb").write_bytes(field(1, 1) + field(2, meta))
    (tmp_path / "variables").mkdir()
    write_bundle(tmp_path / "variables" / "variables", variables)
    check(tmp_path / "saved_model.pb")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file is empty"),
        (b"version https://git-lfs.github.com/spec/v1\noid", "is a Git LFS pointer"),
        (b"\x1f\x8b\x08\x00", "is compressed with gzip: unpack it first"),
        (b"PK\x03\x04....", "is a zip archive, not TensorFlow's graph"),
        (b"\x89HDF\r\n\x1a\n...", "is an HDF5 file, not TensorFlow's graph"),
        (b"<!DOCTYPE html><html>", "is text, not TensorFlow's graph"),
        (b'{"a": 1}', "is text, not TensorFlow's graph"),
        (b"\x0a\xff\x01", "is no graph of TensorFlow's, or is cut short or damaged"),
        (field(4, field(1, 21)), "holds no operations: it is no graph"),
        (node("a", "A") + node("a", "B"), "is damaged: two of its operations are named 'a'"),
    ],
)
def test_what_people_have_instead_of_a_graph_is_named(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "graph.pb").write_bytes(content)
    with pytest.raises(PortsideError, match=f"graph.pb: {reason}"):
        open_network(tmp_path / "graph.pb")


TEXT = """
node {
  name: "input"
  op: "Placeholder"
  attr { key: "dtype" value { type: DT_FLOAT } }
  attr { key: "shape" value { shape { dim { size: -1 } dim { size: 5 } dim { size: 6 } dim { size: 3 } } } }
}
node { name: "v" op: "VariableV2" attr { key: "dtype" value { type: DT_FLOAT_REF } } }
node { name: "v/read" op: "Identity" input: "v" experimental_debug_info { original_node_names: "v" } }
node {
  name: "out"
  op: "Conv2D"
  input: "input"
  input: "v/read"
  attr { key: "padding" value { s: "SAME" } }
  attr { key: "strides" value { list { i: 1 i: 1 i: 1 i: 1 } } }
}
versions { producer: 21 }
"""


def test_a_graph_as_text_takes_the_newest_checkpoint_beside_it(tmp_path: Path) -> None:
    write_bundle(tmp_path / "model.ckpt-7", {"v": WEIGHTS})
    (tmp_path / "checkpoint").write_text('model_checkpoint_path: "model.ckpt-7"\n')
    (tmp_path / "graph.pbtxt").write_text(TEXT)
    check(tmp_path / "graph.pbtxt")
    (tmp_path / "meta.pbtxt").write_text(f"meta_info_def {{ tags: 'train' }}\ngraph_def {{ {TEXT} }}")
    check(tmp_path / "meta.pbtxt")


def test_an_attribute_of_zero_or_false_in_a_text_is_there(tmp_path: Path) -> None:
    attributes = ("yes: false", "whole: 0", "real: 0.0", "text: ''")
    kinds = ("b", "i", "f", "s")
    entries = [
        f"attr {{ key: '{each.partition(':')[0]}' value {{ {kind}{each[each.index(':') :]} }} }}"
        for kind, each in zip(kinds, attributes, strict=True)
    ]
    (tmp_path / "graph.pbtxt").write_text(f"node {{ name: 'a' op: 'A' {' '.join(entries)} }}")
    found = read_graph(tmp_path / "graph.pbtxt").operations["a"]
    assert found.flag("yes", True) is False
    assert found.integer("whole", 5) == 0
    assert found.real("real", 0.5) == 0
    assert found.text("text", "SAME") == ""


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (TEXT.replace("DT_FLOAT }", "DT_SINGLE }"), "is no graph of TensorFlow's: 5:.*DT_SINGLE"),
        (TEXT[:200], "is no graph of TensorFlow's: "),
        ("node { op: 'A' " + "attr { value { func {" * 3000, "stand too deep in one another|is no graph"),
    ],
)
def test_a_text_that_is_no_graph_is_told_by_its_line(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "graph.pbtxt").write_text(text)
    with pytest.raises(PortsideError, match=reason):
        open_network(tmp_path / "graph.pbtxt")


def test_attributes_that_are_damaged_are_told_with_their_place(tmp_path: Path) -> None:
    broken = field(1, field(1, "out") + field(2, "Conv2D") + field(3, "input") + field(3, "w") + field(5, b"\x0a\xff"))
    path = write_graph(tmp_path / "graph.pb", *NODES[:2], broken)
    with pytest.raises(PortsideError, match=r"graph.pb: is damaged: .* \(at byte \d+\)"):
        open_network(path)
