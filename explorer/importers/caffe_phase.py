"""Which layers of a prototxt stand at test time: Caffe's include and exclude rules, and what only training needs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

DATA = frozenset(
    [
        "Data",
        "ImageData",
        "HDF5Data",
        "MemoryData",
        "WindowData",
        "DummyData",
        "Input",
        "AnnotatedData",
        "Python",
    ]
)
"""Layers whose tops are what the network is fed with."""

TEST = 1
"""Caffe's number of the phase (enum ``Phase``)."""

LOSSES = frozenset(
    [
        "SoftmaxWithLoss",
        "EuclideanLoss",
        "HingeLoss",
        "SigmoidCrossEntropyLoss",
        "MultinomialLogisticLoss",
        "InfogainLoss",
        "ContrastiveLoss",
        "SmoothL1Loss",
        "MultiBoxLoss",
        "Accuracy",
        "DetectionEvaluate",
    ]
)
"""Layers that hold a prediction (their first bottom) against the truth (the others)."""

PROBABILITIES = "SoftmaxWithLoss"
"""The loss that has a classifier's softmax in it."""

SINKS = frozenset(["Silence", "HDF5Output", "MatWrite"])
"""Layers that only keep Caffe from giving a blob as an output, or write it to a file."""

LEARNED = frozenset(["Convolution", "Deconvolution", "InnerProduct", "Embed", "LSTM", "RNN", "DepthwiseConvolution"])
"""Layers that make features: where one stands, it is no label that flows."""


@dataclass(frozen=True)
class TestPhase:
    """The layers that compute at test time, those that declare inputs, and what was left out, in sentences."""

    __test__ = False

    data: tuple[Any, ...]
    layers: tuple[Any, ...]
    notes: tuple[str, ...]


def test_phase(net: Any) -> TestPhase:
    """Choose from a ``NetParameter`` what Caffe runs in phase TEST at level 0, without losses and what only feeds them.

    SoftmaxWithLoss stays, for the probabilities in it; labels and the layers on their way to a loss go.
    """
    layers = [layer for layer in net.layer if _included(layer, net.state)]
    data = tuple(layer for layer in layers if layer.type in DATA and not layer.bottom)
    computing = [layer for layer in layers if layer.type not in DATA or layer.bottom]
    kept = [layer for layer in computing if layer.type not in LOSSES | SINKS]
    truth = _only_truth(computing, kept)
    left_out = [
        layer for layer in computing if layer.name in truth or (layer.type in LOSSES and layer.type != PROBABILITIES)
    ]
    standing = [layer for layer in computing if layer not in left_out and layer.type not in SINKS]
    return TestPhase(data, tuple(map(_without_truth, standing)), tuple(_notes(left_out, standing)))


def without_untrained_heads(phase: TestPhase, untrained: Collection[str]) -> TestPhase:
    """Leave out the heads on the side that only training uses, where the weights file has nothing for them.

    ``untrained`` are layers whose weights Caffe would draw at random. What they lead to, and what only leads to them,
    is such a head as long as the network's last layer is not among it; else the phase stays as it is, and the layer
    is missed.
    """
    head, blobs = set(untrained), set[str]()
    for layer in phase.layers:
        if layer.name in head or not blobs.isdisjoint(layer.bottom):
            head.add(layer.name)
            blobs.update(layer.top)
    if not head or phase.layers[-1].name in head:
        return phase
    wanted = {blob for layer in phase.layers if layer.name not in head for blob in layer.bottom}
    read = {blob for layer in phase.layers for blob in layer.bottom}
    for layer in reversed(phase.layers):
        leads_on = bool(layer.top) and read.issuperset(layer.top)
        if layer.name not in head and leads_on and wanted.isdisjoint(layer.top):
            head.add(layer.name)
            wanted = {blob for other in phase.layers if other.name not in head for blob in other.bottom}
    names = ", ".join(layer.name for layer in phase.layers if layer.name in head)
    note = f"left out, as the weights file has nothing for them and nothing else reads them: {names}"
    kept = tuple(layer for layer in phase.layers if layer.name not in head)
    return TestPhase(phase.data, kept, (*phase.notes, note))


def _notes(left_out: Sequence[Any], standing: Sequence[Any]) -> Iterator[str]:
    if left_out:
        yield f"left out, as only training needs them: {', '.join(layer.name for layer in left_out)}"
    losses = [layer.name for layer in standing if layer.type == PROBABILITIES]
    if losses:
        yield f"of a loss only its probabilities are kept: {', '.join(losses)}"


test_phase.__test__ = False  # type: ignore[attr-defined]


def _without_truth(layer: Any) -> Any:
    """SoftmaxWithLoss without its label and its loss: what is left is its second top, the probabilities."""
    if layer.type != PROBABILITIES:
        return layer
    copy = type(layer)()
    copy.CopyFrom(layer)
    del copy.bottom[1:]
    del copy.top[:1]
    return copy


def _only_truth(computing: Sequence[Any], kept: Sequence[Any]) -> set[str]:
    """Names of the layers whose outputs end in nothing but the truth side of losses."""
    wanted: set[str] = set()
    truth_blobs = {blob for layer in computing if layer.type in LOSSES for blob in layer.bottom[1:]}
    predictions = {blob for layer in computing if layer.type in LOSSES for blob in layer.bottom[:1]}
    found: set[str] = set()
    for layer in reversed(kept):
        tops = set(layer.top)
        if tops & (wanted | predictions) or not tops <= truth_blobs or layer.type in LEARNED:
            wanted.update(layer.bottom)
        else:
            found.add(layer.name)
            truth_blobs.update(layer.bottom)
    return found


def _included(layer: Any, state: Any) -> bool:
    """net.cpp, ``FilterNet``: any include rule admits, any exclude rule refuses."""
    if layer.include:
        return _any_met(layer.include, state)
    return not _any_met(layer.exclude, state)


def _any_met(rules: Iterable[Any], state: Any) -> bool:
    return any(_met(rule, state) for rule in rules)


def _met(rule: Any, state: Any) -> bool:
    """net.cpp, ``StateMeetsRule``, for phase TEST."""
    if rule.HasField("phase") and rule.phase != TEST:
        return False
    if rule.HasField("min_level") and state.level < rule.min_level:
        return False
    if rule.HasField("max_level") and state.level > rule.max_level:
        return False
    stages = set(state.stage)
    return stages >= set(rule.stage) and stages.isdisjoint(rule.not_stage)
