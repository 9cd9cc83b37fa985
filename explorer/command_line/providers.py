"""Where networks can run here, and why not elsewhere."""

from __future__ import annotations

import argparse

from explorer.command_line.options import add_common, table, write_json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """--json, --quiet."""
    add_common(parser)


def run(arguments: argparse.Namespace) -> int:
    """List the providers, the best first."""
    from explorer.running.providers import choose_provider, providers

    states = providers()
    chosen = choose_provider().name
    if arguments.json:
        rows = [{"name": s.name, "available": s.available, "device": s.device, "reason": s.reason} for s in states]
        write_json({"chosen": chosen, "providers": rows}, arguments.json)
    if not arguments.quiet and arguments.json != "-":
        rows_shown = [["→" if s.name == chosen else "", s.name, s.device, s.reason or "ready"] for s in states]
        print(table(["", "provider", "device", "state"], rows_shown, set()))
    return 0
