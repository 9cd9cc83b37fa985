"""The network of a golden run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from explorer.golden.reading import GoldenRun, open_golden
from explorer.importers.choices import Choices
from explorer.importers.onnx import read_onnx_file
from explorer.importers.onnx_file import parse_onnx
from explorer.network.network import Network


def read_golden_network(path: Path, choices: Choices) -> Network:
    """Read the network of the golden run in ``path``.

    :raises PortsideError: when that is no golden run, or the network in it is not sound.
    """
    return network_of(open_golden(path), choices)


def network_of(run: GoldenRun, choices: Choices | None = None) -> Network:
    """The network that was saved; its weights stay where they lie in the file.

    :raises PortsideError: when it is not what was saved, or not sound.
    """
    file = replace(parse_onnx(run.mapped(run.record.network), run.path), beside=run.network_data())
    return read_onnx_file(file, run.path, choices or Choices())
