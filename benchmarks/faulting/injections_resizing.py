"""Upsampling by another rule, and transposed convolutions cropped otherwise."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.random import Generator

from benchmarks.faulting.fault import Done, has, injection
from benchmarks.faulting.port import NotEligibleError, Port, integers, node_of, numbers
from explorer.network.network import Layer

RULES: Mapping[str, Mapping[str, str]] = {
    "align corners": {"coordinate_transformation_mode": "align_corners"},
    "asymmetric": {"coordinate_transformation_mode": "asymmetric"},
    "half pixel": {"coordinate_transformation_mode": "half_pixel"},
    "pytorch's half pixel": {"coordinate_transformation_mode": "pytorch_half_pixel"},
    "nearest": {"mode": "nearest"},
    "bilinear": {"mode": "linear"},
    "bicubic": {"mode": "cubic"},
    "nearest, rounded up": {"mode": "nearest", "nearest_mode": "ceil"},
    "nearest, rounded down": {"mode": "nearest", "nearest_mode": "floor"},
}


def _another_rule(name: str) -> None:
    def resize(port: Port, layer: Layer, random: Generator) -> str:
        node = node_of(layer, "Resize")
        before = {key: attribute.value for key, attribute in node.attributes.items()}
        if all(before.get(key) == value for key, value in RULES[name].items()):
            raise NotEligibleError("it has this rule")
        port.attribute(node, **RULES[name])
        if RULES[name].get("mode", before.get("mode")) != "nearest":
            port.attribute(node, nearest_mode=None)
        return f"{name} for {before.get('mode')}, {before.get('coordinate_transformation_mode')}"

    injection("upsample-coordinates", name, has("Resize"))(resize)


for _rule in RULES:
    _another_rule(_rule)


@injection("deconvolution-crop", "shifted", has("ConvTranspose"))
def shift_crop(port: Port, layer: Layer, random: Generator) -> str:
    node = node_of(layer, "ConvTranspose")
    pads = integers(node, "pads", [0] * 4)
    if not pads[0] or not pads[1]:
        raise NotEligibleError("it crops nothing on the low side")
    moved = [pads[0] - 1, pads[1] - 1, pads[2] + 1, pads[3] + 1]
    port.attribute(node, pads=moved)
    return f"{moved} cropped for {pads}"


@injection("deconvolution-crop", "on the other side", has("ConvTranspose"))
def crop_low(port: Port, layer: Layer, random: Generator) -> str:
    node = node_of(layer, "ConvTranspose")
    pads = integers(node, "pads", [0] * 4)
    if not any(pads):
        raise NotEligibleError("it crops nothing")
    moved = [pads[0] + pads[2], pads[1] + pads[3], 0, 0]
    if moved == pads:
        moved = [0, 0, *moved[:2]]
    port.attribute(node, pads=moved)
    return f"{moved} cropped for {pads}"


@injection("deconvolution-crop", "output padding for a crop", has("ConvTranspose"))
def pad_output(port: Port, layer: Layer, random: Generator) -> str:
    node = node_of(layer, "ConvTranspose")
    pads, added = integers(node, "pads", [0] * 4), integers(node, "output_padding", [0, 0])
    if min(integers(node, "strides", [1, 1])) < 2 or any(added):
        raise NotEligibleError("its output can't be padded")
    port.attribute(node, pads=[pads[0] + 1, pads[1] + 1, pads[2], pads[3]], output_padding=[1, 1])
    return "a row and a column more cropped at the low end, added at the high end"


@injection("deconvolution-crop", "a crop layer's offset", has("Slice"))
def shift_slice(port: Port, layer: Layer, random: Generator) -> str | Done:
    node = node_of(layer, "Slice")
    starts, ends = numbers(node.inputs[1]), numbers(node.inputs[2])
    if starts is None or ends is None or not starts.all():
        raise NotEligibleError("it cuts nothing off at the low end")
    port.put(node, 1, np.asarray(starts - 1))
    port.put(node, 2, np.asarray(ends - 1))
    return f"crop at {(starts - 1).tolist()} for {starts.tolist()}"
