"""Writing arrays as a reference file."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from explorer.files import whole_file
from explorer.running.activations import Array


def save_arrays(arrays: Mapping[str, Array], path: str | Path) -> None:
    """Write a ``.npz`` whose keys are the names as they are; the file appears whole or not at all.

    ``numpy.savez`` takes names as keyword arguments, among which ``file`` means something else: entry by entry, then.

    :raises PortsideError: when it can't be written.
    """
    with whole_file(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as entry:
                np.lib.format.write_array(entry, np.ascontiguousarray(array), allow_pickle=False)
