from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.comparison.comparison import Comparison, LayerComparison
from explorer.errors import PortsideError
from explorer.network.preprocessing import Stage, find_preprocessing
from explorer.running.activations import Activations
from explorer.running.images import Picture
from explorer.running.providers import Fallback, ProviderState
from explorer.running.reference import Reference
from explorer.session.answers import Compared, Notice, Opened, PictureRun, Waiting
from explorer.session.desk import Desk
from explorer.session.jobs import Jobs
from explorer.session.pictures import MOST_PICTURES
from explorer.session.session import Session
from tests.small_network import LAYERS, picture_pixels, small_network


@dataclass(eq=False)
class FakeRunner:
    network: Any
    fallback: Fallback | None = None


@dataclass
class Workbench:
    """A desk whose tasks are written down and answered by the test; jobs are done at once."""

    answers: dict[str, Any] = field(default_factory=dict)
    asked: list[tuple[Any, ...]] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)

    def __post_init__(self):
        self.session, self.jobs = Session(), Jobs(serial=True)
        self.desk = Desk(
            self.session,
            self.jobs,
            open_files=lambda *args: self._answer("open", *args[:3]),
            run_picture=lambda *args: self._answer("run", *args[:3]),
            compare=lambda *args: self._answer("compare", *args[:2]),
            diagnose=lambda *args: self._answer("diagnose", *args[:3]),
            correct=lambda *args: self._answer("correct", *args[:4]),
        )
        self.desk.said.connect(self.notices.append)

    def _answer(self, kind, *args):
        self.asked.append((kind, *args))
        answer = self.answers[kind]
        answer = answer.pop(0) if isinstance(answer, list) else answer
        if isinstance(answer, Exception):
            raise answer
        return answer

    def open(self, **parts):
        self.answers["open"] = Opened(**parts)
        self.desk.open([Path("something")])

    def kinds(self):
        return [asked[0] for asked in self.asked]


@pytest.fixture
def bench():
    made = Workbench()
    made.answers["run"] = PictureRun((Stage("picture", "picture", np.zeros((2, 2, 3), np.uint8)),), _run(), ("a",))
    made.answers["compare"] = Compared(_comparison(), _run(), ("a",))
    made.answers["diagnose"] = PortsideError("not asked for in this test")
    return made


def _comparison(culprit=None, key="x"):
    rows = tuple(
        LayerComparison(name, "", reference_key=key, verdict="culprit" if name == culprit else "match")
        for name in LAYERS
    )
    return Comparison("model", "folder/reference.npz", rows)


def _run() -> Any:
    return Activations({}, {}, "cpu", 1.0)


def _network():
    network = small_network()
    return {"network": network, "runner": FakeRunner(network)}


def _picture(name="a.png"):
    return Picture(name, picture_pixels())


REFERENCE = Reference("reference.npz", {}, {})


def test_a_network_and_a_picture_are_run_at_once(bench):
    bench.open(**_network(), pictures=(_picture(),))
    assert bench.kinds() == ["open", "run"]
    assert bench.session.picture_run is bench.answers["run"].activations
    assert bench.session.steps == bench.answers["run"].steps
    assert bench.session.labels == ("a",)


@pytest.mark.parametrize("first", ["network", "picture"])
def test_a_picture_may_come_before_its_network_or_after(bench, first):
    parts = [_network(), {"pictures": (_picture(),)}]
    for part in parts if first == "network" else reversed(parts):
        bench.open(**part)
    assert bench.kinds() == ["open", "open", "run"]


def test_a_reference_waits_for_its_network(bench):
    bench.open(reference=REFERENCE)
    assert bench.kinds() == ["open"]
    assert bench.session.reference is REFERENCE
    bench.open(**_network())
    assert bench.kinds() == ["open", "open", "compare"]
    assert bench.session.comparison is bench.answers["compare"].comparison


def test_another_reference_takes_the_place_of_a_compared_one_when_it_can_be_compared(bench):
    bench.open(**_network(), reference=REFERENCE)
    kept, bad, good = bench.session.comparison, Reference("bad.npz", {}, {}), Reference("good.npz", {}, {})
    bench.answers["compare"] = [PortsideError("holds none of this network's layers", file="bad.npz")]
    bench.open(reference=bad)
    assert bench.session.reference is REFERENCE
    assert bench.session.comparison is kept
    assert "none of this network's layers" in bench.notices[-1].text
    bench.answers["compare"] = Compared(_comparison(), _run(), ())
    bench.open(reference=good)
    assert bench.session.reference is good
    assert bench.session.comparison is bench.answers["compare"].comparison


def test_a_comparison_shows_our_run_on_the_references_input(bench):
    bench.open(**_network(), reference=REFERENCE, pictures=(_picture(),))
    assert bench.session.fed_with == "tensor"
    assert bench.session.shown_run is bench.answers["compare"].activations
    bench.open(pictures=(_picture("b.png"),))
    assert bench.session.fed_with == "picture"
    bench.desk.show_fed_with("tensor")
    assert bench.session.shown_run is bench.answers["compare"].activations


def test_a_reference_without_an_input_leaves_the_picture_shown(bench):
    bench.answers["compare"] = Compared(_comparison(), None, ())
    bench.open(**_network(), reference=REFERENCE, pictures=(_picture(),))
    assert bench.session.fed_with == "picture"
    assert bench.session.comparison is not None


