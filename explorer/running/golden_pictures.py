"""The picture of a golden run: as it goes into the file, as it comes out, and how it is prepared then."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from explorer.errors import PortsideError
from explorer.golden import is_golden_run
from explorer.golden.network_part import file_name
from explorer.golden.reading import GoldenRun, open_golden
from explorer.running.images import Picture, decode_picture
from explorer.running.picture_files import PICTURE_ENDINGS
from explorer.running.runner import picture_input

if TYPE_CHECKING:
    from explorer.network.network import Network
    from explorer.network.preprocessing import Preprocessing


def picture_bytes(picture: Picture) -> tuple[bytes, str]:
    """The picture's file and its ending; a PNG of the same pixels where there is no such file, or it has changed."""
    path = Path(picture.path)
    try:
        inside = is_golden_run(path.parent) and path.parent.is_file()
        data = open_golden(path.parent).picture() if inside else path.read_bytes()
        if data and np.array_equal(decode_picture(data, picture.path).pixels, picture.pixels):
            ending = path.suffix.lower()
            return data, ending if ending in PICTURE_ENDINGS else ""
    except (OSError, ValueError, PortsideError):
        pass
    from PIL import Image

    held = BytesIO()
    Image.fromarray(picture.pixels).save(held, format="PNG")
    return held.getvalue(), ".png"


def picture_of(run: GoldenRun) -> Picture | None:
    """The picture that was saved; its path is a name inside the file.

    :raises PortsideError: when it is not what was saved, or no picture.
    """
    saved, data = run.record.picture, run.picture()
    return None if saved is None or data is None else decode_picture(data, str(run.path / file_name(saved.name)))


def preparation(network: Network, run: GoldenRun) -> Preprocessing | None:
    """How ``network`` is to prepare the run's picture; None: as it says itself.

    What a person chose for the run goes for every network. Where the run's network said it, another one that says it
    too is taken by its own word: else nobody would notice that it says something else.

    :raises PortsideError: when the network takes no pictures.
    """
    record = run.record
    if record.preprocessing is None or (record.own_preprocessing and network.preprocessing is not None):
        return None
    return replace(record.preprocessing, layout=picture_input(network)[1].layout)
