import json
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QObject

from explorer.errors import PortsideError
from explorer.network.chain import CUSTOM
from explorer.network.preprocessing import Preprocessing, find_preprocessing, read_preprocessing
from explorer.running.images import Picture
from explorer.session.answers import Tried
from explorer.session.jobs import Jobs
from explorer.session.picture_tasks import prepare_picture
from explorer.session.preparing import Preparing
from explorer.session.session import Session
from tests.small_network import picture_pixels, small_network

RAW = find_preprocessing("raw")


class Bench(QObject):
    """The part alone: what it puts into force goes into the session, and nothing is run."""

    def __init__(self, picture=True):
        super().__init__()
        self.session, self.jobs = Session(self), Jobs(self, serial=True)
        self.notices: list[Any] = []
        self.taken: list[Preprocessing] = []
        self.preparing = Preparing(self.session, self.jobs, self.notices.append, self, take=self.take)
        self.jobs.failed.connect(self.notices.append)
        self.session.put(network=small_network(), preprocessing=RAW)
        if picture:
            self.session.put(picture=Picture("/p/noise.png", picture_pixels()))

    def take(self, recipe, steps):
        self.taken.append(recipe)
        self.session.put(preprocessing=recipe, steps=steps)

    @property
    def preparation(self):
        return self.session.preparation

    def steps(self):
        return [stage.step for stage in self.session.steps]


@pytest.fixture
def bench(qapp):
    return Bench()


def test_what_each_step_makes_is_there_before_anything_is_run(bench):
    assert bench.steps() == ["picture", "resize", "tensor"]
    assert bench.session.picture_run is None
    assert bench.preparation.own == RAW


def test_a_change_is_shown_step_by_step_and_called_custom(bench):
    bench.preparing.change("scale", {"scale": 0.5})
    assert bench.session.preprocessing == Preprocessing(CUSTOM, scale=0.5)
    assert bench.steps() == ["picture", "resize", "scale", "tensor"]
    np.testing.assert_allclose(bench.session.steps[-1].array.max(), 0.5 * bench.session.steps[1].array.max())
    bench.preparing.change("scale", {"scale": 1.0})
    assert bench.session.preprocessing == RAW


def test_what_does_as_a_preset_is_called_by_its_name(bench):
    for step, values in (
        ("resize", {"fit": "shorter"}),
        ("channels", {"order": "BGR"}),
        ("mean", {"mean": (104.0, 117.0, 123.0)}),
    ):
        assert bench.session.preprocessing.name in ("raw", CUSTOM)
        bench.preparing.change(step, values)
    assert bench.session.preprocessing == find_preprocessing("caffe")


def test_a_step_that_is_switched_off_keeps_its_numbers(bench):
    bench.preparing.change("mean", {"mean": (1.0, 2.0, 3.0)})
    bench.preparing.switch("mean", False)
    assert bench.session.preprocessing == RAW
    assert bench.preparation.left_out["mean"].mean == (1.0, 2.0, 3.0)
    bench.preparing.switch("mean", True)
    assert bench.session.preprocessing.mean == (1.0, 2.0, 3.0)
    assert not bench.preparation.left_out


def test_a_number_that_does_nothing_switches_its_step_off(bench):
    bench.preparing.change("scale", {"scale": 0.5})
    bench.preparing.change("scale", {"scale": 1.0})
    assert bench.preparation.left_out["scale"].scale == 0.5


def test_a_step_that_is_removed_is_forgotten(bench):
    bench.preparing.switch("mean", True)
    assert bench.session.preprocessing.mean == (127.5,)
    bench.preparing.remove("mean")
    assert bench.session.preprocessing == RAW
    assert not bench.preparation.left_out


def test_steps_are_done_in_another_order(bench):
    bench.preparing.switch("mean", True)
    bench.preparing.switch("scale", True)
    bench.preparing.move("scale", 1)
    assert bench.steps() == ["picture", "resize", "mean", "scale", "tensor"]
    assert bench.session.preprocessing.arithmetic() == "(RGB − 127.5) × 0.003922"


@pytest.mark.parametrize(
    ("step", "values", "text"),
    [
        ("resize", {"interpolation": "bicubic", "antialias": False}, "bicubic is only done with antialias"),
        ("channels", {"order": "GRAY"}, "preprocessing makes 1×1×8×8 of the picture, the network takes 1×3×8×8"),
        ("middle", {"central_fraction": 0.5, "fit": "none"}, "the picture is 6×6 after preprocessing"),
    ],
)
@pytest.mark.parametrize("picture", [True, False])
def test_what_the_network_cant_be_fed_with_is_told_and_changes_nothing(qapp, step, values, text, picture):
    bench = Bench(picture)
    if not picture and step == "middle":
        values = {"order": "GRAY"}
        text = "the network takes 1×3×8×8"
    before = bench.session.steps
    bench.preparing.change(step, values)
    assert text in bench.preparation.problem
    assert bench.preparation.step == step
    assert (bench.session.preprocessing, bench.session.steps, bench.taken) == (RAW, before, [])
    assert not bench.preparation.can_undo
    bench.preparing.change("scale", {"scale": 0.5})
    assert bench.preparation.problem == ""


