"""From a comparison to findings: explain what is wrong, correct it, compare again, until nothing more is found."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from explorer.comparison.compare import INPUT_FLOOR, compare
from explorer.comparison.comparison import Comparison, LayerComparison
from explorer.comparison.isolation import Recorded
from explorer.comparison.stretches import Stretch, find_stretch, with_unread
from explorer.diagnosis.edit import Edit
from explorer.diagnosis.finding import Diagnosis, Evidence, Finding, RunnerUp
from explorer.diagnosis.inputs import GivenPicture, explain_input
from explorer.diagnosis.neighbours import Exchange, exchanged_neighbours
from explorer.diagnosis.repair import repaired
from explorer.diagnosis.scene import Suspect
from explorer.diagnosis.search import Explanation, explain
from explorer.diagnosis.unexplained import NOT_FINITE, deciding_input, why_unexplained
from explorer.diagnosis.weighted import WEIGHTED
from explorer.errors import PortsideError
from explorer.network.network import Network, value_name
from explorer.network.preprocessing import Preprocessing
from explorer.running.activations import Array
from explorer.running.cancellation import Cancel, Progress
from explorer.running.reference import Reference
from explorer.running.runner import Runner, picture_input

MOST_ROUNDS = 8
"""A correction may bring to light what was behind it; more often than this it would be chasing its own work."""


def diagnose(
    runner: Runner,
    reference: Reference,
    *,
    picture: NDArray[np.uint8] | None = None,
    preprocessing: Preprocessing | None = None,
    progress: Progress | None = None,
    cancelled: Cancel | None = None,
) -> Diagnosis:
    """Find the mistakes of a port, each with its proof, and the network without them.

    ``picture`` (H×W×3, RGB, 0–255) is what the reference was fed with; how the port prepares it (``preprocessing``, or
    what the network says itself) is then a layer like any other. ``progress`` is told (steps done, steps known so far).

    :raises PortsideError: when the two can't be compared.
    :raises Cancelled: soon after ``cancelled()`` turns true.
    """
    start = time.monotonic()
    given = given_picture(runner.network, picture, preprocessing)
    first, _ = compare(runner, reference, given=_tensors(runner.network, given), cancelled=cancelled)
    comparison, network = first, runner.network
    findings: list[Finding] = []
    edits: list[Edit] = []
    unexplained = {row.layer: NOT_FINITE for row in first.layers if row.unusable}
    given_up: dict[str, Stretch] = {}
    after: Comparison | None = None
    for _ in range(MOST_ROUNDS):
        suspects = _suspects(runner, comparison, reference, unexplained, cancelled)
        new: list[Edit] = []
        if given is not None:
            found, given = _input_findings(runner.network, comparison, reference, given, unexplained)
            findings += found
            new += [finding.edit for finding in found]
        exchanges = exchanged_neighbours([suspect for _, suspect in suspects])
        if exchanges:
            # What these feed is judged again once they have changed places.
            findings += [_exchange_finding(exchange, comparison) for exchange in exchanges]
            new += [exchange.edit for exchange in exchanges]
            suspects = []
        # Of those that share a layer the simplest says soonest what is wrong with it.
        suspects.sort(key=lambda found: _size(found[1].stretch))
        for number, (row, suspect) in enumerate(suspects):
            # What shares a layer that was just changed is judged again with it.
            if not _holds_one(suspect.stretch, new):
                explanation = explain(suspect)
                if explanation is None:
                    unexplained[row.layer] = why_unexplained(suspect)
                    given_up[row.layer] = suspect.stretch
                else:
                    findings += _findings(row, suspect, explanation)
                    new += explanation.edits
            if progress is not None:
                progress(number + 1, len(suspects))
        if not new:
            break
        edits += new
        for layer in [layer for layer, stretch in given_up.items() if _holds_one(stretch, new)]:
            del unexplained[layer], given_up[layer]
        network = repaired(network, new)
        runner = runner.for_network(network)
        comparison, _ = compare(runner, reference, given=_tensors(network, given), cancelled=cancelled)
        after = comparison
        if comparison.agrees:
            break
    order = {layer.name: number for number, layer in enumerate(network.layers)}
    findings.sort(key=lambda finding: order.get(finding.layer, len(order)))
    return Diagnosis(first, tuple(findings), unexplained, network if edits else None, after, time.monotonic() - start)


def _size(stretch: Stretch) -> tuple[int, int]:
    """How many of its nodes have weights, and how many there are."""
    return sum(node.op_type in WEIGHTED for node in stretch.nodes), len(stretch.nodes)


def _holds_one(stretch: Stretch, edits: Sequence[Edit]) -> bool:
    """Whether one of the edits changes a layer of the stretch."""
    return not {edit.layer for edit in edits}.isdisjoint(stretch.layers)


def given_picture(
    network: Network, pixels: NDArray[np.uint8] | None, preprocessing: Preprocessing | None
) -> GivenPicture | None:
    """What is compared as layer 0; None where there is no picture.

    :raises PortsideError: when the network takes no pictures.
    """
    if pixels is None:
        return None
    _, own, size = picture_input(network)
    chosen = own if preprocessing is None else replace(preprocessing, layout=own.layout)
    return GivenPicture(pixels, chosen, size)


def _tensors(network: Network, given: GivenPicture | None) -> dict[str, Array] | None:
    return None if given is None else {picture_input(network)[0]: given.tensor()}


def _input_findings(
    network: Network,
    comparison: Comparison,
    reference: Reference,
    given: GivenPicture,
    unexplained: dict[str, str],
) -> tuple[list[Finding], GivenPicture]:
    """What is wrong with the preparation of the picture, and the picture prepared as the original's was."""
    name = picture_input(network)[0]
    row = comparison.layer[network.producer[name].name]
    if row.verdict not in ("culprit", "shape") or row.layer in unexplained or name not in comparison.aligned:
        return [], given
    target = Recorded(reference, comparison.aligned)[name]
    explanation = explain_input(given, target, row.layer)
    if explanation is None:
        unexplained[row.layer] = "no way of preparing the picture that is known leads to the reference's input"
        return [], given
    corrected = replace(given, preprocessing=explanation.corrected)
    before, after = given.tensor(), corrected.tensor()
    findings = [
        Finding(
            row.layer,
            edit.cause,
            edit.detail,
            without,
            explanation.residual,
            INPUT_FLOOR,
            None,
            equals,
            decides,
            name,
            row.reference_key or name,
            edit,
            Evidence(before, target, after),
        )
        for edit, without, equals, decides in zip(
            explanation.edits, explanation.without, explanation.equals, explanation.decides, strict=True
        )
    ]
    return findings, corrected


