"""What every test may ask for."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# Before anything imports Qt: a test opens no window on the screen of whoever runs it.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

# A slow machine is no failure; and a run that decides over a commit draws the same cases every time.
settings.register_profile("desk", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "desk")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder ``shared`` beside the checkout, with networks and what Caffe computed for them."""
    folder = Path(__file__).resolve().parents[2] / "shared"
    if not folder.is_dir():
        pytest.skip("needs the folder 'shared' beside the checkout, which is absent")
    return folder
