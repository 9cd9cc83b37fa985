"""Weights alone: every network of TF-slim recognised by its variables' names, its widths read off their shapes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from explorer.errors import PortsideError
from explorer.importers import open_network
from explorer.importers.choices import Choices
from explorer.importers.tfslim import SLIM, recognise_slim
from explorer.network.network import Network
from explorer.running.runner import Runner
from tests.slim_checkpoints import SIZES, Array, slim_network
from tests.tensorflow_files import write_bundle, write_slices
from tests.tensorflow_forward import dimensions, provenance

ISSUE = {
    *(f"inception_v{number}" for number in (1, 2, 3, 4)),
    *("inception_resnet_v2", "vgg_16", "vgg_19", "mobilenet_v1"),
    *(f"resnet_v{version}_{layers}" for version in (1, 2) for layers in (50, 101, 152)),
}


def agree(ours: Network, theirs: Network, size: tuple[int, int]) -> None:
    x = {"input": np.random.default_rng(3).standard_normal((1, 3, *size)).astype(np.float32)}
    a, b = (Runner(network, "cpu").run(x).values for network in (ours, theirs))
    assert list(a) == list(b)
    for name, array in a.items():
        np.testing.assert_array_equal(array, b[name], err_msg=name)


def trained(variables: Mapping[str, Array]) -> dict[str, Array]:
    """The variables as a training run saves them: an optimiser's slots, moving averages and counters among them."""
    found: dict[str, Array] = {"global_step": np.asarray(12000, np.int64), "beta1_power": np.asarray(0.5, np.float32)}
    for name, array in variables.items():
        found[name] = array
        if not name.endswith(("moving_mean", "moving_variance")):
            tail = array[..., :1] if array.size > 64 else array
            found |= {f"{name}/{slot}": tail for slot in ("Momentum", "RMSProp", "RMSProp_1")}
        found[f"{name}/ExponentialMovingAverage"] = np.zeros(1, np.float32)
    return found


def test_every_network_of_the_issue_is_known() -> None:
    assert set(SLIM) == ISSUE | {"resnet_v1_200", "resnet_v2_200", "vgg_a"}


@pytest.mark.parametrize("name", SLIM)
def test_a_network_is_recognised_by_its_variables(tmp_path: Path, name: str) -> None:
    made, variables = slim_network(name)
    choices = Choices(size=SIZES[name])
    network = open_network(write_bundle(tmp_path / "model.ckpt", variables), choices=choices)
    assert network.source.notes == (f"no graph is beside the checkpoint: its variables are those of {name}",)
    assert [(layer.name, layer.type) for layer in network.layers] == [(each.name, each.type) for each in made.layers]
    agree(network, made, SIZES[name])
    origins = [provenance(weight) for layer in network.layers for weight in layer.weights]
    assert {origin.name for origin in origins if origin is not None} == set(variables)
    assert recognise_slim(trained(variables)) == (name, SLIM[name].root)


@pytest.mark.parametrize("name", ["inception_v1", "mobilenet_v1", "resnet_v2_50"])
def test_what_serves_training_is_sorted_out(tmp_path: Path, name: str) -> None:
    made, variables = slim_network(name)
    path = write_slices(tmp_path / "model.ckpt", trained(variables))
    network = open_network(path, choices=Choices(size=SIZES[name]))
    agree(network, made, SIZES[name])
    learned = sum(not each.endswith(("moving_mean", "moving_variance")) for each in variables)
    (note,) = network.source.notes[1:]
    assert note == (
        f"variables of the checkpoint that the network does not use: {3 * learned + 1} of an optimiser or a "
        f"counter, {len(variables)} moving averages of weights"
    )


@pytest.mark.parametrize("name", ["inception_v1", "inception_v4", "resnet_v2_50", "mobilenet_v1", "vgg_a"])
@pytest.mark.parametrize("classes", [3, 1000, 1001])
def test_classes_are_as_many_as_the_file_has(tmp_path: Path, name: str, classes: int) -> None:
    _, variables = slim_network(name, classes=classes, width=0.03)
    network = open_network(write_bundle(tmp_path / "m", variables), choices=Choices(size=SIZES[name]))
    assert {dimensions(value)[1] for value in network.outputs} == {classes}


def test_a_size_that_nobody_says_is_the_customary_one_and_told(tmp_path: Path) -> None:
    _, variables = slim_network("inception_v1")
    network = open_network(write_bundle(tmp_path / "m", variables))
    assert dimensions(network.inputs[0]) == ("N", 3, 224, 224)
    assert network.source.open_size
    assert network.source.notes[1] == "the checkpoint doesn't say the pictures' size: 224×224 is taken"


