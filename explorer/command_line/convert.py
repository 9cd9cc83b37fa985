"""Any readable network → ONNX, with its layers, names and preprocessing kept in the file."""

from __future__ import annotations

import argparse

from explorer.command_line.options import (
    add_common,
    add_model,
    check_outputs,
    note,
    open_model,
    write_json,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """MODEL -o OUT.onnx."""
    add_model(parser)
    parser.add_argument("-o", "--output", metavar="OUT.onnx", required=True, help="the file to write")
    add_common(parser)


def run(arguments: argparse.Namespace) -> int:
    """Convert, and say what was written."""
    from explorer.network.saving import save_network

    check_outputs(arguments.output, arguments.json)
    network = open_model(arguments)
    save_network(network, arguments.output)
    note(arguments, f"written: {arguments.output} ({len(network.layers)} layers)")
    if arguments.json:
        document = {"model": arguments.model, "output": arguments.output, "layers": len(network.layers)}
        write_json(document, arguments.json)
    return 0
