"""What a person may say about a file that the file doesn't say itself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Choices:
    """How to read a network where its file leaves that open.

    ``allow_unknown`` keeps a layer that can't be expressed as an opaque node, so that the graph can still be looked at;
    ``architecture`` names the network for a file that holds weights alone; ``backend`` is what Keras computed on;
    ``size`` is the pictures' height and width where a file leaves them open.
    """

    allow_unknown: bool = False
    architecture: str | None = None
    backend: str | None = None
    size: tuple[int, int] | None = None
