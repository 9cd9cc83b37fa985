"""What tests of a diagnosis share."""

from __future__ import annotations

import pytest

from explorer.diagnosis.diagnose import diagnose
from explorer.diagnosis.finding import Diagnosis
from explorer.running.recording import save_arrays
from explorer.running.reference import open_reference
from explorer.running.runner import Runner
from tests.small_network import blobs, picture_pixels, small_network


@pytest.fixture(scope="session")
def real(tmp_path_factory: pytest.TempPathFactory) -> tuple[Runner, Diagnosis]:
    """A small port that lost its first bias, and what is found of it."""
    path = tmp_path_factory.mktemp("real") / "reference.npz"
    save_arrays(blobs(small_network(), picture_pixels()), path)
    runner = Runner(small_network(shifted="conv1"), threads=1)
    return runner, diagnose(runner, open_reference(path))
