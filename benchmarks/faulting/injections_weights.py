"""Kernels, matrices and biases that were carried over wrongly."""

from __future__ import annotations

import numpy as np
import onnx_ir as ir
from numpy.random import Generator

from benchmarks.faulting.fault import Done, has, has_where, injection
from benchmarks.faulting.port import Array, NotEligibleError, Port, bias_of, integer, node_of, numbers, sizes, weight_of
from explorer.network.network import Layer, Network

WINDOWED = ("Conv", "ConvTranspose")
WEIGHTED = ("Conv", "ConvTranspose", "Gemm", "MatMul")

windowed, weighted, matrix = has(*WINDOWED), has(*WEIGHTED), has("Gemm", "MatMul")


def _groups(node: ir.Node) -> int:
    return integer(node, "group", 1)


def _inputs_of_group(node: ir.Node) -> int:
    found = numbers(node.inputs[1])
    return 0 if found is None else int(found.shape[1])


grouped = has_where(lambda node: _groups(node) > 1 and _inputs_of_group(node) > 1, "Conv")
by_channel = has_where(lambda node: _groups(node) > 1 and _inputs_of_group(node) == 1, "Conv")


def _kernel(layer: Layer, least: int = 1) -> tuple[object, Array]:
    node = node_of(layer, *WINDOWED)
    kernel = weight_of(node)
    if max(kernel.shape[2:]) < least:
        raise NotEligibleError("its kernel has one position")
    return node, kernel


def _put(port: Port, layer: Layer, array: Array) -> None:
    node = node_of(layer, *WEIGHTED)
    old = weight_of(node)
    assert array.shape == old.shape, (array.shape, old.shape)
    port.put(node, 1, array.astype(old.dtype, copy=False))


@injection("kernel-rotated", "all kernels by 180°", windowed)
def rotate(port: Port, layer: Layer, random: Generator) -> str:
    _, kernel = _kernel(layer, 2)
    _put(port, layer, kernel[..., ::-1, ::-1])
    return f"{kernel.shape[0]} kernels of {kernel.shape[2]}×{kernel.shape[3]} turned by 180°"


@injection("kernel-axes", "height and width exchanged", windowed)
def exchange_height_and_width(port: Port, layer: Layer, random: Generator) -> str:
    _, kernel = _kernel(layer, 2)
    if kernel.shape[2] != kernel.shape[3]:
        raise NotEligibleError("its kernel is not square")
    _put(port, layer, kernel.swapaxes(2, 3))
    return "H and W exchanged"


@injection("kernel-axes", "height and width of a long kernel laid out wrongly", windowed)
def misread_long_kernel(port: Port, layer: Layer, random: Generator) -> str:
    _, kernel = _kernel(layer, 2)
    if 1 in kernel.shape[2:] or kernel.shape[2] == kernel.shape[3]:
        raise NotEligibleError("its kernel is square or a line")
    _put(port, layer, kernel.swapaxes(2, 3).reshape(kernel.shape))
    return "W×H numbers read as H×W"


@injection("kernel-axes", "HWIO numbers read as OIHW", windowed)
def read_hwio_as_oihw(port: Port, layer: Layer, random: Generator) -> str:
    _, kernel = _kernel(layer)
    _put(port, layer, np.ascontiguousarray(kernel.transpose(2, 3, 1, 0)).reshape(kernel.shape))
    return "HWIO numbers in C order taken for OIHW"


@injection("kernel-axes", "OIHW numbers read as HWIO", windowed)
def read_oihw_as_hwio(port: Port, layer: Layer, random: Generator) -> str:
    _, kernel = _kernel(layer)
    out, read, height, width = kernel.shape
    _put(port, layer, kernel.reshape(height, width, read, out).transpose(3, 2, 0, 1))
    return "OIHW numbers in C order taken for HWIO and turned back"


@injection("kernel-axes", "inputs and outputs exchanged", windowed)
def exchange_inputs_and_outputs(port: Port, layer: Layer, random: Generator) -> str:
    _, kernel = _kernel(layer)
    if kernel.shape[0] != kernel.shape[1]:
        raise NotEligibleError("it has not as many inputs as outputs")
    _put(port, layer, kernel.swapaxes(0, 1))
    return "I and O exchanged"


@injection("kernel-axes", "IOHW numbers read as OIHW", windowed)
def read_iohw_as_oihw(port: Port, layer: Layer, random: Generator) -> str:
    _, kernel = _kernel(layer)
    if kernel.shape[0] == kernel.shape[1]:
        raise NotEligibleError("that exchanges inputs and outputs")
    _put(port, layer, np.ascontiguousarray(kernel.swapaxes(0, 1)).reshape(kernel.shape))
    return "IOHW numbers in C order taken for OIHW"


def _depthwise(layer: Layer) -> Array:
    node = node_of(layer, "Conv")
    kernel = weight_of(node)
    if integer(node, "group", 1) == 1 or kernel.shape[1] != 1:
        raise NotEligibleError("it is no depthwise convolution")
    return kernel


@injection("depthwise-layout", "channel and multiplier exchanged", by_channel)
def exchange_channel_and_multiplier(port: Port, layer: Layer, random: Generator) -> str:
    kernel = _depthwise(layer)
    channels = integer(node_of(layer, "Conv"), "group", 1)
    times = kernel.shape[0] // channels
    if times == 1:
        raise NotEligibleError("its multiplier is 1")
    laid = kernel.reshape(channels, times, *kernel.shape[1:])
    _put(port, layer, np.ascontiguousarray(laid.swapaxes(0, 1)).reshape(kernel.shape))
    return f"{channels} channels × {times} read as {times} × {channels}"


