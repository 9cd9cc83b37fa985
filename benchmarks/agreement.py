"""How near every layer comes to what the original framework computed: `python -m benchmarks.agreement FOLDER…`.

Each folder holds one network and its references (``.npz``); prints the table of docs/performance.md.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from explorer.comparison.compare import compare
from explorer.comparison.comparison import LayerComparison
from explorer.comparison.noise import TOLERANCE
from explorer.importers import open_network
from explorer.running.reference import open_reference
from explorer.running.runner import Runner

HEADER = (
    "| network | reference | layers | match | isolated error, worst | … in floors | cumulative error, worst "
    "| … in floors | seconds |\n|---|---|---|---|---|---|---|---|---|"
)


def main(folders: list[str]) -> int:
    """Print one row for each reference; the exit status says whether all agree."""
    print(HEADER)
    agreed = True
    for folder in map(Path, folders):
        network = next(path for name in ("deploy.prototxt", "train_val.prototxt") if (path := folder / name).is_file())
        for reference in sorted(folder.glob("*.npz")):
            start = time.perf_counter()
            comparison, _ = compare(Runner(open_network(network), "cpu"), open_reference(reference))
            seconds = time.perf_counter() - start
            agreed &= comparison.agrees
            rows = [row for row in comparison.layers if row.isolated is not None]
            matching = sum(row.verdict == "match" for row in rows)
            counts = f"{len(comparison.layers)} | {matching}"
            errors = f"{_worst(rows, 'isolated')} | {_worst(rows, 'cumulative')}"
            print(f"| {folder.name} | {reference.stem} | {counts} | {errors} | {seconds:.2f} |")
    print(f"\nA match is within {TOLERANCE:.0f} floors.")
    return 0 if agreed else 1


def _worst(rows: list[LayerComparison], which: str) -> str:
    """The largest relative L2 error with its layer, and the largest multiple of a floor with its layer."""
    errors = [(row, getattr(row, which)) for row in rows if getattr(row, which) is not None]
    floor = "isolated_floor" if which == "isolated" else "noise_floor"
    largest, error = max(errors, key=lambda item: item[1].relative_l2)
    in_floors = [(errors_.relative_l2 / getattr(row, floor), row.layer) for row, errors_ in errors]
    height, highest = max(in_floors)
    return f"{error.relative_l2:.1e} ({largest.layer}) | {height:.1f} ({highest})"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
