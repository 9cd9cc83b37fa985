import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from explorer.running.activations import Array
from explorer.ui.picture_states import STATES
from explorer.ui.pictures import IN_DARK, main

KEPT = Path(__file__).resolve().parents[2] / "docs" / "pictures"
GRID = (90, 56)
"""Cells that a picture is reduced to: coarse enough for other fonts and other rounding, fine enough for a panel."""

MEAN, WORST = 4.0, 90.0
"""Levels of 255 by which a picture may differ from the kept one, over all cells and in one of them."""

TAKE = """
from pathlib import Path
from explorer.ui.assembly import make_application
from explorer.ui.picture_states import STATES
from explorer.ui.pictures import SCALE, take_states
application = make_application(offscreen=True, scale=SCALE)
take_states([state for state in STATES if state.main], Path({folder!r}), "light")
"""


def cells(path: Path) -> Array:
    with Image.open(path) as picture:
        reduced = picture.convert("RGB").resize(GRID, Image.Resampling.BOX)
    return np.asarray(reduced, np.float64)


@pytest.fixture(scope="module")
def taken(tmp_path_factory) -> Path:
    """The ten main states, taken by a process of its own: the scale is the application's."""
    folder: Path = tmp_path_factory.mktemp("pictures")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("QT_")}
    command = [sys.executable, "-c", TAKE.format(folder=str(folder))]
    subprocess.run(command, check=True, env=environment, capture_output=True, timeout=280)
    return folder


@pytest.mark.parametrize("name", [state.name for state in STATES if state.main])
def test_a_main_state_looks_as_it_did(taken, name):
    ours, kept = cells(taken / f"{name}-light.png"), cells(KEPT / f"{name}-light.png")
    distance = np.abs(ours - kept).max(axis=2)
    assert distance.mean() < MEAN
    assert distance.max() < WORST


def test_there_are_ten_main_states():
    assert sum(state.main for state in STATES) == 10


def test_every_state_has_its_picture_in_the_documentation():
    wanted = {f"{state.name}-light.png" for state in STATES} | {f"{name}-dark.png" for name in IN_DARK}
    assert {path.name for path in KEPT.glob("*.png")} == wanted


@pytest.mark.slow
def test_one_command_takes_all_pictures_of_the_documentation(qapp, tmp_path):
    folder = tmp_path / "docs" / "pictures"
    assert main([str(folder)]) == 0
    assert {path.name for path in folder.iterdir()} == {path.name for path in KEPT.glob("*.png")}
    for path in folder.iterdir():
        with Image.open(path) as picture:
            corner = np.asarray(picture.convert("L"))[:8, :8]
        # What lies over the whole window darkens it by a fifth.
        assert (corner.min() > 128) == ("light" in path.name)


def test_a_folder_has_to_be_named(capsys):
    assert main([]) == 2
    assert "usage" in capsys.readouterr().err
