"""PyTorch's recorder: modules by path and call, each before one in place overwrites it."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from explorer.importers import open_network
from explorer.running.activations import Array
from tests.oracles import compared
from tests.recorders.scripts import RealFramework, load, made_up, picture, recorded, tensor

NETWORK = """
import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.bn1 = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x):
        return self.relu(self.conv2(self.relu(self.bn1(self.conv1(x)))))


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 6, 5, 2, 2), nn.ReLU(inplace=True), nn.MaxPool2d(2))
        self.layer1 = nn.Sequential(Block(6), Block(6))
        self.head = nn.Conv2d(6, 4, 1)

    def forward(self, image):
        return self.head(self.layer1(self.stem(image)))


def make():
    torch.manual_seed(4)
    network = Network().eval()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.uniform_(-0.2, 0.2), module.running_var.uniform_(0.5, 2)
    return network


if __name__ == "__main__":
    torch.save(make().state_dict(), "weights.pth")
    torch.onnx.export(
        make(), (torch.zeros(1, 3, 32, 48),), "network.onnx", input_names=["image"], dynamo=True, external_data=False
    )
"""


class Tensor:
    """As much of a tensor as the recorder asks for; it shares its memory with the array."""

    def __init__(self, array: Array) -> None:
        self.array = array
        self.dtype = SimpleNamespace(is_floating_point=True)

    def to(self, dtype: Any) -> Tensor:
        return self

    def detach(self) -> Tensor:
        return self

    cpu = detach

    def numpy(self) -> Array:
        return self.array


class Module:
    """A module with hooks, as PyTorch calls them."""

    training = True

    def __init__(self, compute: Any = None, **children: Module) -> None:
        self.compute, self.children, self.hooks = compute, children, list[Any]()

    def __call__(self, x: Tensor) -> Any:
        output = self.compute(x) if self.compute else self.forward(x)
        for hook in self.hooks:
            hook(self, (x,), output)
        return output

    def forward(self, x: Tensor) -> Any:
        raise NotImplementedError

    def register_forward_hook(self, hook: Any) -> SimpleNamespace:
        self.hooks.append(hook)
        return SimpleNamespace(remove=lambda: self.hooks.remove(hook))

    def named_modules(self) -> list[tuple[str, Module]]:
        found: list[tuple[str, Module]] = [("", self)]
        for name, child in self.children.items():
            found += [(f"{name}.{path}" if path else name, module) for path, module in child.named_modules()]
        return found

    def parameters(self) -> list[Any]:
        return []

    def eval(self) -> None:
        self.training = False

    def train(self, mode: bool) -> None:
        self.training = mode


def relu_in_place(x: Tensor) -> Tensor:
    np.maximum(x.array, 0, out=x.array)
    return x


class Twice(Module):
    """conv → relu in place → split → relu in place, the same relu."""

    def forward(self, x: Tensor) -> Tensor:
        assert not self.training
        y = self.children["relu"](self.children["block"](x))
        parts = self.children["split"](y)
        last: Tensor = self.children["relu"](parts[1])
        return last


@pytest.fixture
def torch(monkeypatch: pytest.MonkeyPatch) -> None:
    made_up(monkeypatch, "torch", no_grad=nullcontext, from_numpy=Tensor, bfloat16="bfloat16", __version__="2.0")


@pytest.mark.usefixtures("torch")
def test_modules_are_recorded_by_path_and_call(tmp_path: Path) -> None:
    conv = Module(lambda x: Tensor(2 * x.array - 1))
    block = Module(conv, conv=conv)
    split = Module(lambda x: (Tensor(x.array[:, :1] - 1), Tensor(x.array[:, 1:] - 1)))
    network = Twice(block=block, relu=Module(relu_in_place), split=split)
    x = np.random.default_rng(0).standard_normal((1, 2, 3, 3)).astype(np.float32)
    load("pytorch").record(network, {"image": x}, str(tmp_path / "out.npz"))
    found = recorded(tmp_path / "out.npz")
    assert list(found) == ["image", "block.conv", "block", "relu", "split", "split[1]", "relu:1"]
    assert np.array_equal(found["image"], x)
    assert np.array_equal(found["block.conv"], 2 * x - 1)
    assert np.array_equal(found["relu"], np.maximum(2 * x - 1, 0))
    assert np.array_equal(found["split[1]"], found["relu"][:, 1:] - 1)
    assert np.array_equal(found["relu:1"], np.maximum(found["split[1]"], 0))
    assert network.training
    assert [module.hooks for _, module in network.named_modules()] == [[], [], [], [], []]


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        ("network.py", "network.py: say which function makes the network, as in my_network.py:make_network"),
        ("network.py:other", "network.py:other: can't be made (module 'portside_network' has no attribute 'other')"),
    ],
)
def test_a_network_that_can_not_be_made_is_one_sentence(
    model: str, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    Path("portside_network.py").write_text("def make(): pass\n")
    model = model.replace("network.py", "portside_network.py")
    module = load("pytorch")
    with pytest.raises(module.RequestError) as caught:
        module.make_network(model)
    assert str(caught.value) == sentence.replace("network.py", "portside_network.py", 1)
    monkeypatch.delitem(sys.modules, "portside_network", raising=False)


def test_every_module_of_the_real_one_matches(tmp_path: Path) -> None:
    real = RealFramework("pytorch")
    (tmp_path / "network.py").write_text(NETWORK)
    real("network.py", cwd=tmp_path)
    given = picture(tmp_path)
    more = ["--weights", "weights.pth", "--size", "32x48", "--mean", "120", "--scale", "0.017"]
    real.record("network.py:make", given, "out.npz", *more, cwd=tmp_path)
    comparison = compared(open_network(tmp_path / "network.onnx"), tmp_path / "out.npz")
    verdicts = {row.layer: row.verdict for row in comparison.layers}
    assert {"stem.1", "layer1.0.relu", "layer1.0.relu:1", "layer1.1.conv2", "head"} <= set(verdicts)
    assert set(verdicts.values()) == {"match"}
    tensor(tmp_path, 1, 3, 30, 30)
    assert "written: other.npz" in real.record("network.py:make", "tensor.npy", "other.npz", cwd=tmp_path)