def test_a_new_step_that_cant_be_is_told_where_everything_is(bench):
    bench.session.put(picture=Picture("/p/thin.png", np.zeros((1, 60_000, 3), np.uint8)))
    bench.preparing.switch("crop", True)
    assert bench.notices[-1].text.endswith("60000×1 pixels would become 15360000×256: it is too thin for this network")
    assert bench.session.preprocessing == RAW


def test_changes_are_taken_back_and_made_again(bench):
    for scale in (0.5, 0.25):
        bench.preparing.change("scale", {"scale": scale})
    assert (bench.preparation.can_undo, bench.preparation.can_redo) == (True, False)
    bench.preparing.undo()
    assert bench.session.preprocessing.scale == 0.5
    bench.preparing.undo()
    assert bench.session.preprocessing == RAW
    assert (bench.preparation.can_undo, bench.preparation.can_redo) == (False, True)
    bench.preparing.undo()
    bench.preparing.redo()
    assert bench.session.preprocessing.scale == 0.5
    bench.preparing.change("scale", {"scale": 3.0})
    assert not bench.preparation.can_redo
    bench.session.put(network=small_network(), preprocessing=RAW)
    assert not bench.preparation.can_undo


def test_presets_that_were_chosen_are_taken_back_too(bench):
    bench.session.put(preprocessing=find_preprocessing("caffe"))
    bench.preparing.undo()
    assert bench.session.preprocessing == RAW


def test_the_networks_own_is_gone_back_to(bench):
    bench.preparing.switch("mean", True)
    bench.preparing.switch("mean", False)
    bench.preparing.switch("scale", True)
    bench.preparing.reset()
    assert bench.session.preprocessing == RAW
    assert not bench.preparation.left_out


def test_a_preset_is_saved_and_loaded(bench, tmp_path):
    path = tmp_path / "mine.json"
    bench.preparing.switch("mean", True)
    bench.preparing.save(path)
    assert read_preprocessing(path).mean == (127.5,)
    assert bench.notices[-1].text == f"Preprocessing saved as {path}."
    bench.preparing.reset()
    bench.preparing.load(path)
    assert (bench.session.preprocessing.name, bench.session.preprocessing.mean) == ("mine", (127.5,))


def test_a_file_that_is_no_preset_is_told_and_changes_nothing(bench, tmp_path):
    bad, gray = tmp_path / "bad.json", tmp_path / "gray.json"
    bad.write_text('{"colour": "BGR"}')
    gray.write_text(json.dumps({"order": "GRAY"}))
    bench.preparing.load(bad)
    assert bench.notices[-1].startswith("bad.json: preprocessing has no 'colour'")
    bench.preparing.load(gray)
    assert bench.notices[-1].text.startswith("gray.json: preprocessing makes 1×1×8×8")
    assert bench.session.preprocessing == RAW


def test_an_edit_builds_on_one_that_is_still_being_tried(qapp, qtbot):
    session, jobs = Session(), Jobs()
    asked = []

    def prepare(network, picture, recipe, progress, cancelled):
        asked.append(recipe)
        return Tried()

    preparing = Preparing(
        session,
        jobs,
        lambda notice: None,
        take=lambda recipe, steps: session.put(preprocessing=recipe, steps=steps),
        prepare=prepare,
    )
    session.put(network=small_network(), preprocessing=RAW)
    preparing.change("scale", {"scale": 0.5})
    preparing.change("mean", {"mean": (3.0,)})
    assert jobs.wait_until_idle(60_000)
    assert asked[-1] == Preprocessing(CUSTOM, scale=0.5, mean=(3.0,))
    assert session.preprocessing == asked[-1]
    jobs.close()


def test_a_picture_that_the_task_cant_prepare_is_a_sentence():
    tried = prepare_picture(small_network(), None, Preprocessing(order="GRAY"), lambda *_: None, lambda: False)
    assert tried.problem.startswith("preprocessing makes 1×1×8×8")
    with pytest.raises(PortsideError):
        Preprocessing(fit="none").apply(picture_pixels(), (8, 20))
