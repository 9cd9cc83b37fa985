"""Where a weight came from: file, name there, shape there, and the steps that turned it into an initializer."""

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Provenance:
    """The history of one initializer.

    ``file`` is the weights file as it was opened, ``name`` the blob or dataset in it (``conv1/7x7_s2[0]``), ``shape``
    its shape there, and ``steps`` what was done to it, in order (``"reshape to (64, 3, 7, 7)"``, ``"transpose (3, 2,
    0, 1)"``).
    """

    file: str
    name: str
    shape: tuple[int, ...]
    steps: tuple[str, ...] = ()

    def to_json(self) -> str:
        """The record as it is kept in the model's metadata."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Provenance":
        """The inverse of :meth:`to_json`."""
        record = json.loads(text)
        return cls(record["file"], record["name"], tuple(record["shape"]), tuple(record["steps"]))
