"""Random weights made like trained ones: activations keep their scale, about half of the units are active."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import onnx_ir as ir
from numpy.random import Generator
from numpy.typing import NDArray

from benchmarks.faulting.port import numbers
from benchmarks.faulting.running import Array, run_node
from explorer.network.network import Network

FEW = 8
"""With fewer positions than this a channel's mean and deviation say nothing."""

LOGITS = 2.5
"""The deviation of what a softmax reads: a sure answer, and not one so sure that all others round to nothing."""


def calibrate(network: Network, inputs: Mapping[str, Array], random: Generator, scale: float = 1.0) -> None:
    """Rescale weights and draw biases and statistics in a network that was just built, following one run through it.

    ``scale`` is the deviation that convolutions get: tens, as in networks on raw pictures, or one.
    """
    values: dict[str, Array] = dict(inputs)
    opset = network.model.graph.opset_imports[""]
    for node in network.model.graph:
        feeds: dict[str, Array] = {}
        for value in node.inputs:
            if value is not None and value.name:
                array = numbers(value)
                feeds[value.name] = values[value.name] if array is None else array
        if node.op_type in ("Conv", "ConvTranspose", "Gemm"):
            _calibrate_weights(node, feeds, opset, random, scale)
        elif node.op_type == "BatchNormalization":
            _calibrate_statistics(node, feeds, random)
        proto = ir.to_proto(node)
        for value, array in zip(node.outputs, run_node(proto, feeds, opset), strict=True):
            values[value.name or ""] = array


def _calibrate_weights(node: ir.Node, feeds: dict[str, Array], opset: int, random: Generator, scale: float) -> None:
    weight = node.inputs[1]
    assert weight is not None and weight.name is not None
    bias = node.inputs[2] if len(node.inputs) > 2 else None
    if bias is not None and bias.name:
        feeds[bias.name] = np.zeros_like(feeds[bias.name])
    raw = run_node(ir.to_proto(node), feeds, opset)[0]
    target = LOGITS if _leads_to_softmax(node) else scale
    grouped = node.op_type == "ConvTranspose"
    normalised = any(use.node.op_type == "BatchNormalization" for use in node.outputs[0].uses())
    channels = raw.shape[1]
    if raw.ndim < 4 or raw[0, 0].size < FEW or normalised or grouped:
        factors = np.full(channels, target / (raw.std() + 1e-12))
        offsets = np.asarray(0.4 * target * random.standard_normal(channels))
    else:
        own, spread, between = _moments(raw)
        factors = target * np.exp(0.3 * random.standard_normal(channels)) / np.sqrt(spread)
        offsets = (np.sqrt(between) * random.standard_normal(channels) - own) * factors
    axis = 1 if grouped or (node.op_type == "Gemm" and not _transposed(node)) else 0
    if grouped:
        factors = np.full(feeds[weight.name].shape[1], factors[0])
    shape = [-1 if index == axis else 1 for index in range(feeds[weight.name].ndim)]
    _set(weight, feeds, feeds[weight.name] * factors.reshape(shape))
    if bias is not None:
        _set(bias, feeds, offsets)


def _calibrate_statistics(node: ir.Node, feeds: dict[str, Array], random: Generator) -> None:
    x, scale, offset, mean, variance = node.inputs
    assert x is not None and x.name is not None
    maps = feeds[x.name].astype(np.float64)
    count = maps.shape[1]
    own, spread, between = _moments(maps)
    if maps[0, 0].size < FEW:
        own, spread = np.full(count, maps.mean()), np.full(count, maps.var() + 1e-3)
    drawn: list[tuple[ir.Value | None, NDArray[np.float64]]] = [
        (mean, own + np.sqrt(between) * random.standard_normal(count)),
        (variance, spread * np.exp(0.3 * random.standard_normal(count))),
        (scale, np.exp(0.3 * random.standard_normal(count))),
        (offset, np.asarray(0.3 * random.standard_normal(count))),
    ]
    for value, array in drawn:
        # Slim's networks without gamma have constants in its place, which are no parameters.
        if value is not None and value.is_initializer():
            _set(value, feeds, array)


def _moments(maps: Array) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Means and variances of the channels over many pictures, guessed from one, and how much pictures differ.

    A channel's mean differs from picture to picture about as much as channels differ in this one. Divided by the
    variance within this picture alone, flat maps would be blown up, and rounding with them.
    """
    axes = (0, *range(2, maps.ndim))
    own = maps.mean(axes, dtype=np.float64)
    between = 0.5 * float(own.var()) + 1e-12
    return own, maps.var(axes, dtype=np.float64) + between, between


def _set(value: ir.Value, feeds: dict[str, Array], array: Array) -> None:
    assert value.name is not None
    numbers_ = np.ascontiguousarray(array, np.float32)
    value.const_value = ir.Tensor(numbers_, name=value.name)
    feeds[value.name] = numbers_


def _transposed(node: ir.Node) -> bool:
    return "transB" in node.attributes and node.attributes["transB"].as_int() == 1


def _leads_to_softmax(node: ir.Node) -> bool:
    following = list(node.outputs[0].uses())
    for _ in range(4):
        if any(use.node.op_type == "Softmax" for use in following):
            return True
        following = [
            further
            for use in following
            if use.node.op_type in ("Reshape", "Flatten", "Identity", "Squeeze")
            for further in use.node.outputs[0].uses()
        ]
    return False
