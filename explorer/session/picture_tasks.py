"""The long work on pictures as plain functions: a folder of them, its table, one that is opened, and class maps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.errors import PortsideError
from explorer.running.cancellation import Cancelled
from explorer.session.answers import Tried
from explorer.session.jobs import IsCancelled, Progress

if TYPE_CHECKING:
    from explorer.maps.class_maps import ClassMaps
    from explorer.network.network import Network
    from explorer.network.preprocessing import Preprocessing
    from explorer.running.activations import Activations
    from explorer.running.images import Picture
    from explorer.running.many_pictures import Classified
    from explorer.running.runner import Runner
    from explorer.session.answers import Folder

ClassifyFolder = Callable[
    ["Runner", "Folder", "Preprocessing | None", "list[Classified]", Progress, IsCancelled], "Sequence[Classified]"
]
PreparePicture = Callable[["Network", "Picture | None", "Preprocessing", Progress, IsCancelled], Tried]
FindMaps = Callable[
    [
        "Runner",
        "Activations",
        "Preprocessing | None",
        "bool | None",
        "Callable[[ClassMaps], None]",
        Progress,
        IsCancelled,
    ],
    "ClassMaps | None",
]


def prepare_picture(
    network: Network, picture: Picture | None, preprocessing: Preprocessing, progress: Progress, cancelled: IsCancelled
) -> Tried:
    """What each step makes of the picture, or why the network can't be fed with that; without one, whether it can."""
    from explorer.running.many_pictures import check_preprocessing
    from explorer.running.runner import check_tensor, picture_input

    progress(0, 0, "preparing the picture")
    try:
        if picture is None:
            check_preprocessing(network, preprocessing)
            return Tried()
        steps = tuple(preprocessing.steps(picture.pixels, picture_input(network)[2]))
        check_tensor(network, steps[-1].array)
    except PortsideError as error:
        return Tried(problem=error.reason)
    return Tried(steps)


def read_preset(path: Path, progress: Progress, cancelled: IsCancelled) -> Preprocessing:
    """Read a description of preprocessing.

    :raises PortsideError: when it is none.
    """
    from explorer.network.preprocessing import read_preprocessing

    progress(0, 0, f"opening {path.name}")
    return read_preprocessing(path)


def write_preset(preprocessing: Preprocessing, path: Path, progress: Progress, cancelled: IsCancelled) -> Path:
    """Write a description of preprocessing, whole or not at all; returns its path.

    :raises PortsideError: when it can't be written there.
    """
    from explorer.network.preprocessing import write_preprocessing

    progress(0, 0, f"writing {path.name}")
    if cancelled():
        raise Cancelled
    write_preprocessing(preprocessing, path)
    return path


def classify_folder(
    runner: Runner,
    folder: Folder,
    preprocessing: Preprocessing | None,
    found: list[Classified],
    progress: Progress,
    cancelled: IsCancelled,
) -> Sequence[Classified]:
    """Classify the folder's pictures in their order; each is put into ``found`` as soon as it is done.

    The run has sessions of its own, so that a single picture can be looked at meanwhile.

    :raises PortsideError: when the network takes no pictures, or none of this preprocessing's shape.
    """
    from explorer.running.many_pictures import classify_pictures

    total = len(folder.paths)
    progress(0, total, f"running {folder.name}")
    own = runner.for_network(runner.network)
    for row in classify_pictures(own, folder.paths, preprocessing=preprocessing, cancelled=cancelled):
        found.append(row)
        progress(len(found), total, f"running {folder.name}: picture {len(found)} of {total}")
    return found


def write_folder_csv(rows: Sequence[Classified], path: Path, progress: Progress, cancelled: IsCancelled) -> Path:
    """Write the classes of the pictures as a table, whole or not at all; returns its path.

    :raises PortsideError: when it can't be written there.
    """
    from explorer.running.classified_csv import write_csv

    progress(0, 0, f"writing {path.name}")
    if cancelled():
        raise Cancelled
    write_csv(rows, path)
    return path


def read_picture_file(path: str, progress: Progress, cancelled: IsCancelled) -> Picture:
    """Decode one picture.

    :raises PortsideError: when it is none.
    """
    from explorer.running.images import read_picture

    progress(0, 0, f"opening {Path(path).name}")
    return read_picture(path)


def find_maps(
    runner: Runner,
    run: Activations,
    preprocessing: Preprocessing | None,
    by_occlusion: bool | None,
    found: Callable[[ClassMaps], None],
    progress: Progress,
    cancelled: IsCancelled,
) -> ClassMaps | None:
    """Where in the picture of ``run`` each class is seen; ``found`` is given what there is of it, as it grows.

    ``by_occlusion`` None: only if it costs nothing, else None is the answer; false: the best way; true: by occlusion.

    :raises PortsideError: when the network has no output that is a list of classes.
    """
    from explorer.maps.seeing import activation_maps_of, class_maps

    maps = None if by_occlusion else activation_maps_of(runner.network, run, preprocessing)
    if maps is not None or by_occlusion is None:
        return maps
    progress(0, 0, "covering parts of the picture")
    return class_maps(
        runner.for_network(runner.network),
        run,
        preprocessing,
        by_occlusion=True,
        shown=found,
        progress=lambda done, total: progress(done, total, f"covering parts of the picture: {done} of {total}"),
        cancelled=cancelled,
    )
