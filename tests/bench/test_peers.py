import sys

import pytest

from explorer.bench.peers import VARIABLES, find_peers


@pytest.fixture(autouse=True)
def nothing_named(monkeypatch):
    for variable in VARIABLES.values():
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("PATH", "")


def test_a_peer_that_is_nowhere_is_missing_and_says_what_would_help(tmp_path):
    peers = find_peers({}, tmp_path)
    assert peers.found == {}
    assert peers.missing.keys() == VARIABLES.keys()
    assert peers.missing["polygraphy"] == (
        "polygraphy not found: --polygraphy or PORTSIDE_BENCH_POLYGRAPHY names a Python with polygraphy, onnx and "
        "onnxruntime"
    )


def test_an_option_stands_before_the_variable(tmp_path, monkeypatch):
    monkeypatch.setenv("PORTSIDE_BENCH_OPENCV", "/nowhere/python")
    assert find_peers({"opencv": sys.executable}, tmp_path).found["opencv"] == sys.executable


def test_a_variable_that_names_no_program_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("PORTSIDE_BENCH_OPENCV", "/nowhere/python")
    assert find_peers({}, tmp_path).missing["opencv"] == "opencv not found: /nowhere/python is no program"


@pytest.mark.skipif(sys.platform == "win32", reason="environments look otherwise there")
def test_an_environment_that_was_set_up_is_found(tmp_path):
    python = tmp_path / "netron" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.touch()
    assert find_peers({}, tmp_path).found == {"netron": str(python)}
