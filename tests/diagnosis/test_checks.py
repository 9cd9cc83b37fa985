"""The table of checks: what it names exists, and what they yield has a name in the contract."""

from __future__ import annotations

import ast
from importlib import import_module
from inspect import getsource
from pathlib import Path

import pytest

import explorer.diagnosis
from explorer.causes import CAUSES
from explorer.diagnosis import CHECKS, Check, inputs, neighbours
from explorer.diagnosis.edit import Fitted
from explorer.diagnosis.scene import Candidate
from explorer.network.network import Network
from explorer.running.reference import Reference
from tests.diagnosis.ports import batch_norm, chain, conv, dense, drawn, lrn, pool, positive, recorded, scene_of, unary

FOLDER = Path(explorer.diagnosis.__file__).parent
BY_INPUT = {"input-mean", "input-scale", "input-resize", "input-transposed"}
"""Causes that only the preparation of a picture has."""


def _modules() -> list[str]:
    return sorted({check.function.partition(":")[0] for check in CHECKS})


def _named(module: object) -> set[str]:
    """The causes that stand in a module's text."""
    tree = ast.parse(getsource(module))  # type: ignore[arg-type]
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return texts & set(CAUSES)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.function)
def test_every_check_is_a_function_that_says_what_it_looks_for(check: Check):
    module, _, name = check.function.partition(":")
    function = getattr(import_module(f"explorer.diagnosis.{module}"), name)
    assert callable(function)
    assert function.__doc__


def test_no_check_stands_in_the_table_twice():
    functions = [check.function for check in CHECKS]
    assert len(set(functions)) == len(functions)


def test_every_public_function_of_a_scene_that_yields_candidates_stands_in_the_table():
    found = set()
    for path in sorted(FOLDER.glob("*.py")):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and node.returns is not None:
                arguments = [ast.unparse(each.annotation) for each in node.args.args if each.annotation is not None]
                if ast.unparse(node.returns) == "Iterator[Candidate]" and arguments == ["Scene"]:
                    found.add(f"{path.stem}:{node.name}")
    assert found == {check.function for check in CHECKS}


def test_every_cause_of_the_contract_is_looked_for():
    named = set[str]()
    for module in _modules():
        named |= _named(import_module(f"explorer.diagnosis.{module}"))
    assert set(CAUSES) - named == BY_INPUT
    assert _named(inputs) == BY_INPUT | {"input-channel-order"}
    assert _named(neighbours) >= {"bn-order"}


def test_what_takes_more_from_the_reference_is_tried_later():
    levels = [check.fitted for check in CHECKS]
    assert levels == sorted(levels)


NORM = [positive(4, seed=1), drawn(4, seed=2), drawn(4, seed=3), positive(4, seed=4)]


def _port(seed: int) -> Network:
    """One layer of each usual kind, whose numbers depend on ``seed``."""
    return chain(
        (3, 8, 8),
        conv("conv1", drawn(4, 3, 3, 3, seed=seed), drawn(4, seed=seed), pads=1),
        batch_norm("bn1", *NORM),
        unary("relu1", "Relu"),
        lrn("norm1", size=3, alpha=0.1 * seed),
        pool("pool1", "MaxPool", 2, 2),
        conv("conv2", drawn(4, 2, 3, 3, seed=seed + 1), group=2),
        dense("fc", drawn(5, 16, seed=seed), drawn(5, seed=seed)),
        unary("prob", "Softmax", axis=1),
    )


@pytest.fixture(scope="module")
def reference() -> Reference:
    """What the original of the port recorded."""
    return recorded(_port(1), drawn(2, 3, 8, 8))


@pytest.mark.parametrize("layer", ["conv1", "bn1", "relu1", "norm1", "pool1", "conv2", "fc", "prob"])
def test_candidates_have_causes_of_the_contract_and_layers_of_the_network(reference: Reference, layer: str):
    scene = scene_of(_port(2), reference, layer)
    names = set(scene.suspect.network.layer)
    found: list[tuple[Check, Candidate]] = [
        (check, candidate) for check in CHECKS for candidate in check.candidates(scene)
    ]
    assert found
    for check, candidate in found:
        assert candidate
        for edit in candidate:
            assert edit.cause in CAUSES
            assert edit.layer in names
            assert edit.detail
            assert edit.fitted <= max(check.fitted, Fitted.PER_CHANNEL)
