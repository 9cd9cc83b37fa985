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
