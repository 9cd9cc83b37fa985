"""A network → an ONNX file that opens in plain onnxruntime and comes back here with its layers."""

from __future__ import annotations

from pathlib import Path

from explorer.errors import PortsideError
from explorer.files import whole_file
from explorer.network.network import Network

MOST_BYTES_IN_ONE_FILE = 2**31 - 2**20
"""A protobuf message can't be larger than 2 GiB; the rest is room for the graph itself."""


def save_network(network: Network, path: str | Path) -> None:
    """Write ``network`` as ONNX; the file appears whole or not at all.

    :raises PortsideError: when it can't be written, has no weights, or is too large for one file.
    """
    import onnx_ir as ir

    if not network.source.has_weights:
        raise PortsideError("the network has no weights, so there is nothing to convert", file=network.source.files[0])
    size = sum(value.const_value.nbytes for value in network.model.graph.initializers.values() if value.const_value)
    if size > MOST_BYTES_IN_ONE_FILE:
        raise PortsideError(f"{size / 2**30:.1f} GiB of weights don't fit in one ONNX file", file=path)
    with whole_file(path) as temporary:
        ir.save(network.model, temporary, format="protobuf")
