"""The class maps of a picture, in the best way that its network allows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from explorer.errors import PortsideError
from explorer.maps.class_activation import ActivationMaps, activation_maps, find_head
from explorer.maps.class_maps import ClassMaps
from explorer.maps.occlusion import OcclusionMaps, occlusion_maps
from explorer.network.network import Network, shape_of, value_name
from explorer.running.activations import Activations, Array
from explorer.running.runner import feed_picture, picture_input

if TYPE_CHECKING:
    from explorer.network.preprocessing import Preprocessing
    from explorer.network.preprocessing_fields import Layout
    from explorer.running.cancellation import Cancel
    from explorer.running.runner import Runner


def classes_output(network: Network) -> str:
    """The output that holds the classes: the last one that is a single vector for each picture.

    Heads for training stand before the network's own output in the order of the data.

    :raises PortsideError: when there is none.
    """
    for value in reversed(network.outputs):
        shape = shape_of(value)
        if shape is not None and sum(size > 1 for size in shape[1:]) == 1:
            return value_name(value)
    raise PortsideError("none of the network's outputs is a list of classes, so none can be looked for in the picture")


def run_for_maps(runner: Runner, picture: NDArray[np.uint8], preprocessing: Preprocessing | None = None) -> Activations:
    """Run a picture, keeping what class maps are made of.

    :raises PortsideError: when the network takes no picture, or none of this preprocessing's shape.
    """
    inputs = feed_picture(runner.network, picture, preprocessing)
    head = find_head(runner.network, classes_output(runner.network))
    values = {*runner.output_names(), *(() if head is None else (head.features,))}
    return runner.run(inputs, values=values, fed_with="picture")


def seen_picture(
    network: Network, picture: NDArray[np.uint8], preprocessing: Preprocessing | None = None
) -> NDArray[np.uint8]:
    """The part of the picture that becomes the input, as large as that: H×W×3, RGB."""
    _, own, size = picture_input(network)
    resized = (preprocessing or own).resized(picture, size)
    return np.ascontiguousarray(np.asarray(resized).round().clip(0, 255).astype(np.uint8))


def activation_maps_of(
    network: Network, run: Activations, preprocessing: Preprocessing | None = None
) -> ActivationMaps | None:
    """The class activation maps of a run; None where the network's end allows none.

    :raises PortsideError: when no output is a list of classes.
    """
    head = find_head(network, classes_output(network))
    if head is None or head.features not in run or run[head.features].ndim != 4:
        return None
    name, own, _ = picture_input(network)
    return activation_maps(head, run, _size(run.inputs[name], (preprocessing or own).layout))


def class_maps(
    runner: Runner,
    run: Activations,
    preprocessing: Preprocessing | None = None,
    *,
    by_occlusion: bool = False,
    shown: Callable[[OcclusionMaps], None] | None = None,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Cancel | None = None,
) -> ClassMaps:
    """Class activation maps where the network's end allows them, else (or ``by_occlusion``) occlusion maps.

    ``run`` is of one picture. ``shown`` and ``progress`` tell of occlusion as it goes on, see
    :func:`explorer.maps.occlusion.occlusion_maps`.

    :raises PortsideError: when no output is a list of classes.
    :raises Cancelled: soon after ``cancelled()`` turns true.
    """
    found = None if by_occlusion else activation_maps_of(runner.network, run, preprocessing)
    if found is not None:
        return found
    name, own, _ = picture_input(runner.network)
    return occlusion_maps(
        runner,
        run.inputs[name][:1],
        classes_output(runner.network),
        layout=(preprocessing or own).layout,
        seen=shown,
        progress=progress,
        cancelled=cancelled,
    )


def _size(tensor: Array, layout: Layout) -> tuple[int, int]:
    height, width = tensor.shape[2:4] if layout == "NCHW" else tensor.shape[1:3]
    return int(height), int(width)
