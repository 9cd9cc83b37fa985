"""TensorFlow's operations that normalise: over classes, over neighbouring channels, by moving averages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

import numpy as np

from explorer.importers.tensorflow_constants import Constant
from explorer.importers.tensorflow_elements import check_spread, like
from explorer.importers.tensorflow_values import Convert, Live, Step, Value, channels_first, plain, sizes


def softmax(operator: str) -> Convert:
    """Over the last axis."""

    def convert(step: Step) -> list[Value]:
        x = step.live()
        axis = x.order.index(x.rank - 1)
        return [like(x, step.build.elementwise(operator, x.value, axis=axis))]

    return convert


def lrn(step: Step) -> list[Value]:
    """LRN: x ÷ (bias + alpha · Σ x²)^beta over ``depth_radius`` channels to either side; alpha is not divided."""
    x = step.live()
    if x.rank != 4:
        raise step.error(f"LRN of a tensor {sizes(x.shape)}")
    operation, order = step.operation, channels_first(4)
    size = 2 * operation.integer("depth_radius", 5) + 1
    alpha, beta, bias = operation.real("alpha", 1.0), operation.real("beta", 0.5), operation.real("bias", 1.0)
    if not 0 < size < 100_000:
        raise step.error(f"its window of {size} channels makes no sense")
    value = step.build.lrn(step.arranged(x, order), size=size, alpha=alpha * size, beta=beta, k=bias)
    return [Live(value, x.shape, order)]


def batch_norm(step: Step) -> list[Value]:
    """FusedBatchNorm in any version: (x − mean) · scale ÷ √(variance + epsilon) + offset, by the moving averages."""
    x = step.live(spread=True)
    check_spread(step, x)
    return [normalised(step, x, [step.constant(index) for index in (1, 2, 3, 4)], step.operation.real("epsilon", 1e-4))]


def normalised(step: Step, x: Live, given: Sequence[Constant | None], epsilon: float) -> Live:
    """Batch normalisation by scale, offset, mean and variance; None, or ones alone, is no scale."""
    first = step.operation.text("data_format").startswith("NC")
    order = plain(x.rank) if first else channels_first(x.rank)
    channels = x.shape[1 if first else x.rank - 1]
    if isinstance(channels, str) or x.rank < 2:
        raise step.error(f"batch normalisation of a tensor {sizes(x.shape)}")
    values = []
    for name, constant, neutral in zip(("scale", "offset", "mean", "variance"), given, (1, 0, 0, 1), strict=True):
        if constant is None or (constant.origin is None and np.all(constant.array == neutral)):
            filled = np.full(channels, neutral, np.float32)
            values.append(step.build.constant(filled))
            continue
        if prod(constant.array.shape) != channels:
            raise step.error(f"its {name} {sizes(constant.array.shape)} doesn't fit {channels} channels")
        values.append(step.weight(name, constant, constant.array.reshape(channels)))
    made = step.node("BatchNormalization", [step.arranged(x, order), *values], x.shape, order, epsilon=epsilon)
    return Live(made.value, made.shape, made.order, x.spread)


def global_normalisation(step: Step) -> list[Value]:
    """BatchNormWithGlobalNormalization of the first versions: mean, variance, offset and a scale that may be unused."""
    x, mean, variance, offset, scale = (step.live(), *(step.constant(index) for index in (1, 2, 3, 4)))
    used = scale if step.operation.flag("scale_after_normalization") else None
    return [normalised(step, x, [used, offset, mean, variance], step.operation.real("variance_epsilon"))]


NORMALISATION: Mapping[str, Convert] = {
    "Softmax": softmax("Softmax"),
    "LogSoftmax": softmax("LogSoftmax"),
    "LRN": lrn,
    **dict.fromkeys(("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3"), batch_norm),
    "BatchNormWithGlobalNormalization": global_normalisation,
}
