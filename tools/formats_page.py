"""Writes docs/formats.md from the program's own tables: `python -m tools.formats_page docs/formats.md`."""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from explorer.architectures import ARCHITECTURES
from explorer.importers import IMPORTERS
from explorer.importers.caffe import LAYERS
from explorer.importers.caffe_opaque import INEXPRESSIBLE
from explorer.importers.caffe_phase import DATA, LOSSES
from explorer.importers.keras import LAYERS as KERAS_LAYERS
from explorer.importers.tensorflow_conversion import OPERATIONS

INTRODUCTION = """# What is read

This page is written by `python -m tools.formats_page docs/formats.md` from the tables that the importers themselves
work by; a test holds it to them.

A file that is wrong, or a layer that can't be carried over, is one sentence that names file, layer and reason. With
`--allow-unknown` such a layer is kept as a node that can be looked at, in a network that can't be run.

"""

CAFFE = """## Caffe

A prototxt of any generation (`layer`, V1 `layers`, V0), `deploy` or `train_val`, with its caffemodel (binary of any
generation, or Caffe's HDF5). The phase is TEST. What only training needs is left out, and said: losses, accuracies,
what leads to a label, and heads on the side for which the weights file has nothing. SoftmaxWithLoss keeps its
probabilities.

Inputs come from `input` with `input_dim` or `input_shape`, and from these layers: """

KERAS = """## Keras 1, 2 and 3

Architecture JSON with HDF5 weights, whole-model HDF5, `.keras` and `.weights.h5`; nested models and shared layers,
channels first and last. Kernels saved on Theano are turned as its convolution needs; where the file doesn't say what
Keras computed on, the importer says what it took, and `--backend` decides. A `Lambda` holds code, which is never run.
Functions of keras.ops and TensorFlow in a graph are read as well. A class of your own is read where an installed
package says what it computes, by the entry point `portside.keras_layers`: see `explorer/importers/keras_custom.py`.

"""

TENSORFLOW = """## TF-slim and TensorFlow 1

Checkpoints of both versions (`.ckpt`; `.index` with `.data`), their checksums verified, with the graph of the `.meta`
beside them or a frozen `.pb`. The inference phase is picked out of a training graph. A checkpoint that holds weights
alone takes an architecture named by `--architecture`, or the one that its variables' names tell.

"""

ONNX = """## ONNX

Every file that onnxruntime runs: any opset, weights inside or beside the file, open sizes, half precision, QDQ.
Shapes that the file doesn't state are inferred. Nodes of PyTorch's exports are grouped into the modules they came from
(`layer1.0.conv1`), and a file that Portside saved comes back with its layers, parameters and preprocessing.

"""

NETWORKS = """## Architectures

Built with random weights where no file of that name is there: `portside inspect NAME`. Some published figures count
otherwise than these tables do. GoogLeNet's "5 million parameters, 12 times fewer than AlexNet" leaves parts out: the
deployed file has 6 998 552, and AlexNet's 60 965 224 are 8.7 times as many. And the 418 MFLOP that slides give for its
stem are 477 675 520 multiply-adds when its three convolutions are added up.

"""


def page() -> str:
    """The whole page, as Markdown."""
    parts = [INTRODUCTION, _table(["format", "network", "weights", "one, the other or both"], _files()), "\n"]
    parts += [CAFFE, ", ".join(f"`{kind}`" for kind in sorted(DATA)), ".\n\n"]
    rows = [[f"`{kind}`", _summary(layer.convert)] for kind, layer in sorted(LAYERS.items())]
    parts += [_table(["layer", "what it computes"], rows), "\n"]
    parts += ["Left out as losses: ", ", ".join(f"`{kind}`" for kind in sorted(LOSSES)), ".\n\n"]
    parts += ["Can't be carried over:\n\n", _table(["layer", "because"], _named(INEXPRESSIBLE)), "\n"]
    parts += [KERAS, _kinds_by_summary(KERAS_LAYERS), "\n", TENSORFLOW, _kinds_by_summary(OPERATIONS), "\n"]
    parts += [ONNX, NETWORKS, _table(["name", "network"], _architectures())]
    return "".join(parts)


def _files() -> list[list[str]]:
    return [
        [name, _endings(importer.networks), _endings(importer.weights), _endings(importer.either)]
        for name, importer in IMPORTERS.items()
    ]


def _endings(endings: tuple[str, ...]) -> str:
    return ", ".join(f"`{ending}`" if ending else "no ending" for ending in endings)


def _kinds_by_summary(table: Mapping[str, Callable[..., Any]]) -> str:
    """One row for each function of the table, with all the kinds that it carries over."""
    kinds: dict[str, list[str]] = {}
    for kind, convert in table.items():
        kinds.setdefault(_summary(convert), []).append(f"`{kind}`")
    return _table(["layer", "what it computes"], [[", ".join(sorted(names)), text] for text, names in kinds.items()])


def _named(table: Mapping[str, str]) -> list[list[str]]:
    return [[f"`{name}`", text] for name, text in sorted(table.items())]


def _architectures() -> list[list[str]]:
    rows = []
    for name, place in ARCHITECTURES.items():
        module, _, function = place.partition(":")
        rows.append([f"`{name}`", _summary(getattr(importlib.import_module(module), function))])
    return rows


def _summary(function: Callable[..., Any]) -> str:
    """The first line of a docstring, fit for a table; of a function with some arguments given, the function's own."""
    text = (
        inspect.getdoc(function.func if isinstance(function, partial) else function)
        or "What its name says, element by element or over the axes that it states."
    )
    return text.splitlines()[0].replace("``", "`").replace("|", "\\|")


def _table(headers: list[str], rows: list[list[str]]) -> str:
    lines = [headers, ["---"] * len(headers), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), "utf-8")
