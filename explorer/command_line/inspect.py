"""Layers, shapes, parameters, multiply-adds, memory and receptive field of a network."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from explorer.command_line.options import (
    add_common,
    add_model,
    add_running,
    make_runner,
    open_model,
    positive,
    shown_progress,
    sizes,
    table,
    write_json,
)

if TYPE_CHECKING:
    from explorer.network.costs import LayerCost
    from explorer.network.network import Network
    from explorer.running.timing import Timing


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """MODEL [--batch N] [--timing]."""
    add_model(parser)
    parser.add_argument(
        "--batch", type=positive, default=1, metavar="N", help="the batch that shapes and costs are for"
    )
    parser.add_argument("--timing", action="store_true", help="run the network, and say how long each layer takes")
    add_running(parser)
    add_common(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the table, or write the document."""
    from explorer.network.costs import costs

    network = open_model(arguments)
    rows = costs(network, arguments.batch)
    timing = _timed(network, arguments) if arguments.timing else None
    if arguments.json:
        write_json(document(network, rows, arguments.model, arguments.batch, timing), arguments.json)
    if not arguments.quiet and arguments.json != "-":
        print(_shown(network, rows, timing))
    return 0


def _timed(network: Network, arguments: argparse.Namespace) -> Timing:
    from explorer.running.timing import made_up_inputs, time_layers

    runner = make_runner(network, arguments)
    with shown_progress(arguments, "timing") as progress:
        return time_layers(runner, made_up_inputs(network, arguments.batch), progress=progress)


def document(
    network: Network, rows: tuple[LayerCost, ...], model: str, batch: int, timing: Timing | None = None
) -> dict[str, Any]:
    """The contract's ``inspect`` document; with ``timing`` each layer's time and the whole run's."""
    from explorer.command_line.timing_output import layer_document, timing_document
    from explorer.network.modules import find_modules
    from explorer.network.network import shape_of, value_name

    modules = find_modules(network.graph)
    layers = []
    for layer, row in zip(network.layers, rows, strict=True):
        field = row.receptive_field
        layers.append(
            {
                "name": layer.name,
                "type": layer.type,
                "module": modules.module_of(layer.name),
                "inputs": [source.name for source in network.input_layers(layer)],
                "output_shape": row.output_shape,
                "parameters": row.parameters,
                "macs": row.macs,
                "activation_bytes": row.activation_bytes,
                "receptive_field": field and {"size": field.size, "stride": field.stride},
                **({} if timing is None else layer_document(timing, row)),
            }
        )
    return {
        "model": model,
        "format": network.source.format,
        "inputs": [{"name": value_name(value), "shape": shape_of(value, batch)} for value in network.inputs],
        "layers": layers,
        "totals": _totals(rows),
        **({} if timing is None else {"timing": timing_document(timing)}),
    }


def _totals(rows: tuple[LayerCost, ...]) -> dict[str, int | None]:
    macs = [row.macs for row in rows]
    sizes_in_bytes = [row.activation_bytes for row in rows]
    return {
        "layers": len(rows),
        "parameters": sum(row.parameters for row in rows),
        "macs": None if None in macs else sum(macs),  # type: ignore[arg-type]
        "activation_bytes": None if None in sizes_in_bytes else sum(sizes_in_bytes),  # type: ignore[arg-type]
    }


def _shown(network: Network, rows: tuple[LayerCost, ...], timing: Timing | None) -> str:
    from explorer.command_line.timing_output import speed_text, time_text, timing_text

    timed = [] if timing is None else ["time", "GFLOP/s"]
    headers = ["layer", "type", "output", "parameters", "multiply-adds", *timed, "memory", "receptive field"]
    lines = []
    for layer, row in zip(network.layers, rows, strict=True):
        field = row.receptive_field
        lines.append(
            [
                layer.name,
                layer.type,
                sizes(row.output_shape),
                f"{row.parameters:,}" if row.parameters else "",
                f"{row.macs:,}" if row.macs else "" if row.macs == 0 else "?",
                *(() if timing is None else (time_text(timing, layer.name), speed_text(timing, row))),
                _memory(row.activation_bytes),
                "" if field is None else f"{sizes(field.size)} / {sizes(field.stride)}",
            ]
        )
    totals = _totals(rows)
    summary = (
        f"{totals['layers']} layers, {totals['parameters']:,} parameters, "
        f"{_or_unknown(totals['macs'])} multiply-adds, {_memory(totals['activation_bytes'])} of activations"
    )
    whole = "" if timing is None else f"\n{timing_text(timing)}"
    return f"{table(headers, lines, set(range(3, len(headers) - 1)))}\n\n{summary}{whole}"


def _or_unknown(count: int | None) -> str:
    return "an unknown number of" if count is None else f"{count:,}"


def _memory(count: int | None) -> str:
    if count is None:
        return "?"
    return f"{count / 2**20:.1f} MB" if count >= 2**20 else f"{count / 2**10:.1f} KB"
