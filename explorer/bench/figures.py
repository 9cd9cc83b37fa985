"""The figures: what each row is called, what it is to be, and what came out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

from explorer.bench.spread import Spread

if TYPE_CHECKING:
    from explorer.bench.bench import Bench

Unit = Literal["ratio", "ms", "s", "MB"]


@dataclass(frozen=True)
class Figure:
    """One line of the table.

    ``measured`` is None where something is ``missing``, which is then told in words. ``goal`` is the most that it is
    to be, in ``unit``; None: it has no goal of its own. ``detail`` holds the numbers behind a ratio.
    """

    row: str
    title: str
    unit: Unit
    goal: float | None
    measured: Spread | None = None
    missing: str = ""
    detail: str = ""

    @property
    def is_met(self) -> bool | None:
        """Whether the goal is reached; None where nobody can tell."""
        if self.measured is None or self.goal is None:
            return None
        return self.measured.median <= self.goal

    def to_json(self) -> dict[str, Any]:
        """The figure as a document."""
        return {**asdict(self), "missing": self.missing or None, "detail": self.detail or None, "met": self.is_met}


Measure = Callable[["Bench"], list[Figure]]

ROWS: Mapping[str, str] = {
    "capture": "explorer.bench.running:measure_capture",
    "caffe": "explorer.bench.running:measure_caffe",
    "opencv": "explorer.bench.running:measure_opencv",
    "saving": "explorer.bench.saving:measure_saving",
    "comparing": "explorer.bench.saving:measure_comparing",
    "click": "explorer.bench.window:measure_click",
    "version": "explorer.bench.starting:measure_version",
    "start": "explorer.bench.starting:measure_start",
    "open": "explorer.bench.window:measure_open",
    "open-large": "explorer.bench.window:measure_open_large",
    "frames": "explorer.bench.window:measure_frames",
    "growth": "explorer.bench.window:measure_growth",
    "convert": "explorer.bench.files:measure_convert",
    "memory": "explorer.bench.files:measure_memory",
}
"""Where each row is measured, by the name that `--only` takes; a row may have several figures."""


def measure_of(row: str) -> Measure:
    """What measures that row; imported when it is asked for."""
    module, _, function = ROWS[row].partition(":")
    measure: Measure = getattr(import_module(module), function)
    return measure
