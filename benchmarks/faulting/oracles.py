"""Right ports as frameworks themselves recorded them: every case of the folder ``shared`` that can be read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.faulting.networks import SHARED
from explorer.importers import open_network
from explorer.network.network import Network
from explorer.running.reference import Reference, open_reference

WEIGHTS = ("weights.h5", ".weights.h5")


def find_oracles() -> Iterator[tuple[str, Path, Path | None, Path]]:
    """For each right port its name, network file, weights file and reference file."""
    for path in sorted((SHARED.parent / "oracles").glob("*/*/case.json")):
        case = json.loads(path.read_text())
        if case["expect"] != "ok":
            continue
        framework, folder = path.parent.parent.name, path.parent
        # Where a network overwrites its input, the recording lacks what was fed.
        names = [] if (folder / "inputs.npz").exists() else ["reference.npz"]
        names += ["by_layer.npz"] if (folder / "by_layer.npz").exists() else []
        for network, weights in _files(framework, case):
            for reference in names:
                yield (
                    f"{framework}/{folder.name}/{network}/{reference}",
                    folder / network,
                    weights and folder / weights,
                    (folder / reference),
                )
    for folder in sorted(SHARED.glob("*")):
        for prototxt in (folder / "deploy.prototxt", folder / "train_val.prototxt"):
            for recorded in sorted(folder.glob("*.npz")) if prototxt.is_file() else ():
                yield f"{folder.name}/{prototxt.name}/{recorded.name}", prototxt, None, recorded


def open_oracle(network: Path, weights: Path | None, reference: Path) -> tuple[Network, Reference]:
    """The port and what its original recorded."""
    return open_network(network, weights=weights), open_reference(reference)


def _files(framework: str, case: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    files: dict[str, Any] = case["files"]
    if framework == "caffe":
        yield files["architecture"], files.get("weights")
    elif framework.startswith("keras"):
        yield from _keras_files(sorted(set(files.values())))
    elif framework == "slim":
        for key, value in files.items():
            if key.startswith("checkpoint_v2"):
                yield f"{value.partition(' ')[0]}.meta", None
    else:
        for value in files.values():
            for name in [value] if isinstance(value, str) else value:
                if name.endswith(".onnx"):
                    yield name, None


def _keras_files(names: list[str]) -> Iterator[tuple[str, str | None]]:
    weights = [name for name in names if name.endswith(WEIGHTS)]
    for name in names:
        if name.endswith(".json"):
            beside: list[str | None] = [*weights] or [None]
            yield from ((name, each) for each in beside)
        elif name not in weights and name.endswith((".h5", ".keras")):
            yield name, None
