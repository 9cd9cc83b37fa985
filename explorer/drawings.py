"""Drawings, the network that comes with the program: where its files are, and a port of it with three mistakes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.data import data_folder

if TYPE_CHECKING:
    import onnx_ir as ir

    from explorer.diagnosis.draft import Draft
    from explorer.network.network import Network


@dataclass(frozen=True)
class Recorded:
    """A picture, and what PyTorch computed for it."""

    picture: Path
    reference: Path


@dataclass(frozen=True)
class Mistake:
    """One mistake of the broken port: the layer, and its cause as the contract names it."""

    layer: str
    cause: str


MISTAKES = (
    Mistake("conv2/norm2", "lrn-alpha"),
    Mistake("inception_3b/3x3", "kernel-rotated"),
    Mistake("inception_4d/output", "concat-order"),
)
"""What is wrong with the broken port, in the order of the data."""


def folder() -> Path:
    """Where the network's files are.

    :raises FileNotFoundError: when the installation is incomplete.
    """
    return data_folder("models") / "drawings"


def caffe_port() -> Path:
    """The network as Caffe has it: a prototxt, with its caffemodel beside it."""
    return folder() / "ports" / "drawings.prototxt"


def keras_port() -> Path:
    """The network as Keras 1.2 on Theano has it: an architecture in JSON, with its weights beside it."""
    return folder() / "ports" / "drawings.json"


def onnx_port() -> Path:
    """The network as PyTorch exported it."""
    return folder() / "ports" / "drawings.onnx"


def labels_file() -> Path:
    """Its classes, one a line, for the formats whose files can't say them."""
    return folder() / "ports" / "drawings.labels.txt"


def preprocessing_file() -> Path:
    """What is done to a picture, for the formats whose files can't say it."""
    return folder() / "ports" / "drawings.preprocessing.json"


def recorded() -> tuple[Recorded, Recorded]:
    """The two pictures with their references of every layer: a snail in pen on white, and a butterfly amid clutter."""
    at = folder() / "reference"
    plain, cluttered = (Recorded(at / f"{name}.png", at / f"{name}.npz") for name in ("plain", "cluttered"))
    return plain, cluttered


def write_broken_port(path: Path) -> Path:
    """Write the Keras port as ONNX with the three mistakes ``MISTAKES``; gives ``path``.

    α is not divided by the window, the kernels of one layer are turned by 180°, and two branches are exchanged.

    :raises PortsideError: when it can't be written.
    """
    from explorer.diagnosis.draft import Draft
    from explorer.importers import open_network
    from explorer.network import marks
    from explorer.network.labels import read_labels
    from explorer.network.network import Network
    from explorer.network.preprocessing import find_preprocessing
    from explorer.network.saving import save_network

    network = open_network(keras_port())
    draft = Draft.of_network(network)
    norm, convolution, concat = (
        _node(draft, network, mistake.layer, kind)
        for mistake, kind in zip(MISTAKES, ("LRN", "Conv", "Concat"), strict=True)
    )
    window = norm.attributes["size"].as_int()
    draft.set_attributes(norm.name or "", alpha=window * norm.attributes["alpha"].as_float())
    kernels = draft.array(convolution, 1)
    assert kernels is not None
    draft.set_array(convolution.name or "", 1, kernels[:, :, ::-1, ::-1])
    second, third = concat.inputs[1:3]
    concat.replace_input_with(1, third)
    concat.replace_input_with(2, second)
    said = draft.model.metadata_props
    said[marks.LABELS] = json.dumps(read_labels(str(labels_file())))
    said[marks.PREPROCESSING] = json.dumps(find_preprocessing(str(preprocessing_file())).to_json())
    save_network(Network(draft.model), path)
    return path


def _node(draft: Draft, network: Network, layer: str, kind: str) -> ir.Node:
    """The node of that operator among those of a layer."""
    return next(draft.node(network.node_names[node]) for node in network.layer[layer].nodes if node.op_type == kind)
