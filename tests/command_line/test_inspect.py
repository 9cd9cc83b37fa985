"""`portside inspect`, with the layers' times. No time is judged."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from explorer import cli
from explorer.network.builder import NetworkBuilder
from explorer.network.network import Source
from explorer.network.saving import save_network
from tests.small_network import LAYERS, write_small_files


@pytest.fixture
def network(tmp_path: Path) -> str:
    return str(write_small_files(tmp_path).network)


@pytest.fixture
def open_sized(tmp_path: Path) -> str:
    builder = NetworkBuilder("open")
    layer = builder.layer("r", "ReLU")
    layer.top(layer.elementwise("Relu", builder.input("x", ("N", 3, "h", "w"))), "r")
    save_network(builder.build(Source("onnx")), tmp_path / "open.onnx")
    return str(tmp_path / "open.onnx")


def document(arguments: list[str], capsys: pytest.CaptureFixture[str]):
    assert cli.run(["inspect", *arguments, "--json", "-"]) == 0
    return json.loads(capsys.readouterr().out)


def test_every_layer_is_timed_or_names_the_layer_that_it_is_computed_within(network, capsys):
    found = document([network, "--timing"], capsys)
    names = [layer["name"] for layer in found["layers"]]
    assert names == list(LAYERS)
    for layer in found["layers"]:
        assert (layer["milliseconds"] is None) == (layer["within"] is not None)
        assert layer["milliseconds"] is None or layer["milliseconds"] >= 0
        assert layer["within"] is None or layer["within"] in names
        assert (layer["gflops"] is not None) == bool(layer["macs"] and layer["milliseconds"])
    layers = {layer["name"]: layer for layer in found["layers"]}
    assert layers["relu1"]["within"] == "conv1"
    assert layers["conv1"]["milliseconds"] > 0
    assert layers["data"]["milliseconds"] == 0


def test_layers_conversions_and_overhead_make_up_a_run(network, capsys):
    found = document([network, "--timing"], capsys)
    timing = found["timing"]
    assert (timing["provider"], timing["batch"]) == ("cpu", 1)
    assert timing["runs"] >= 3
    spent = sum(layer["milliseconds"] or 0 for layer in found["layers"])
    assert min(timing["conversions"], timing["overhead"], spent) >= 0
    # Medians of the parts do not add up to the median of the whole, and a machine may be busy meanwhile.
    assert 0 < spent + timing["conversions"] + timing["overhead"] <= 2 * timing["milliseconds"]


def test_operations_in_a_second_are_two_for_each_multiply_add(network, capsys):
    for layer in document([network, "--timing", "--batch", "3"], capsys)["layers"]:
        if layer["gflops"] is not None:
            assert layer["gflops"] == pytest.approx(2e-6 * layer["macs"] / layer["milliseconds"])


def test_the_batch_is_the_one_that_is_timed(network, capsys):
    found = document([network, "--timing", "--batch", "3"], capsys)
    assert found["timing"]["batch"] == 3
    assert found["layers"][1]["macs"] == 3 * 4 * 3 * 9 * 64


def test_without_timing_nothing_is_run(network, capsys, monkeypatch):
    monkeypatch.setattr("explorer.running.runner.Runner.__init__", lambda *_, **__: pytest.fail("was run"))
    found = document([network], capsys)
    assert "timing" not in found
    assert "milliseconds" not in found["layers"][0]


def test_the_table_has_times_beside_multiply_adds_and_the_run_in_a_line(network, capsys):
    assert cli.run(["inspect", network, "--timing"]) == 0
    out = capsys.readouterr().out
    lines = {line.split()[0]: line for line in out.splitlines() if line.strip()}
    assert re.search(r"multiply-adds +time +GFLOP/s +memory +receptive field$", lines["layer"])
    assert re.search(r" 6,912 +\d+\.\d{3} ms +\d+\.\d +1\.0 KB +3×3 / 1$", lines["conv1"])
    assert re.search(r" in conv1 +1\.0 KB", lines["relu1"])
    assert re.search(r" 0\.000 ms +0\.8 KB", lines["data"])
    pattern = r"\d+\.\d\d ms a run on cpu \(batch 1, median of \d+\): \d+\.\d\d ms of it convert memory layouts, "
    assert re.fullmatch(pattern + r"-?\d+\.\d\d ms are overhead", out.splitlines()[-1])


def test_a_network_of_open_size_says_how_it_can_be_timed(open_sized, capsys):
    assert cli.run(["inspect", open_sized, "--timing"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err == "portside: the size of the input 'x' is left open: a run on a picture can be timed\n"
    assert cli.run(["inspect", open_sized]) == 0
