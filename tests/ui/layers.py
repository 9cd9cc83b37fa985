"""What is known of the small network's layers, as the table shows it."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex

from explorer.comparison.comparison import Comparison, LayerComparison, Verdict
from explorer.comparison.metrics import Errors
from explorer.running.timing import LayerTime, Timing
from explorer.session.answers import Timed
from explorer.ui.layer_table import LayerTable
from tests.small_network import LAYERS


def compared(culprit: str | None = None, **errors: float) -> Comparison:
    """Every layer agrees but the culprit; ``errors`` by name, with ``_`` for ``/``."""
    rows = []
    for name in LAYERS:
        wrong = name == culprit
        found = Errors(0.0, errors.get(name.replace("/", "_"), 0.5 if wrong else 1e-7), 1.0)
        verdict: Verdict = "culprit" if wrong else "match"
        rows.append(LayerComparison(name, "", isolated=found, isolated_floor=2e-7, verdict=verdict))
    return Comparison("model", "reference", tuple(rows))


def timed() -> Timed:
    """conv1 takes 1.5 ms of 4, relu1 is computed with it, and what has no time here takes none."""
    spent = {"conv1": 1.5, "fork/left": 0.25, "fork/right": 0.5, "fc": 0.0625}
    rows = [LayerTime(name, spent.get(name, 0.0)) for name in LAYERS if name != "relu1"]
    timing = Timing((*rows, LayerTime("relu1", None, "conv1")), 4.0, 0.5, 1.1875, 10, 1, "cpu")
    return Timed(timing, {"conv1": 6912, "relu1": 0, "fork/left": 192, "fork/right": 1728, "fc": 576})


def place(table: LayerTable, name: str, column: int = 0) -> QModelIndex:
    """Where a layer's cell stands in the view."""
    return table.proxy.mapFromSource(table.model.index_of(name)).siblingAtColumn(column)


def shown(table: LayerTable) -> list[str]:
    """The labels of the rows at the top, as they stand."""
    return [table.proxy.index(row, 0).data() for row in range(table.proxy.rowCount())]
