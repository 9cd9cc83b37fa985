"""What the graph's colours may tell of each layer: its error, its time, its parameters, its zeros. Without Qt."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from explorer.ui.number_text import amount_text, error_text, share_text

ColourBy = Literal["kind", "error", "time", "parameters", "zeros"]
"""What the nodes' colours say: the kind of operation, or one of the :data:`QUANTITIES`."""

Join = Literal["sum", "largest", "share"]


@dataclass(frozen=True)
class Quantity:
    """What is told by a colour, and how it is written.

    ``title`` with its unit stands above the scale, ``word`` before a single number; ``absent`` says why a layer has no
    number, ``missing`` what to do while no layer has one. A module's number is the ``join`` of its layers'.
    """

    title: str
    word: str
    absent: str
    missing: str
    join: Join
    write: Callable[[float], str]
    tick: Callable[[float], str]
    is_logarithmic: bool = True


def _milliseconds(value: float) -> str:
    if value == 0:
        return "0 ms"
    return f"{value:.3f} ms" if value < 1 else f"{value:.3g} ms" if value < 1000 else f"{value:.0f} ms"


def _percent(value: float) -> str:
    return share_text(round(value * 1_000_000), 1_000_000)


QUANTITIES: Mapping[ColourBy, Quantity] = {
    "error": Quantity(
        "Isolated error, relative L2",
        "isolated error",
        "not compared",
        "compare with a reference first (F6)",
        "largest",
        error_text,
        lambda value: f"{value:g}".replace("e-0", "e-"),
    ),
    "time": Quantity(
        "Time of a run, ms",
        "time",
        "no time of its own",
        "not timed yet (F10)",
        "sum",
        _milliseconds,
        lambda value: f"{value:g}",
    ),
    "parameters": Quantity(
        "Learned parameters",
        "parameters",
        "no parameters",
        "the network has no parameters",
        "sum",
        lambda value: amount_text(round(value)),
        lambda value: amount_text(round(value)).replace(".00", "").replace(".0", ""),
    ),
    "zeros": Quantity(
        "Zeros in the output, %",
        "zeros",
        "no values",
        "run the network on a picture first (F5)",
        "share",
        _percent,
        lambda value: f"{100 * value:.0f}",
        is_logarithmic=False,
    ),
}
