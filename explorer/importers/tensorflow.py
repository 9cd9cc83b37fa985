"""TensorFlow 1's graphs: a ``.meta`` or frozen ``.pb``, and a checkpoint → the network they compute at test time."""

from __future__ import annotations

from pathlib import Path

from explorer.errors import PortsideError
from explorer.importers.checkpoint import open_checkpoint
from explorer.importers.checkpoint_files import checkpoint_meant, find_checkpoint, newest_in
from explorer.importers.choices import Choices
from explorer.importers.tensorflow_conversion import Conversion
from explorer.importers.tensorflow_graph import read_graph
from explorer.importers.tfslim import read_slim
from explorer.importers.wire import WireError
from explorer.network.builder import NamedSizeError
from explorer.network.network import BATCH, Network

SAVED_MODEL = "saved_model.pb"
"""The name of the graph in a folder that ``tf.saved_model`` writes."""


def open_tensorflow(path: Path, weights: Path | None, choices: Choices) -> Network:
    """Read a graph, or a checkpoint with the graph beside it, or one without as the architecture that it holds.

    :raises PortsideError: naming the file, the operation or variable, and what is wrong with it.
    """
    found = checkpoint_meant(path) if weights is None else None
    if found is None and choices.architecture is None:
        return read_tensorflow(path, weights, size=choices.size)
    files = find_checkpoint(found or weights or path)
    if files is None:
        raise PortsideError("is no checkpoint", file=weights or path)
    if choices.architecture is None and files.meta.is_file():
        return read_tensorflow(files.meta, found, size=choices.size)
    checkpoint = open_checkpoint(files)
    return read_slim(checkpoint, files.prefix, architecture=choices.architecture, size=choices.size)


def read_tensorflow(path: Path, weights: Path | None = None, *, size: tuple[int, int] | None = None) -> Network:
    """Read a graph and its checkpoint, by default the one of the same name beside it.

    ``size`` is the pictures' height and width where the graph leaves them open. The batch stays open where the
    operations allow it. Without a checkpoint a graph with variables has its shapes but can't run.

    :raises PortsideError: naming the file, the operation and what is wrong with it.
    """
    graph = read_graph(path)
    place = weights or _checkpoint_of(path)
    files = None if place is None else find_checkpoint(place)
    if weights is not None and files is None:
        raise PortsideError("is no checkpoint", file=weights)
    checkpoint = None if files is None else open_checkpoint(files)
    try:
        conversion = Conversion(graph, checkpoint, size)
        try:
            return conversion.run(BATCH)
        except NamedSizeError:
            return conversion.run(None)
    except WireError as error:
        raise PortsideError(f"is damaged: {error.reason} (at byte {error.offset})", file=path) from None
    except NamedSizeError:
        raise PortsideError("an operation works on sizes that stand in no file", file=path) from None


def _checkpoint_of(path: Path) -> Path | None:
    """Where a graph's checkpoint stands: beside a ``.meta``, below a saved model; the newest in the folder of a text.

    A frozen graph has none.
    """
    if path.name == SAVED_MODEL:
        return path.with_name("variables") / "variables"
    if path.suffix.lower() == ".pbtxt":
        return path.parent if newest_in(path.parent) is not None else None
    return path if path.suffix.lower() == ".meta" else None