def test_one_begins_at_the_first_culprit_and_goes_on_from_there(bench):
    bench.answers["compare"] = Compared(_comparison("fork/right"), _run(), ())
    bench.open(**_network(), reference=REFERENCE)
    assert bench.session.layer == "fork/right"
    bench.desk.choose_layer("data")
    bench.desk.choose_next_culprit()
    assert bench.session.layer == "fork/right"


def test_a_layer_that_was_chosen_stays_chosen_when_the_comparison_comes(bench):
    bench.answers["compare"] = Compared(_comparison("fork/right"), _run(), ())
    bench.open(**_network())
    bench.desk.choose_layer("fc")
    bench.open(reference=REFERENCE)
    assert bench.session.layer == "fc"


def test_a_layer_of_no_network_is_not_chosen(bench):
    bench.desk.choose_layer("fc")
    assert bench.session.layer is None
    bench.open(**_network())
    bench.desk.choose_layer("no such layer")
    assert bench.session.layer is None


def test_a_failed_opening_leaves_everything_as_it_was(bench):
    bench.open(**_network(), pictures=(_picture(),))
    before = {name: getattr(bench.session, name) for name in ("network", "picture", "picture_run")}
    bench.open(notices=(Notice("b.prototxt: line 3: not a number"),))
    assert {name: getattr(bench.session, name) for name in before} == before
    assert bench.kinds() == ["open", "run", "open"]
    assert bench.notices == [Notice("b.prototxt: line 3: not a number")]


def test_a_failed_run_is_told_and_leaves_the_network_open(bench):
    bench.answers["run"] = PortsideError("the network has no input that takes pictures")
    bench.open(**_network(), pictures=(_picture(),))
    assert bench.notices == [Notice("the network has no input that takes pictures")]
    assert bench.session.network is not None
    assert bench.session.picture is not None
    assert bench.session.picture_run is None


def test_another_preprocessing_runs_the_picture_again(bench):
    bench.open(**_network(), pictures=(_picture(),))
    assert bench.session.preprocessing == find_preprocessing("raw")
    bench.desk.choose_preset("torchvision")
    assert bench.kinds() == ["open", "run", "run"]
    assert bench.asked[-1][3] == find_preprocessing("torchvision")
    bench.desk.choose_preset("torchvision")
    assert bench.kinds() == ["open", "run", "run"]


def test_one_can_go_back_to_an_earlier_picture(bench):
    bench.open(**_network(), pictures=(_picture("a.png"), _picture("b.png")))
    assert bench.session.picture is not None
    assert bench.session.picture.path == "a.png"
    bench.desk.choose_picture("b.png")
    assert bench.session.picture.path == "b.png"
    assert bench.kinds() == ["open", "run", "run"]
    assert [picture.path for picture in bench.session.pictures] == ["a.png", "b.png"]


def test_only_so_many_pictures_are_kept(bench):
    bench.open(pictures=tuple(_picture(f"{number}.png") for number in range(MOST_PICTURES + 3)))
    assert len(bench.session.pictures) == MOST_PICTURES


def test_weights_that_came_while_their_network_was_read_are_joined_with_it(bench):
    network = small_network()
    bench.open(waiting=Waiting(None, Path("a.caffemodel")))
    bench.answers["open"] = [Opened(network=network, path=Path("a.prototxt")), Opened(**_network())]
    bench.desk.open([Path("a.prototxt")])
    assert bench.asked[2][1] == [Path("a.prototxt"), Path("a.caffemodel")]
    assert bench.session.runner is not None
    assert bench.session.waiting is not None
    assert bench.session.waiting.weights is None


def test_closing_forgets_what_was_open(bench):
    bench.open(**_network(), pictures=(_picture(),), reference=REFERENCE)
    bench.desk.close()
    assert bench.session.network is None
    assert bench.session.reference is None
    assert bench.session.pictures == ()


def test_saving_tells_where(bench, tmp_path):
    bench.open(**_network())
    bench.desk.save_network(tmp_path / "saved.onnx")
    assert (tmp_path / "saved.onnx").is_file()
    assert bench.notices == [Notice(f"Saved as {tmp_path / 'saved.onnx'}.", "news")]


def test_files_that_have_to_be_made_first_are_opened_then(bench):
    bench.answers["open"] = Opened(pictures=(_picture(),))
    bench.desk.open_made("making it", lambda: [Path("made.png")])
    assert bench.asked[0][1] == [Path("made.png")]
    assert bench.session.picture is not None


def test_a_provider_that_failed_is_told_once_and_marked(bench):
    runner = FakeRunner(small_network())
    cuda, cpu = ProviderState("cuda", "NVIDIA L4"), ProviderState("cpu", "CPU, 2 cores")
    bench.session.put(providers=(cuda, cpu))
    picture = Picture("a.png", picture_pixels())
    bench.open(network=runner.network, runner=runner, path=Path("a.onnx"), pictures=(picture,))
    assert bench.notices == []
    runner.fallback = Fallback("cuda", "out of memory")
    bench.desk.run()
    bench.desk.run()
    assert bench.notices == [Notice("CUDA failed, so the network runs on the CPU: out of memory.")]
    assert [state.caution for state in bench.session.providers] == ["it failed: out of memory", None]


def test_what_keeps_a_provider_from_being_taken_is_told(bench, monkeypatch):
    monkeypatch.setattr("explorer.running.providers.provider_warnings", lambda: ("networks run on the CPU, as …",))
    bench.desk.look_for_providers()
    assert bench.notices == [Notice("Networks run on the CPU, as ….")]


def test_the_machines_providers_become_known(bench):
    bench.desk.look_for_providers()
    assert "cpu" in [state.name for state in bench.session.providers]
