"""Where networks can run here, and why not elsewhere."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from explorer.command_line.options import add_common, note, table, write_json

if TYPE_CHECKING:
    from explorer.running.providers import ProviderState


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """--json, --quiet."""
    add_common(parser)


def run(arguments: argparse.Namespace) -> int:
    """List the providers, the best first, and what is wrong with how onnxruntime is installed."""
    from explorer.running.providers import choose_provider, provider_warnings, providers

    states = providers()
    chosen = choose_provider()
    warnings = provider_warnings()
    if arguments.json:
        rows = [
            {
                "name": state.name,
                "available": state.available,
                "device": state.device,
                "reason": state.reason,
                "caution": state.caution,
            }
            for state in states
        ]
        document = {"chosen": chosen.name, "device": chosen.device, "providers": rows, "warnings": warnings}
        write_json(document, arguments.json)
    if not arguments.quiet and arguments.json != "-":
        rows_shown = [["→" if state is chosen else "", state.name, state.device, _said(state)] for state in states]
        print(table(["", "provider", "device", "state"], rows_shown, set()))
    for text in warnings:
        note(arguments, text)
    return 0


def _said(state: ProviderState) -> str:
    if state.reason is not None:
        return state.reason
    return "ready" if state.caution is None else f"only when asked for: {state.caution}"
