"""What every test of ../shared/oracles asks of a network and of a broken file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from explorer.comparison.compare import compare
from explorer.comparison.comparison import Comparison
from explorer.comparison.noise import TOLERANCE
from explorer.network.network import Network
from explorer.running.reference import open_reference
from explorer.running.runner import Runner


def compared(network: Network, reference: Path) -> Comparison:
    """The network against the file ``reference``, each layer that this holds a match, within ten floors by itself."""
    comparison, _ = compare(Runner(network, "cpu"), open_reference(reference))
    rows = [row for row in comparison.layers if row.reference_key is not None]
    assert rows
    assert {row.layer: row.verdict for row in rows if row.verdict != "match"} == {}
    for row in rows:
        if row.isolated is not None and row.isolated_floor is not None:
            assert row.isolated.relative_l2 <= TOLERANCE * row.isolated_floor, row.layer
    return comparison


def unmentioned(case: dict[str, Any], error: BaseException) -> list[str]:
    """What a case wants named that the error's message doesn't name."""
    return [text for text in case["expected_error_mentions"] if text not in str(error)]
