from pathlib import Path
from types import SimpleNamespace
from typing import Any

from explorer.comparison.comparison import Comparison, LayerComparison
from explorer.running.activations import Activations
from explorer.running.providers import ProviderState
from explorer.running.timing import Timing
from explorer.session.session import Session
from explorer.ui.status import (
    badge_text,
    badge_tip,
    comparison_text,
    network_title,
    run_text,
    status_text,
    status_tip,
    timing_text,
)
from tests.small_network import LAYERS, small_network


def _thing(**parts) -> Any:
    return SimpleNamespace(**parts)


def _comparison(*verdicts):
    rows = tuple(LayerComparison(f"layer{n}", "", verdict=verdict) for n, verdict in enumerate(verdicts))
    return Comparison("model", "/folder/cat.npz", rows)


def test_nothing_open_is_nothing_said():
    assert status_text(Session()) == ""
    assert status_tip(None, None) == ""


def test_network_run_and_comparison_are_told_in_one_line():
    session = Session()
    network = small_network()
    session.put(network=network, picture_run=Activations({}, {}, "cpu", 27.4), comparison=_comparison("match"))
    assert status_text(session) == (
        f"small  ·  {len(LAYERS)} layers  ·  ran in 27 ms on CPU  ·  all 1 layers agree with cat.npz"
    )


def test_a_network_without_a_name_is_called_by_its_file_and_folder():
    path = Path("/ports/squeezenet/fixed.onnx")
    source = _thing(files=("/caffe/deploy.prototxt",), notes=("from Caffe",))
    assert network_title(_thing(name=""), path) == "squeezenet/fixed.onnx"
    assert network_title(_thing(name="SqueezeNet"), path) == "SqueezeNet"
    assert network_title(_thing(name=""), None) == "network"
    assert status_tip(_thing(source=source), path) == f"{path}\n/caffe/deploy.prototxt\nfrom Caffe"
    assert status_tip(_thing(source=source), Path("/caffe/deploy.prototxt")) == "/caffe/deploy.prototxt\nfrom Caffe"


def test_a_long_run_is_told_in_seconds():
    assert run_text(Activations({}, {}, "cuda", 12_345.0)) == "ran in 12.3 s on CUDA"


def test_a_comparison_is_told_as_it_came_out():
    assert comparison_text(_comparison("match", "match")) == "all 2 layers agree with cat.npz"
    assert comparison_text(_comparison("match", "not compared")) == "1 layers compared with cat.npz, all agree"
    assert comparison_text(_comparison("not compared")) == "no layer could be compared with cat.npz"
    assert comparison_text(_comparison("match", "culprit", "inherited", "shape")) == (
        "2 culprits against cat.npz, the first is layer1"
    )


def test_the_badge_names_the_provider_in_use_or_the_best_there_is():
    session = Session()
    assert badge_text(session) == ""
    states = (ProviderState("cuda", "NVIDIA GPU", "is not installed"), ProviderState("cpu", "CPU, 2 cores"))
    session.put(providers=states)
    assert badge_text(session) == "CPU"
    assert badge_tip(states) == "CUDA: no, is not installed\nCPU: CPU, 2 cores"
    session.put(runner=_thing(provider=states[1], threads=1))
    assert badge_text(session) == "CPU · 1 thread"
    session.put(runner=_thing(provider=ProviderState("cuda", "NVIDIA GPU"), threads=2))
    assert badge_text(session) == "CUDA · NVIDIA GPU"


def test_the_badge_passes_over_a_provider_that_is_only_taken_when_asked_for():
    session = Session()
    software = ProviderState("webgpu", "CPU, 2 cores, in software", caution="it would run in software")
    cpu = ProviderState("cpu", "CPU, 2 cores")
    session.put(providers=(software, cpu))
    assert badge_text(session) == "CPU"
    assert badge_tip((software, cpu)).splitlines()[0] == (
        "WebGPU: CPU, 2 cores, in software; not taken, it would run in software"
    )
    session.put(providers=(ProviderState("webgpu", "AMD Navi 23"), cpu))
    assert badge_text(session) == "WebGPU · AMD Navi 23"


def test_what_a_run_spends_outside_of_layers_is_told():
    assert timing_text(Timing((), 8.906, 0.444, 0.756, 10, 1, "cpu")) == (
        "8.91 ms for the outputs alone (0.44 conversions, 0.76 overhead)"
    )
