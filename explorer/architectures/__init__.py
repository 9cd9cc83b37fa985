"""Networks written as code: for files that hold weights alone, and to look at with no file at all."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

from explorer.errors import PortsideError

if TYPE_CHECKING:
    from explorer.network.network import Network

ARCHITECTURES: Mapping[str, str] = {
    "googlenet": "explorer.architectures.googlenet:googlenet",
    "posenet": "explorer.architectures.googlenet:posenet",
    "alexnet": "explorer.architectures.alexnet:alexnet",
    "caffenet": "explorer.architectures.alexnet:caffenet",
    "vgg16": "explorer.architectures.vgg:vgg16",
    "vgg19": "explorer.architectures.vgg:vgg19",
    "inception_v1": "explorer.architectures.inception_v1:inception_v1",
    "inception_v2": "explorer.architectures.inception_v2:inception_v2",
    "inception_v3": "explorer.architectures.inception_v3:inception_v3",
    "inception_v4": "explorer.architectures.inception_v4:inception_v4",
    "inception_resnet_v2": "explorer.architectures.inception_resnet_v2:inception_resnet_v2",
    "mobilenet_v1": "explorer.architectures.mobilenet_v1:mobilenet_v1",
    "resnet_v1_50": "explorer.architectures.slim_resnet:resnet_v1_50",
    "resnet_v1_101": "explorer.architectures.slim_resnet:resnet_v1_101",
    "resnet_v1_152": "explorer.architectures.slim_resnet:resnet_v1_152",
    "resnet_v2_50": "explorer.architectures.slim_resnet:resnet_v2_50",
    "resnet_v2_101": "explorer.architectures.slim_resnet:resnet_v2_101",
    "resnet_v2_152": "explorer.architectures.slim_resnet:resnet_v2_152",
    "vgg_16": "explorer.architectures.slim_vgg:vgg_16",
    "vgg_19": "explorer.architectures.slim_vgg:vgg_19",
}
"""Where each architecture is built, by name; imported when it is asked for."""


def build_architecture(name: str) -> Network:
    """Build an architecture with random weights.

    :raises PortsideError: when there is none of that name, with the nearest that there is.
    """
    if name not in ARCHITECTURES:
        near = difflib.get_close_matches(name, ARCHITECTURES, 1)
        hint = f"did you mean '{near[0]}'?" if near else f"there are {', '.join(ARCHITECTURES)}"
        raise PortsideError(f"there is no architecture '{name}': {hint}")
    module, _, function = ARCHITECTURES[name].partition(":")
    network: Network = getattr(importlib.import_module(module), function)()
    return network
