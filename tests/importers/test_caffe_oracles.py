"""Every network that Caffe itself ran: each layer that its reference holds must match, each broken file be named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.comparison.compare import compare
from explorer.comparison.comparison import Comparison
from explorer.comparison.metrics import measure
from explorer.errors import PortsideError
from explorer.importers import open_network
from explorer.importers.caffe_phase import LOSSES
from explorer.importers.prototxt import read_prototxt
from explorer.network.network import Network
from explorer.running import float64
from explorer.running.reference import open_reference
from explorer.running.runner import Runner

ORACLES = Path(__file__).resolve().parents[3] / "shared" / "oracles" / "caffe"
CASES = {
    path.parent.name: json.loads(path.read_text()) for path in sorted(ORACLES.glob("*/case.json")) if ORACLES.is_dir()
}
READ = [name for name, case in CASES.items() if case["expect"] == "ok"] or ["none"]
REFUSED = [name for name, case in CASES.items() if case["expect"] == "error"] or ["none"]


@pytest.fixture
def folder(request: pytest.FixtureRequest, shared: Path) -> Path:
    """The folder of the case that the test is for."""
    path: Path = shared / "oracles" / "caffe" / request.param
    if not path.is_dir():
        pytest.skip(f"needs {path}, which is absent")
    return path


def opened(folder: Path) -> Network:
    files = CASES[folder.name]["files"]
    weights = folder / files["weights"] if "weights" in files else None
    return open_network(folder / files["architecture"], weights=weights)


def not_ours(folder: Path, network: Network) -> set[str]:
    """Blobs and layers of the reference that only training has: labels, losses, and what leads to them alone."""
    case: dict[str, Any] = CASES[folder.name]
    net = read_prototxt(folder / case["files"]["architecture"])
    names = {blob for blob in case["inputs"] if blob not in network.blobs}
    for layer in net.layer:
        if layer.type in LOSSES or (layer.name not in network.layer and layer.bottom):
            names |= {layer.name, *layer.top}
    return names


def check(comparison: Comparison, folder: Path, network: Network) -> None:
    verdicts = {row.layer: row.verdict for row in comparison.layers if row.reference_key is not None}
    assert verdicts
    assert {name: verdict for name, verdict in verdicts.items() if verdict != "match"} == {}
    expected = not_ours(folder, network)
    # Caffe's own Split layers, where a reference has kept them.
    unmatched = [key for key in comparison.unmatched_reference if key not in expected and "_split_" not in key]
    assert unmatched == []


@pytest.mark.parametrize("folder", READ, indirect=True)
def test_every_layer_matches_what_caffe_computed(folder: Path) -> None:
    network = opened(folder)
    assert all(map(float64.supports, network.model.graph))
    runner = Runner(network, "cpu")
    fed = folder / "inputs.npz"
    if not fed.exists():
        comparison, _ = compare(runner, open_reference(folder / "reference.npz"))
        check(comparison, folder, network)
    if (folder / "by_layer.npz").exists():
        comparison, _ = compare(runner, open_reference(folder / "by_layer.npz"))
        check(comparison, folder, network)


@pytest.mark.parametrize(
    "folder", [name for name in READ if (ORACLES / name / "inputs.npz").exists()] or ["none"], indirect=True
)
def test_blobs_match_where_the_network_overwrites_its_input(folder: Path) -> None:
    network = opened(folder)
    values = Runner(network, "cpu").run(dict(np.load(folder / "inputs.npz")))
    reference = open_reference(folder / "reference.npz")
    for key, array in reference.arrays.items():
        assert measure(values[network.blobs[key].name or ""], array).relative_l2 < 1e-6, key


@pytest.mark.parametrize("folder", READ, indirect=True)
def test_what_caffe_does_in_silence_is_said(folder: Path) -> None:
    mentions = CASES[folder.name].get("expected_warning_mentions", [])
    notes = " ".join(opened(folder).source.notes)
    assert [word for word in mentions if word not in notes] == []


@pytest.mark.parametrize("folder", REFUSED, indirect=True)
def test_a_broken_file_is_refused_and_the_reason_named(folder: Path) -> None:
    with pytest.raises(PortsideError) as caught:
        opened(folder)
    message = str(caught.value)
    assert [word for word in CASES[folder.name]["expected_error_mentions"] if word not in message] == []
