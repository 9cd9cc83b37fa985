"""`portside run --class-map`: where in the picture a class is seen, as a picture or as numbers."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from explorer.command_line.options import note, shown_progress
from explorer.errors import PortsideError

if TYPE_CHECKING:
    from explorer.network.preprocessing import Preprocessing
    from explorer.running.activations import Array
    from explorer.running.runner import Runner


def write_class_map(
    arguments: argparse.Namespace,
    runner: Runner,
    path: Path,
    preprocessing: Preprocessing | None,
    labels: tuple[str, ...] | None,
) -> None:
    """Make the map of the class that was asked for, else of the best one, and write it.

    :raises PortsideError: when no output is a list of classes, there is no such class, or the file can't be written.
    """
    from explorer.maps.class_maps import spread
    from explorer.maps.seeing import class_maps, run_for_maps, seen_picture
    from explorer.running.answers import classify
    from explorer.running.images import read_picture
    from explorer.running.recording import save_arrays

    pixels = read_picture(path).pixels
    run = run_for_maps(runner, pixels, preprocessing)
    with shown_progress(arguments, "covering") as progress:
        maps = class_maps(runner, run, preprocessing, by_occlusion=arguments.occlusion, progress=progress)
    classes = classify(runner.network, run, labels)[maps.output]
    index = classes[0].index if arguments.map_class is None else arguments.map_class
    if index >= maps.count:
        raise PortsideError(f"there is no class {index}: the last of the {maps.count} is {maps.count - 1}")
    values = maps.of_class(index)
    target = Path(arguments.class_map)
    if target.suffix.lower() == ".npz":
        arrays = {"map": values, "input_map": spread(values, maps.size), "class": np.array(index)}
        save_arrays(arrays, target)
    else:
        _save_picture(seen_picture(runner.network, pixels, preprocessing), values, target)
    how = "class activation map" if maps.method == "activation" else "occlusion map"
    name = next((line.label for line in classes if line.index == index and line.label), f"class {index}")
    note(arguments, f"written: {target}, {how} of {name}")


def _save_picture(seen: NDArray[np.uint8], values: Array, target: Path) -> None:
    from PIL import Image

    from explorer.files import whole_file
    from explorer.maps.overlay import laid_over

    with whole_file(target) as temporary:
        Image.fromarray(laid_over(seen, values)).save(temporary, "PNG")
