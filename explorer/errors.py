"""The one exception that is meant for the person at the desk."""

from pathlib import Path


class PortsideError(Exception):
    """A file or a request that is wrong, told in one sentence.

    ``file`` is written as it was given and ``layer`` is the source's own name; either may be unknown.
    ``str()`` is always one printable line, whatever the file had in its names:
    ``deploy.prototxt: layer 'conv1': 64 kernels were expected, the file holds 32``.
    """

    def __init__(self, reason: str, *, file: str | Path | None = None, layer: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.file = file
        self.layer = layer

    def __str__(self) -> str:
        parts = []
        if self.file is not None:
            parts.append(str(self.file))
        if self.layer is not None:
            parts.append(f"layer '{self.layer}'")
        parts.append(self.reason)
        return _one_line(": ".join(parts))


class WeightsUnclearError(PortsideError):
    """Several files of weights lie beside a network, and which of them is meant must be said."""


def _one_line(text: str) -> str:
    # A hostile file may have terminal escapes in a layer's name, so this drops more than newlines.
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
