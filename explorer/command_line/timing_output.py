"""What `portside inspect` and `portside run` tell of the layers' times."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from explorer.command_line.options import table
from explorer.running.timing import Timing, gigaflops

if TYPE_CHECKING:
    from explorer.network.costs import LayerCost


def timing_document(timing: Timing) -> dict[str, Any]:
    """The whole run, median times in milliseconds."""
    return {
        "provider": timing.provider,
        "batch": timing.batch,
        "runs": timing.runs,
        "milliseconds": timing.milliseconds,
        "conversions": timing.conversions,
        "overhead": timing.overhead,
    }


def layer_document(timing: Timing, cost: LayerCost) -> dict[str, Any]:
    """One layer's time, the layer that it is computed within, and billions of operations in a second."""
    row = timing.of(cost.layer)
    spent = None if row is None else row.milliseconds
    return {
        "milliseconds": spent,
        "within": None if row is None else row.within,
        "gflops": gigaflops(spent, cost.macs),
    }


def time_text(timing: Timing, layer: str) -> str:
    """A layer's time, or the layer that it is computed within."""
    row = timing.of(layer)
    if row is None:
        return ""
    return f"in {row.within}" if row.milliseconds is None else f"{row.milliseconds:.3f} ms"


def speed_text(timing: Timing, cost: LayerCost) -> str:
    """Billions of operations in a second; empty where a layer multiplies nothing."""
    row = timing.of(cost.layer)
    speed = None if row is None else gigaflops(row.milliseconds, cost.macs)
    return "" if speed is None else f"{speed:.1f}"


def timing_text(timing: Timing) -> str:
    """The whole run in a line."""
    whole = f"{timing.milliseconds:.2f} ms a run on {timing.provider} (batch {timing.batch}, median of {timing.runs})"
    return f"{whole}: {timing.conversions:.2f} ms of it convert memory layouts, {timing.overhead:.2f} ms are overhead"


def print_timing(timing: Timing, costs: tuple[LayerCost, ...]) -> None:
    """Every layer's time beside its multiply-adds."""
    headers = ["layer", "time", "multiply-adds", "GFLOP/s"]
    rows = []
    for cost in costs:
        macs = f"{cost.macs:,}" if cost.macs else "" if cost.macs == 0 else "?"
        rows.append([cost.layer, time_text(timing, cost.layer), macs, speed_text(timing, cost)])
    print(f"{table(headers, rows, {1, 2, 3})}\n\n{timing_text(timing)}")
