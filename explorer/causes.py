"""The causes of the contract: what each is called for people, and what it means in one plain line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class CauseText:
    """A cause's ``title``, and the ``line`` that says what the port does otherwise than the original."""

    title: str
    line: str


CAUSES: Mapping[str, CauseText] = {
    "input-channel-order": CauseText("Colours in another order", "BGR and RGB are exchanged before the first layer."),
    "input-mean": CauseText("Another mean", "The mean is not subtracted from the picture as it was in the original."),
    "input-scale": CauseText("Another scale", "The picture's values span another range than the original was fed."),
    "input-resize": CauseText("Resized otherwise", "The picture is cut or resampled in another way."),
    "input-transposed": CauseText("Picture on its side", "Height and width of the picture are exchanged."),
    "kernel-rotated": CauseText("Kernels turned by 180°", "Kernels meant for convolution are used for correlation."),
    "kernel-axes": CauseText("Kernel axes exchanged", "The kernels' axes are read in another order than the file's."),
    "depthwise-layout": CauseText("Depthwise layout", "Channel and multiplier of the depthwise kernels are exchanged."),
    "group-order": CauseText("Groups in another order", "The groups of the convolution are permuted."),
    "fc-transposed": CauseText("Matrix transposed", "Rows and columns of the dense layer are exchanged."),
    "fc-flatten-order": CauseText("Flattened otherwise", "The dense layer's rows follow another order of the axes."),
    "weights-exchanged": CauseText("Weights exchanged", "Layers of equal shape hold one another's weights."),
    "channels-permuted": CauseText("Channels in another order", "The layer's output channels are permuted."),
    "bias-missing": CauseText("Bias missing", "The original adds a bias here and the port does not."),
    "bias-wrong": CauseText("Other bias", "The bias has other values than the original's."),
    "weights-precision": CauseText("Weights rounded", "The weights were rounded to fewer bits."),
    "weights-other": CauseText("Other weights", "The weights differ in no known pattern; they were fitted instead."),
    "padding": CauseText("Other padding", "Rows or columns are added at other borders, or other numbers of them."),
    "pool-rounding": CauseText(
        "Pooling's size rounded otherwise", "The last window is kept or left out at the border."
    ),
    "pool-offset": CauseText("Pooling is shifted", "The first row and column are dropped or kept."),
    "average-divisor": CauseText("Other divisor of the average", "Padded positions are counted, or are not."),
    "pool-kind": CauseText("Other kind of pooling", "Maximum and average are exchanged."),
    "stride-dilation": CauseText("Other stride or dilation", "The window steps or spreads differently."),
    "upsample-coordinates": CauseText("Upsampled otherwise", "Another coordinate rule or interpolation is used."),
    "deconvolution-crop": CauseText("Cropped otherwise", "The transposed convolution's result is cut elsewhere."),
    "lrn-alpha": CauseText("LRN: other α", "α is not divided by the window, or has another value."),
    "lrn-size": CauseText("LRN: other window", "The normalisation sums over another number of channels."),
    "lrn-bias": CauseText("LRN: other k", "The constant in the normalisation differs."),
    "lrn-beta": CauseText("LRN: other exponent", "The power of the normalisation differs."),
    "lrn-region": CauseText("LRN: other region", "Across channels and within channels are exchanged."),
    "bn-epsilon": CauseText("Batch norm: other ε", "Another constant is added to the variance."),
    "bn-scale-factor": CauseText(
        "Batch norm: scale factor", "Caffe's third blob divides the statistics, and here not."
    ),
    "bn-parameters": CauseText("Batch norm: other vectors", "Mean, variance, γ or β are of another layer or order."),
    "bn-gamma": CauseText("Batch norm: γ", "γ is ignored, or used where the original has none."),
    "bn-missing": CauseText("Batch norm missing", "The original normalises here and the port does not."),
    "bn-batch-statistics": CauseText(
        "Batch norm: the batch's statistics", "It normalises by the batch, as in training."
    ),
    "bn-order": CauseText("Batch norm: other place", "It stands on the other side of the activation."),
    "activation-missing": CauseText("Activation missing", "The original has an activation here and the port has none."),
    "activation-extra": CauseText("One activation too many", "The port has an activation that the original lacks."),
    "activation-kind": CauseText("Other activation", "The port uses another function than the original."),
    "activation-slope": CauseText("Activation: other slope", "The slope or the ceiling of the activation differs."),
    "dropout-scale": CauseText("Dropout scales", "Values are scaled by the keep probability at inference."),
    "softmax-axis": CauseText("Softmax: other axis", "The probabilities add up to one along another axis."),
    "softmax-missing": CauseText("Softmax missing", "The port gives logits where the original gives probabilities."),
    "concat-order": CauseText("Branches in another order", "The branches are joined in another order."),
    "concat-axis": CauseText("Branches along another axis", "The branches are joined along another axis."),
    "sum-coefficients": CauseText("Other factors of the sum", "The summands are weighted differently."),
    "wiring": CauseText("Fed from another layer", "The layer reads another layer's output than in the original."),
    "output-head": CauseText("Other head", "Another head, such as an auxiliary classifier, gives the output."),
    "label-order": CauseText("Classes in another order", "The classes are shifted by one or sorted differently."),
    "overflow": CauseText("Overflow", "Half precision gives infinities or NaN here."),
}
"""The causes by the name that reports and JSON use."""


def cause_text(cause: str) -> CauseText:
    """The words for a cause; its own name where the table has none."""
    return CAUSES.get(cause) or CauseText(cause, "")
