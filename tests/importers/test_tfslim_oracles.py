"""Every case of ../shared that TF-slim made, by every way in: with a graph, frozen, and weights alone."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from explorer import cli
from explorer.errors import PortsideError
from explorer.importers import open_network
from explorer.importers.choices import Choices
from explorer.network.network import Network
from tests.oracles import compared, unmentioned

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "oracles" / "slim"

ARCHITECTURES = {"inception_v4_w8": "inception_v4", "resnet_v1_26_slim": "resnet_v1_50"}
"""What a person who has the weights alone would say they are; nothing fits the others."""


def _named(files: dict[str, str], kind: str) -> list[str]:
    return [value.partition(" ")[0] for key, value in files.items() if key.startswith(kind)]


def _combinations(case: dict[str, Any]) -> Iterator[tuple[str, str | None]]:
    """The networks of a case with their weights: None where they stand in the file or beside it."""
    files = case["files"]
    for prefix in _named(files, "checkpoint_v2"):
        yield from ((f"{prefix}{ending}", None) for ending in ("", ".meta", ".index", ".data-00000-of-00001"))
        yield ".", None
    for meta in _named(files, "meta_graph"):
        for weights in (*_named(files, "checkpoint_v1"), *_named(files, "checkpoint_v2")):
            yield meta, weights
    for frozen in _named(files, "frozen_graph"):
        yield frozen, None


def _cases(expect: str) -> list[Any]:
    cases = {path.parent: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*/case.json"))}
    found = [pytest.param(path, case, id=path.name) for path, case in cases.items() if case["expect"] == expect]
    return found or [pytest.param(FOLDER, {}, id="absent")]


def _routes() -> list[Any]:
    found = []
    for path, case in (each.values for each in _cases("ok") if each.id != "absent"):
        for network, weights in _combinations(case):
            found.append(pytest.param(path, network, weights, id=f"{path.name}-{network}-{weights}"))
    return found or [pytest.param(FOLDER, "", None, id="absent")]


def _present(case: object) -> None:
    if not case:
        pytest.skip("needs TF-slim's cases of ../shared/oracles, which are absent")


def _check(network: Network, folder: Path) -> None:
    comparison = compared(network, folder / "reference.npz")
    assert comparison.unmatched_reference == ()
    assert comparison.agrees


@pytest.mark.parametrize(("folder", "network", "weights"), _routes())
def test_every_end_point_matches_what_tensorflow_computed(
    shared: Path, folder: Path, network: str, weights: str | None
) -> None:
    _present(network)
    _check(open_network(folder / network, weights=None if weights is None else folder / weights), folder)


def _weights_alone(case: dict[str, Any], folder: Path, target: Path) -> list[Path]:
    """The checkpoints of both versions, copied to where no graph stands beside them."""
    found = []
    for name in (*_named(case["files"], "checkpoint_v1"), *_named(case["files"], "checkpoint_v2")):
        copied = target / name
        copied.parent.mkdir(exist_ok=True)
        for file in folder.glob(f"{name}*"):
            if not file.name.endswith(".meta"):
                shutil.copyfile(file, target / file.relative_to(folder))
        found.append(copied)
    return found


@pytest.mark.parametrize(("folder", "case"), _cases("ok"))
def test_weights_alone_are_recognised_or_read_as_the_architecture_that_is_named(
    shared: Path, tmp_path: Path, folder: Path, case: dict[str, Any]
) -> None:
    _present(case)
    size = tuple(case["input_shapes"]["input"][1:3])
    for checkpoint in _weights_alone(case, folder, tmp_path):
        if folder.name not in ARCHITECTURES:
            sentence = r"holds weights alone, of no architecture that is known \('\w+/.*' …\), and the graph, model"
            with pytest.raises(PortsideError, match=sentence):
                open_network(checkpoint)
            with pytest.raises(PortsideError, match=r"holds no variables of vgg_16, which begin with 'vgg_16/', but"):
                open_network(checkpoint, choices=Choices(architecture="vgg_16"))
            continue
        for architecture in (None, ARCHITECTURES[folder.name]):
            choices = Choices(architecture=architecture, size=(size[0], size[1]))
            _check(open_network(checkpoint, choices=choices), folder)


@pytest.mark.parametrize(("folder", "case"), _cases("error"))
def test_broken_checkpoints_are_refused_with_their_reason(
    shared: Path, tmp_path: Path, folder: Path, case: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    _present(case)
    for path in (folder, folder / "model.ckpt", folder / "model.ckpt.meta", folder / "model.ckpt.index"):
        with pytest.raises(PortsideError) as caught:
            open_network(path)
        assert unmentioned(case, caught.value) == []
        assert cli.run(["inspect", str(path)]) == 2
        message = capsys.readouterr().err
        assert message.count("\n") == 1
        assert [text for text in case["expected_error_mentions"] if text not in message] == []
