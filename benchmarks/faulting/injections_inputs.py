"""Layer 0: pictures made into tensors by another recipe, or first kernels for another order of channels."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
from numpy.random import Generator

from benchmarks.faulting.fault import Done, injection, is_input
from benchmarks.faulting.port import NotEligibleError, Port, node_of, weight_of
from explorer.network import marks
from explorer.network.network import Layer, Network
from explorer.network.preprocessing import Order, Preprocessing


def _recipe(port: Port) -> Preprocessing:
    found = port.network.preprocessing
    if found is None or port.picture is None:
        raise NotEligibleError("the network says nothing of pictures, or there is none")
    return found


def _prepare(port: Port, recipe: Preprocessing) -> None:
    port.model.metadata_props[marks.PREPROCESSING] = json.dumps(recipe.to_json())


def _each(numbers: tuple[float, ...]) -> tuple[float, ...]:
    return numbers if len(numbers) == 3 else numbers * 3


@injection("input-channel-order", "RGB and BGR exchanged, means in place", is_input)
def exchange_channels(port: Port, layer: Layer, random: Generator) -> str:
    recipe = _recipe(port)
    _prepare(port, replace(recipe, order="RGB" if recipe.order == "BGR" else "BGR"))
    return f"not {recipe.order}; means as they were"


@injection("input-channel-order", "RGB and BGR exchanged with the means", is_input)
def exchange_channels_and_means(port: Port, layer: Layer, random: Generator) -> str:
    recipe = _recipe(port)
    order: Order = "RGB" if recipe.order == "BGR" else "BGR"
    _prepare(port, replace(recipe, order=order, mean=recipe.mean[::-1], std=recipe.std[::-1]))
    return f"not {recipe.order}; means turned as well"


@injection("input-channel-order", "picture read as BGR", is_input)
def read_as_bgr(port: Port, layer: Layer, random: Generator) -> str:
    _recipe(port)
    assert port.picture is not None
    port.picture = np.ascontiguousarray(port.picture[..., ::-1])
    return "OpenCV's order of channels in the picture"


def _is_first(layer: Layer, network: Network) -> bool:
    return any(value in network.inputs for value in layer.inputs) and any(
        node.op_type == "Conv" for node in layer.nodes
    )


@injection("input-channel-order", "first kernels turned", _is_first)
def turn_first_kernels(port: Port, layer: Layer, random: Generator) -> Done:
    node = node_of(layer, "Conv")
    kernel = weight_of(node)
    if kernel.shape[1] != 3:
        raise NotEligibleError("it reads no colours")
    port.put(node, 1, kernel[:, ::-1])
    name = layer.inputs[0].metadata_props.get(marks.LAYER) or layer.inputs[0].name or ""
    return Done("the first kernels' input channels turned", (frozenset([layer.name, name]),))


@injection("input-mean", "not subtracted", is_input)
def no_mean(port: Port, layer: Layer, random: Generator) -> str:
    recipe = _recipe(port)
    _prepare(port, replace(recipe, mean=(0.0,)))
    return "no mean"


@injection("input-mean", "in the other order", is_input)
def turned_mean(port: Port, layer: Layer, random: Generator) -> str:
    recipe = _recipe(port)
    if len(set(recipe.mean)) == 1:
        raise NotEligibleError("its means are all the same")
    _prepare(port, replace(recipe, mean=recipe.mean[::-1]))
    return "means in the other order of channels"


@injection("input-mean", "of another data set", is_input)
def another_mean(port: Port, layer: Layer, random: Generator) -> str:
    recipe = _recipe(port)
    known = [(104.0, 117.0, 123.0), (103.939, 116.779, 123.68), (129.1863, 104.7624, 93.594), (127.5,) * 3]
    others = [mean for mean in known if not np.allclose(np.array(mean) * recipe.scale, _each(recipe.mean), rtol=1e-4)]
    mean = others[random.integers(len(others))]
    _prepare(port, replace(recipe, mean=tuple(float(value * recipe.scale) for value in mean)))
    return f"mean {mean}"


@injection("input-mean", "subtracted twice", is_input)
def twice_the_mean(port: Port, layer: Layer, random: Generator) -> Done:
    recipe = _recipe(port)
    _prepare(port, replace(recipe, mean=tuple(2 * value for value in recipe.mean)))
    return Done("mean subtracted twice", causes=frozenset(["input-mean", "input-scale"]))


@injection("input-scale", "0–1", is_input)
def to_one(port: Port, layer: Layer, random: Generator) -> str:
    recipe = _recipe(port)
    _prepare(port, replace(recipe, scale=recipe.scale / 255, mean=tuple(value / 255 for value in recipe.mean)))
    return "everything ÷ 255"


@injection("input-scale", "0–255", is_input)
def to_bytes(port: Port, layer: Layer, random: Generator) -> str:
    recipe = _recipe(port)
    if recipe.scale == 1:
        raise NotEligibleError("it is so already")
    mean = tuple(value / recipe.scale for value in recipe.mean)
    _prepare(port, replace(recipe, scale=1.0, mean=mean))
    return "no scale"


@injection("input-scale", "−1–1", is_input)
def to_minus_one(port: Port, layer: Layer, random: Generator) -> Done:
    recipe = _recipe(port)
    if recipe.scale != 1:
        raise NotEligibleError("it is so already")
    _prepare(port, replace(recipe, scale=1 / 127.5, mean=(1.0,)))
    return Done("x ÷ 127.5 − 1", causes=frozenset(["input-scale", "input-mean"]))


@injection("input-scale", "applied twice", is_input)
def apply_twice(port: Port, layer: Layer, random: Generator) -> str:
    recipe = _recipe(port)
    if recipe.scale == 1 or len(set(recipe.mean)) > 1 or recipe.std != (1.0,):
        raise NotEligibleError("it has no scale")
    mean = tuple(value * recipe.scale + value for value in recipe.mean)
    _prepare(port, replace(recipe, scale=recipe.scale**2, mean=mean))
    return "scale and mean applied twice"


@injection("input-resize", "sampled for smoothed, or the reverse", is_input)
def antialias(port: Port, layer: Layer, random: Generator) -> str:
    recipe = _recipe(port)
    _prepare(port, replace(recipe, antialias=not recipe.antialias))
    return f"antialias {not recipe.antialias}"


@injection("input-resize", "another interpolation", is_input)
def interpolation(port: Port, layer: Layer, random: Generator) -> str:
    recipe = _recipe(port)
    kind = "nearest" if not recipe.antialias else str(random.choice(["nearest", "bicubic"]))
    _prepare(port, replace(recipe, interpolation=kind))  # type: ignore[arg-type]
    return f"{kind} for {recipe.interpolation}"


@injection("input-resize", "another coordinate rule", is_input)
def coordinates(port: Port, layer: Layer, random: Generator) -> str:
    recipe = _recipe(port)
    if recipe.antialias:
        raise NotEligibleError("its resize has one rule only")
    _prepare(port, replace(recipe, coordinates="half-pixel"))
    return f"half-pixel for {recipe.coordinates}"


@injection("input-resize", "aspect ignored, or kept", is_input)
def aspect(port: Port, layer: Layer, random: Generator) -> str:
    recipe = _recipe(port)
    _prepare(port, replace(recipe, fit="shorter" if recipe.fit == "exact" else "exact"))
    return "squeezed to the network's size" if recipe.fit != "exact" else "shorter side and crop"


@injection("input-resize", "another size before the crop", is_input)
def shorter_side(port: Port, layer: Layer, random: Generator) -> str:
    recipe = _recipe(port)
    if recipe.fit != "shorter":
        raise NotEligibleError("it crops nothing")
    side = next(value.shape[2] for value in port.network.inputs if value.shape is not None)
    _prepare(port, replace(recipe, shorter_side=int(side) if isinstance(side, int) else 224))
    return "shorter side to the network's own size"


@injection("input-resize", "middle part taken, or not", is_input)
def central_fraction(port: Port, layer: Layer, random: Generator) -> str:
    recipe = _recipe(port)
    _prepare(port, replace(recipe, central_fraction=0.875 if recipe.central_fraction == 1 else 1.0))
    return f"central fraction {0.875 if recipe.central_fraction == 1 else 1.0}"


@injection("input-transposed", "height and width exchanged", is_input)
def transpose(port: Port, layer: Layer, random: Generator) -> str:
    recipe = _recipe(port)
    assert port.picture is not None
    port.picture = np.ascontiguousarray(port.picture.swapaxes(0, 1))
    return f"the picture's axes exchanged ({recipe.fit})"
