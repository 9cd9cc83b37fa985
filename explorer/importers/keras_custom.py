"""Layers that are not Keras' own: those of well-known ports, and others that a Python package brings.

A file never brings code with it. To let Portside read a layer class of yours, say in a package of your own what it
computes, and name that function in the package's ``pyproject.toml`` under the class's name::

    [project.entry-points."portside.keras_layers"]
    ScaledTanh = "my_package.portside:scaled_tanh"

The function takes a :class:`explorer.importers.keras_layers.KerasLayer` and gives a ``Tensor``::

    def scaled_tanh(layer):
        factor = layer.build.constant(layer.config.number("factor", default=1.0))
        tanh = layer.each("Tanh")
        return layer.like(layer.build.elementwise("Mul", tanh.value, factor))

``layer.config`` are the layer's options, ``layer.inputs`` its tensors, ``layer.build`` makes ONNX nodes and
``layer.weight(name, shape)`` gives its weights one after another, as the file has them. A result that has the input's
axes is ``layer.like(value)``; one with axes of its own, in Keras' order, is ``layer.made(value)``.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import entry_points

from explorer.errors import PortsideError
from explorer.importers.keras_layers import Convert, KerasLayer, Tensor
from explorer.importers.keras_merges import EPSILON, normalised
from explorer.importers.keras_normalization import scaled
from explorer.importers.keras_shaping import cut
from explorer.network.builder import shape_tuple

ENTRY_POINTS = "portside.keras_layers"
"""The group of entry points under which packages name their layers."""


def installed_layer(kind: str, file: str, name: str) -> Convert | None:
    """What an installed package says of a class of layers, or None.

    :raises PortsideError: when the package can't be loaded.
    """
    for point in entry_points(group=ENTRY_POINTS, name=kind):
        try:
            convert: Convert = point.load()
        except Exception as error:
            reason = f"'{point.value}', which says what its class '{kind}' computes, can't be loaded ({error})"
            raise PortsideError(reason, file=file, layer=name) from error
        return convert
    return None


def pool_helper(layer: KerasLayer) -> Tensor:
    """The GoogLeNet port's ``PoolHelper``: without the first row and column, so that Keras pools as Caffe does."""
    value = layer.maps(2)
    ends = {}
    for axis in (2, 3):
        size = shape_tuple(value)[axis]
        assert isinstance(size, int)
        if size < 2:
            raise layer.error(f"nothing is left of {size} positions")
        ends[axis] = (1, size)
    return layer.of_maps(cut(layer.build, value, ends))


def lrn(layer: KerasLayer) -> Tensor:
    """The GoogLeNet port's ``LRN``: X ÷ (k + α/n · Σ x²)^β over n neighbouring channels."""
    config, value = layer.config, layer.maps(2)
    size = config.integer("n", default=5)
    if size % 2 == 0:
        raise layer.error(f"its n {size} is not odd")
    return layer.of_maps(
        layer.build.lrn(
            value,
            size=size,
            alpha=config.number("alpha", default=1e-4),
            beta=config.number("beta", default=0.75),
            k=config.number("k", default=1.0),
        )
    )


def scale(layer: KerasLayer) -> Tensor:
    """The ``Scale`` of the ResNet and DenseNet ports: γ · x + β along an axis."""
    axis = layer.axis(layer.config.axes("axis", -1)[0])
    size = layer.size(axis)
    gamma, beta = (layer.weight(name, (size,)) for name in ("gamma", "beta"))
    return scaled(layer, layer.input, [axis], gamma, beta)


def l2_normalization(layer: KerasLayer) -> Tensor:
    """The ``L2Normalization`` of the SSD ports: channels of length one at every position, times a weight for each."""
    tensor, dialect = layer.input, layer.dialect
    axis = tensor.rank - 1 if layer.channels_last() else 1
    # What keeps the sum from being nothing is another number on each backend; Keras 1 on Theano has none.
    least = (0.0 if dialect.version == 1 else EPSILON) if dialect.theano else 1e-12
    result = layer.like(normalised(layer, tensor.value, tensor.axis(axis), least))
    return scaled(layer, result, [axis], layer.weight("gamma", (layer.size(axis),)), None)


CUSTOM: Mapping[str, Convert] = {
    "PoolHelper": pool_helper,
    "LRN": lrn,
    "Scale": scale,
    "L2Normalization": l2_normalization,
}
"""Classes of well-known ports that are read by their names."""
