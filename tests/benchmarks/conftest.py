"""The bench's own networks, made once."""

from __future__ import annotations

import pytest

from benchmarks.faulting.networks import Subject
from tests.benchmarks.subjects import subject


@pytest.fixture(scope="package")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Subject:
    """One layer after the other."""
    return subject("catalogue-chain", tmp_path_factory.mktemp("chain"))


@pytest.fixture(scope="package")
def caffe(tmp_path_factory: pytest.TempPathFactory) -> Subject:
    """Caffe's layers, activations in place."""
    return subject("catalogue-caffe", tmp_path_factory.mktemp("caffe"))


@pytest.fixture(scope="package")
def keras(tmp_path_factory: pytest.TempPathFactory) -> Subject:
    """Keras's layers."""
    return subject("catalogue-keras", tmp_path_factory.mktemp("keras"))
