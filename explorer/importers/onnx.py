"""ONNX: any file that onnxruntime runs, and those that Portside saved."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

import onnx_ir as ir

from explorer.errors import PortsideError
from explorer.importers.choices import Choices
from explorer.importers.onnx_checks import check_model
from explorer.importers.onnx_file import OnnxFile, map_onnx
from explorer.importers.onnx_scopes import mark_modules
from explorer.importers.onnx_shapes import model_with_shapes
from explorer.importers.onnx_tensors import files_beside, place_tensors
from explorer.network import marks
from explorer.network.network import Network, Source
from explorer.network.provenance import Provenance
from explorer.network.windows import WINDOWED, spatial_sizes, window_error

# It warns of what is checked here and told as an error.
logging.getLogger("onnx_ir").setLevel(logging.CRITICAL)


def read_onnx(path: Path, choices: Choices) -> Network:
    """Read an ONNX file; shapes that it doesn't state are inferred, and large weights stay where they lie.

    :raises PortsideError: when it is not ONNX, is cut short, refers to files outside its folder, or is inconsistent.
    """
    return read_onnx_file(map_onnx(path), path, choices)


def read_onnx_file(file: OnnxFile, path: Path, choices: Choices) -> Network:
    """Do what :func:`read_onnx` does with a file that is mapped already; ``path`` is what it is called.

    :raises PortsideError: as that does.
    """
    if not file.proto.graph.node:
        raise PortsideError("holds no ONNX graph", file=path)
    check_model(file.proto, path, any_operator=choices.allow_unknown)
    beside = () if file.beside is not None else files_beside(file.proto, path)
    placed = place_tensors(file, path)
    try:
        model = model_with_shapes(file.proto, placed)
        for name, tensor in placed.items():
            model.graph.initializers[name].const_value = tensor
        _name_nodes(model)
        _check_windows(model)
        if marks.SOURCE not in model.metadata_props:
            mark_modules(model.graph)
            model.metadata_props[marks.SOURCE] = Source("onnx", (str(path), *beside)).to_json()
        network = Network(model)
        _check_marks(network)
    except PortsideError as error:
        raise PortsideError(error.reason, file=path, layer=error.layer) from None
    except Exception as error:  # noqa: BLE001 - a damaged graph can break onnx_ir anywhere
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise PortsideError(f"not a consistent ONNX graph ({reason})", file=path) from None
    return network


def _check_windows(model: ir.Model) -> None:
    for node in model.graph:
        if node.op_type not in WINDOWED:
            continue
        reason = window_error(node, spatial_sizes(node.inputs[0] if node.inputs else None))
        if reason is not None:
            raise PortsideError(reason, layer=node.name)


def _check_marks(network: Network) -> None:
    """Read all that the file's marks say, so that damaged ones are found while the file's name is at hand."""
    try:
        if not network.layers:
            raise PortsideError("holds no ONNX graph")
        source, aliases = network.source, network.aliases
        texts = [source.format, *source.files, *source.notes, *(name for names in aliases.values() for name in names)]
        for layer in network.layers:
            texts += [blob for blob in layer.blobs if blob is not None]
        for value in network.model.graph.initializers.values():
            mark = None if value.const_value is None else value.const_value.metadata_props.get(marks.PROVENANCE)
            if mark is not None:
                origin = Provenance.from_json(mark)
                texts += [origin.file, origin.name, *origin.steps]
        sound = all(isinstance(text, str) for text in texts)
        sound &= all(isinstance(layer.parameters, Mapping) for layer in network.layers)
        _ = network.preprocessing, network.labels
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        sound = False
    if not sound:
        raise PortsideError("what Portside noted in it is damaged")


def _name_nodes(model: ir.Model) -> None:
    """Give every node a name; values have theirs, as ONNX demands."""
    taken = {node.name for node in model.graph if node.name}
    for number, node in enumerate(model.graph):
        if not node.name:
            name = node.outputs[0].name if node.outputs and node.outputs[0].name else f"{node.op_type}_{number}"
            node.name = name if name not in taken else f"{node.op_type}_{number}"
            taken.add(node.name)
