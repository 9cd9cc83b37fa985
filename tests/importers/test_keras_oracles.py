"""Every Keras case of ../shared: each file that a case names, against what Keras computed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from explorer.errors import PortsideError
from explorer.importers import open_network
from tests.oracles import compared, unmentioned

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "oracles"

WEIGHTS = ("weights.h5", ".weights.h5")


def _combinations(case: dict[str, Any]) -> list[tuple[str, str | None]]:
    """The networks of a case with their weights: whole ones alone, an architecture with the weights beside it."""
    names = sorted(set(case["files"].values()))
    weights = [name for name in names if name.endswith(WEIGHTS)]
    found: list[tuple[str, str | None]] = []
    for name in names:
        if name.endswith(".json"):
            found += [(name, each) for each in weights] or [(name, None)]
        elif name not in weights and name.endswith((".h5", ".keras")):
            found.append((name, None))
    if weights and not any(name.endswith(".json") for name, _ in found):
        found += [("architecture.json", each) for each in weights]
    return found


def _cases() -> list[Any]:
    found = []
    for path in sorted(FOLDER.glob("keras[123]/*/case.json")):
        case = json.loads(path.read_text())
        for network, weights in _combinations(case):
            name = f"{path.parent.parent.name}/{path.parent.name}-{network}"
            found.append(pytest.param(path.parent, case, network, weights, id=name))
    return found or [pytest.param(FOLDER, {}, "", None, id="absent")]


@pytest.mark.parametrize(("folder", "case", "network", "weights"), _cases())
def test_case(shared: Path, folder: Path, case: dict[str, Any], network: str, weights: str | None) -> None:
    if not case:
        pytest.skip("needs the Keras cases of ../shared/oracles, which are absent")
    path, beside = folder / network, None if weights is None else folder / weights
    if case["expect"] == "error":
        with pytest.raises(PortsideError) as caught:
            open_network(path, weights=beside)
        assert unmentioned(case, caught.value) == []
        return
    assert case["expect"] == "ok"
    comparison = compared(open_network(path, weights=beside), folder / "reference.npz")
    assert comparison.unmatched_reference == ()
    assert comparison.agrees


def test_a_real_port_as_people_left_it(shared: Path) -> None:
    path = shared / "pairs" / "char-judgement" / "char_judgement.h5"
    if not path.is_file():
        pytest.skip("needs ../shared/pairs/char-judgement, which is absent")
    network = open_network(path)
    assert [layer.name for layer in network.layers][:3] == ["conv2d_3_input", "conv2d_3", "activation_5"]
    assert network.source.notes == ()
