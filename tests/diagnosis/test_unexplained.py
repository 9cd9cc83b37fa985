"""What is said where no name can be given."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.diagnosis.scene import Suspect
from explorer.diagnosis.unexplained import NOT_FINITE, deciding_input, why_unexplained
from explorer.network.network import Network
from explorer.running.activations import Array
from tests.diagnosis.ports import chain, conv, drawn, recorded, scene_of, unary

X = drawn(1, 3, 6, 5, seed=7)
W, V = drawn(4, 3, 3, 3), drawn(4, 4, 1, 1)
ABS = [unary(f"act{number}", "Abs") for number in range(4)]


def _suspect(port: Network, clean: Network | None = None, only: tuple[str, ...] | None = None) -> Suspect:
    last = port.layers[-1].name
    return scene_of(port, recorded(clean or port, X, only=only), last).suspect


def _with_target(suspect: Suspect, target: Array) -> Suspect:
    return Suspect(suspect.runner, suspect.stretch, {**suspect.recorded, suspect.stretch.value: target})


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_a_reference_without_numbers_is_said_to_hold_none(number: float):
    suspect = _suspect(chain((3, 6, 5), conv("conv1", W)))
    target = suspect.target.copy()
    target[0, 1, 2, 0] = number
    assert why_unexplained(_with_target(suspect, target)) == NOT_FINITE


def test_many_layers_between_two_records_are_told_from_first_to_last():
    port = chain((3, 6, 5), *ABS)
    assert why_unexplained(_suspect(port, only=("data", "act3"))) == (
        "4 layers lie between the recorded values, from 'act0' to 'act3': "
        "a reference that records more of them would narrow it down"
    )


def test_a_stretch_that_can_not_run_on_what_is_recorded_is_said_so():
    suspect = _suspect(chain((3, 6, 5), conv("conv1", W), conv("conv2", V)))
    (source,) = suspect.stretch.inputs
    values = {source: drawn(1, 7, 4, 3), suspect.stretch.value: suspect.target}
    assert why_unexplained(Suspect(suspect.runner, suspect.stretch, values)) == (
        "it can't run on the values that the reference recorded"
    )


def test_another_shape_is_told_with_both():
    suspect = _suspect(chain((3, 6, 5), conv("conv1", W)))
    assert why_unexplained(_with_target(suspect, drawn(1, 4, 6, 5))) == (
        "it gives 1×4×4×3 where the reference has 1×4×6×5"
    )


def test_infinities_of_the_port_are_told():
    port = chain((3, 6, 5), unary("act1", "Exp"))
    suspect = _suspect(port)
    (source,) = suspect.stretch.inputs
    values = {source: X * 1000, suspect.stretch.value: np.abs(X)}
    assert why_unexplained(Suspect(suspect.runner, suspect.stretch, values)) == (
        "it gives infinities or NaN where the reference has numbers"
    )


def test_one_number_everywhere_tells_no_cause():
    suspect = _suspect(chain((3, 6, 5), unary("act0", "Abs"), unary("act1", "Abs")))
    assert why_unexplained(_with_target(suspect, np.full_like(X, 0.5))) == (
        "the reference is the same number everywhere here, from which no cause can be told"
    )


def test_what_no_mistake_explains_may_also_be_fed_otherwise_if_it_reads_the_input():
    first = _suspect(chain((3, 6, 5), unary("act0", "Abs")))
    later = _suspect(chain((3, 6, 5), unary("act0", "Abs"), unary("act1", "Abs")))
    text = "no single known mistake and no two or three together bring it to the reference's values"
    assert why_unexplained(_with_target(later, X)) == text
    assert why_unexplained(_with_target(first, X)) == (
        f"{text}, unless the recorded input is not what they were computed from"
    )


def test_nothing_is_left_to_decide_where_nothing_is_equal():
    assert deciding_input("kernel-rotated", ()) is None


@pytest.mark.parametrize(
    ("cause", "equals", "words"),
    [
        ("input-mean", ("input-channel-order",), "a picture in colour"),
        ("activation-slope", ("activation-kind",), "both name the same change"),
        ("output-head", ("wiring",), "both name the same change"),
        ("weights-other", ("bias-wrong",), "several different pictures"),
        ("kernel-rotated", ("kernel-axes",), "without symmetry"),
        ("padding", ("pool-rounding",), "more contrast at the borders"),
    ],
)
def test_causes_that_are_equal_here_are_told_with_what_would_tell_them_apart(
    cause: str, equals: tuple[str, ...], words: str
):
    text = deciding_input(cause, equals)
    assert text is not None
    assert words in text
