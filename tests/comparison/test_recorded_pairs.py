"""Pairing and tolerance that a golden run holds, in place of what names and measurements say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from explorer.comparison.compare import compare
from explorer.running.reference import open_reference
from explorer.running.runner import Runner
from tests.golden_runs import rewrite, write_golden
from tests.small_network import small_network


def test_a_saved_pairing_stands_before_the_names(tmp_path: Path) -> None:
    def exchange(record: dict[str, Any], parts: dict[str, bytes]) -> None:
        for pair in record["pairing"]:
            other = {"fork/left": "fork/right", "fork/right": "fork/left"}
            pair["key"] = other.get(pair["key"], pair["key"])

    path = rewrite(write_golden(tmp_path), exchange)
    comparison, _ = compare(Runner(small_network(), "cpu", threads=1), open_reference(path))
    assert comparison.layer["fork/left"].reference_key == "fork/right"
    assert [row.layer for row in comparison.layers if row.verdict == "culprit"] == [
        "fork/left",
        "fork/right",
        "fork/join",
    ]


@pytest.mark.parametrize("axes", [[], [0], [0, 0, 1, 2], [0, 1, 2, 9], [-1, -1, -1, -1], [3, 1, 2]])
def test_axes_that_are_no_turn_of_the_array_give_way_to_the_ordinary_rules(tmp_path: Path, axes: list[int]) -> None:
    def change(record: dict[str, Any], parts: dict[str, bytes]) -> None:
        for pair in record["pairing"]:
            pair["axes"] = axes

    path = rewrite(write_golden(tmp_path), change)
    comparison, _ = compare(Runner(small_network(), "cpu", threads=1), open_reference(path))
    assert comparison.agrees
    assert comparison.layer["conv1"].axes == (0, 1, 2, 3)


def test_pairs_of_layers_that_are_not_there_are_passed_over(tmp_path: Path) -> None:
    def change(record: dict[str, Any], parts: dict[str, bytes]) -> None:
        record["pairing"] = [
            {"layer": "gone", "value": "conv1", "key": "conv1", "axes": [0, 1, 2, 3]},
            {"layer": "fc", "value": "gone", "key": "fc", "axes": [0, 1]},
            {"layer": "prob", "value": "prob", "key": "gone", "axes": [0, 1]},
        ]

    path = rewrite(write_golden(tmp_path), change)
    assert compare(Runner(small_network(), "cpu", threads=1), open_reference(path))[0].agrees


def _tolerant(layers: dict[str, Any], floors: float = 10.0) -> Any:
    def change(record: dict[str, Any], parts: dict[str, bytes]) -> None:
        record["tolerance"] = json.loads(json.dumps({"floors": floors, "layers": layers}))

    return change


def test_a_higher_floor_that_was_saved_is_allowed_and_a_lower_one_changes_nothing(tmp_path: Path) -> None:
    golden = write_golden(tmp_path)
    runner = Runner(small_network(shifted="fork/left"), "cpu", threads=1)
    wrong, _ = compare(runner, open_reference(golden))
    assert wrong.first_divergence == "fork/left"
    row = wrong.layer["fork/left"]
    assert row.isolated is not None
    lower, _ = compare(runner, open_reference(rewrite(golden, _tolerant({"fork/left": {"isolated": 1e-30}}))))
    assert lower.layer["fork/left"] == row
    higher = rewrite(golden, _tolerant({"fork/left": {"isolated": 1.0, "cumulative": 1.0}}))
    allowed, _ = compare(runner, open_reference(higher))
    assert allowed.layer["fork/left"].isolated_floor == 1.0
    assert allowed.layer["fork/left"].verdict == "match"


def test_the_number_of_floors_that_is_allowed_is_the_files(tmp_path: Path) -> None:
    golden = write_golden(tmp_path)
    runner = Runner(small_network(shifted="fork/left"), "cpu", threads=1)
    assert compare(runner, open_reference(rewrite(golden, _tolerant({}, 1e9))))[0].agrees
    assert not compare(runner, open_reference(rewrite(golden, _tolerant({}, 10))))[0].agrees