def _suspects(
    runner: Runner,
    comparison: Comparison,
    reference: Reference,
    known: dict[str, str],
    cancelled: Cancel | None,
) -> list[tuple[LayerComparison, Suspect]]:
    """Every wrong stretch once, in the order of the data; those that were given up are left out."""
    recorded = Recorded(reference, comparison.aligned)
    found: dict[str, tuple[LayerComparison, Suspect]] = {}
    for row in comparison.layers:
        if row.verdict not in ("culprit", "shape") or row.value is None or row.value not in recorded:
            continue
        stretch = find_stretch(runner.network, row.value, recorded.readable)
        if stretch is None or not stretch.nodes or known.keys() & set(stretch.layers):
            continue
        stretch = with_unread(runner.network, stretch, recorded.readable)
        bystanders = _bystanders(runner, comparison, recorded, stretch)
        found.setdefault(row.value, (row, Suspect(runner, stretch, recorded, cancelled, bystanders)))
    return list(found.values())


def _bystanders(runner: Runner, comparison: Comparison, recorded: Recorded, stretch: Stretch) -> tuple[Suspect, ...]:
    """Right stretches that share nodes with a wrong one."""
    inside = set(stretch.nodes)
    values = [value for node in stretch.nodes for value in node.outputs if value_name(value) != stretch.value]
    if all(use.node in inside for value in values for use in value.uses()):
        return ()
    right = [
        find_stretch(runner.network, row.value, recorded.readable)
        for row in comparison.layers
        if row.verdict in ("match", "inherited") and row.value is not None and row.value in recorded
    ]
    return tuple(
        Suspect(runner, other, recorded) for other in right if other is not None and not inside.isdisjoint(other.nodes)
    )


def _exchange_finding(exchange: Exchange, comparison: Comparison) -> Finding:
    before, after = exchange.before, exchange.after
    row = next(row for row in comparison.layers if row.value == after.suspect.stretch.value)
    assert before.result is not None and after.result is not None and row.reference_key is not None
    return Finding(
        exchange.edit.layer,
        exchange.edit.cause,
        exchange.edit.detail,
        before.residual,
        after.residual,
        after.floor,
        None,
        (),
        None,
        after.suspect.stretch.value,
        row.reference_key,
        exchange.edit,
        Evidence(before.result, after.target, after.result),
    )


def _findings(row: LayerComparison, suspect: Suspect, explanation: Explanation) -> list[Finding]:
    """One finding for each edit; what each does is shown by leaving it alone away."""
    after = explanation.after
    findings = []
    for number, edit in enumerate(explanation.edits):
        others = [other for other in explanation.edits if other is not edit]
        if any(later.fitted for later in explanation.edits[number + 1 :]):
            others = list(explanation.edits[:number])  # what is fitted behind this one might do its work
        without = _residual_without(explanation, others)
        equals = _equal_causes(explanation, edit)
        decides = deciding_input(edit.cause, equals)
        assert row.reference_key is not None and row.value is not None
        assert after.result is not None
        findings.append(
            Finding(
                edit.layer,
                edit.cause,
                edit.detail,
                without,
                after.residual,
                after.floor,
                RunnerUp(*explanation.runner_up) if explanation.runner_up is not None else None,
                equals,
                "; ".join(filter(None, (edit.left_open, decides))) or None,
                row.value,
                row.reference_key,
                edit,
                Evidence(
                    explanation.before.result if explanation.before.result is not None else after.result,
                    suspect.target,
                    after.result,
                ),
            )
        )
    return findings


def _residual_without(explanation: Explanation, others: list[Edit]) -> float:
    """What is left with the other edits alone; where one of them stands on this one, with none."""
    try:
        return explanation.before.with_edits(others).residual
    except PortsideError:
        return explanation.before.residual


def _equal_causes(explanation: Explanation, edit: Edit) -> tuple[str, ...]:
    """Causes of other explanations that are as plain and as good, where they differ from this one in this edit."""
    own = {other.cause for other in explanation.edits}
    causes: dict[str, None] = {}
    for candidate in explanation.equals:
        other = [each.cause for each in candidate]
        if len(candidate) == len(explanation.edits) and len(own - set(other)) <= 1:
            causes |= dict.fromkeys(cause for cause in other if cause not in own)
    return tuple(cause for cause in causes if cause != edit.cause)


def validated(network: Network, reference: Reference, runner: Runner, cancelled: Cancel | None = None) -> Comparison:
    """A repaired network against another reference, on the provider of ``runner``."""
    return compare(runner.for_network(network), reference, cancelled=cancelled)[0]
