"""A network → the part of a golden run that holds it: an ONNX file without the folders of whoever saved it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import PurePath, PureWindowsPath
from typing import IO, TYPE_CHECKING

from explorer.errors import PortsideError
from explorer.golden.record import NETWORK, NETWORK_DATA
from explorer.golden.writing import LINE, PAGE, PartsWriter
from explorer.network import marks
from explorer.network.provenance import Provenance
from explorer.network.saving import MOST_BYTES_IN_ONE_FILE as MOST_BYTES
from explorer.network.saving import is_large, write_model, write_tensor

if TYPE_CHECKING:
    import onnx_ir as ir

    from explorer.network.network import Network


def write_network_part(network: Network, writer: PartsWriter, labels: tuple[str, ...] | None = None) -> None:
    """Write the network as the first part; its weights are a part of their own where one ONNX file can't hold them.

    ``labels`` are the names of its classes, where they are not the customary ones.

    :raises PortsideError: when the network has no weights.
    """
    import onnx_ir as ir

    if not network.source.has_weights:
        raise PortsideError("the network has no weights, so there is nothing to save", file=network.source.files[0])
    model = _without_folders(network)
    if labels is not None:
        model.metadata_props[marks.LABELS] = json.dumps(labels)
    size = sum(value.const_value.nbytes for value in model.graph.initializers.values() if value.const_value)
    if size <= MOST_BYTES:
        writer.add(NETWORK, lambda file: write_model(model, file), align=PAGE)
        return
    write_data = _take_weights_out(model)
    writer.add(NETWORK_DATA, write_data, align=PAGE)
    writer.add_bytes(NETWORK, ir.to_proto(model).SerializeToString())


def file_name(path: str) -> str:
    """A path's last part, whichever system wrote it."""
    return PureWindowsPath(path).name if "\\" in path else PurePath(path).name


def _without_folders(network: Network) -> ir.Model:
    """A copy of the model that names files alone, where it says where it comes from; the weights are shared."""
    model = network.model.clone()
    source = network.source
    folders = {file: file_name(file) for file in sorted(source.files, key=len, reverse=True)}
    notes = tuple(_renamed(note, folders) for note in source.notes)
    files = tuple(folders[file] for file in source.files)
    model.metadata_props[marks.SOURCE] = replace(source, files=files, notes=notes).to_json()
    for value in model.graph.initializers.values():
        tensor = value.const_value
        mark = None if tensor is None else tensor.metadata_props.get(marks.PROVENANCE)
        if tensor is not None and mark is not None:
            origin = Provenance.from_json(mark)
            value.const_value = _marked(tensor, replace(origin, file=file_name(origin.file)))
    return model


def _renamed(text: str, names: Mapping[str, str]) -> str:
    for path, name in names.items():
        text = text.replace(path, name)
    return text


def _marked(tensor: ir.TensorProtocol, origin: Provenance) -> ir.TensorProtocol:
    """The same weight, from somewhere else."""
    import onnx_ir as ir

    raw = tensor.raw if isinstance(tensor, ir.Tensor) else tensor.numpy()
    notes = {**tensor.metadata_props, marks.PROVENANCE: origin.to_json()}
    return ir.Tensor(
        raw, tensor.dtype, shape=ir.Shape(tensor.shape.numpy()), name=tensor.name, doc_string=tensor.doc_string,
        metadata_props=notes,
    )  # fmt: skip


def _take_weights_out(model: ir.Model) -> Callable[[IO[bytes]], None]:
    """Leave of each large weight where it lies in the other part, and give what writes them there."""
    import onnx_ir as ir

    tensors: list[tuple[int, ir.TensorProtocol]] = []
    place = 0
    for name, value in model.graph.initializers.items():
        tensor = value.const_value
        if tensor is None or not is_large(tensor):
            continue
        place += -place % LINE
        tensors.append((place, tensor))
        outside = ir.ExternalTensor(
            NETWORK_DATA, place, tensor.nbytes, tensor.dtype, shape=ir.Shape(tensor.shape.numpy()), name=name,
            doc_string=tensor.doc_string, metadata_props=dict(tensor.metadata_props),
        )  # fmt: skip
        # Of the weights themselves nothing is left in the graph, so writing it takes none of them along.
        value.const_value = outside
        place += tensor.nbytes

    def write(file: IO[bytes]) -> None:
        written = 0
        for start, tensor in tensors:
            file.write(bytes(start - written))
            write_tensor(tensor, file)
            written = start + tensor.nbytes

    return write
