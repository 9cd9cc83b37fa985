"""Arrays of a reference kept as HDF5: data sets by their paths, each read when it is asked for."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from explorer.errors import PortsideError
from explorer.hdf5.reader import Dataset, Group, open_hdf5
from explorer.running.activations import Array

MOST_MEMBERS = 100_000
"""Groups and data sets; a file that links more to itself would never end."""


class StoredArrays(Mapping[str, Array]):
    """The data sets of one file by their paths from its root; a view of the file where they lie in one piece."""

    def __init__(self, datasets: Mapping[str, Dataset]) -> None:
        self._datasets = datasets
        self._read: dict[str, Array] = {}

    def __getitem__(self, key: str) -> Array:
        if key not in self._read:
            self._read[key] = self._datasets[key].numbers()
        return self._read[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._datasets)

    def __len__(self) -> int:
        return len(self._datasets)


def read_datasets(path: Path, metadata_key: str, most_bytes: int) -> tuple[Mapping[str, Dataset], Any]:
    """Every data set by its path, and the root's attribute ``metadata_key``, None where it has none.

    :raises PortsideError: when the file is damaged, holds something else than numbers, or more than ``most_bytes``.
    """
    root = open_hdf5(path)
    found: dict[str, Dataset] = {}
    pending: list[Group] = [root]
    seen = set[int]()
    while pending:
        group = pending.pop()
        for name, link in sorted(group.links.items()):
            if link.address is None or link.address in seen or len(seen) > MOST_MEMBERS:
                raise PortsideError(f"its groups make a circle, or are too many, at '{name}'", file=path)
            seen.add(link.address)
            member = group.member(name)
            if isinstance(member, Group):
                pending.append(member)
            elif member.type.dtype is None and member.type.kind != "bfloat16":
                raise PortsideError(f"'{member.name}' holds {member.type.name}, not numbers", file=path)
            else:
                found[member.name] = member
    total = sum(math.prod(each.shape) * each.type.size for each in found.values())
    if total > most_bytes:
        raise PortsideError(f"holds {total / 2**30:.0f} GiB of arrays, more than can be compared", file=path)
    return dict(sorted(found.items())), root.attributes.get(metadata_key)
