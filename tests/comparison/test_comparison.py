"""What a comparison says of all its layers together."""

from __future__ import annotations

from dataclasses import replace

import pytest

from explorer.comparison.comparison import Comparison, Verdict
from explorer.comparison.metrics import Errors
from tests.diagnosis.made_up import comparison, row


def _of(*verdicts: Verdict) -> Comparison:
    return comparison(*(row(f"layer{number}", verdict) for number, verdict in enumerate(verdicts)))


@pytest.mark.parametrize(
    ("verdicts", "agrees"),
    [
        (("match", "match"), True),
        (("match", "not compared"), True),
        (("not compared",), False),
        ((), False),
        (("match", "inherited"), False),
        (("match", "culprit"), False),
        (("match", "shape"), False),
    ],
)
def test_a_network_agrees_when_something_matches_and_nothing_differs(verdicts: tuple[Verdict, ...], agrees: bool):
    assert _of(*verdicts).agrees is agrees


def test_the_first_divergence_is_the_first_layer_that_is_itself_wrong():
    assert _of("match", "not compared", "shape", "culprit").first_divergence == "layer2"
    assert _of("match", "inherited").first_divergence is None


def test_layers_that_nothing_is_said_about_are_listed():
    assert _of("match", "not compared", "culprit", "not compared").unmatched_layers == ("layer1", "layer3")


def test_rows_are_found_by_their_layer():
    assert _of("match", "culprit").layer["layer1"].verdict == "culprit"


def test_the_largest_error_is_cumulative_and_isolated_where_the_whole_was_not_run():
    whole = replace(row("a", error=0.25), isolated=Errors(9, 9, 1))
    alone = replace(row("b", error=None), isolated=Errors(1, 0.5, 1))
    assert comparison(whole, row("c", error=0.125)).largest_relative_l2 == 0.25
    assert comparison(whole, alone).largest_relative_l2 == 0.5
    assert comparison(row("a", error=None)).largest_relative_l2 is None
    assert comparison().largest_relative_l2 is None