@pytest.mark.parametrize("name", ["inception_v3", "inception_v4", "inception_resnet_v2"])
def test_the_kernel_of_the_classifier_on_the_side_tells_the_pictures_size(tmp_path: Path, name: str) -> None:
    _, variables = slim_network(name, size=(203, 171))
    network = open_network(write_bundle(tmp_path / "m", variables))
    kernel = next(array.shape for each, array in variables.items() if "AuxLogits/Conv2d_2a" in each)
    height, width = dimensions(network.inputs[0])[2:]
    assert isinstance(height, int)
    assert isinstance(width, int)
    _, again = slim_network(name, size=(height, width))
    assert next(array.shape for each, array in again.items() if "AuxLogits/Conv2d_2a" in each) == kernel


@pytest.mark.parametrize("name", ["inception_v3", "inception_v4", "inception_resnet_v2"])
def test_a_checkpoint_without_the_classifier_on_the_side_has_none(tmp_path: Path, name: str) -> None:
    _, variables = slim_network(name)
    left = {each: array for each, array in variables.items() if "AuxLogits" not in each}
    network = open_network(write_bundle(tmp_path / "m", left), choices=Choices(size=SIZES[name]))
    assert len(network.outputs) == 1
    assert not [layer.name for layer in network.layers if "AuxLogits" in layer.name]


def test_a_residual_networks_units_are_the_files_whatever_its_scope_says(tmp_path: Path) -> None:
    made, variables = slim_network("resnet_v1_101")
    renamed = {name.replace("resnet_v1_101", "resnet_v1_mine", 1): array for name, array in variables.items()}
    network = open_network(write_bundle(tmp_path / "m", renamed), choices=Choices(size=SIZES["resnet_v1_101"]))
    assert [layer.type for layer in network.layers] == [layer.type for layer in made.layers]
    named = Choices(architecture="resnet_v1_101", size=SIZES["resnet_v1_101"])
    assert len(open_network(tmp_path / "m", choices=named).layers) == len(made.layers)


def test_an_architecture_that_is_named_is_taken_although_a_graph_is_there(tmp_path: Path) -> None:
    _, variables = slim_network("vgg_a")
    (tmp_path / "m.meta").write_bytes(b"not read")
    network = open_network(write_bundle(tmp_path / "m", variables), choices=Choices(architecture="vgg_a"))
    assert network.layers[1].name == "vgg_a/conv1/conv1_1/Conv2D"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            "missing",
            r"m\.index: layer 'InceptionV1/Mixed_3b/Branch_1/Conv2d_0b_3x3': the variable 'weights' is missing",
        ),
        (
            "turned",
            r"layer 'InceptionV1/Mixed_3b/Branch_1/Conv2d_0b_3x3': its weights are 3×3×7×5, the architecture takes",
        ),
        ("mean", "layer 'InceptionV1/Conv2d_1a_7x7/BatchNorm.*: the variable '.*moving_mean' is missing"),
    ],
)
def test_variables_that_do_not_fit_are_named(tmp_path: Path, change: str, reason: str) -> None:
    _, variables = slim_network("inception_v1")
    kernel = "InceptionV1/Mixed_3b/Branch_1/Conv2d_0b_3x3/weights"
    if change == "missing":
        del variables[kernel]
    elif change == "turned":
        variables[kernel] = np.ascontiguousarray(variables[kernel].transpose(0, 1, 3, 2))
    else:
        variables["InceptionV1/Conv2d_1a_7x7/BatchNorm/moving_mean_"] = variables.pop(
            "InceptionV1/Conv2d_1a_7x7/BatchNorm/moving_mean"
        )
    with pytest.raises(PortsideError, match=reason):
        open_network(write_bundle(tmp_path / "m", variables))


def test_pictures_that_are_too_small_are_told(tmp_path: Path) -> None:
    _, variables = slim_network("inception_v4")
    write_bundle(tmp_path / "m", variables)
    with pytest.raises(PortsideError, match=r"its window of .* is larger than its map of .*: the pictures"):
        open_network(tmp_path / "m", choices=Choices(size=(60, 60)))


def test_an_architecture_that_is_not_known_brings_the_nearest(tmp_path: Path) -> None:
    _, variables = slim_network("inception_v1")
    write_bundle(tmp_path / "m", variables)
    with pytest.raises(PortsideError, match=r"'inception_v11'.*did you mean 'inception_v1"):
        open_network(tmp_path / "m", choices=Choices(architecture="inception_v11"))
    with pytest.raises(PortsideError, match="begin with 'vgg_16/', but 'InceptionV1/"):
        open_network(tmp_path / "m", choices=Choices(architecture="vgg_16"))