@injection("depthwise-layout", "H×W×C numbers read as C×H×W", by_channel)
def read_depthwise_hwc(port: Port, layer: Layer, random: Generator) -> Done:
    kernel = _depthwise(layer)
    _put(port, layer, np.ascontiguousarray(kernel.transpose(2, 3, 1, 0)).reshape(kernel.shape))
    return Done("H×W×C×1 numbers taken for C×1×H×W", causes=frozenset(["depthwise-layout", "kernel-axes"]))


@injection("group-order", "groups permuted", grouped)
def permute_groups(port: Port, layer: Layer, random: Generator) -> str:
    return _regroup(port, layer, random, with_bias=True)


@injection("group-order", "groups of the kernels alone permuted", grouped)
def permute_groups_of_kernels(port: Port, layer: Layer, random: Generator) -> str:
    return _regroup(port, layer, random, with_bias=False)


def _regroup(port: Port, layer: Layer, random: Generator, *, with_bias: bool) -> str:
    node = node_of(layer, "Conv")
    kernel, bias, groups = weight_of(node), bias_of(node), integer(node, "group", 1)
    if groups == 1 or kernel.shape[1] == 1 or (with_bias and bias is None):
        raise NotEligibleError("it has no groups of several channels")
    order = np.arange(groups)[::-1] if groups == 2 else _deranged(groups, random)
    _put(port, layer, kernel.reshape(groups, -1, *kernel.shape[1:])[order].reshape(kernel.shape))
    if with_bias and bias is not None:
        port.put(node, 2, bias.reshape(groups, -1)[order].reshape(-1))
    return f"groups in the order {list(map(int, order))}"


@injection("fc-transposed", "square matrix transposed", matrix)
def transpose_matrix(port: Port, layer: Layer, random: Generator) -> str:
    weight = weight_of(node_of(layer, "Gemm", "MatMul"))
    if weight.shape[0] != weight.shape[1]:
        raise NotEligibleError("its matrix is not square")
    _put(port, layer, weight.T)
    return "matrix transposed"


@injection("fc-transposed", "I×O numbers read as O×I", matrix)
def misread_matrix(port: Port, layer: Layer, random: Generator) -> str:
    weight = weight_of(node_of(layer, "Gemm", "MatMul"))
    if weight.shape[0] == weight.shape[1]:
        raise NotEligibleError("its matrix is square")
    _put(port, layer, np.ascontiguousarray(weight.T).reshape(weight.shape))
    return "the transposed matrix's numbers taken for the matrix's"


def _flattened(layer: Layer, network: Network) -> tuple[int, ...] | None:
    """C, H, W of the maps that a dense layer reads flattened; None where it reads a vector."""
    value = layer.inputs[0] if layer.inputs else None
    for _ in range(6):
        producer = None if value is None else value.producer()
        if value is None or value.shape is None:
            return None
        if len(value.shape) == 4:
            shape = sizes(value)[1:]
            return shape if shape[1] * shape[2] > 1 and shape[0] > 1 else None
        if producer is None or producer.op_type not in ("Flatten", "Reshape", "Identity"):
            return None
        value = producer.inputs[0]
    return None


def _reads_maps(layer: Layer, network: Network) -> bool:
    return matrix(layer, network) and _flattened(layer, network) is not None


def _reorder_rows(port: Port, layer: Layer, order: Array) -> None:
    node = node_of(layer, "Gemm", "MatMul")
    weight = weight_of(node)
    if weight.shape[1 if integer(node, "transB", 0) else 0] != order.size:
        raise NotEligibleError("its matrix doesn't read whole maps")
    _put(port, layer, weight[:, order] if integer(node, "transB", 0) else weight[order])


@injection("fc-flatten-order", "rows for H×W×C where C×H×W is read", _reads_maps)
def rows_in_hwc(port: Port, layer: Layer, random: Generator) -> str:
    shape = _flattened(layer, port.network)
    assert shape is not None
    _reorder_rows(port, layer, np.arange(np.prod(shape)).reshape(shape).transpose(1, 2, 0).reshape(-1))
    return f"rows for H×W×C, maps are {'×'.join(map(str, shape))}"


@injection("fc-flatten-order", "rows turned twice", _reads_maps)
def rows_in_chw_of_hwc(port: Port, layer: Layer, random: Generator) -> str:
    shape = _flattened(layer, port.network)
    assert shape is not None
    channels, height, width = shape
    _reorder_rows(
        port, layer, np.arange(np.prod(shape)).reshape(height, width, channels).transpose(2, 0, 1).reshape(-1)
    )
    return f"rows turned from H×W×C once too often, maps are {'×'.join(map(str, shape))}"


@injection("fc-flatten-order", "maps turned to H×W×C before they are flattened", has("Flatten", "Reshape"))
def flatten_hwc(port: Port, layer: Layer, random: Generator) -> Done:
    node = node_of(layer, "Flatten", "Reshape")
    shape = sizes(node.inputs[0])
    if len(shape) != 4 or shape[2] * shape[3] == 1 or len(sizes(node.outputs[0])) != 2:
        raise NotEligibleError("it flattens no maps")
    turned = port.make(node, "Transpose", [node.inputs[0]], {"perm": [0, 2, 3, 1]})
    port.connect(node, 0, turned.outputs[0])
    readers = [use.node.metadata_props.get("portside.layer", "") for use in node.outputs[0].uses()]
    names = frozenset([layer.name, *readers]) - {""}
    return Done("flattened as H×W×C", (names,))


def _deranged(count: int, random: Generator) -> Array:
    order = random.permutation(count)
    while (order == np.arange(count)).any():
        order = random.permutation(count)
    return order
